"""Dates of resources as a person reads them. Knows where FHIR keeps them in R4 and R5, and their written forms."""

import re

from cds_service.fhir.elements import Json, obj, text

_DATES = ("performed", "occurrence", "onset", "effective")
_PERIODS = ("period", "actualPeriod")
_PLAIN_DATES = ("performedString", "onsetString", "recordedDate", "authoredOn", "issued", "created", "date")
_MOMENT = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)T(?P<time>\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?P<zone>Z|[+-]\d\d:\d\d)?")


def day_of(raw: Json) -> str:
    """The beginning of what a resource tells of, as it is written; empty where it is not dated."""
    for name in _DATES:
        found = text(raw.get(f"{name}DateTime")) or text(obj(raw.get(f"{name}Period")).get("start"))
        if found:
            return found
    periods = (text(obj(raw.get(n)).get("start")) for n in _PERIODS)
    return next((d for d in (*periods, *(text(raw.get(n)) for n in _PLAIN_DATES)) if d), "")


def said_day(raw: Json) -> str:
    """The day, time or period of a resource, without seconds."""
    for name in _DATES:
        found = _clock(text(raw.get(f"{name}DateTime"))) or _span(raw.get(f"{name}Period"))
        if found:
            return found
    return next((s for n in _PERIODS if (s := _span(raw.get(n)))), "") or _clock(day_of(raw))


def _span(value: object) -> str:
    """A period; the day and the zone once where both ends share them."""
    start, end = text(obj(value).get("start")), text(obj(value).get("end"))
    first, last = _MOMENT.fullmatch(start), _MOMENT.fullmatch(end)
    if first and last and (first["day"], first["zone"]) == (last["day"], last["zone"]):
        return f"{first['day']} {first['time']} to {last['time']} {first['zone'] or ''}".strip()
    return f"{_clock(start)} to {_clock(end)}" if end and end != start else _clock(start)


def _clock(value: str) -> str:
    """A dateTime without its seconds; anything else as it stands."""
    found = _MOMENT.fullmatch(value)
    return f"{found['day']} {found['time']} {found['zone'] or ''}".strip() if found else value
