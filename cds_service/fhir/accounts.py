"""What the texts of a chart tell, as acts beside the coded ones: vessels treated, and findings about vessels.

Knows which texts are read, whose they are, and which are not taken at their word. Joining them to coded acts is
`merging`'s.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from cds_service.coding.anatomy import Territory
from cds_service.coding.facts import TreatedVessel
from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.elements import Json, When, performed, text
from cds_service.fhir.lesions import LesionStatement
from cds_service.fhir.narrative import read_narrative
from cds_service.fhir.notes.saying import Place, quoted
from cds_service.fhir.notes.told import Told
from cds_service.fhir.own_leg import Leg, legs_of_act, own_leg, titled_legs, with_leg
from cds_service.fhir.placing import Placed, placed
from cds_service.fhir.procedures import DONE, NEVER, PLANNED, Treated
from cds_service.fhir.structures import locate
from cds_service.fhir.telling import Finding, Teller, finding, vessels
from cds_service.fhir.texts import ChartText
from cds_service.fhir.titles import held_to, leg_of, titles_in
from cds_service.fhir.vocabulary import Vocabulary
from cds_service.fhir.work_days import Where

_NO_FACT = "entered-in-error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One text read: whose day it is about, the vessels it says were treated, and its findings."""

    source: ChartText
    when: When
    encounter: str
    vessels: tuple[TreatedVessel, ...]
    findings: tuple[Finding, ...]


def read_accounts(
    texts: Iterable[ChartText], acts: Sequence[Treated], chart: Chart, vocabulary: Vocabulary, *, encounter: str
) -> list[Account]:
    """Every text read, placed on the day of the act it tells of."""
    by_ref = {a.entry.ref: a for a in acts}
    heard: list[tuple[ChartText, Sequence[Told], Leg | None]] = []
    for source in texts:
        if _is_void(source, chart):
            continue
        own = [by_ref.get(r) for r in source.of]
        place = _only_place(own[0] if len(own) == 1 else None) or _only_site(source, chart, vocabulary)
        told = read_narrative(source.text, vocabulary.notes, default=place, days=_days(source, acts, chart))
        if told:
            heard.append((source, *_in_its_leg(told, source, chart, vocabulary)))
    where = placed([(source, _treated(source, told)) for source, told, _ in heard], acts, chart, encounter)
    return [_account(s, t, p, chart, leg=leg) for (s, t, leg), p in zip(heard, where, strict=True)]


def diagnoses_in(accounts: Iterable[Account]) -> Iterator[LesionStatement]:
    """The code of a chronic total occlusion that names no vessel, where a text lists it as a chart's problems do."""
    for account in accounts:
        found = _UNPLACED.search(account.source.text)
        if found is not None:
            quote = quoted(found)
            evidence = Teller(source=account.source, when=account.when).evidence(quote)
            yield LesionStatement(
                lesion=None,
                territory=None,
                vessel=None,
                sides=(),
                evidence=evidence,
                own=False,
                doubt="unplaced-occlusion",
            )


_UNPLACED = re.compile(r"\bI70\.?92\b")


def _in_its_leg(
    told: Sequence[Told], source: ChartText, chart: Chart, vocabulary: Vocabulary
) -> tuple[Sequence[Told], Leg | None]:
    """What a text tells, held to the legs it stands under: those of its titles, and of its Procedures.

    With the leg that it was given where it names none itself.
    """
    if not any(t.territory is Territory.ILIAC for t in told):
        return told, None
    acts = [list(legs_of_act(e, chart, vocabulary)) for e in _acts_of(source, chart)]
    titles = list(titled_legs(source.entry))
    leg = own_leg(acts, titles)
    sided = with_leg(told, source.text, leg, vocabulary.notes) if leg is not None else told
    given = leg if sided is not told else None
    own = (side for title in titles_in(source.text) if (side := leg_of(title)) is not None)
    sides = [frozenset(leg.side for leg in named) for named in acts if named]
    return held_to(sided, (*own, *(leg.side for leg in titles)), sides), given


def _acts_of(source: ChartText, chart: Chart) -> list[Entry]:
    """The Procedures a text belongs to; where it names none, the only one that was carried out on its day."""
    named, day = _named(source, chart), source.when.day
    near = chart.procedures_naming(day) if day is not None and not named else []
    same = [e for e in near if performed(e.raw).day == day and _status(e.raw) in DONE]
    return named or (same if len(same) == 1 else [])


def _days(source: ChartText, acts: Sequence[Treated], chart: Chart) -> frozenset[date]:
    """The day a text's work was on: its own, else those of its Procedures, of coded work, or the day it was written."""
    if source.when.day is not None:
        return frozenset({source.when.day})
    own = [performed(e.raw).day for e in _named(source, chart) if _status(e.raw) in DONE]
    coded = [a.when.day for a in acts if a.vessels]
    return frozenset(d for d in own or coded or [source.written.day] if d is not None)


def _named(source: ChartText, chart: Chart) -> list[Entry]:
    """The Procedures a text is told to belong to, as far as they are there."""
    return [e for e in map(chart.resolve, source.of) if e is not None]


def _account(source: ChartText, told: Sequence[Told], where: Placed, chart: Chart, *, leg: Leg | None) -> Account:
    """The account of a text; `leg` is the one it was given, where it names none."""
    treated: list[TreatedVessel] = []
    findings: list[Finding] = []
    for one in told:
        teller = _teller(one, source, where, chart)
        found = finding(one, teller)
        findings.append(found)
        if one.is_treated and not source.forward:
            done = vessels(one, found.statements, teller)
            treated += done if leg is None else [replace(v, evidence=(*v.evidence, leg.evidence)) for v in done]
    return Account(
        source=source,
        when=where.when,
        encounter=where.encounter,
        vessels=tuple(treated),
        findings=tuple(findings),
    )


def _teller(told: Told, source: ChartText, where: Placed, chart: Chart) -> Teller:
    """How far a text is taken at its word on one vessel."""
    own = source.entry.kind == "Procedure"
    doubt = "date-unknown" if where.doubts((told.territory, told.vessel, told.side), own=own) else ""
    if not source.signed or any(s not in DONE for s in _statuses(source, chart)):
        doubt = "unsigned"
    return Teller(source=source, when=where.when, doubt=doubt)


def _treated(source: ChartText, told: Iterable[Told]) -> frozenset[Where]:
    if source.forward:
        return frozenset()
    return frozenset((t.territory, t.vessel, t.side) for t in told if t.is_treated)


def _is_void(source: ChartText, chart: Chart) -> bool:
    """True for a text of a Procedure that never was, or a note on one that was not carried out."""
    statuses = _statuses(source, chart)
    own = source.entry.ref in source.of
    return (bool(statuses) and set(statuses) == {_NO_FACT}) or (own and bool(set(statuses) & {*NEVER, *PLANNED}))


def _statuses(source: ChartText, chart: Chart) -> list[str]:
    return [_status(e.raw) for e in _named(source, chart)]


def _status(raw: Json) -> str:
    forbidden = True in (raw.get("doNotPerform"), raw.get("notDone"))
    return "not-done" if forbidden else text(raw.get("status"))


def _only_site(source: ChartText, chart: Chart, vocabulary: Vocabulary) -> Place | None:
    """The only vessel and leg that the body sites of a note's own act name, for an act that says no more."""
    if source.entry.kind != "Procedure":
        return None
    sites = locate(source.entry.raw, vocabulary, chart).sites
    places = {(p.territory, p.vessel, p.sides) for p in sites.places}
    place = places.pop() if len(places) == 1 else None
    return place if place and place[1] is not None and len(place[2]) == 1 and not sites.away else None


def _only_place(act: Treated | None) -> Place | None:
    """The only vessel of an act, for a note that names none."""
    places = {(v.territory, v.vessel, v.side) for v in act.vessels} if act else set()
    if len(places) != 1:
        return None
    territory, vessel, side = places.pop()
    return (territory, vessel, (side,) if side else ()) if vessel is not None else None
