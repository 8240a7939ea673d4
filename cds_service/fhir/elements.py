"""Tolerant access to FHIR JSON: what has the wrong type is absent, never an exception.

Knows JSON and the shapes of CodeableConcept, Reference and dates in R4 and R5. Knows no vascular word.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, NamedTuple

from cds_service.fhir.expressions import concepts_of
from cds_service.fhir.site_time import local
from cds_service.fhir.written_days import ANY_YEAR, partial_days

Json = dict[str, Any]

LOGICAL = "urn:logical:"
IS_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_BEYOND = 10**15
_CONDITIONAL = re.compile(r"(?P<kind>\w+)\?identifier=(?P<number>[^&]+)")

_DATE = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?"
)


class Coding(NamedTuple):
    """One coding: `system` is the sender's URI, all three empty when absent."""

    system: str
    code: str
    display: str


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A moment as precisely as the record gives it: `day` None without a full date, `moment` None without a time."""

    year: int | None = None
    day: date | None = None
    start: datetime | None = None
    end: datetime | None = None


def obj(value: Any) -> Json:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[Json]:
    """The objects of a list; a single object where a list belongs counts as one."""
    if isinstance(value, list):
        return [v for v in value if isinstance(v, dict)]
    return [value] if isinstance(value, dict) else []


def text(value: Any) -> str:
    """The value if it is a string, stripped; whole numbers as their digits; else empty."""
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    small = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18
    return str(value) if small else ""


def number(value: Any) -> float | None:
    """The value if it is a number that can be reckoned with: neither boolean nor infinite nor beyond all measures."""
    usual = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _BEYOND
    return float(value) if usual else None


def concept(value: Any) -> Json:
    """A CodeableConcept, also out of an R5 CodeableReference."""
    found = value if isinstance(value, dict) else {}
    return obj(found["concept"]) if "concept" in found else found


def codings(value: Any) -> list[Coding]:
    """The codings of a CodeableConcept or CodeableReference; a bare Coding counts as one."""
    found = concept(value)
    if not found:
        return []
    named = ((r, n, code) for r in _rows(found) for n, code in enumerate(concepts_of(text(r.get("code")))))
    return [Coding(text(r.get("system")), code, "" if n else text(r.get("display"))) for r, n, code in named]


def merged(parts: Sequence[Json]) -> Json:
    """Several concepts of one thing as one, with the codings and the words of all."""
    rows = [r for p in parts for r in _rows(p)]
    said = " ".join(t for p in parts if (t := text(p.get("text"))))
    return {k: v for k, v in (("coding", rows), ("text", said)) if v}


def _rows(found: Json) -> list[Json]:
    return objects(found.get("coding")) or ([found] if text(found.get("code")) else [])


def words(value: Any) -> str:
    """The text of a CodeableConcept, else the display of its first coding that has one."""
    found = concept(value)
    return text(found.get("text")) or next((c.display for c in codings(found) if c.display), "")


def reference(value: Any) -> str:
    """The reference string of a Reference, also out of an R5 CodeableReference; empty when there is none.

    An id alone takes the type beside it. A logical reference, which gives an identifier only, becomes a name of its
    own (`logical`), and so does a conditional one.
    """
    found = obj(value)
    inner = found.get("reference")
    if isinstance(inner, str) and "/" in inner and "?" not in inner:  # says all by itself
        return inner.strip()
    if isinstance(inner, dict):
        return reference(inner)
    ref, kind = text(inner), text(found.get("type")).rpartition("/")[-1]
    if "?" in ref and (asked := _CONDITIONAL.fullmatch(ref)):
        return logical(asked["kind"], *asked["number"].rpartition("|")[::2])
    if ref:
        bare = kind and not ref.startswith(("#", "urn:")) and "/" not in ref
        return f"{kind}/{ref}" if bare else ref
    number = obj(found.get("identifier"))
    return logical(kind, text(number.get("system")), text(number.get("value"))) if text(number.get("value")) else ""


def logical(kind: str, system: str, value: str) -> str:
    """The name of a resource known by an identifier; the type empty where it is not told."""
    return f"{LOGICAL}{kind}:{system.lower().rstrip('/')}|{value}"


def last_id(ref: str) -> str:
    """The logical id of a reference: relative, absolute, versioned, or the UUID of a urn; empty for any other."""
    if not ref or ref.startswith(("#", "urn:")):
        return plain(ref).removeprefix("urn:uuid:") if IS_UUID.fullmatch(ref[9:]) else ""
    return plain(ref).rsplit("/", 1)[-1]


def plain(ref: str) -> str:
    """A reference without its version; the letters of a UUID are compared in small ones."""
    if ref.startswith(LOGICAL):
        return ref
    bare = ref.partition("/_history/")[0].rstrip("/")
    return bare.lower() if bare[:1] in "uU" and bare[:9].lower() == "urn:uuid:" else bare


def relative(ref: str) -> str:
    """The last Type/id of a reference, whatever server it names; urn references as they are."""
    return plain(ref) if ref.startswith("urn:") else "/".join(plain(ref).split("/")[-2:])


def named(kind: str, ref: str) -> str:
    """Type/id of a resource of that type which is not at hand; a urn is taken for its id where it is a UUID."""
    key = last_id(ref)
    return f"{kind}/{key}" if key and ref[:4].lower() == "urn:" else relative(ref)


def when(resource: Json, name: str) -> When:
    """A choice element such as performed[x]: dateTime, Period, a Timing's first event, or words that name one day."""
    period = obj(resource.get(f"{name}Period"))
    start = text(resource.get(f"{name}DateTime")) or text(period.get("start")) or text(resource.get(f"{name}Date"))
    timing = obj(resource.get(f"{name}Timing")).get("event")
    if not start and isinstance(timing, list) and timing:
        start = text(timing[0])
    said = text(resource.get(f"{name}String"))
    found = moment(start or said, text(period.get("end")))
    return found if start or found.year is not None else _worded(said)


_ROUGHLY = re.compile(
    r"~|\?|\b(?:about|approx\w*|around|circa|before|after|since|until|or|between|early|late|unknown)\b", re.IGNORECASE
)


def _worded(said: str) -> When:
    """The one day that words name, "03/20/2026 first case"; only its year where day and month may be either way."""
    found = [days for _, _, days in partial_days(said, ANY_YEAR)]
    if len(found) != 1 or found[0][0].year == ANY_YEAR or _ROUGHLY.search(said):
        return _UNKNOWN
    days = found[0]
    return When(year=days[0].year, day=days[0] if len(days) == 1 else None)


def performed(raw: Json) -> When:
    """When an act was done, in R4 or R5 shape."""
    found = when(raw, "performed")
    return found if found.year is not None else when(raw, "occurrence")


def moment(start: str, end: str = "") -> When:
    """A FHIR date or dateTime, as precise as it is; the day is the local day, as written or by the site's clock."""
    first = _parts(start)
    if first is None:
        return _UNKNOWN
    last = _parts(end)
    year, day, clock = first
    return When(year=year, day=day, start=clock, end=last[2] if last else None)


_UNKNOWN = When()


def _parts(value: str) -> tuple[int, date | None, datetime | None] | None:
    if not value or (match := _DATE.fullmatch(value)) is None:
        return None
    year, month, day, hour, minute, second, zone = match.groups()
    try:
        if not hour:
            return int(year), date(int(year), int(month), int(day)) if day else None, None
        zoned = _zone(zone) if zone else None
        clock = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=zoned)
        clock = local(clock)
    except (ValueError, OverflowError):
        return None
    return clock.year, clock.date(), clock


@lru_cache(maxsize=64)
def _zone(written: str) -> timezone:
    if written == "Z":
        return UTC
    sign = -1 if written[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(written[1:3]), minutes=int(written[-2:])))


def strings_of(value: Any) -> Iterator[str]:
    """Every string in JSON data, numbers as their digits."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings_of(item)
    elif value is not None:
        yield str(value)


def depth_of(value: Any, limit: int) -> bool:
    """True when the JSON nests no deeper than the limit; walks level by level, so any depth is safe."""
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(limit + 1):
        level = [x for v in level for x in (v.values() if isinstance(v, dict) else v) if isinstance(x, (dict, list))]
        if not level:
            return True
    return False
