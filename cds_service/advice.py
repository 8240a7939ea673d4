"""Advice: one hook request in, its decision and its cards out. What the server, the command line and tests share.

Knows the flow reader -> decide -> cards, which service speaks to whom, and what an installation prefers. Knows no HTTP.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cards import Gaps, Occasion, cards_for
from cards.fingerprint import Substance, substance_of
from cards.model import Card
from cds_service.coding.bilateral import BothLegsPreference, as_preferred
from cds_service.coding.codes import Knowledge
from cds_service.coding.decision import CodingDecision, decide
from cds_service.course import mark
from cds_service.fhir.elements import Json, last_id, obj, text
from cds_service.fhir.entry import Left, entries_of
from cds_service.fhir.patient_marks import marks_of
from cds_service.fhir.reader import Reading, read_request
from cds_service.fhir.resources import release
from cds_service.fhir.vocabulary import Vocabulary, shipped_vocabulary
from cds_service.knowledge import load
from cds_service.knowledge.loader import cpt_notice
from cds_service.knowledge.roles import Audience

CODER_HOOKS = ("org.iliac-cds.charge-review", "encounter-discharge", "patient-view")
_TENANT = re.compile(
    r"^https://fhir-[a-z]+(?:\.sandbox)?\.(?:sandbox)?cerner\.com/(?:r4|dstu2)/([0-9A-Za-z-]{1,64})(?:/|$)"
)


def audiences_of(written: str) -> dict[str, Audience]:
    """Readers by hook as they are written: `encounter-discharge=clinician, patient-view=coder`.

    Raises:
        ValueError: a hook or a reader is none of these; the message says which and what would be right.
    """
    found = {}
    for part in (p.strip() for p in written.split(",") if p.strip()):
        hook, _, reader = (x.strip() for x in part.partition("="))
        if hook not in CODER_HOOKS or reader not in set(Audience):
            hooks, readers = ", ".join(CODER_HOOKS), " or ".join(Audience)
            raise ValueError(f"{part!r}: write hook=reader with one of {hooks} and {readers}")
        found[hook] = Audience(reader)
    return found


NEITHER = "is neither a hook request (hook, context, prefetch) nor a FHIR resource (resourceType)"


def as_request(value: Json) -> Json | None:
    """A hook request as it is; a Bundle or a resource counts as one that carries nothing else; None for `NEITHER`."""
    if "resourceType" in value:
        return {"context": {}, "prefetch": {"procedures": value}}
    return value if any(k in value for k in ("hook", "context", "prefetch")) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What an installation prefers: how both legs are written, who reads on which hook, and what its client can do.

    `audiences` are by hook and hold where the user's own role is not known; `profile` where the caller has none.
    """

    both_legs: BothLegsPreference = field(default_factory=BothLegsPreference)
    audiences: Mapping[str, Audience] = field(default_factory=dict)
    profile: str = "standard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A card and what it rests on."""

    card: Card
    substance: Substance


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The cards on a request, their decision, and whom they are about: bare ids, empty where it names none."""

    said: tuple[Said, ...]
    decision: CodingDecision
    patient: str
    encounter: str
    knowledge: str


def response(said: Sequence[Said]) -> dict[str, Any]:
    """Cards as a CDS Hooks response."""
    return {"cards": [s.card.to_json() for s in said]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Adviser:
    """The knowledge, vocabulary and preferences a service works with; immutable, shared by all requests."""

    knowledge: Knowledge
    vocabulary: Vocabulary
    notice: str
    card_notice: str
    preferences: Preferences = field(default_factory=Preferences)

    def decide(self, request: Json) -> tuple[Reading, CodingDecision]:
        """Read and decide a hook request."""
        reading = read_request(request, self.knowledge, self.vocabulary)
        mark("read")
        decision = decide(reading.sessions, self.knowledge, reading.unread)
        mark("decide")
        return reading, as_preferred(decision, self.preferences.both_legs)

    def answer(self, request: Json, profile: str = "") -> dict[str, Any]:
        """The CDS Hooks response to a request; `profile` is the calling client's own, where it has one."""
        return response(self.advise(request, profile).said)

    def advise(self, request: Json, profile: str = "") -> Advice:
        """Every card there is to say on a request, each with what it rests on."""
        reading, decision = self.decide(request)
        occasion = Occasion(
            hook_instance=text(request.get("hookInstance")),
            patient=reading.patient,
            encounter=reading.encounter,
            coder=self._reader(text(request.get("hook")), reading) is Audience.CODER,
            profile=profile or self.preferences.profile,
            tenant=_tenant(request),
            r5=_speaks_r5(request),
            notice=self.card_notice,
            marks=marks_of(reading.chart, self.vocabulary.notes, self.knowledge.codes),
            gaps=Gaps(not_sent=reading.not_sent, lost=reading.lost, incomplete=reading.incomplete),
        )
        cards = cards_for(decision, occasion, self.knowledge)
        said = tuple(Said(card=card, substance=substance_of(card, decision, self.knowledge)) for card in cards)
        mark("cards")
        return Advice(
            said=said,
            decision=decision,
            patient=last_id(reading.patient) or reading.patient,
            encounter=last_id(reading.encounter) or reading.encounter,
            knowledge=decision.knowledge,
        )

    def _reader(self, hook: str, reading: Reading) -> Audience:
        """Who reads: on hooks that may name codes the user by their role, else by the hook; elsewhere a clinician."""
        if hook and hook not in CODER_HOOKS:
            return Audience.CLINICIAN
        return reading.audience or self.preferences.audiences.get(hook, Audience.CODER)


def shipped_adviser(code_map: str = "", preferences: Preferences | None = None) -> Adviser:
    """The adviser over the knowledge of this version and, where a path is given, the site's own code map.

    Raises:
        KnowledgeProblem: the knowledge files or the map are faulty.
    """
    return Adviser(
        knowledge=load(),
        vocabulary=shipped_vocabulary(code_map),
        notice=cpt_notice(),
        card_notice=cpt_notice(short=True),
        preferences=preferences or Preferences(),
    )


def _tenant(request: Json) -> str:
    """The tenant's id in the FHIR base of an Oracle Millennium client."""
    found = _TENANT.match(text(request.get("fhirServer")))
    return found.group(1) if found else ""


def _speaks_r5(request: Json) -> bool:
    """True when the client's encounter or procedures have R5 shape."""
    prefetch = obj(request.get("prefetch"))
    if release(obj(prefetch.get("encounter"))) == "R5":
        return True
    first = entries_of(obj(prefetch.get("procedures")))[:3]
    return any(e.is_r5 if isinstance(e, Left) else release(obj(e.get("resource"))) == "R5" for e in first)
