"""How many calls one process works on at once, and how many may wait for a turn: the rest is sent away at once.

Knows counts and seconds, nothing of requests. Who is sent away costs next to nothing, so that those who are taken
are answered in time however many come. Threads of one process share one interpreter: were all of them to compute at
once, each would be slow, and so would be the word to the others that there is no room.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Semaphore

from cds_service.course import mark
from cds_service.problems import refused
from cds_service.web import metrics

COMPUTING = 2
"""Calls that compute at once: one would do, but then a small chart would wait for a large one."""


class Capacity:
    """`running` calls at once; up to `waiting` more wait, none of them longer than `seconds`.

    Of those that run, most may wait for a FHIR server; few compute.
    """

    def __init__(self, *, running: int, waiting: int, seconds: float) -> None:
        self._turns, self._places = Semaphore(running), Semaphore(waiting)
        self._seconds = seconds
        self._computing = Semaphore(COMPUTING)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Work within the capacity.

        Raises:
            Problem: 503 when no turn is to be had in time.
        """
        if not self._turns.acquire(blocking=False) and not self._waited():
            metrics.SHED.inc()
            text = "The service is at its capacity. The request was not looked at; it may be sent again."
            raise refused(text, code="throttled", status=503)
        mark("wait")
        try:
            yield
        finally:
            self._turns.release()

    @contextmanager
    def computing(self) -> Iterator[None]:
        """A part of a call's work that computes all the time."""
        with self._computing:
            mark("wait")
            yield

    def _waited(self) -> bool:
        if not self._places.acquire(blocking=False):
            return False
        try:
            return self._turns.acquire(timeout=self._seconds)
        finally:
            self._places.release()
