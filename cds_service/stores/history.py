"""Reading back what was shown and how it was answered, for reports and of one card.

Knows the tables. Joins a card that was shown several times with all that was answered to it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, select

from cds_service.stores.database import Database
from cds_service.stores.records import Feedback, OverrideReason, ShownCard
from cds_service.stores.schema import FEEDBACK, SHOWN, SHOWN_FINGERPRINT


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The last feedback on a card: outcome accepted or overridden, and why where that was said."""

    outcome: str
    reason: OverrideReason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One card on one state of one encounter, however often it was shown; `first` is when it was shown first."""

    audience: str
    rules: tuple[str, ...]
    topics: tuple[str, ...]
    first: datetime
    times: int
    answer: Answer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The cases of a stretch of time, the earliest first, and the answers to cards nobody remembers."""

    cases: tuple[Case, ...]
    strays: tuple[Answer, ...]


def history(database: Database, *, since: datetime, until: datetime) -> History:
    """What was first shown from `since` to `until`, both included; answers count whenever they came.

    Raises:
        StoreUnavailable: the store cannot be read.
    """
    with database.reading(unlimited=True) as connection:
        cases = tuple(_cases(connection, since, until))
        return History(cases=cases, strays=tuple(_strays(connection, since, until)))


def record_of(database: Database, card: str) -> tuple[tuple[ShownCard, ...], tuple[Feedback, ...]]:
    """What is kept of one card, by its UUID: to whom it was shown, and all that was answered to it, in order of time.

    Raises:
        StoreUnavailable: the store cannot be read.
    """
    with database.reading(unlimited=True) as connection:
        shown = connection.execute(select(SHOWN).where(SHOWN.c.card == card).order_by(SHOWN.c.at)).all()
        query = select(FEEDBACK).where(FEEDBACK.c.card == card).order_by(FEEDBACK.c.at, FEEDBACK.c.received)
        given = connection.execute(query).all()
    return tuple(map(_shown, shown)), tuple(map(_given, given))


def _shown(row: Row[Any]) -> ShownCard:
    """A card as it was recorded, without the digests that tell its encounter."""
    return ShownCard(
        card=row.card,
        fingerprints=(),
        reader=row.reader,
        service=row.service,
        hook=row.hook,
        audience=row.audience,
        rules=tuple(row.rules),
        topics=tuple(row.topics),
        verdict=row.verdict,
        suggestions=tuple(row.suggestions),
        knowledge=row.knowledge,
        issuer=row.issuer,
        at=row.at,
    )


def _given(row: Row[Any]) -> Feedback:
    values: dict[str, Any] = {
        k: v for k, v in row._mapping.items() if k not in ("item", "reason_system", "reason_code")
    }
    return Feedback(**{**values, "suggestions": tuple(row.suggestions), "reason": _answer(row).reason})


def _cases(connection: Connection, since: datetime, until: datetime) -> Iterator[Case]:
    about: dict[tuple[str, str], list[bytes]] = {}
    for row in connection.execute(select(SHOWN_FINGERPRINT)):
        about.setdefault((row.card, row.issuer), []).append(bytes(row.fingerprint))
    groups: dict[Any, list[Row[Any]]] = {}
    for row in connection.execute(select(SHOWN).where(SHOWN.c.at <= until).order_by(SHOWN.c.at)):
        key = (row.card, row.issuer)
        groups.setdefault(frozenset(about[key]) if key in about else key, []).append(row)
    answers = _last_answers(connection)
    for shown in groups.values():
        if shown[0].at >= since:
            yield _case(shown, answers)


def _case(shown: Sequence[Row[Any]], answers: dict[tuple[str, str], Row[Any]]) -> Case:
    first = shown[0]
    given = [answers[key] for row in shown if (key := (row.card, row.issuer)) in answers]
    return Case(
        audience=first.audience,
        rules=tuple(first.rules),
        topics=tuple(first.topics),
        first=first.at,
        times=len(shown),
        answer=_answer(max(given, key=lambda row: row.at)) if given else None,
    )


def _last_answers(connection: Connection) -> dict[tuple[str, str], Row[Any]]:
    rows = connection.execute(select(FEEDBACK).order_by(FEEDBACK.c.at, FEEDBACK.c.received))
    return {(row.card, row.issuer): row for row in rows}


def _strays(connection: Connection, since: datetime, until: datetime) -> Iterator[Answer]:
    known = exists().where(and_(SHOWN.c.card == FEEDBACK.c.card, SHOWN.c.issuer == FEEDBACK.c.issuer))
    within = and_(FEEDBACK.c.received >= since, FEEDBACK.c.received <= until)
    for row in connection.execute(select(FEEDBACK).where(~known, within).order_by(FEEDBACK.c.received)):
        yield _answer(row)


def _answer(row: Row[Any]) -> Answer:
    reason = OverrideReason(code=row.reason_code, system=row.reason_system) if row.reason_code else None
    return Answer(outcome=row.outcome, reason=reason)
