"""Draft lines handed to the sessions they charge.

Knows encounters and days of lines and sessions. What the lines should be is the core's business.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from cds_service.coding.facts import Session, Timing
from cds_service.fhir.bundle import Chart
from cds_service.fhir.charges import Drafted
from cds_service.fhir.elements import When
from cds_service.fhir.encounter import period, same_stay
from cds_service.fhir.site_of_service import Visit, site_of_service
from cds_service.fhir.vocabulary import Vocabulary


def with_drafts(
    sessions: list[Session],
    drafts: Sequence[Drafted],
    chart: Chart,
    vocabulary: Vocabulary,
    *,
    encounter: str,
    drafted: bool,
) -> list[Session]:
    """Hand each draft line to the session it charges; lines no session takes stand in one of their own."""
    mine: dict[int, list[Drafted]] = {}
    loose: dict[date | None, list[Drafted]] = {}
    for draft in drafts:
        if draft.encounter and encounter and not same_stay(draft.encounter, encounter, chart):
            continue
        index = _session_for(draft, sessions, chart)
        if index is None and draft.billed:
            continue
        if index is None:
            loose.setdefault(draft.day, []).append(draft)
        else:
            mine.setdefault(index, []).append(draft)
    out = []
    for index, session in enumerate(sessions):
        charged = drafted and session.timing is Timing.PERFORMED and session.in_scope
        lines = tuple(d.line for d in mine.get(index, []))
        out.append(replace(session, draft=lines, drafted=charged))
    return out + [_only_draft(day, rows, chart, vocabulary, encounter=encounter) for day, rows in loose.items()]


def _only_draft(
    day: date | None, rows: list[Drafted], chart: Chart, vocabulary: Vocabulary, *, encounter: str
) -> Session:
    span = period(chart.resolve(encounter))
    moment = When(year=(day.year if day else None) or span.year, day=day or span.day)
    visit = Visit(encounters=(encounter,), moments=(moment,))
    return Session(
        encounter=encounter or None,
        date=moment.day,
        year=moment.year,
        timing=Timing.PERFORMED,
        treated=(),
        site=site_of_service(visit, chart, vocabulary),
        draft=tuple(d.line for d in rows),
        drafted=True,
    )


def _session_for(draft: Drafted, sessions: Sequence[Session], chart: Chart) -> int | None:
    fits = []
    for index, session in enumerate(sessions):
        if session.timing is not Timing.PERFORMED or not session.in_scope:
            continue
        if draft.encounter and session.encounter and not same_stay(draft.encounter, session.encounter, chart):
            continue
        if draft.day is None or session.date is None or draft.day == session.date:
            fits.append(index)
    return fits[0] if fits else None
