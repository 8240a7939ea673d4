"""What the texts of a chart tell, as acts beside the coded ones: vessels treated, and findings about vessels.

Knows how a note's words become facts with evidence and doubts. Joining them to coded acts is `merging`'s.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from cds_service.coding.anatomy import Lesion, Side, Territory, Treatment, Vessel
from cds_service.coding.facts import Doubt, Evidence, QuestionCode, TreatedVessel
from cds_service.fhir.binding import settled
from cds_service.fhir.bundle import Chart
from cds_service.fhir.elements import When
from cds_service.fhir.lesions import LesionStatement
from cds_service.fhir.narrative import read_narrative
from cds_service.fhir.notes.saying import Place
from cds_service.fhir.notes.told import LesionSaid, Quote, Told
from cds_service.fhir.procedures import NEVER, PLANNED, Treated, performed
from cds_service.fhir.texts import ChartText
from cds_service.fhir.vocabulary import Vocabulary

_SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a text says of the lesion of a vessel, treated by it or not. `prior`: it tells of an earlier day."""

    territory: Territory
    vessel: Vessel | None
    side: Side | None
    statements: tuple[LesionStatement, ...]
    failed: Evidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One text read: whose day it is about, the vessels it says were treated, and its findings."""

    source: ChartText
    when: When
    encounter: str
    vessels: tuple[TreatedVessel, ...]
    findings: tuple[Finding, ...]


def read_accounts(
    texts: Iterable[ChartText], acts: Sequence[Treated], chart: Chart, vocabulary: Vocabulary
) -> list[Account]:
    """Every text read, placed on the day of the act it tells of."""
    by_ref = {a.entry.ref: a for a in acts}
    out = []
    for source in texts:
        owner = chart.resolve(source.of) if source.of else None
        if owner is not None and _never_done(owner.raw.get("status")):
            continue
        act = by_ref.get(source.of)
        told = read_narrative(source.text, vocabulary.notes, default=_only_place(act))
        if not told:
            continue
        when = act.when if act is not None else _when(source, acts, chart)
        out.append(
            Account(
                source=source,
                when=when,
                encounter=(act.encounter if act else "") or source.encounter,
                vessels=tuple(
                    v for t in told if t.is_treated and not source.forward for v in _vessels(t, source, when)
                ),
                findings=tuple(_finding(t, source, when) for t in told),
            )
        )
    return out


def _never_done(status: object) -> bool:
    return status in NEVER or status in PLANNED


def _only_place(act: Treated | None) -> Place | None:
    """The only vessel of an act, for a note that names none."""
    places = {(v.territory, v.vessel, v.side) for v in act.vessels} if act else set()
    if len(places) != 1:
        return None
    territory, vessel, side = places.pop()
    return (territory, vessel, (side,) if side else ()) if vessel is not None else None


def _when(source: ChartText, acts: Sequence[Treated], chart: Chart) -> When:
    """The day a text is about: as it says, its Procedure's, or the last day of work before it was written."""
    if source.when.year is not None:
        return source.when
    owner = chart.resolve(source.of) if source.of else None
    if owner is not None:
        found = performed(owner.raw)
        if found.year is not None:
            return found
    days = {a.when.day for a in acts if a.when.day and (not source.encounter or a.encounter == source.encounter)}
    fits = sorted(d for d in days if source.authored is None or _shortly_before(d, source.authored))
    if len(fits) == 1:
        return When(year=fits[0].year, day=fits[0])
    return When()


def _shortly_before(day: date, authored: date) -> bool:
    return day <= authored <= day + _SOON


def _evidence(source: ChartText, quote: Quote, when: When) -> Evidence:
    day = when.day.isoformat() if when.day else ""
    return Evidence(resource=source.entry.ref, path=source.path, quote=quote.words, date=day, offset=quote.start)


def _vessels(told: Told, source: ChartText, when: When) -> list[TreatedVessel]:
    """What was done in a vessel; a balloon beside an atherectomy is a service of its own."""
    found = [_vessel(told, source, when)]
    return [*found, replace(found[0], treatment=Treatment.ANGIOPLASTY)] if told.ballooned_too else found


def _vessel(told: Told, source: ChartText, when: When) -> TreatedVessel:
    quotes = tuple(_evidence(source, q, when) for q in told.quotes)
    statements = [_statement(told, said, source, when) for said in told.lesions]
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
        fact = replace(fact, doubts=(*fact.doubts, _other_side(told.side, quotes)))
    if told.failed is not None:
        fact = _undone(fact, "failed", _evidence(source, told.failed, when))
    if told.bridging is not None and told.treatment is not Treatment.STENT:
        fact = _bridging(fact, _evidence(source, told.bridging, when))
    return fact if source.signed else _undone(fact, "status", quotes[0])


def _doubts(told: Told, quotes: tuple[Evidence, ...]) -> tuple[Doubt, ...]:
    if not told.unclear:
        return ()
    values: tuple[Treatment | None, ...] = tuple(told.unclear)
    return (
        Doubt(question=QuestionCode.TREATMENT, about="treatment", reason="unclear", values=values, indicators=quotes),
    )


def _other_side(side: Side, quotes: tuple[Evidence, ...]) -> Doubt:
    return Doubt(
        question=QuestionCode.CONFLICT, about="side", reason="conflict", values=(side.other,), indicators=quotes
    )


def _undone(fact: TreatedVessel, reason: str, quote: Evidence) -> TreatedVessel:
    doubt = Doubt(question=QuestionCode.TREATMENT, about="done", reason=reason, values=(True,), indicators=(quote,))
    return replace(fact, done=False, doubts=(*fact.doubts, doubt))


def _bridging(fact: TreatedVessel, quote: Evidence) -> TreatedVessel:
    """One lesion over two vessels: whether the second counts is a question (coding rules, 1.1)."""
    doubt = Doubt(
        question=QuestionCode.BRIDGING_LESION, about="done", reason="bridging", values=(False,), indicators=(quote,)
    )
    return replace(fact, doubts=(*fact.doubts, doubt))


def _finding(told: Told, source: ChartText, when: When) -> Finding:
    return Finding(
        territory=told.territory,
        vessel=told.vessel,
        side=told.side,
        statements=tuple(_statement(told, said, source, when) for said in told.lesions),
        failed=_evidence(source, told.failed, when) if told.failed else None,
    )


def _statement(told: Told, said: LesionSaid, source: ChartText, when: When) -> LesionStatement:
    lesion: Lesion | None = said.lesion
    doubt = said.doubt
    if source.forward and not doubt:
        lesion, doubt = None, "uncertain"
    return LesionStatement(
        lesion=lesion,
        territory=told.territory,
        vessel=told.vessel,
        sides=(told.side,) if told.side else (),
        evidence=_evidence(source, said.quote, when),
        own=True,
        doubt=doubt,
        recorded=when.day or source.authored,
        encounter=source.encounter,
    )
