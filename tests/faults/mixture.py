"""Mixed calls by many clients: what each sends, what it may be answered, and what was seen.

Knows clients and their clocks; nothing of how a server is started or what its store holds.
"""

import itertools
import json
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException

from tests.bench import sent
from tests.faults.senders import FEED, feedback, new_card
from tests.ops.serving import CHARGE, Reply, Served

_SERIALS = itertools.count(1)
BROKEN: tuple[tuple[bytes, int], ...] = (
    (b'{"hook": ', 400),
    (b"[" * 5000, 400),
    (b'{"hook": "encounter-discharge"}', 400),
    (json.dumps({"hook": "encounter-discharge", "hookInstance": 7, "context": []}).encode(), 400),
)


@dataclass
class Seen:
    """What clients saw: milliseconds by kind of call and status, and what should not have been."""

    times: dict[tuple[str, int], list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: Counter[str] = field(default_factory=Counter)
    taken: list[str] = field(default_factory=list)
    seconds: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, *statuses: int, kind: str = "") -> list[float]:
        """The times of all calls with these statuses, of one kind or of all, in order of size."""
        found = (t for (k, s), t in self.times.items() if s in statuses and kind in ("", k))
        return sorted(itertools.chain.from_iterable(found))

    def count(self, *statuses: int) -> int:
        return len(self.of(*statuses))

    @property
    def statuses(self) -> Counter[int]:
        found: Counter[int] = Counter()
        for (_, status), times in self.times.items():
            found[status] += len(times)
        return found


def percentile(ordered: list[float], part: float) -> float:
    """A percentile of values in order of size; NaN of none."""
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else float("nan")


class Mixture:
    """The calls of one run, by kind and share. `fetching` is a body whose chart stands on a FHIR server."""

    def __init__(self, fetching: bytes, seed: int) -> None:
        self._fetching = fetching
        self._small, self._middle = sent.bodies(2, 40, seed), sent.bodies(20, 12, seed)
        self._kinds: dict[str, tuple[int, Callable[[_Client], None]]] = {
            "cards, 2 procedures": (35, lambda c: self._cards(c, "cards, 2 procedures", self._small)),
            "cards, 20 procedures": (15, lambda c: self._cards(c, "cards, 20 procedures", self._middle)),
            "feedback": (30, self._feedback),
            "chart fetched": (10, self._fetched),
            "broken": (10, self._broken),
        }

    @property
    def kinds(self) -> list[str]:
        return list(self._kinds)

    def one(self, client: "_Client") -> None:
        """One call of a client, whichever chance brings."""
        weights = [share for share, _ in self._kinds.values()]
        ((_, call),) = client.chance.choices(list(self._kinds.values()), weights)
        call(client)

    def _cards(self, client: "_Client", kind: str, texts: list[str]) -> None:
        body = sent.body(client.chance.choice(texts), next(_SERIALS))
        found = client.call(kind, CHARGE, body, 200)
        if found is not None:
            cards = found.json()["cards"]
            client.expect(bool(cards), "an answer without the card that is due")
            client.shown += [card["uuid"] for card in cards]

    def _feedback(self, client: "_Client") -> None:
        """On a card the client was shown, or on one nobody remembers; sent again later when it was not taken."""
        card = client.owed.pop() if client.owed else client.shown.pop() if client.shown else new_card()
        if client.call("feedback", FEED, feedback(card), 200):
            client.seen.taken.append(card)
        else:
            client.owed.append(card)

    def _fetched(self, client: "_Client") -> None:
        client.call("chart fetched", CHARGE, self._fetching, 200, 412)

    def _broken(self, client: "_Client") -> None:
        body, status = client.chance.choice(BROKEN)
        client.call("broken", CHARGE, body, status)


class _Client:
    """One client: its chance, the cards it was shown, the answers it owes."""

    def __init__(self, server: Served, seen: Seen, seed: int) -> None:
        self._server, self.seen = server, seen
        self.chance = random.Random(seed)
        self.shown: list[str] = []
        self.owed: list[str] = []

    def call(self, kind: str, path: str, body: bytes, *good: int) -> Reply | None:
        """The answer if it is a good one. 503 is one too, if it says when to come again, but it is not returned."""
        begun = time.monotonic()
        try:
            found = self._server.call(path, body)
        except (OSError, HTTPException) as error:
            self.expect(False, f"{kind}: the connection broke ({type(error).__name__})")
            return None
        taken = (time.monotonic() - begun) * 1000
        with self.seen.lock:
            self.seen.times[kind, found.status].append(taken)
        if found.status == 503:
            self.expect(found.headers.get("retry-after", "").isdigit(), f"{kind}: 503 without Retry-After")
            return None
        self.expect(found.status in good, f"{kind}: {found.status}")
        return found if found.status in good else None

    def expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            with self.seen.lock:
                self.seen.wrong[otherwise] += 1


@contextmanager
def calling(server: Served, mixture: Mixture, clients: int, *, pause: float, seed: int) -> Iterator[Seen]:
    """So many clients meanwhile, each with one call after the other and a pause between, as people make them."""
    seen, over = Seen(), threading.Event()

    def run(number: int) -> None:
        client = _Client(server, seen, seed * 10_000 + number)
        while not over.wait(client.chance.uniform(0, 2 * pause)):
            mixture.one(client)
        while client.owed:
            client.shown.clear()
            mixture._feedback(client)
            time.sleep(pause)

    threads = [threading.Thread(target=run, args=[n], daemon=True) for n in range(clients)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        seen.seconds = time.monotonic() - begun
        over.set()
        for thread in threads:
            thread.join(120)
