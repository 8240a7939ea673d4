"""Where a client's keys come from: pinned at start, or fetched from one allow-listed address and kept for a while.

Knows clocks and threads. A request waits at most `SECONDS` for keys, and only when none is at hand. No thread, lock or
connection is in use while nothing is fetched, so a server process may be forked after this is made.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Protocol

from jwt import PyJWK

from cds_service.clients.key_sets import MOST_BYTES, KeySet, UnusableKeys, read_keys
from cds_service.outbound.calls import Refusal, read
from cds_service.outbound.connections import Flight
from cds_service.outbound.servers import Server

SECONDS = 2.0  # for one fetch
LIFETIME = 300.0  # seconds after which keys are fetched anew, while the old ones still serve
STALE = 3600.0  # seconds that keys serve beyond this when they cannot be fetched
MOST_FETCHES, WINDOW = 5, 60.0  # fetches in so many seconds at most, so that made-up key ids cause no more
_ACCEPT = "application/jwk-set+json, application/json;q=0.9, */*;q=0.1"
_log = logging.getLogger("cds_service.clients")


class KeySource(Protocol):
    """The keys of a client."""

    def key(self, kid: str, algorithm: str) -> PyJWK | None:
        """The key of this id for this algorithm; None when there is none or it cannot be had."""

    def warm(self) -> None:
        """Have the keys at hand before the first request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedKeys:
    """Keys that were exchanged out of band."""

    keys: KeySet

    def key(self, kid: str, algorithm: str) -> PyJWK | None:
        return self.keys.get((kid, algorithm))

    def warm(self) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One address of a JWK Set: its URL as the site wrote it, and the server whose addresses are permitted."""

    url: str
    server: Server
    authorities: str = ""

    def fetch(self, flight: Flight, algorithms: Sequence[str]) -> KeySet:
        """The keys found there now.

        Raises:
            Refusal, UnusableKeys: there are none to be had.
        """
        raw = read(flight, self.url, accept=_ACCEPT, most=MOST_BYTES, authorities=self.authorities)
        return read_keys(raw, algorithms)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fetch:
    """A fetch under way: until when it may last, and whether it is over."""

    flight: Flight
    over: Event = field(default_factory=Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """Keys and when they were fetched."""

    keys: KeySet
    since: float


class FetchedKeys:
    """The keys at one address, for the algorithms that are taken."""

    def __init__(
        self, client: str, address: Address, algorithms: Sequence[str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client, self._address, self._algorithms, self._clock = client, address, tuple(algorithms), clock
        self._lock = Lock()
        self._held: _Held | None = None
        self._fetch: _Fetch | None = None
        self._begun: deque[float] = deque(maxlen=MOST_FETCHES)

    def key(self, kid: str, algorithm: str) -> PyJWK | None:
        found = self._at_hand(kid, algorithm)
        if found is None:
            self._wait(self._fetched())
            return self._at_hand(kid, algorithm)
        if self._age() > LIFETIME:
            self._fetched()
        return found

    def warm(self) -> None:
        """Fetch in this thread, to the end: nothing is under way afterwards."""
        self._run(_Fetch(flight=self._flight()))

    def _at_hand(self, kid: str, algorithm: str) -> PyJWK | None:
        held = self._held
        return held.keys.get((kid, algorithm)) if held and self._age() <= LIFETIME + STALE else None

    def _age(self) -> float:
        held = self._held
        return self._clock() - held.since if held else float("inf")

    def _fetched(self) -> _Fetch | None:
        """The fetch under way, or a new one; None when there were too many of late."""
        with self._lock:
            if self._fetch is None and self._may_fetch():
                self._begun.append(self._clock())
                self._fetch = _Fetch(flight=self._flight())
                Thread(target=self._run, args=[self._fetch], name="client keys", daemon=True).start()
            return self._fetch

    def _may_fetch(self) -> bool:
        return len(self._begun) < MOST_FETCHES or self._clock() - self._begun[0] >= WINDOW

    def _flight(self) -> Flight:
        return Flight(self._address.server, time.monotonic() + SECONDS)

    def _wait(self, fetch: _Fetch | None) -> None:
        """Wait for a fetch, but not beyond its time, even where it hangs in looking up a name."""
        if fetch is not None and not fetch.over.wait(fetch.flight.left()):
            fetch.flight.stop()

    def _run(self, fetch: _Fetch) -> None:
        try:
            self._held = _Held(keys=self._address.fetch(fetch.flight, self._algorithms), since=self._clock())
        except (Refusal, UnusableKeys) as reason:
            _log.warning("the keys of client %s cannot be fetched: %s", self._client, reason)
        finally:
            with self._lock:
                self._fetch = None
            fetch.over.set()
