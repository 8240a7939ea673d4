"""Clients that send feedback for as long as it takes, and what of it the store holds afterwards."""

import itertools
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any

from sqlalchemy import select

from cds_service.stores.opening import existing_database_at
from cds_service.stores.place import Place
from cds_service.stores.schema import FEEDBACK
from tests.ops.serving import CHARGE, Served, until
from tests.stores.samples import card_id

FEED = f"{CHARGE}/feedback"
_NUMBERS = itertools.count(1)
_PAUSE = 0.02


def feedback(*cards: str, outcome: str = "overridden") -> bytes:
    """A batch, one item a card, all with the same time."""
    items = [{"card": c, "outcome": outcome, "outcomeTimestamp": "2026-07-05T10:00:00Z"} for c in cards]
    return json.dumps({"feedback": items}).encode()


def new_card() -> str:
    return card_id(next(_NUMBERS))


def deliver(server: Served, *cards: str, **headers: str) -> None:
    """Send a batch until it is taken, as a client does that is told to come again."""

    def taken() -> bool:
        try:
            return server.call(FEED, feedback(*cards), **headers).status == 200
        except (OSError, HTTPException):
            return False

    until(taken)


class Senders:
    """Some clients, each with one item after another; an item is sent again until it is answered 200."""

    def __init__(self, server: Served, clients: int = 4) -> None:
        self.server = server
        self.taken: list[str] = []
        self.answers: Counter[int | str] = Counter()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(clients)]

    def _run(self) -> None:
        while not self._over.is_set():
            card = new_card()
            while (told := self._send(card)) != 200:
                self.answers[told] += 1
                time.sleep(_PAUSE)
            self.answers[200] += 1
            self.taken.append(card)

    def _send(self, card: str) -> int | str:
        try:
            return self.server.call(FEED, feedback(card)).status
        except (OSError, HTTPException) as error:
            return type(error).__name__

    def until_taken(self, more: int) -> None:
        """Wait until so many more items have been taken."""
        wanted = len(self.taken) + more
        until(lambda: len(self.taken) >= wanted)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let every client bring in the item it has under way."""
        self._over.set()
        for thread in self._threads:
            thread.join(120)
        assert not any(t.is_alive() for t in self._threads), f"not taken in time: {self.answers}"


@contextmanager
def sending(server: Served, clients: int = 4) -> Iterator[Senders]:
    senders = Senders(server, clients)
    senders.start()
    try:
        yield senders
    finally:
        senders.stop()


def kept(place: Place) -> list[str]:
    """The cards of the store's feedback, one for each row."""
    with closing(existing_database_at(place)) as database, database.reading(unlimited=True) as connection:
        return [card for (card,) in connection.execute(select(FEEDBACK.c.card))]


def lost_or_doubled(place: Place, taken: Sequence[str]) -> dict[str, list[str]]:
    """What was answered 200 and is not in the store, and what is there more than once."""
    found = Counter(kept(place))
    return {"lost": [c for c in taken if c not in found], "doubled": [c for c, n in found.items() if n > 1]}


NOTHING: dict[str, Any] = {"lost": [], "doubled": []}


def workers(server: Served) -> list[int]:
    """The worker processes of a server, the oldest first."""
    pid = server.process.pid
    try:
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def ended(pid: int) -> bool:
    """True when a process runs no more; one that nobody has buried yet has ended too."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def both_answer(server: Served, worker_count: int = 2) -> None:
    """Wait until so many workers are there and calls are answered."""
    until(lambda: sum(not ended(p) for p in workers(server)) == worker_count and _well(server))


def _well(server: Served) -> bool:
    try:
        return server.call("/healthz").status == 200
    except (OSError, HTTPException):
        return False


def kill(pid: int, number: int) -> None:
    """A signal to a process of ours that may have ended."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
