"""Reading from the FHIR server that a request names: resources, searches and files, in parallel, until the deadline.

Reads only, from allow-listed servers only, over the connections of `outbound`. The token goes to that server and
nowhere else.
"""

import logging
import os
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from functools import partial
from threading import Lock
from typing import TypeVar

from cds_service.fhir.answers import (
    Fetched,
    FetchedFile,
    Limits,
    NotFetched,
    bare,
    binary,
    check_kind,
    is_json,
    next_link,
    parsed,
    parsing_time,
)
from cds_service.fhir.authorization import Token, Unusable, token_of
from cds_service.fhir.elements import Json, obj, text
from cds_service.fhir.entry import entries_of
from cds_service.logs import what_and_where
from cds_service.outbound.calls import (
    BROKEN,
    LATE,
    UNREACHED,
    Adapter,
    Answer,
    Refusal,
    body,
    check_status,
    is_framed,
    pause_asked,
)
from cds_service.outbound.connections import FLIGHT, Flight, InTime
from cds_service.outbound.servers import Server, server_at

JSON_TYPES = "application/fhir+json, application/json;q=0.9"
# Enough for all that a worker's requests ask at once, so that none waits for the slow server of another.
THREADS = 64
# The share of a request's time that is kept for reading what came, deciding and answering.
_FOR_THE_ANSWER = 0.1
_PARSING = Lock()
_RETRIES = InTime(total=1, connect=1, read=1, redirect=0, status=0, other=0, respect_retry_after_header=False)
_TYPE = re.compile(r"[a-z0-9]+/[a-z0-9.+-]+", re.IGNORECASE)
_log = logging.getLogger("cds_service.fhir")
T = TypeVar("T")


class FhirServers:
    """The allow-list, and what the requests of one process share: threads and connections, made on first use.

    A server process is forked after this is made; a process that finds another one's threads makes its own.
    """

    def __init__(self, servers: Sequence[Server], limits: Limits, *, authorities: str = "") -> None:
        self.servers, self.limits = tuple(servers), limits
        self._authorities = authorities
        self._lock = Lock()
        self._process = 0
        self._threads: ThreadPoolExecutor
        self._adapters: dict[Server, Adapter] = {}

    def client(self, request: Json, start: float | None = None) -> "FhirClient | NotFetched":
        """A client for the server a request names. Its time counts from `start` (monotonic seconds, default now)."""
        server = server_at(self.servers, request.get("fhirServer"))
        if server is None:
            return NotFetched(reason="fhirServer is not on this service's allow-list")
        try:
            token = token_of(request.get("fhirAuthorization"), text(obj(request.get("context")).get("patientId")))
        except Unusable as refusal:
            return NotFetched(reason=str(refusal))
        answer_by = (time.monotonic() if start is None else start) + self.limits.seconds
        return FhirClient(self, server, token, answer_by)

    def threads(self) -> ThreadPoolExecutor:
        """This process's threads."""
        with self._lock:
            if self._process != os.getpid():
                self._process = os.getpid()
                self._adapters = {server: _adapter() for server in self.servers}
                self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="fhir")
            return self._threads

    def get(self, flight: Flight, url: str, headers: dict[str, str]) -> Answer:
        """One GET over this process's connections, its body still to be read."""
        return self._adapters[flight.server].get(flight, url, headers, self._authorities)


class FhirClient:
    """Reads from one server with one request's token, until shortly before that request must be answered."""

    def __init__(self, shared: FhirServers, server: Server, token: Token | None, answer_by: float) -> None:
        self._shared, self._server, self._token, self.answer_by = shared, server, token, answer_by
        self._end = answer_by - shared.limits.seconds * _FOR_THE_ANSWER

    def read(self, path: str) -> Fetched | NotFetched:
        """One resource (`Patient/1`) or a whole search (`Procedure?encounter=1`)."""
        return self.gather([path])[0]

    def gather(self, wanted: Sequence[str | Json]) -> list[Fetched | NotFetched]:
        """Several reads in parallel: resources, searches, and Bundles whose further pages are wanted.

        Answers come in the order asked; a Bundle that was given stays as it is.
        """
        return self._together([self._job(w) for w in wanted])

    def files(self, wanted: Sequence[tuple[str, str]]) -> list[FetchedFile | NotFetched]:
        """Files by URL and the content type wanted, such as those of Attachments; only those under the base."""
        return self._together([partial(self._file, url=url, wanted=kind) for url, kind in wanted])

    def _together(self, jobs: Sequence[Callable[[Flight], T]]) -> list[T | NotFetched]:
        """The answers that are there at the deadline. What is late is stopped, and nobody waits for it."""
        flights = [Flight(self._server, self._end) for _ in jobs]
        threads = self._shared.threads()
        futures = [threads.submit(_flown, job, flight) for job, flight in zip(jobs, flights, strict=True)]
        done, late = wait(futures, timeout=max(0.0, self._end - time.monotonic()))
        for future, flight in zip(futures, flights, strict=True):
            if future in late and not future.cancel():
                flight.stop()
        return [future.result() if future in done else NotFetched(reason=LATE) for future in futures]

    def _job(self, wanted: str | Json) -> Callable[[Flight], Fetched]:
        if isinstance(wanted, dict):
            return partial(self._pages, first=wanted)
        kind = re.split("[/?]", wanted)[0]
        return partial(self._search if "?" in wanted else self._resource, path=wanted, kind=kind)

    def _check_scope(self, kind: str) -> None:
        if self._token is not None and not self._token.covers(kind):
            raise Refusal(f"the token's scope does not cover {kind}")

    def _resource(self, flight: Flight, path: str, kind: str) -> Fetched:
        self._check_scope(kind)
        found, _ = self._json(flight, path, self._shared.limits.bytes)
        check_kind(found, kind)
        if found.get("id") not in (path.removeprefix(f"{kind}/"), None):
            raise Refusal("the server answered with another resource")
        return Fetched(resource=found)

    def _search(self, flight: Flight, path: str, kind: str) -> Fetched:
        self._check_scope(kind)
        first, size = self._json(flight, path, self._shared.limits.bytes)
        check_kind(first, "Bundle")
        return self._pages(flight, first, path, size)

    def _pages(self, flight: Flight, first: Json, path: str = "", size: int = 0) -> Fetched:
        """A Bundle with the entries of all that follow it; a search that goes on too long is not had at all."""
        limits, page, entries = self._shared.limits, first, entries_of(first)
        seen = {self._server.within(path) if path else ""}
        while (link := next_link(page)) is not None:
            url = self._server.within(link)
            if not url:
                raise Refusal("its next page lies outside the server" if link else "its next page has no address")
            if url in seen:
                raise Refusal("its pages lead in a circle")
            if len(seen) >= limits.pages:
                raise Refusal(f"it has more than {limits.pages} pages")
            seen.add(url)
            page, more = self._json(flight, link, limits.bytes - size)
            size += more
            check_kind(page, "Bundle")
            entries = [*entries, *entries_of(page)]
        whole = {k: v for k, v in first.items() if k not in ("link", "entry")}
        return Fetched(resource={**whole, "entry": entries})

    def _json(self, flight: Flight, link: str, most: int) -> tuple[Json, int]:
        raw, kind, _ = self._get(flight, link, JSON_TYPES, most)
        if not is_json(kind):
            raise Refusal("the server did not answer in FHIR's JSON")
        return self._parsed(flight, raw), len(raw)

    def _parsed(self, flight: Flight, raw: bytes) -> Json:
        """The JSON of a body. One at a time: parsing keeps all other threads waiting, the one at the deadline too."""
        needed = parsing_time(raw)
        with _PARSING:
            if flight.left() <= needed:
                raise Refusal(LATE)
            return parsed(raw, self._shared.limits.depth, flight.left)

    def _file(self, flight: Flight, url: str, wanted: str) -> FetchedFile:
        accepted = f"{wanted}, application/fhir+json;q=0.1" if _TYPE.fullmatch(wanted) else "*/*"
        raw, kind, framed = self._get(flight, url, accepted, self._shared.limits.bytes)
        if is_json(kind) and not is_json(wanted):
            file = binary(self._parsed(flight, raw))
            raw, kind = file.raw, file.kind
        elif not framed:
            raise Refusal("the server does not say where its answer ends")
        if wanted and bare(kind) not in (bare(wanted), "", "application/octet-stream"):
            raise Refusal("the server answered with another content type")
        return FetchedFile(raw=raw, kind=kind)

    def _get(self, flight: Flight, link: str, accept: str, most: int) -> tuple[bytes, str, bool]:
        """Body and content type of one GET, and whether it is surely whole."""
        url = self._server.within(link)
        if not url:
            raise Refusal("it lies outside the server")
        headers = {"Accept": accept, "User-Agent": "iliac-cds", **(self._token.header() if self._token else {})}
        for again in (True, False):
            with closing(self._shared.get(flight, url, headers)) as answer:
                pause = pause_asked(answer) if again else None
                if pause is None or pause >= flight.left():
                    check_status(answer.status_code)
                    raw = body(answer, flight, most)
                    return raw, answer.headers.get("Content-Type", ""), is_framed(answer)
            time.sleep(pause)
        raise Refusal(LATE)


def _adapter() -> Adapter:
    """As many connections are kept as there are threads."""
    return Adapter(pool_connections=1, pool_maxsize=THREADS, max_retries=_RETRIES)


def _flown(job: Callable[[Flight], T], flight: Flight) -> T | NotFetched:
    """Do a job in a thread of its own flight; whatever goes wrong becomes a reason."""
    FLIGHT.set(flight)
    try:
        return job(flight)
    except Refusal as refusal:
        return NotFetched(reason=str(refusal))
    except BROKEN:
        return NotFetched(reason=UNREACHED if flight.left() else LATE)
    except Exception as error:  # what a library stumbles over must not cost the request its answer
        _log.error("unforeseen %s", what_and_where(error))
        return NotFetched(reason="the answer could not be read")
    finally:
        flight.takes(None)
