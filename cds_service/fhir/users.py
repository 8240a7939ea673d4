"""Who fired the hook: the role of the user, where the request carries the PractitionerRole that tells it.

Knows PractitionerRole and references. A role that could mean both is taken as the clinician's, who is shown no code.
"""

from collections.abc import Iterable
from typing import Any

from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.elements import codings, concept, last_id, obj, objects, reference, text
from cds_service.fhir.vocabulary import Vocabulary
from cds_service.knowledge.roles import NUCC, ROLE, Audience


def audience_of(user: str, chart: Chart, vocabulary: Vocabulary) -> Audience | None:
    """Whom the user's roles show them to be; None where no role of theirs was sent or none is known.

    `user` is context.userId: a reference to a PractitionerRole, or to a Practitioner some PractitionerRole names.
    """
    found = {a for role in _roles(user, chart) for a in _said(role, vocabulary)}
    return min(found, default=None, key=lambda a: a is Audience.CODER)


def _roles(user: str, chart: Chart) -> list[Entry]:
    kind, key = user.split("/")[-2:-1], last_id(user)
    mine = []
    for role in chart.of("PractitionerRole"):
        practitioner = last_id(reference(role.raw.get("practitioner")))
        is_role = kind != ["Practitioner"] and last_id(role.ref) == key
        is_person = kind != ["PractitionerRole"] and practitioner == key
        if key and role.raw.get("active") is not False and (is_role or is_person):
            mine.append(role)
    return mine


def _said(role: Entry, vocabulary: Vocabulary) -> set[Audience]:
    """What the job says; without a word on it what the specialty does. Who has a specialty and does not code treats."""
    job, specialty = (_of(objects(role.raw.get(name)), vocabulary) for name in ("code", "specialty"))
    if job or specialty == {Audience.CODER}:
        return job or specialty
    has_one = any(codings(s) or text(obj(concept(s)).get("text")) for s in objects(role.raw.get("specialty")))
    return {Audience.CLINICIAN} if has_one else set()


def _of(concepts: Iterable[Any], vocabulary: Vocabulary) -> set[Audience]:
    """What codes say; what words say only where no code is known."""
    coded: set[Audience] = set()
    named: set[Audience] = set()
    for value in concepts:
        for coding in codings(value):
            system = vocabulary.terminology.system(coding.system)
            known = vocabulary.roles.code(system, coding.code) if system in (NUCC, ROLE) else None
            coded |= {known} if known else set()
            named |= vocabulary.roles.name(coding.display)
        named |= vocabulary.roles.name(text(obj(concept(value)).get("text")))
    return coded or named
