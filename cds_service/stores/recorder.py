"""Writing down what was shown, behind the back of the call that showed it.

Knows one queue and one thread per process. What is lost when a process is killed, or when the store is away for long,
is the note that a card was shown; feedback never goes this way.
"""

import atexit
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Full, Queue

from cds_service.logs import what_and_where
from cds_service.stores.processes import PerProcess
from cds_service.stores.protocols import StoreUnavailable
from cds_service.stores.records import ShownCard

_log = logging.getLogger("cds_service.stores")
_MOST_WAITING = 2000
_MOST_TOGETHER = 100
_PAUSE_SECONDS = 0.05
_RETRY_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0)
_FLUSH_SECONDS = 5.0
_Write = Callable[[Sequence[ShownCard]], None]


class Recorder:
    """A bounded queue in front of `write`; each process has its own."""

    def __init__(self, write: _Write) -> None:
        self._line = PerProcess(lambda: _Line(write))

    def put(self, cards: Sequence[ShownCard]) -> None:
        """Hand cards over; when too many wait already they are dropped, and the log says so."""
        self._line.get().put(cards)


class _Line:
    """The queue and the thread of one process. None in the queue wakes the thread."""

    def __init__(self, write: _Write) -> None:
        self._write = write
        self._waiting: Queue[ShownCard | None] = Queue(_MOST_WAITING)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()

    def put(self, cards: Sequence[ShownCard]) -> None:
        self._start()
        try:
            for card in cards:
                self._waiting.put_nowait(card)
        except Full:
            _log.warning("too many shown cards wait for the store; one call's are not recorded")

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
                self._thread.start()
                atexit.register(self.end)

    def end(self) -> None:
        """Wait until everything is written, for some seconds at most."""
        self._ending.set()
        with suppress(Full):
            self._waiting.put_nowait(None)
        if self._thread is not None:
            self._thread.join(_FLUSH_SECONDS)

    def _run(self) -> None:
        while not (self._ending.is_set() and self._waiting.empty()):
            cards = self._next()
            if cards:
                self._record(cards)

    def _next(self) -> list[ShownCard]:
        """What waits, as far as it goes into one transaction; waits for the first.

        A pause lets the call that brought it be answered first, and others join.
        """
        found = [self._waiting.get()]
        self._ending.wait(_PAUSE_SECONDS)
        while len(found) < _MOST_TOGETHER and not self._waiting.empty():
            found.append(self._waiting.get_nowait())
        return [card for card in found if card is not None]

    def _record(self, cards: Sequence[ShownCard]) -> None:
        """Write cards, with some patience. Whatever goes wrong must not end the thread that writes the next ones."""
        for pause in _RETRY_SECONDS:
            try:
                return self._write(cards)
            except StoreUnavailable:
                self._ending.wait(pause)
            except Exception as error:
                _log.error("unforeseen %s", what_and_where(error))
                break
        _log.warning("%d shown cards are not recorded", len(cards))
