"""Sessions: which acts belong together by encounter, date, parent, time and operator (R-SESSION).

Knows how to group and where grouping is doubtful. What the doubt means for the codes is the core's business.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from cds_service.coding.facts import Doubt, Evidence, QuestionCode, Session, Timing, TreatedVessel
from cds_service.fhir.accounts import Account
from cds_service.fhir.attribution import Key, attributed, treated_in, with_earlier
from cds_service.fhir.binding import unplaced_occlusion
from cds_service.fhir.bundle import Chart
from cds_service.fhir.dated_work import dated_work, with_other_days
from cds_service.fhir.denials import denied_acts
from cds_service.fhir.elements import When, last_id, reference
from cds_service.fhir.encounter import days_off, period, stay, whole
from cds_service.fhir.episodes import far_apart
from cds_service.fhir.lesions import LesionStatement
from cds_service.fhir.named_devices import with_named_stents
from cds_service.fhir.procedures import Treated
from cds_service.fhir.reasons import cited_by
from cds_service.fhir.site_of_service import site_of_service, visit_of
from cds_service.fhir.site_time import is_known
from cds_service.fhir.vocabulary import Vocabulary

_MOST_OFF = 1  # days a record made beside an encounter may lie off it
_MOST_BEFORE = 3  # days an act of an encounter may lie before it, as charges of those days are billed with a stay


def performed_sessions(
    acts: Sequence[Treated],
    accounts: Sequence[Account],
    chart: Chart,
    vocabulary: Vocabulary,
    *,
    encounter: str,
    conditions: Sequence[LesionStatement] = (),
) -> list[Session]:
    """The sessions of what was done, one per encounter and day; `encounter` is the one the request is about.

    `acts` are dated; `conditions` are the diagnoses that may name what only texts tell.
    """
    groups: dict[Key, list[Treated]] = {}
    for act in acts:
        groups.setdefault(_key(act, chart, encounter), []).append(act)
    keyed = [(_account_key(a, chart, encounter), a) for a in accounts]
    for key, account in keyed:  # acts of that morning have no sure day (`of_sure_day`): they join what texts tell of it
        if account.vessels and key[1] == vocabulary.terminology.knowledge.family_from:
            groups.setdefault(key, [])
    groups = _over_midnight(_with_undated(groups))
    told, rest = attributed(groups, keyed)
    for key, _ in (r for r in rest if r[1].vessels):
        groups.setdefault(key, [])
    for key, account in rest:  # what tells of no work by itself joins the session of what does
        if key in groups:
            told.setdefault(key, []).append(account)
    denied = denied_acts(chart, vocabulary)
    otherwise = {ref: dated_work(accounts, stay(chart.resolve(ref)), vocabulary) for ref in {k[0] for k in groups}}
    sessions = []
    for key, members in groups.items():
        ref, day, year, _ = key
        if _is_oddly_dated(day, ref, chart):
            members = [_perhaps(m) for m in members]
        facts = treated_in(members, told.get(key, ()), conditions, denied)
        reasons = {m.entry.ref: cited_by(m.entry, chart) for m in members}
        facts = with_named_stents(with_other_days(facts, day, otherwise[ref]), members, chart, vocabulary)
        session = Session(
            encounter=ref or None,
            date=day,
            year=day.year if day else year,
            timing=Timing.PERFORMED,
            treated=_of_its_day(with_earlier(facts, day, accounts, reasons, members=members), key, groups),
            site=site_of_service(visit_of(members, ref, encounter, chart), chart, vocabulary),
            in_scope=_in_scope(ref, encounter, chart) and (bool(members) or _is_within(day, ref, chart)),
        )
        sessions.append(session)
    return [_with_companions(s, sessions) for s in sessions]


def anticipated_sessions(
    acts: Sequence[Treated], chart: Chart, vocabulary: Vocabulary, *, encounter: str
) -> list[Session]:
    """What is planned for the request's encounter, one session a planned day; undated orders join the only one."""
    days: dict[date | None, list[Treated]] = {}
    for act in acts:
        days.setdefault(act.when.day, []).append(act)
    if len(days) == 2 and None in days:
        (day,) = days.keys() - {None}
        days[day] += days.pop(None)
    return [
        Session(
            encounter=encounter or None,
            date=day,
            timing=Timing.ANTICIPATED,
            treated=tuple(v for a in members for v in a.vessels),
            site=site_of_service(visit_of(members, encounter, encounter, chart), chart, vocabulary),
        )
        for day, members in days.items()
    ]


def with_chart_diagnoses(session: Session, statements: Iterable[LesionStatement]) -> Session:
    """The session with the doubt that an unplaced diagnosis of occlusion raises."""
    facts = tuple(unplaced_occlusion(session.treated, statements))
    return session if facts == session.treated else replace(session, treated=facts)


def dated(act: Treated, chart: Chart) -> Treated:
    """An act without a day takes the encounter's, where that began and ended on one; at least its year."""
    told = any(k.startswith(("performed", "occurrence")) for k in act.entry.raw)
    if act.when.day is not None or not act.encounter or (told and act.when.year is None):
        return act
    span = period(chart.resolve(act.encounter))
    fits = span.year is not None and act.when.year in (None, span.year)
    return replace(act, when=When(year=span.year, day=span.day)) if fits else act


def of_sure_day(act: Treated, family_from: date) -> Treated:
    """An act of the morning of the family's first day in universal time may be of the day before where it was done."""
    start = act.when.start
    if is_known() or start is None or start.utcoffset() != timedelta(0) or act.when.day != family_from:
        return act
    return replace(act, when=When()) if start.hour < _WESTERNMOST else act


_WESTERNMOST = 12
"""Hours by which the clocks of places that bill by CPT are behind universal time, at most."""


def _key(act: Treated, chart: Chart, encounter: str) -> Key:
    ref = act.encounter or (encounter if _is_within(act.when.day, encounter, chart) else "")
    return whole(ref, chart), act.when.day, act.when.year, _subject(act, chart)


def _account_key(account: Account, chart: Chart, encounter: str) -> Key:
    """The session a text tells of, as an act of its encounter and day would have it."""
    act = Treated(entry=account.source.entry, vessels=(), encounter=account.encounter, when=account.when)
    return _key(act, chart, encounter)


def _subject(act: Treated, chart: Chart) -> str:
    """Whom an act is about, where the request does not say whom everything is about."""
    ref = reference(act.entry.raw.get("subject"))
    known = chart.resolve(ref) if ref else None
    name = known.ref if known is not None else ref
    return "" if chart.patient and (not name or last_id(name) == last_id(chart.patient)) else name


def _with_undated(groups: dict[Key, list[Treated]]) -> dict[Key, list[Treated]]:
    """An act without a date joins the dated sessions of its encounter, as an episode in doubt.

    Where there are several it also stands by itself: it is of one of them at most.
    """
    out = {k: v for k, v in groups.items() if k[1] is not None}
    for key, members in groups.items():
        if key[1] is not None:
            continue
        fits = [k for k in out if k[0] == key[0] and k[3] == key[3] and (key[2] is None or k[2] == key[2])]
        perhaps = [_perhaps(m) for m in members]
        for fit in fits:
            out[fit] = out[fit] + perhaps
        if len(fits) != 1:
            out[key] = members
    return out


def _of_its_day(
    facts: tuple[TreatedVessel, ...], key: Key, groups: Mapping[Key, Sequence[Treated]]
) -> tuple[TreatedVessel, ...]:
    """The facts of a session; the day of what only a text tells, and an act of another day records, is in doubt."""
    own = {_what(v) for act in groups[key] for v in act.vessels}
    others = {_what(v) for k, acts in groups.items() if k[0] == key[0] and k != key for a in acts for v in a.vessels}
    return tuple(_perhaps_then(f, f.evidence[0]) if _what(f) in others - own else f for f in facts)


def _what(fact: TreatedVessel) -> tuple[object, ...]:
    return fact.territory, fact.vessel, fact.side, fact.treatment


def _perhaps(act: Treated) -> Treated:
    """An act without a date beside dated ones, or dated long before its encounter: its day is a question."""
    if not act.vessels:
        return act
    quote = act.vessels[0].evidence[0]
    return replace(act, vessels=tuple(_perhaps_then(v, quote) for v in act.vessels))


def _perhaps_then(fact: TreatedVessel, quote: Evidence) -> TreatedVessel:
    doubt = Doubt(
        question=QuestionCode.SESSION, about="done", reason="date-unknown", values=(True,), indicators=(quote,)
    )
    return replace(fact, done=False, doubts=(*fact.doubts, doubt))


def _over_midnight(groups: dict[Key, list[Treated]]) -> dict[Key, list[Treated]]:
    """An operation that runs past midnight is one session, of the day it began."""
    out: dict[Key, list[Treated]] = {}
    for key in sorted(groups, key=lambda k: (k[0], k[3], k[1] or date.max, k[2] or 0)):
        before = next((k for k in out if _runs_into(out[k], k, groups[key], key)), None)
        if before is None:
            out[key] = groups[key]
        else:
            out[before] = out[before] + groups[key]
    return out


def _runs_into(first: list[Treated], before: Key, second: list[Treated], after: Key) -> bool:
    if (
        (before[0], before[3]) != (after[0], after[3])
        or before[1] is None
        or after[1] is None
        or after[1] - before[1] != timedelta(days=1)
    ):
        return False
    return any(_continues(a, b) for a in first for b in second)


def _continues(first: Treated, second: Treated) -> bool:
    """Parts of one operation, or one starting soon after the other ended; without times nothing says so."""
    linked = first.parent and first.parent == second.parent
    if linked or first.entry.ref == second.parent or second.entry.ref == first.parent:
        return True
    timed = first.when.start is not None and second.when.start is not None
    return timed and not far_apart(first.when, second.when)


def _in_scope(ref: str, encounter: str, chart: Chart) -> bool:
    """True for the request's encounter; what names none and lies off its days was given none in `_key`."""
    return not encounter or last_id(whole(encounter, chart)) == last_id(ref)


def _is_oddly_dated(day: date | None, ref: str, chart: Chart) -> bool:
    """True for a day long before the encounter it is recorded under, or off it in another year: codes go by years."""
    off = days_off(day, chart.resolve(ref))
    return off < -_MOST_BEFORE or (day is not None and off != 0 and (day - timedelta(days=off)).year != day.year)


def _is_within(day: date | None, ref: str, chart: Chart) -> bool:
    """False for a day outside of the encounter: an old text filed anew, or an act of another stay."""
    return abs(days_off(day, chart.resolve(ref))) <= _MOST_OFF


def _with_companions(session: Session, sessions: Sequence[Session]) -> Session:
    """Services of the same day under another encounter may belong to the same operative session."""
    others = [s for s in sessions if s is not session and s.date == session.date and s.date is not None]
    vessels = tuple(v for s in others if s.encounter and session.encounter for v in s.treated if v.done)
    return replace(session, companions=vessels) if vessels else session
