"""A crew: jobs spread over processes that stop when their parent does.

Knows processes and signals. On Linux workers are copies of this process as long as it has one thread, so that what it
has made ready is made and held once; elsewhere each starts from nothing. A job is done when it is in the state; the
order of finishing means nothing.
"""

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing.connection import wait as until_ready
from multiprocessing.context import BaseContext
from typing import Any, Protocol

Work = Callable[[str, Iterable[Any]], Iterator[Any]]


class Worker(Protocol):
    """Does jobs of named phases."""

    def do(self, phase: str, job: Any) -> None: ...
    def close(self) -> None: ...


@contextmanager
def crew(hire: Callable[[], Worker], workers: int, ready: Callable[[], object] = object) -> Iterator[Work]:
    """A way to have jobs done: it yields each job when it is done. One worker works in this process.

    `hire` makes a worker and must be importable by another process. `ready` makes what workers can share; it is called
    before they are copied.
    """
    if workers == 1:
        alone = hire()
        try:
            yield lambda phase, jobs: _one_by_one(alone, phase, jobs)
        finally:
            alone.close()
        return
    pool = ProcessPoolExecutor(workers, mp_context=_context(ready), initializer=_begin, initargs=(hire,))
    try:
        pool.submit(_nothing).result()  # copies are made now, all at once, before there are threads and open files
        yield lambda phase, jobs: _in_turn(pool, phase, iter(jobs), workers * 2)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _context(ready: Callable[[], object]) -> BaseContext:
    if sys.platform != "linux" or threading.active_count() > 1:
        return multiprocessing.get_context("spawn")
    gc.disable()  # all that is made now stays, so that looking for what does not is in vain
    try:
        ready()
        gc.freeze()  # what is collected no more stays shared
    finally:
        gc.enable()
    return multiprocessing.get_context("fork")


def _nothing() -> None: ...


def _one_by_one(worker: Worker, phase: str, jobs: Iterable[Any]) -> Iterator[Any]:
    for job in jobs:
        worker.do(phase, job)
        yield job


def _in_turn(pool: ProcessPoolExecutor, phase: str, jobs: Iterator[Any], most: int) -> Iterator[Any]:
    """Hand out no more jobs than the workers can soon take up, so that a list of millions stays a list of few."""
    pending: dict[Future[None], Any] = {}
    for job in jobs:
        pending[pool.submit(_do, phase, job)] = job
        if len(pending) >= most:
            yield from _finished(pending)
    while pending:
        yield from _finished(pending)


def _finished(pending: dict[Future[None], Any]) -> Iterator[Any]:
    for future in wait(pending, return_when=FIRST_COMPLETED).done:
        future.result()
        yield pending.pop(future)


_hired: list[Worker] = []


def _begin(hire: Callable[[], Worker]) -> None:
    """In a new process: leave Ctrl-C to the parent, and end with it, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    _hired.append(hire())
    gc.collect()
    gc.freeze()  # what every job uses stays: no collection walks over it again


def _end_with(sentinel: int) -> None:
    until_ready([sentinel])
    os._exit(1)


def _do(phase: str, job: Any) -> None:
    _hired[0].do(phase, job)
