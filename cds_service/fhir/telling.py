"""What a text tells of one vessel, as a fact with evidence and doubts, or as a finding.

Knows what was told and how far its teller is relied on. Joins nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cds_service.coding.anatomy import Side, Territory, Treatment, Vessel
from cds_service.coding.facts import Doubt, Evidence, QuestionCode, TreatedVessel
from cds_service.fhir.binding import settled
from cds_service.fhir.contradictions import conflict
from cds_service.fhir.elements import When
from cds_service.fhir.lesions import LesionStatement
from cds_service.fhir.notes.lesions_told import LesionSaid
from cds_service.fhir.notes.saying import Quote
from cds_service.fhir.notes.told import Told
from cds_service.fhir.texts import ChartText

_SHORT = 80
WEAK = {"unsigned": QuestionCode.TREATMENT, "date-unknown": QuestionCode.SESSION}


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """A text and its day. `doubt`: why it is not taken at its word, a key of `WEAK`; empty when it is."""

    source: ChartText
    when: When
    doubt: str = ""

    def evidence(self, quote: Quote) -> Evidence:
        """Words of the text as evidence, as they stand there; the text's first ones where a quote has none."""
        day = self.when.day.isoformat() if self.when.day else ""
        ref, path = self.source.entry.ref, self.source.path
        words = self.source.text[quote.start : quote.end].rstrip() or quote.words
        if not words.strip():
            return Evidence(resource=ref, path=path, quote=self.source.text.strip()[:_SHORT], date=day)
        return Evidence(resource=ref, path=path, quote=words, date=day, offset=quote.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a text says of the lesion of a vessel, treated by it or not, of a failure to treat it, and of a bridge.

    `left_alone` quotes a text that says the vessel was not treated.
    """

    territory: Territory
    vessel: Vessel | None
    side: Side | None
    statements: tuple[LesionStatement, ...]
    failed: Evidence | None = None
    bridging: Evidence | None = None
    left_alone: Evidence | None = None


def vessels(told: Told, statements: Sequence[LesionStatement], teller: Teller) -> list[TreatedVessel]:
    """What was done in a vessel; a balloon beside an atherectomy is a service of its own.

    `statements` are those of its `finding`.
    """
    found = [_vessel(told, statements, teller)]
    return [*found, replace(found[0], treatment=Treatment.ANGIOPLASTY)] if told.ballooned_too else found


def _vessel(told: Told, statements: Sequence[LesionStatement], teller: Teller) -> TreatedVessel:
    quotes = tuple(teller.evidence(q) for q in told.quotes)
    lesion, doubts = settled(statements)
    said = tuple(s.evidence for s in statements if s.lesion is not None)
    fact = TreatedVessel(
        territory=told.territory,
        side=told.side,
        vessel=told.vessel,
        treatment=told.treatment,
        lesion=lesion,
        lithotripsy=told.lithotripsy,
        evidence=tuple(dict.fromkeys((*quotes, *said))),
        doubts=(*doubts, *_doubts(told, quotes)),
    )
    if told.other_side is not None and told.side is not None:
        fact = replace(fact, doubts=(*fact.doubts, conflict("side", (told.side.other,), quotes)))
    if told.failed is not None:
        fact = undone(fact, "failed", teller.evidence(told.failed))
    if told.bridging is not None and told.treatment is not Treatment.STENT:
        fact = bridged(fact, teller.evidence(told.bridging))
    return undone(fact, teller.doubt, quotes[0]) if teller.doubt else fact


def _doubts(told: Told, quotes: tuple[Evidence, ...]) -> tuple[Doubt, ...]:
    reason = "unclear" if told.unclear else "not-recorded" if told.somehow else ""
    values: tuple[Treatment | None, ...] = tuple(told.unclear) or (Treatment.ANGIOPLASTY, Treatment.STENT, None)
    doubt = Doubt(question=QuestionCode.TREATMENT, about="treatment", reason=reason, values=values, indicators=quotes)
    return (doubt,) if reason else ()


def undone(fact: TreatedVessel, reason: str, quote: Evidence) -> TreatedVessel:
    """A service that the record does not surely show as done, or as done in this session."""
    question = WEAK.get(reason, QuestionCode.TREATMENT)
    doubt = Doubt(question=question, about="done", reason=reason, values=(True,), indicators=(quote,))
    return replace(fact, done=False, doubts=(*fact.doubts, doubt))


def bridged(fact: TreatedVessel, quote: Evidence) -> TreatedVessel:
    """One lesion over two vessels: whether the second counts is a question (coding rules, 1.1)."""
    doubt = Doubt(
        question=QuestionCode.BRIDGING_LESION, about="done", reason="bridging", values=(False,), indicators=(quote,)
    )
    return replace(fact, doubts=(*fact.doubts, doubt))


def finding(told: Told, teller: Teller) -> Finding:
    """What a text finds in a vessel."""
    return Finding(
        territory=told.territory,
        vessel=told.vessel,
        side=told.side,
        statements=tuple(_statement(told, said, teller) for said in told.lesions),
        failed=teller.evidence(told.failed) if told.failed else None,
        bridging=teller.evidence(told.bridging) if told.bridging else None,
        left_alone=teller.evidence(told.left_alone) if told.left_alone else None,
    )


def _statement(told: Told, said: LesionSaid, teller: Teller) -> LesionStatement:
    lesion, doubt, source = said.lesion, said.doubt, teller.source
    if source.forward and not doubt:
        lesion, doubt = None, "uncertain"
    return LesionStatement(
        lesion=lesion,
        territory=told.territory,
        vessel=told.vessel,
        sides=(told.side,) if told.side else (),
        evidence=teller.evidence(said.quote),
        own=True,
        doubt=doubt or teller.doubt,
        recorded=teller.when.day or source.written.day,
        encounter=source.encounter,
    )
