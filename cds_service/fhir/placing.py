"""The day and encounter a text tells of: its Procedure's, its own, or that of the work it names.

Knows days, encounters and which vessels were treated when. What no day is written for is placed by the work it tells
of; what it alone tells of is then in doubt, as a text of another day would be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.dates import only_day
from cds_service.fhir.elements import When, performed
from cds_service.fhir.encounter import encounter_of, first_day, period, stay, whole
from cds_service.fhir.parents import ancestors
from cds_service.fhir.procedures import Treated
from cds_service.fhir.remarks import SOON
from cds_service.fhir.texts import ChartText
from cds_service.fhir.work_days import (
    ILIAC,
    Where,
    Work,
    days_of,
    has_act,
    is_same,
    nearby,
    note_work,
    on_day,
    places_of,
    shared_days,
)

_ONE_DAY = timedelta(days=1)
_NIGHT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where a text was placed. `unsure`: its day is not written, and others bear out only what is `known`."""

    when: When
    encounter: str
    unsure: bool = False
    known: frozenset[Where] = frozenset()

    def doubts(self, place: Where, *, own: bool = False) -> bool:
        """True for a vessel of which nothing but this text says that it was treated on the day.

        `own`: the text is a Procedure's own, which does not fill in what another one leaves open.
        """
        known = [k for k in self.known if k[1] is not None or not own]
        return self.unsure and not any(is_same(place, k) for k in known)


def placed(
    texts: Sequence[tuple[ChartText, frozenset[Where]]], acts: Sequence[Treated], chart: Chart, encounter: str
) -> list[Placed]:
    """Each text with its day; `texts` come with the vessels they say were treated."""
    work: Work = {}
    for act in acts:
        if act.when.day is not None:
            note_work(work, whole(act.encounter or encounter, chart), act.when.day, places_of(act))
    coded = {k: set(v) for k, v in work.items()}
    found: dict[int, Placed] = {}
    for index, (source, places) in enumerate(texts):
        stay_of = whole(_encounter_of(source, chart) or encounter, chart)
        dated = _by_its_words(source, places, chart, stay_of=stay_of, coded=coded)
        dated = dated or _dated(source, places, acts, chart) or _before_the_stay(source, chart.resolve(stay_of))
        if dated is not None:
            stay_of = whole(dated.encounter or encounter, chart)
            near = nearby(stay_of, dated.when, places, coded, source=source)
            if near is not dated.when and not has_act(chart, stay_of, dated.when.day, default=encounter):
                dated = replace(dated, when=near)
            found[index] = dated
            if dated.when.day is not None and not dated.unsure:
                note_work(work, stay_of, dated.when.day, places)
    open_ones = [i for i in range(len(texts)) if i not in found]
    for index in sorted(open_ones, key=lambda i: (texts[i][0].written.day or date.max, i)):
        source, places = texts[index]
        home = _encounter_of(source, chart)
        stay_of = whole(home or encounter, chart)
        visit = chart.resolve(stay_of)
        days = days_of(work, stay_of, source, home, began=first_day(visit))
        owner = _owned(source, acts, chart)
        year = owner.year if source.when.year is None else None
        days = {d: p for d, p in days.items() if year in (None, d.year)}
        on = source.written.day
        apart = places and not shared_days(places, days)
        if on is not None and apart and has_act(chart, stay_of, on, default=encounter):
            found[index] = Placed(when=on_day(on), encounter=home)
        elif days or year is None:
            found[index] = _by_work(source, places, home, days, visit=visit)
        else:
            found[index] = Placed(when=owner, encounter=home)
        day = found[index].when.day
        if day is not None and not found[index].unsure:
            note_work(work, stay_of, day, places)
    for index, (source, _) in enumerate(texts):
        added = next((i for i, (t, _) in enumerate(texts) if t.entry.ref in source.adds_to), None)
        if added is not None:
            found[index] = found[added]
    return [found[i] for i in range(len(texts))]


def _dated(source: ChartText, places: frozenset[Where], acts: Sequence[Treated], chart: Chart) -> Placed | None:
    """By the Procedure a text belongs to, else by its own day; a note of quite another day tells of that day."""
    home, owner = _encounter_of(source, chart), _owned(source, acts, chart)
    own = source.when
    if owner.day is not None and (own.day is None or abs(own.day - owner.day) <= SOON):
        return Placed(when=owner, encounter=home)
    if source.disputed:
        return Placed(when=own, encounter=home, unsure=True)
    if own.day is not None:
        return Placed(when=own, encounter=home)
    if not places and source.written.day is not None:
        return Placed(when=on_day(source.written.day), encounter=home)
    return None


def _before_the_stay(source: ChartText, visit: Entry | None) -> Placed | None:
    """A document written days before the stay began, of which no other day is told: it knows of no work of the stay."""
    on, began = source.written.day, first_day(visit)
    if source.of or source.span is not None or on is None or began is None or began - on <= _ONE_DAY:
        return None
    return Placed(when=on_day(on), encounter=source.encounter)


def _by_its_words(
    source: ChartText,
    places: frozenset[Where],
    chart: Chart,
    *,
    stay_of: str,
    coded: Mapping[tuple[str, date], set[Where]],
) -> Placed | None:
    """By the one day that the words of a later text name, where acts are recorded on it and none on the text's own.

    What it alone tells of may be of any day.
    """
    own = source.when.day or source.written.day
    if source.of or source.disputed or not places or own is None or (stay_of, own) in coded:
        return None
    days = [d for d in only_day(source.text, of=ILIAC) if (stay_of, d) in coded]
    if len(days) != 1 or own <= days[0]:
        return None
    home = _encounter_of(source, chart)
    return Placed(when=on_day(days[0]), encounter=home, unsure=True, known=frozenset(coded[stay_of, days[0]]))


def _owned(source: ChartText, acts: Sequence[Treated], chart: Chart) -> When:
    """When the Procedures of a text were, or the whole they are part of."""
    for ref in source.of:
        act = next((a for a in acts if a.entry.ref == ref), None)
        if act is not None and act.when.year is not None:
            return act.when
        for entry in _line(ref, chart):
            found = performed(entry.raw)
            if found.year is not None:
                return found
    return When()


def _line(ref: str, chart: Chart) -> list[Entry]:
    entry = chart.resolve(ref)
    parents = [chart.resolve(r) for r in ancestors(entry, chart)] if entry is not None else []
    return [e for e in (entry, *parents) if e is not None]


def _encounter_of(source: ChartText, chart: Chart) -> str:
    """The encounter a text is of, by its Procedure where it has one; empty when nothing says."""
    named = (encounter_of(entry.raw, chart) for ref in source.of for entry in _line(ref, chart))
    return next(filter(None, named), source.encounter)


def _by_work(
    source: ChartText, places: frozenset[Where], home: str, days: Mapping[date, set[Where]], *, visit: Entry | None
) -> Placed:
    """The day of work whose vessels a text names; without any, the day it was written."""
    if not days:
        return Placed(when=_unmatched(source, visit), encounter=home)
    same_day = [d for d in days if _is_day_of(source.written, d)]
    shared = shared_days(places, days)
    told = bool(home) or source.written.day is not None or source.span is not None
    if len(shared) == 1 and told:
        known = frozenset(days[shared[0]])
        return Placed(when=on_day(shared[0]), encounter=home, unsure=shared[0] not in same_day, known=known)
    if same_day and not shared:
        return Placed(when=on_day(same_day[0]), encounter=home)
    best = [d for d in same_day if d in shared] or shared or list(days)
    return Placed(when=on_day(max(best)), encounter=home, unsure=True)


def _unmatched(source: ChartText, visit: Entry | None) -> When:
    """The day a text was written, as far as the encounter allows; that of an encounter of one day."""
    on, visited, days = source.written.day, period(visit), stay(visit)
    if source.when.year is not None or source.span is not None:
        return source.when
    if visited.day is not None:
        return on_day(visited.day)
    if on is None or (days is not None and not days[0] <= on <= days[1]):
        return visited
    return on_day(on)


def _is_day_of(written: When, day: date) -> bool:
    """True for a text written on the day, or in the night after it: the zone of a time may be another's."""
    if written.day == day:
        return True
    if written.start is None or written.day is None:
        return False
    return written.day - day == _ONE_DAY and written.start.hour < _NIGHT
