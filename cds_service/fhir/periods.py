"""Whether a FHIR Period covers a moment, each as precise as it was written.

Knows dates and times. Knows nothing of what the period is of.
"""

from datetime import datetime
from typing import Any

from cds_service.fhir.elements import When, moment, obj, text


def covers(period: Any, when: When) -> bool:
    """False when the period surely ended before the moment or began after it; what is not written rules nothing out."""
    span = obj(period)
    start, end = text(span.get("start")), text(span.get("end"))
    return not _is_after(start, when) and not _is_before(end, when)


def _is_after(start: str, when: When) -> bool:
    written = moment(start)
    last = when.end or when.start
    if written.start is not None and last is not None and _same_clock(written.start, last):
        return written.start > last
    first, day = _same_length(start, when) if written.year is not None else ("", "")
    return first > day


def _is_before(end: str, when: When) -> bool:
    written = moment(end)
    if written.start is not None and when.start is not None and _same_clock(written.start, when.start):
        return written.start < when.start
    last, day = _same_length(end, when) if written.year is not None else ("", "")
    return last < day


def _same_clock(first: datetime, second: datetime) -> bool:
    """True when both times have a zone or neither has one: only such times compare."""
    return (first.tzinfo is None) == (second.tzinfo is None)


def _same_length(written: str, when: When) -> tuple[str, str]:
    """Both dates cut to the precision of the coarser one, so that they compare as text."""
    day = when.day.isoformat() if when.day else f"{when.year:04}" if when.year else ""
    size = min(len(day), len(written[:10]))
    return written[:size], day[:size]
