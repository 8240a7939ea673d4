"""One GET to a permitted server: sent without proxy, cookie or redirect, its body read within limits of size and time.

Knows requests. Knows neither FHIR nor keys: what an answer must be is judged by whoever asked for it.
"""

from contextlib import closing
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from cds_service.outbound.connections import FLIGHT, POOLS, Flight, InTime

LATE = "it was not answered in time"
UNREACHED = "the server cannot be reached or broke off"
Answer = requests.Response
BROKEN = (requests.RequestException, HTTPError, OSError)
_ONCE = InTime(total=0, redirect=0, respect_retry_after_header=False)


class Refusal(Exception):
    """Ends one call; the message is a reason, without a word of a URL, a token or an answer."""


class Adapter(HTTPAdapter):
    """Connections of one server, to its permitted addresses only.

    An adapter sends what it is given: unlike a session it knows no proxies, credentials or cookies of its own and
    follows no redirect.
    """

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def get(self, flight: Flight, url: str, headers: dict[str, str], authorities: str = "") -> Answer:
        """One GET, its body still to be read. `authorities`: a file to check certificates by, in place of the public.

        Raises:
            Refusal: no time is left.
        """
        if not (left := flight.left()):
            raise Refusal(LATE)
        call = requests.Request("GET", url, headers).prepare()
        return self.send(call, stream=True, timeout=(left, left), verify=authorities or True)


def check_status(status: int) -> None:
    """Refuse every status but 200."""
    if 300 <= status < 400:
        raise Refusal("the server redirects, which is not followed")
    if status != 200:
        raise Refusal(f"the server answered with status {status}")


def body(answer: Answer, flight: Flight, most: int) -> bytes:
    """The body, read as it comes, so that neither a slow nor an endless one is waited for.

    Raises:
        Refusal: it has more than `most` bytes, or the time is over.
    """
    pieces, size = [], 0
    while piece := answer.raw.read1(64 * 1024, decode_content=True):
        size += len(piece)
        if size > most:
            raise Refusal("the answer is larger than what is read")
        if not flight.left():
            raise Refusal(LATE)
        pieces.append(piece)
    return b"".join(pieces)


def is_framed(answer: Answer) -> bool:
    """True when the answer says where it ends; one that does not may have been cut off without a sign."""
    return "Content-Length" in answer.headers or "chunked" in answer.headers.get("Transfer-Encoding", "").lower()


def pause_asked(answer: Answer) -> float | None:
    """Seconds after which a busy server asks to be called again; None when it does not."""
    after = answer.headers.get("Retry-After", "")
    if answer.status_code not in (429, 503) or not after:
        return None
    try:
        return InTime().parse_retry_after(after)
    except (HTTPError, ValueError, OverflowError):  # neither seconds nor a date, or beyond all numbers
        return None


def read(flight: Flight, url: str, *, accept: str, most: int, authorities: str = "") -> bytes:
    """The body of one GET over a connection of its own, which does not outlive it; sent once.

    Raises:
        Refusal: whatever went wrong.
    """
    FLIGHT.set(flight)
    headers = {"Accept": accept, "User-Agent": "iliac-cds"}
    try:
        with closing(Adapter(max_retries=_ONCE)) as own, closing(own.get(flight, url, headers, authorities)) as answer:
            check_status(answer.status_code)
            return body(answer, flight, most)
    except BROKEN:
        raise Refusal(UNREACHED if flight.left() else LATE) from None
    finally:
        flight.takes(None)
