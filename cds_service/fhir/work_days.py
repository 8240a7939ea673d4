"""On which days of a stay which vessels were treated, as its coded acts and its texts have it.

Knows days, encounters and places. Which day a text tells of is `placing`'s business.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from cds_service.coding.anatomy import Side, Territory, Vessel
from cds_service.fhir.bundle import Chart
from cds_service.fhir.dates import names_no_day
from cds_service.fhir.elements import When, performed, text
from cds_service.fhir.encounter import encounter_of, whole
from cds_service.fhir.kinds import sums_up_stay
from cds_service.fhir.procedures import NEVER, Treated
from cds_service.fhir.remarks import SOON
from cds_service.fhir.texts import ChartText
from cds_service.knowledge.quick import quick

Where = tuple[Territory, Vessel | None, Side | None]
Work = dict[tuple[str, date], set[Where]]
ILIAC = quick(r"iliac|hypogastric|\b[RL]?[CEI]IAs?\b")
_ONE_DAY = timedelta(days=1)


def note_work(work: Work, encounter: str, day: date, places: Iterable[Where]) -> None:
    """Enter what was treated on a day of an encounter."""
    if places:
        work.setdefault((encounter, day), set()).update(places)


def places_of(act: Treated) -> set[Where]:
    """The vessels of an act, with their legs."""
    return {(v.territory, v.vessel, v.side) for v in act.vessels}


def nearby(
    encounter: str,
    when: When,
    places: frozenset[Where],
    coded: Mapping[tuple[str, date], set[Where]],
    *,
    source: ChartText,
) -> When:
    """The day itself, or the one beside it on which exactly this work is recorded; for a summary, any before it."""
    day = when.day
    if day is None or not places or (encounter, day) in coded:
        return when
    summary = sums_up_stay(source.entry.raw) and names_no_day(source.text, of=ILIAC)
    near = [d for e, d in coded if e == encounter and (abs(d - day) == _ONE_DAY or (summary and d < day))]
    beside = [d for d in near if places == coded[encounter, d]]
    return on_day(beside[0]) if len(beside) == 1 else when


def has_act(chart: Chart, stay_of: str, day: date | None, *, default: str) -> bool:
    """True where any Procedure of the stay is of that day, even one that tells of no artery."""
    for entry in chart.procedures_naming(day) if day is not None else ():
        if text(entry.raw.get("status")) in NEVER or performed(entry.raw).day != day:
            continue
        if whole(encounter_of(entry.raw, chart) or default, chart) == stay_of:
            return True
    return False


def days_of(work: Work, encounter: str, source: ChartText, home: str, *, began: date | None) -> dict[date, set[Where]]:
    """The days of work a text may tell of; one that belongs to a stay which `began` tells of none long before it."""
    out, on = {}, source.written.day
    first = began if began is not None and (home or (on is not None and on >= began)) else None
    for (key, day), places in work.items():
        if key == encounter and _may_be(source, day, near=not home) and (first is None or first - day <= SOON):
            out[day] = places
    return out


def _may_be(source: ChartText, day: date, *, near: bool) -> bool:
    if source.span is not None and not source.span[0] <= day <= source.span[1]:
        return False
    if source.when.year is not None and source.when.year != day.year:
        return False
    on = source.written.day
    return on is None or (day <= on and (not near or on - day <= SOON))


def is_same(first: Where, second: Where) -> bool:
    """True when two places may be one: what one of them leaves open is taken for the other's."""
    return first[0] is second[0] and all(None in (a, b) or a is b for a, b in zip(first[1:], second[1:], strict=True))


def shared_days(places: frozenset[Where], days: Mapping[date, set[Where]]) -> list[date]:
    """The days on which any of these vessels may have been treated."""
    return [d for d in days if any(is_same(p, k) for p in places for k in days[d])]


def on_day(day: date) -> When:
    """A day without hours."""
    return When(year=day.year, day=day)
