"""The tables. No column holds patient data: ids of encounters, patients and users enter as keyed digests only.

Knows what the migrations add up to (a test compares them). `HEAD` is the revision this program works with.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
)

HEAD = "0002"
METADATA = MetaData()


class UtcTime(TypeDecorator[datetime]):
    """A moment: kept in UTC and read with its time zone, by databases that have time zones and by those that do not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: Any, _: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


VERSION = Table("alembic_version", MetaData(), Column("version_num", String))

SECRET = Table(
    "secret",
    METADATA,
    Column("name", String, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

SHOWN = Table(
    "shown",
    METADATA,
    Column("card", String, primary_key=True),
    Column("issuer", String, primary_key=True),
    Column("reader", LargeBinary, nullable=False),
    Column("service", String, nullable=False),
    Column("hook", String, nullable=False),
    Column("audience", String, nullable=False),
    Column("rules", JSON, nullable=False),
    Column("topics", JSON, nullable=False),
    Column("verdict", String, nullable=False),
    Column("suggestions", JSON, nullable=False),
    Column("knowledge", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("shown_at", "at"),
)

SHOWN_FINGERPRINT = Table(
    "shown_fingerprint",
    METADATA,
    Column("fingerprint", LargeBinary, primary_key=True),
    Column("card", String, primary_key=True),
    Column("issuer", String, primary_key=True),
)

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("item", LargeBinary, primary_key=True),
    Column("card", String, nullable=False),
    Column("issuer", String, nullable=False),
    Column("service", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("suggestions", JSON, nullable=False),
    Column("reason_system", String, nullable=False),
    Column("reason_code", String, nullable=False),
    Column("commented", Boolean, nullable=False),
    Column("once_per_reader", Boolean, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("received", UtcTime, nullable=False),
    Index("feedback_card", "card", "issuer"),
    Index("feedback_received", "received"),
)

TOKEN = Table(
    "seen_token",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),
    Column("issuer", String, nullable=False),
    Column("expires", UtcTime, nullable=False),
    Index("seen_token_expires", "expires"),
)
