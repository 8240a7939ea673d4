"""Counts of cards by rule, question, reason and time.

Knows the history of a store and nothing of how counts are shown. A card counts under each of its rules and questions.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from cards.reasons import words_of
from cds_service.stores.history import Answer, Case, History

_MOST_DAYS, _MOST_WEEKS = 31, 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many cards there are under a name, how often they were shown, and what became of them."""

    name: str
    cards: int
    times: int
    accepted: int
    overridden: int

    @property
    def silent(self) -> int:
        """Cards that were neither accepted nor overridden."""
        return self.cards - self.accepted - self.overridden


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """How many cards of an audience were overridden for one reason."""

    audience: str
    name: str
    cards: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Every count of a report. `step` is day, week or month; `periods` have no gaps, and their first days for names."""

    audiences: tuple[Count, ...]
    subjects: tuple[Count, ...]
    reasons: tuple[Reason, ...]
    step: str
    periods: tuple[Count, ...]
    strays: int


def tally(history: History) -> Tally:
    """Count a history."""
    cases = history.cases
    step = step_of(cases)
    return Tally(
        audiences=_counts((case.audience, case) for case in cases),
        subjects=_counts((name, case) for case in cases for name in subjects_of(case)),
        reasons=_reasons(cases),
        step=step,
        periods=_periods(cases, step),
        strays=len(history.strays),
    )


def subjects_of(case: Case) -> tuple[str, ...]:
    """What a card is counted under: the rules of a coding card, the questions of a query."""
    return case.rules if case.audience == "coding" else tuple(f"question {topic}" for topic in case.topics)


def reason_name(answer: Answer, audience: str) -> str:
    """Why a card was overridden, in the words the card offered where they are ours."""
    reason = answer.reason
    if reason is None:
        return "no reason given"
    return words_of(reason.code, reason.system, audience) or f"a reason of the client: {reason.code}"


def _counts(named: Iterable[tuple[str, Case]]) -> tuple[Count, ...]:
    """A count for each name, the most cards first."""
    groups: dict[str, list[Case]] = {}
    for name, case in named:
        groups.setdefault(name, []).append(case)
    return tuple(sorted((_count(n, g) for n, g in groups.items()), key=lambda c: (-c.cards, c.name)))


def _count(name: str, cases: Iterable[Case]) -> Count:
    found = list(cases)
    outcomes = [case.answer.outcome for case in found if case.answer]
    return Count(
        name=name,
        cards=len(found),
        times=sum(case.times for case in found),
        accepted=outcomes.count("accepted"),
        overridden=outcomes.count("overridden"),
    )


def _reasons(cases: Iterable[Case]) -> tuple[Reason, ...]:
    found: dict[tuple[str, str], int] = {}
    for case in cases:
        if case.answer and case.answer.outcome == "overridden":
            key = (case.audience, reason_name(case.answer, case.audience))
            found[key] = found.get(key, 0) + 1
    rows = (Reason(audience=a, name=n, cards=cards) for (a, n), cards in found.items())
    return tuple(sorted(rows, key=lambda r: (r.audience, -r.cards, r.name)))


def step_of(cases: Iterable[Case]) -> str:
    """Days, weeks or months, so that a plot has no more bars than a reader can take in."""
    days = [case.first.date() for case in cases]
    span = (max(days) - min(days)).days if days else 0
    return "day" if span <= _MOST_DAYS else "week" if span <= 7 * _MOST_WEEKS else "month"


def first_day(day: date, step: str) -> date:
    """The first day of the period a day is in; weeks begin on Monday."""
    if step == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step == "month" else day


def _periods(cases: tuple[Case, ...], step: str) -> tuple[Count, ...]:
    groups: dict[date, list[Case]] = {}
    for case in cases:
        groups.setdefault(first_day(case.first.date(), step), []).append(case)
    out, day = [], min(groups, default=None)
    while day is not None and day <= max(groups):
        out.append(_count(day.isoformat(), groups.get(day, [])))
        day = first_day(day + timedelta(days={"day": 1, "week": 7, "month": 32}[step]), step)
    return tuple(out)
