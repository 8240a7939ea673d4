"""Cards, feedback and the key in a database.

Knows the tables. Ids that a client chose are sealed here, so that no caller can bring patient data into a table.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Insert, Select, Table, and_, bindparam, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from cds_service.stores.database import Database
from cds_service.stores.protocols import StoreUnavailable
from cds_service.stores.records import Feedback, OverrideReason, ShownCard
from cds_service.stores.schema import FEEDBACK, SECRET, SHOWN, SHOWN_FINGERPRINT
from cds_service.stores.sealing import Seal, fixed_digest

_NO_REASON = OverrideReason(code="")
KEY_NAME = "seal"


class SqlCardStore:
    """The `CardStore` in a database; `key` is the site's own, empty for the one the database holds."""

    def __init__(self, database: Database, key: bytes = b"") -> None:
        self._database = database
        self._seal = Seal(key=key) if key else None

    def seal(self) -> Seal:
        """The seal; its key is read from the database once and does not change while the process lives."""
        if self._seal is None:
            with self._database.reading() as connection:
                key = connection.scalar(select(SECRET.c.value).where(SECRET.c.name == KEY_NAME))
            if key is None:
                raise StoreUnavailable("the database holds no key")
            self._seal = Seal(key=bytes(key))
        return self._seal

    def record(self, cards: Sequence[ShownCard]) -> None:
        prints = [
            {"fingerprint": f, "card": card.card, "issuer": card.issuer} for card in cards for f in card.fingerprints
        ]
        with self._database.writing(power_safe=False) as connection:
            insert_new(connection, SHOWN, [_shown_row(card) for card in cards])
            insert_new(connection, SHOWN_FINGERPRINT, prints)

    def answered(self, fingerprints: Iterable[bytes], reader: bytes) -> frozenset[bytes]:
        with self._database.reading() as connection:
            rows = connection.execute(_ANSWERED, {"prints": list(fingerprints), "reader": reader})
            return frozenset(bytes(f) for (f,) in rows)

    def keep(self, items: Sequence[Feedback]) -> None:
        seal = self.seal()
        rows = [_feedback_row(item, seal) for item in items]
        with self._database.writing() as connection:
            insert_new(connection, FEEDBACK, rows)


def insert_new(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows that are not there yet, by primary key."""
    if rows:
        connection.execute(insertion(connection, table), list(rows))


def insertion(connection: Connection, table: Table) -> Insert:
    """An INSERT that passes over rows that are there already."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing()


def _answered() -> Select[bytes]:
    """Fingerprints, among `prints`, of cards with feedback from those who were shown them; `reader` is who reads now.

    Feedback is joined to its card only here: it may have arrived before the card was written.
    """
    prints, shown, feedback = SHOWN_FINGERPRINT.c, SHOWN.c, FEEDBACK.c
    return (
        select(prints.fingerprint)
        .join(SHOWN, and_(shown.card == prints.card, shown.issuer == prints.issuer))
        .join(FEEDBACK, and_(feedback.card == prints.card, feedback.issuer == prints.issuer))
        .where(
            prints.fingerprint.in_(bindparam("prints", expanding=True)),
            or_(~feedback.once_per_reader, shown.reader == bindparam("reader")),
        )
    )


_ANSWERED = _answered()  # asked in every call, so built once


def _shown_row(card: ShownCard) -> dict[str, Any]:
    return {
        "card": card.card,
        "issuer": card.issuer,
        "reader": card.reader,
        "service": card.service,
        "hook": card.hook,
        "audience": card.audience,
        "rules": list(card.rules),
        "topics": list(card.topics),
        "verdict": card.verdict,
        "suggestions": list(card.suggestions),
        "knowledge": card.knowledge,
        "at": card.at,
    }


def _feedback_row(item: Feedback, seal: Seal) -> dict[str, Any]:
    """The row of an item; its key is a digest of what is kept, so that an item sent again finds itself."""
    card = seal.identifier(item.card)
    suggestions = sorted({seal.identifier(s) for s in item.suggestions})
    reason = item.reason or _NO_REASON
    parts = (card, item.issuer, item.service, item.outcome, item.at.isoformat(), reason.system, reason.code)
    return {
        "item": fixed_digest(*parts, str(item.commented), *suggestions),
        "card": card,
        "issuer": item.issuer,
        "service": item.service,
        "outcome": item.outcome,
        "suggestions": suggestions,
        "reason_system": reason.system,
        "reason_code": reason.code,
        "commented": item.commented,
        "once_per_reader": item.once_per_reader,
        "at": item.at,
        "received": item.received,
    }
