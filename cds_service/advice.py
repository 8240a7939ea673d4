"""Advice: one hook request in, its decision and its cards out. What the server, the command line and tests share.

Knows the flow reader -> decide -> cards, and which service speaks to whom. Knows no HTTP.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cards import Occasion, cards_for
from cards.fingerprint import Substance, substance_of
from cards.model import Card
from cds_service.coding.codes import Knowledge
from cds_service.coding.decision import CodingDecision, decide
from cds_service.fhir.elements import Json, last_id, obj, objects, text
from cds_service.fhir.reader import Reading, read_request
from cds_service.fhir.resources import release
from cds_service.fhir.vocabulary import Vocabulary, shipped_vocabulary
from cds_service.knowledge import load
from cds_service.knowledge.loader import cpt_notice

CODER_HOOKS = ("org.iliac-cds.charge-review", "encounter-discharge", "patient-view")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A card and what it rests on."""

    card: Card
    substance: Substance


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The cards on a request, and whom they are about: bare ids, empty where the request names none."""

    said: tuple[Said, ...]
    patient: str
    encounter: str
    knowledge: str


def response(said: Sequence[Said]) -> dict[str, Any]:
    """Cards as a CDS Hooks response."""
    return {"cards": [s.card.to_json() for s in said]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Adviser:
    """The knowledge and the vocabulary a service works with; immutable, shared by all requests."""

    knowledge: Knowledge
    vocabulary: Vocabulary
    notice: str
    card_notice: str

    def decide(self, request: Json) -> tuple[Reading, CodingDecision]:
        """Read and decide a hook request."""
        reading = read_request(request, self.knowledge, self.vocabulary)
        return reading, decide(reading.sessions, self.knowledge, reading.unread)

    def answer(self, request: Json) -> dict[str, Any]:
        """The CDS Hooks response to a request."""
        return response(self.advise(request).said)

    def advise(self, request: Json) -> Advice:
        """Every card there is to say on a request, each with what it rests on."""
        reading, decision = self.decide(request)
        hook = text(request.get("hook"))
        occasion = Occasion(
            hook_instance=text(request.get("hookInstance")),
            patient=reading.patient,
            encounter=reading.encounter,
            coder=hook in CODER_HOOKS or not hook,
            r5=_speaks_r5(request),
            notice=self.card_notice,
            not_sent=reading.not_sent,
            incomplete=reading.incomplete,
        )
        cards = cards_for(decision, occasion, self.knowledge)
        said = (Said(card=card, substance=substance_of(card, decision, self.knowledge)) for card in cards)
        return Advice(
            said=tuple(said),
            patient=last_id(reading.patient) or reading.patient,
            encounter=last_id(reading.encounter) or reading.encounter,
            knowledge=decision.knowledge,
        )


def shipped_adviser(code_map: str = "") -> Adviser:
    """The adviser over the knowledge of this version and, where a path is given, the site's own code map.

    Raises:
        KnowledgeProblem: the knowledge files or the map are faulty.
    """
    short = cpt_notice(short=True)
    return Adviser(knowledge=load(), vocabulary=shipped_vocabulary(code_map), notice=cpt_notice(), card_notice=short)


def _speaks_r5(request: Json) -> bool:
    """True when the client's encounter or procedures have R5 shape."""
    prefetch = obj(request.get("prefetch"))
    found = [obj(prefetch.get("encounter"))]
    found += [obj(e.get("resource")) for e in objects(obj(prefetch.get("procedures")).get("entry"))[:3]]
    return any(release(r) == "R5" for r in found if r)
