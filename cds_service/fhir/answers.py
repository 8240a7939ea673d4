"""What a FHIR server may answer: the limits, the values that come out, and the checks of what came.

Knows JSON and Bundles; opens no connection. Reasons say what went wrong without a word of a URL, a token or an
answer.
"""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cds_service.fhir.elements import Json, depth_of, objects, text
from cds_service.outbound.calls import LATE, Refusal

# Parsing is stopped at the next object only, and then holds up every other thread: so many values at most, and only
# while there is time for them.
MOST_VALUES = 300_000
SECONDS_A_VALUE = 6e-7
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`seconds` for a request from its arrival; `pages` and `bytes` for each answer; `files` notes and reports."""

    seconds: float
    pages: int
    bytes: int
    depth: int
    files: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A resource, or the Bundle of a whole search."""

    resource: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedFile:
    """A file and the content type its server gave it."""

    raw: bytes
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFetched:
    """Why something could not be had."""

    reason: str


def next_link(bundle: Json) -> str | None:
    """The link to a Bundle's next page, empty where it has lost its address; None on the last page."""
    links = objects(bundle.get("link"))
    return next((text(k.get("url")) for k in links if text(k.get("relation")).lower() == "next"), None)


def parsing_time(raw: bytes) -> float:
    """Seconds that parsing a body may take at most.

    Raises:
        Refusal: it has more values than are read.
    """
    values = raw.count(b",") + raw.count(b"[") + raw.count(b"{")
    if values > MOST_VALUES:
        raise Refusal("the answer is larger than what is read")
    return values * SECONDS_A_VALUE


def parsed(raw: bytes, most_depth: int, left: Callable[[], float]) -> Json:
    """The JSON object of a body; `left` tells, while it is parsed, the seconds that are left.

    Raises:
        Refusal: it is none, or the time is over.
    """

    def in_time(found: Json) -> Json:
        if not left():
            raise Refusal(LATE)
        return found

    try:
        found = json.loads(raw.decode("utf-8-sig"), parse_constant=_no_constant, object_hook=in_time)
        if _SURROGATE.search(raw):
            json.dumps(found, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise Refusal("the server did not answer in FHIR's JSON") from None
    if not isinstance(found, dict) or not depth_of(found, most_depth):
        raise Refusal("the server did not answer in FHIR's JSON")
    return found


def check_kind(found: Json, kind: str) -> None:
    """Refuse another resource than was asked for; an error in its place is called so."""
    if found.get("resourceType") == "OperationOutcome":
        raise Refusal("the server answered with an error in place of data")
    if found.get("resourceType") != kind:
        raise Refusal("the server answered with another resource")


def binary(found: Json) -> FetchedFile:
    """The file in a Binary resource.

    Raises:
        Refusal: it is another resource, or its data is damaged.
    """
    check_kind(found, "Binary")
    data = found.get("data")
    if not isinstance(data, str):
        raise Refusal("the server answered with another resource")
    try:
        raw = base64.b64decode("".join(data.split()), validate=True)
    except ValueError:
        raise Refusal("the server answered with damaged data") from None
    return FetchedFile(raw=raw, kind=text(found.get("contentType")))


def is_json(kind: str) -> bool:
    """True for the content types FHIR's JSON comes under."""
    found = bare(kind)
    return found in ("application/json", "text/json") or (found.startswith("application/") and found.endswith("+json"))


def bare(kind: str) -> str:
    """A content type without its parameters."""
    return kind.split(";")[0].strip().lower()


def _no_constant(name: str) -> Any:
    raise ValueError(name)
