"""What the record says about lesions: reasons, Conditions and words, each with its place in the body if it has one.

Knows which statements count as today's lesion and which only point at one. Binding to a vessel is `binding.py`'s.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from cds_service.coding.anatomy import Lesion, Side, Territory, Vessel
from cds_service.coding.facts import Evidence
from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.elements import Coding, Json, codings, concept, last_id, moment, reference, text, words
from cds_service.fhir.phrases import Clause, read_clauses
from cds_service.fhir.places import read_sites
from cds_service.fhir.vocabulary import Vocabulary

_VOID = ("entered-in-error", "cancelled")
_CTO_WORDS = re.compile(
    r"chronic\s+total\s+occlusion\s+of\s+(?:the\s+)?arter(?:y|ies)\s+of\s+(?:(?:the|lower|right|left)\s+)*"
    r"(?:extremit|leg|limb)",
    re.IGNORECASE,
)
_UNPLACED = "unplaced-occlusion"
_GONE = ("inactive", "resolved", "remission")
_DENIED = ("refuted", "entered-in-error")
_UNSURE = ("unconfirmed", "provisional", "differential")


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionStatement:
    """One statement about a lesion. `doubt` is empty, or why it is not taken at its word.

    `own` is True for the statement of the act itself (its reason, its words), which needs to name no vessel.
    `since` is the day the lesion began or was first recorded, `until` the day it was gone, `encounter` the id of the
    encounter that recorded it.
    """

    lesion: Lesion | None
    territory: Territory | None
    vessel: Vessel | None
    sides: tuple[Side, ...]
    evidence: Evidence
    own: bool
    doubt: str = ""
    since: date | None = None
    recorded: date | None = None
    encounter: str = ""
    until: date | None = None

    def is_of(self, day: date | None, encounter: str, ended: datetime | None = None) -> bool:  # noqa: ARG002
        """False for a lesion that arose after the day, or was recorded later in another encounter.

        `ended` is when the act ended: for statements that know their own moment.
        """
        if day is None:
            return self.until is None
        if self.until is not None and self.until < day:
            return False
        if self.since is not None and self.since > day:
            return False
        elsewhere = bool(self.encounter) and self.encounter != encounter
        return not (self.recorded is not None and self.recorded > day and elsewhere)


def of_clause(clause: Clause, evidence: Evidence, *, own: bool) -> Iterator[LesionStatement]:
    """The lesion a clause states, for each vessel it names; several vessels share none."""
    lesion, doubt = lesion_in(clause)
    places = clause.places or ((None, None, clause.sides),)
    if (lesion is None and not doubt) or len(places) > 1:
        return
    territory, vessel, sides = places[0]
    if vessel is None and clause.loose and doubt != "denied":
        lesion, doubt = None, "uncertain"
    yield LesionStatement(
        lesion=lesion, territory=territory, vessel=vessel, sides=sides, evidence=evidence, own=own, doubt=doubt
    )


def lesion_in(clause: Clause) -> tuple[Lesion | None, str]:
    """The lesion a clause names, with the reason it is in doubt; both empty when it names none."""
    said = clause.lesions & {"stenosis", "occlusion", "subtotal"}
    if not said:
        return None, "denied" if "occlusion" in clause.denied else ""
    if "uncertain" in clause.scopes:
        return None, "uncertain"
    if "subtotal" in said and "occlusion" not in said:
        return Lesion.STENOSIS, "subtotal"
    if len(said) > 1:
        return None, "conflict"
    if said == {"stenosis"}:
        return Lesion.STENOSIS, ""
    qualifier = "in-stent" if "in-stent" in clause.lesions else "acute" if "acute" in clause.lesions else ""
    return Lesion.OCCLUSION, qualifier


def conditions_of(chart: Chart, vocabulary: Vocabulary) -> list[LesionStatement]:
    """The lesions of the chart's Conditions, for acts that do not point at them."""
    return [s for e in chart.of("Condition") for s in of_finding(e, vocabulary, own=False)]


def of_finding(entry: Entry, vocabulary: Vocabulary, *, own: bool) -> list[LesionStatement]:
    """The lesions a Condition or a report states today; none for what is over, denied or withdrawn."""
    raw = entry.raw
    statements = of_concept(raw.get("code"), f"{entry.kind}.code", entry.ref, vocabulary, own=own)
    statements += _of_text(text(raw.get("conclusion")), f"{entry.kind}.conclusion", entry.ref, vocabulary, own=own)
    if not statements:
        return []
    clinical, verified = _status(raw.get("clinicalStatus")), _status(raw.get("verificationStatus"))
    until = moment(text(raw.get("abatementDateTime"))).day
    gone = any(k.startswith("abatement") and v is not False for k, v in raw.items()) or bool(clinical & set(_GONE))
    dated = until is not None and clinical <= {"active", "resolved"}
    if (gone and not dated) or verified & set(_DENIED) or text(raw.get("status")) in _VOID:
        return []
    unsure = bool(verified & set(_UNSURE)) or bool(raw.get("modifierExtension"))
    return [replace(_placed(s, entry, vocabulary, unsure=unsure), until=until) for s in statements]


def _placed(statement: LesionStatement, entry: Entry, vocabulary: Vocabulary, *, unsure: bool) -> LesionStatement:
    """A finding's statement with the place its bodySite gives; a place its words contradict makes it a conflict.

    A code for an occlusion that names no vessel (I70.92) is one of the artery and leg that its bodySite names.
    """
    raw, sites = entry.raw, read_sites(entry.raw.get("bodySite"), vocabulary)
    vessel, territory, sides = statement.vessel, statement.territory, statement.sides
    doubt = "uncertain" if unsure or sites.away else statement.doubt
    place = sites.places[0] if len(sites.places) == 1 else None
    site_sides = (place.sides if place else ()) or sites.sides
    if place is not None and vessel is not None and place.vessel not in (None, vessel):
        doubt = "conflict"
    if sides and site_sides and not set(sides) & set(site_sides):
        doubt = "conflict"
    if place is not None:
        territory, vessel = place.territory, place.vessel or vessel
    lesion = None if doubt in ("uncertain", "conflict") else statement.lesion
    if doubt == _UNPLACED and place is not None and place.vessel is not None and place.sides:
        lesion, doubt = Lesion.OCCLUSION, ""
    evidence = replace(statement.evidence, resource=entry.ref, date=_said_on(raw))
    return replace(
        statement,
        lesion=lesion,
        territory=territory,
        vessel=vessel,
        sides=site_sides or sides,
        evidence=evidence,
        doubt=doubt,
        since=moment(text(raw.get("onsetDateTime"))).day,
        recorded=moment(text(raw.get("recordedDate"))).day,
        encounter=last_id(reference(raw.get("encounter"))),
    )


def _status(value: Any) -> set[str]:
    """A status in lower case, whether it came as a coding, as words or as a bare string."""
    said = [c.code for c in codings(value)] + [text(concept(value).get("text")), text(value)]
    return {s.lower().replace(" ", "-") for s in said if s}


def _said_on(raw: Json) -> str:
    for name in ("onsetDateTime", "recordedDate", "effectiveDateTime", "issued"):
        day = moment(text(raw.get(name))).day
        if day is not None:
            return day.isoformat()
    return ""


def of_concept(value: Any, path: str, ref: str, vocabulary: Vocabulary, *, own: bool = True) -> list[LesionStatement]:
    """A CodeableConcept's lesion by its codes, as far as its own words do not take it back or place it elsewhere."""
    named_by = codings(value)
    texts = [(text(concept(value).get("text")), f"{path}.text")]
    texts += [(c.display, f"{path}.coding[{i}].display") for i, c in enumerate(named_by) if c.display]
    spoken = [s for phrase, where in dict.fromkeys(texts) for s in _of_text(phrase, where, ref, vocabulary, own=own)]
    places = [(c, (ref, f"{path}.coding[{i}]")) for i, c in enumerate(named_by)]
    coded = [s for c, where in places if (s := _of_coding(c, value, where, vocabulary, own=own))]
    if not coded:
        return spoken
    clauses = [c for phrase, _ in texts if phrase for c in read_clauses(phrase, vocabulary.lexicon)]
    if any(c.is_elsewhere or (c.denied & {"occlusion", "stenosis"}) or "uncertain" in c.scopes for c in clauses):
        return [replace(s, lesion=None, doubt="uncertain") for s in coded]
    placed = [s for s in spoken if s.vessel is not None or s.sides]
    unplaced = any(s.doubt == _UNPLACED for s in coded)
    if placed:
        named = {s.lesion for s in coded if s.lesion is not None}
        agreeing = [s for s in placed if s.lesion in named or unplaced or not named]
        return agreeing if agreeing else [replace(s, lesion=None, doubt="conflict") for s in (*coded, *placed)]
    if unplaced:
        return coded
    if any(s.lesion for s in spoken if s.evidence.path == f"{path}.text") and not _TITLE.match(texts[0][0]):
        coded = [replace(s, doubt="") if s.doubt == "diagnosis-code" else s for s in coded]
    words_doubt = [s for s in spoken if s.lesion is None or s.lesion not in {c.lesion for c in coded}]
    told = any(c.lesions for c in clauses)
    past = bool(texts[0][0]) and not told and any(c.quote for c in clauses) and _names_lesion(texts[0][0])
    if past:
        return [replace(s, lesion=None, doubt="uncertain") for s in coded]
    return coded + words_doubt


def _names_lesion(phrase: str) -> bool:
    return "occlu" in phrase.lower() or "stenos" in phrase.lower()


def _of_coding(
    coding: Coding, value: Any, where: tuple[str, str], vocabulary: Vocabulary, *, own: bool
) -> LesionStatement | None:
    """The lesion a coding stands for; `where` is its resource and its path."""
    known = vocabulary.concept(coding)
    if known is None or not known.lesion or known.excludes:
        return None
    lesion, doubt = BY_CODE[known.lesion]
    if lesion is Lesion.STENOSIS and known.vessel is None and vocabulary.is_diagnosis(coding):
        doubt = "diagnosis-code"
    quote = coding.display or words(value) or coding.code
    return LesionStatement(
        lesion=lesion,
        territory=known.territory,
        vessel=known.vessel,
        sides=known.sides,
        evidence=Evidence(resource=where[0], path=where[1], quote=quote),
        own=own,
        doubt=doubt,
    )


_TITLE = re.compile(r"\W*(?:stricture|stenosis|narrowing)\s+of\s+arter(?:y|ies)\b", re.IGNORECASE)
"""The name of the diagnosis I77.1, which an EHR writes of itself."""


BY_CODE: dict[str, tuple[Lesion | None, str]] = {
    "stenosis": (Lesion.STENOSIS, ""),
    "occlusion": (Lesion.OCCLUSION, ""),
    "acute-occlusion": (Lesion.OCCLUSION, "acute"),
    "occlusion-unplaced": (None, _UNPLACED),
    "obstruction": (None, "uncertain"),
}


def _of_text(phrase: str, path: str, ref: str, vocabulary: Vocabulary, *, own: bool) -> list[LesionStatement]:
    """The lesions a phrase states. The title of the diagnosis that names no vessel is no statement about one."""
    out: list[LesionStatement] = []
    for clause in read_clauses(phrase, vocabulary.lexicon) if phrase else []:
        if clause.is_elsewhere or clause.scopes & {"planned"}:
            continue
        found = of_clause(clause, Evidence(resource=ref, path=path, quote=clause.quote), own=own)
        if _CTO_WORDS.search(phrase):
            found = (replace(s, lesion=None, doubt=_UNPLACED) for s in found if s.vessel is None)
        out += found
    return out
