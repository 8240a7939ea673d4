"""The encounter: its days and its links to other encounters.

Knows periods and partOf. What an encounter says of the place of service is read in `site_marks`.
"""

from datetime import date

from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.elements import Json, When, last_id, moment, named, obj, reference, text

_HOPS = 6


def period(entry: Entry | None) -> When:
    """When the encounter was: its day if it began and ended on one, else only the year both share."""
    first, last = _ends(entry)
    if first.day is not None and first.day == last.day:
        return first
    same_year = first.year is not None and first.year == last.year
    return When(year=first.year) if same_year else When()


def stay(entry: Entry | None) -> tuple[date, date] | None:
    """The first and last day of an encounter; None unless both are recorded."""
    first, last = (end.day for end in _ends(entry))
    return (first, last) if first is not None and last is not None else None


def first_day(entry: Entry | None) -> date | None:
    """The day an encounter began."""
    return _ends(entry)[0].day


def days_off(day: date | None, entry: Entry | None) -> int:
    """How many days a day lies before an encounter began (negative) or after it ended; 0 within it or where unknown."""
    if day is None:
        return 0
    first, last = (end.day for end in _ends(entry))
    if first is not None and day < first:
        return (day - first).days
    return (day - last).days if last is not None and day > last else 0


def _ends(entry: Entry | None) -> tuple[When, When]:
    """When an encounter began and when it ended, in R4 or R5 shape."""
    raw = obj(entry.raw if entry else None)
    span = obj(raw.get("period")) or obj(raw.get("actualPeriod"))
    return moment(text(span.get("start"))), moment(text(span.get("end")))


def whole(ref: str, chart: Chart) -> str:
    """The encounter at the top of the partOf chain, so that a surgical case joins its hospital stay."""
    for _ in range(_HOPS):
        entry = chart.resolve(ref) if ref else None
        parent = reference(obj(entry.raw if entry else None).get("partOf"))
        if entry is None or not parent:
            return entry.ref if entry else ref
        target = chart.resolve(parent, entry.raw)
        ref = target.ref if target else parent
    return ref


def same_stay(first: str, second: str, chart: Chart) -> bool:
    """True when two encounters, by reference or bare id, have the same one at the top."""
    names = {f"Encounter/{last_id(r) or r}" for r in (first, second)}
    return len(names) == 1 or len({last_id(whole(n, chart)) for n in names}) == 1


def encounter_of(raw: Json, chart: Chart) -> str:
    """The name of the encounter an act is of; empty where it names none."""
    ref = reference(raw.get("encounter") or raw.get("context"))
    target = chart.resolve(ref, raw) if ref else None
    return target.ref if target is not None else named("Encounter", ref)
