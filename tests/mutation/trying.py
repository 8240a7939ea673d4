"""A pytest plugin that tries mutants: all tests once as they are, then for each mutant a fork that runs those it can fail.

mutmut's own runner starts pytest anew for each mutant, which with some thousand parametrized tests takes seconds each;
a fork of a session that has everything imported and collected takes a tenth. The order is: cheapest test first.
"""

import functools
import gc
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import mutmut.mutation.trampoline as trampoline
import pytest
from _pytest.runner import runtestprotocol
from hypothesis import Phase, settings

# A failing example need not be shrunk here: that it fails is all there is to know.
settings.register_profile("mutants", phases=(Phase.explicit, Phase.generate), database=None)

ORIGINALS: dict[tuple[str, str], tuple[Callable[..., Any], dict[str, Any]]] = {}
MEMORY = 4 << 30
# Caches that hold nothing a mutant could change.
KEPT = ("cds_service.knowledge", "tests.properties.oracle", "tests.charts", "cards")


def _beside(mutants: dict[str, Any], is_classmethod: bool = False) -> Callable[[Any], Any]:
    """In mutmut's place: the function stays itself, and `_become` gives it a mutant's code."""

    def keep(function: Any) -> Any:
        ORIGINALS[function.__module__, function.__qualname__.replace(".", "ǁ")] = (function, mutants)
        return function

    return keep


trampoline.wrap_in_trampoline = _beside


def _become(module: str, name: str) -> None:
    for (home, _), (function, mutants) in ORIGINALS.items():
        if home == module and name in mutants:
            mutant = mutants[name]
            function.__code__, function.__defaults__ = mutant.__code__, mutant.__defaults__
            function.__kwdefaults__ = mutant.__kwdefaults__
            return
    raise LookupError(f"{module} has no mutant {name}")


def _forget() -> None:
    """Empty every cache in which the unmutated code may have left its answers."""
    for found in [o for o in gc.get_objects() if isinstance(o, functools._lru_cache_wrapper)]:
        home = getattr(found, "__module__", "") or ""
        if home.startswith(("cds_service", "tests")) and not home.startswith(KEPT):
            found.cache_clear()


class Recorder:
    """Which functions each test calls, and how long it takes."""

    def __init__(self) -> None:
        codes = {f.__code__: (home, m) for (home, _), (f, m) in ORIGINALS.items()}
        self._names: dict[CodeType, list[tuple[str, str]]] = {c: [(h, n) for n in m] for c, (h, m) in codes.items()}
        self._hit: set[CodeType] = set()
        self.tests: dict[tuple[str, str], list[tuple[float, int]]] = {}

    def _call(self, frame: FrameType, event: str, argument: Any) -> None:
        if frame.f_code in self._names:
            self._hit.add(frame.f_code)

    def run(self, number: int, item: pytest.Item, following: pytest.Item | None) -> bool:
        """Run a test as it is; True when it passed."""
        self._hit.clear()
        sys.settrace(self._call)
        start = time.process_time()
        try:
            reports = runtestprotocol(item, log=False, nextitem=following)
        finally:
            sys.settrace(None)
        cost = time.process_time() - start
        for code in self._hit:
            for name in self._names[code]:
                self.tests.setdefault(name, []).append((cost, number))
        return not any(r.failed for r in reports)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mutants", help="JSON file of the mutants to try")
    parser.addoption("--mutants-out", help="where to write what became of them")
    parser.addoption("--mutant-seconds", type=float, default=120.0)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    options = session.config.option
    recorder = Recorder()
    items = session.items
    if not (items and ORIGINALS):
        raise pytest.UsageError("nothing to try: the tests are collected in other processes")
    failing = [
        item.nodeid
        for n, item in enumerate(items)
        if not recorder.run(n, item, items[n + 1] if items[n + 1 :] else None)
    ]
    assert not failing, f"tests fail without any mutant: {failing[:5]}"
    again = _tried(session, None, list(items), 30 * options.mutant_seconds)
    assert not again, f"a test fails in a fork without any mutant: {again}"
    out = Path(options.mutants_out)
    with out.open("a", encoding="utf-8") as lines:
        for mutant in json.loads(Path(options.mutants).read_text("utf-8")):
            tests = sorted(recorder.tests.get((mutant["module"], mutant["name"]), []))
            start = time.monotonic()
            killer = _tried(session, mutant, [items[n] for _, n in tests], options.mutant_seconds)
            took = round(time.monotonic() - start, 2)
            lines.write(json.dumps({**mutant, "killer": killer, "tests": len(tests), "seconds": took}) + "\n")
            lines.flush()
    return True


def _tried(session: pytest.Session, mutant: dict[str, str] | None, items: list[pytest.Item], seconds: float) -> str:
    """The name of the test that fails with this mutant; "" when it survives them all, "out of time" beyond the limit."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            os.write(writing, _killer(mutant, items, seconds).encode()[:4000])
        except BaseException as problem:  # the fork must end here, whatever a mutant broke
            os.write(writing, f"broke the runner: {type(problem).__name__}".encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    return said if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0 else "out of time"


def _killer(mutant: dict[str, str] | None, items: list[pytest.Item], seconds: float) -> str:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    used = int(time.process_time())
    limit = used + int(seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
    if mutant is not None:
        _become(mutant["module"], mutant["name"])
    _forget()
    for item, following in zip_longest(items, items[1:]):
        for report in runtestprotocol(item, log=False, nextitem=following):
            if report.failed:
                return item.nodeid if mutant is not None else f"{item.nodeid}: {report.longreprtext[-1500:]}"
    return ""
