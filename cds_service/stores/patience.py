"""Waiting for an answer for a limited time, and asking nothing more until a late answer has come.

Knows threads; nothing of what is asked.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from typing import Any, TypeVar

from cds_service.stores.processes import PerProcess
from cds_service.stores.protocols import StoreUnavailable

_Answer = TypeVar("_Answer")
_MOST_AT_ONCE = 16


class Patience:
    """Asks in a thread of its own and gives up after `seconds`.

    While a late question still runs, further ones are refused at once: a database that hangs takes one thread, not all
    of a server's. Whatever is asked must have an end of its own, however late.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._desk = PerProcess(_Desk)

    def ask(self, question: Callable[[], _Answer]) -> _Answer:
        """The answer to a question.

        Raises:
            StoreUnavailable: the question failed so, or its answer or that of an earlier one is late.
        """
        desk = self._desk.get()
        if desk.late:
            raise StoreUnavailable("an earlier answer is still to come")
        asked = desk.pool.submit(question)
        try:
            return asked.result(self._seconds)
        except TooLate:
            asked.cancel()
            desk.late.add(asked)
            asked.add_done_callback(desk.late.discard)
            raise StoreUnavailable(f"no answer within {self._seconds:g} s") from None


class _Desk:
    """The threads of one process, and the questions whose answers are late."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(_MOST_AT_ONCE, thread_name_prefix="store")
        self.late: set[Future[Any]] = set()
