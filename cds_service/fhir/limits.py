"""Limits on reading files from outside: how refusing one is said, and a limit on time.

Knows threads' trace functions. Knows nothing of what is read.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Unreadable(Exception):
    """A file that is not read; the message is safe to show and says why."""


class OutOfTime(BaseException):
    """Reading took too long. Not an Exception, so that no library's broad `except` goes on in spite of it."""


@contextmanager
def at_most(seconds: float, *packages: str) -> Iterator[None]:
    """Stop the block when its time is over, at the next call of a function of these packages in this thread.

    A parser written in Python calls functions all the time, so this stops it wherever it is, with neither a process
    nor a signal. Code in C is not stopped: keep what it is given small. A loop that adds to a string takes quadratic
    time while it is watched: do not watch one. Functions of other packages are let be: an exception in one that the
    garbage collector calls would be lost.

    Raises:
        OutOfTime: the time is over.
    """
    end = time.monotonic() + seconds
    before = sys.gettrace()

    def watch(frame: FrameType, _event: str, _argument: Any) -> None:
        if time.monotonic() > end and frame.f_globals.get("__name__", "").partition(".")[0] in packages:
            raise OutOfTime

    sys.settrace(watch)
    try:
        yield
    finally:
        sys.settrace(before)
