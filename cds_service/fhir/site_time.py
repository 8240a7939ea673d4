"""The clock of the site while one request is read: what a server wrote in universal time is of the site's own day.

Knows offsets only. Many servers write every time in UTC; the day of a service is the one its room had.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any

_SITE: ContextVar[tzinfo | None] = ContextVar("site", default=None)
_OFFSET = slice(-6, None)


@contextmanager
def at_site(periods: Iterable[Mapping[str, Any]]) -> Iterator[None]:
    """Read times of universal time by the first offset of its own that one of these periods is written with."""
    token = _SITE.set(next((z for p in periods for v in p.values() if (z := _own_offset(v)) is not None), None))
    try:
        yield
    finally:
        _SITE.reset(token)


def is_known() -> bool:
    """True when the request tells the site's own offset."""
    return _SITE.get() is not None


def local(clock: datetime) -> datetime:
    """A time by the site's clock, where it was written in universal time and that clock is known."""
    site = _SITE.get()
    return clock.astimezone(site) if site is not None and clock.utcoffset() == timedelta(0) else clock


def _own_offset(written: Any) -> tzinfo | None:
    """The offset of a FHIR dateTime; None for universal time, and for what has none."""
    told = written[_OFFSET] if isinstance(written, str) and "T" in written else ""
    if told[:1] not in ("+", "-") or not told[1:3].isdecimal() or told[3:4] != ":" or not told[4:].isdecimal():
        return None
    offset = timedelta(hours=int(told[1:3]), minutes=int(told[4:])) * (-1 if told[0] == "-" else 1)
    return timezone(offset) if offset and abs(offset) < timedelta(hours=15) else None
