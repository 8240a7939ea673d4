"""One thing per process: made when it is first wanted, and anew in a process that was forked from one that had it.

Knows processes. Connections and threads do not survive a fork; what the parent made is left to the parent.
"""

import os
from collections.abc import Callable
from typing import Generic, TypeVar

_Thing = TypeVar("_Thing")


class PerProcess(Generic[_Thing]):
    """Hands out what `make` makes, one for each process that asks.

    Two threads that ask first together may make two, of which one is dropped: making must not open or start anything.
    """

    def __init__(self, make: Callable[[], _Thing]) -> None:
        self._make = make
        self._made: dict[int, _Thing] = {}  # a parent's thing stays referenced, so that a child does not close it

    def get(self) -> _Thing:
        pid = os.getpid()
        found = self._made.get(pid)
        return found if found is not None else self._made.setdefault(pid, self._make())

    def made(self) -> _Thing | None:
        """The thing of this process, None when nobody asked for it yet."""
        return self._made.get(os.getpid())
