"""The rounds: every system in turn at each size and number of connections, again and again.

Systems are measured right after one another, so that what else the machine does strikes all of them alike, and each
round begins with another one. Knows how a system is tried; nothing of tables.
"""

import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import sent
from tests.bench.load import Seen, send
from tests.bench.processes import Failed, Running

_WARM_SECONDS = 1
_LARGE, _LARGE_TAKES = 1000, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One row of the plan: Procedures in a request, connections at a time."""

    procedures: int
    connections: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One measurement. `processor` is milliseconds of processor time for each good answer, None without one."""

    turn: int
    cell: Cell
    system: str
    seen: Seen
    processor: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is measured, for how long: seconds for each measurement, and the moment after which none begins."""

    cells: Sequence[Cell]
    rounds: int
    seconds: float
    end: float


def try_out(running: Running, seed: int) -> None:
    """A system must answer as it should before it is measured: a card for the session, none without one.

    Raises:
        Failed: it does not; the message says what came.
    """
    for procedures in (2, 20):
        for iliac in (True, False):
            request = json.dumps(sent.request(procedures, str(seed), iliac=iliac))
            status, raw = running.ask("POST", running.system.path, sent.body(request, 0))
            found = _cards(raw) if status == 200 else None
            wanted = iliac or not running.system.decides
            if found is None or bool(found) is not wanted or (wanted and "37257" not in json.dumps(found)):
                shown = f"{len(found)} cards" if found is not None else f"status {status}"
                raise Failed(f"{shown} for {procedures} procedures {'with' if iliac else 'without'} an iliac session")


def _cards(raw: bytes) -> list[Any] | None:
    try:
        found = json.loads(raw)["cards"]
    except (ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, list) else None


def measure(
    plan: Plan, systems: Sequence[Running], bodies: Mapping[int, Path], say: Callable[[str], None]
) -> Iterator[Measured]:
    """All measurements; the last round may lack some when the time is up."""
    for turn in range(plan.rounds):
        for cell in plan.cells:
            first = turn % len(systems)
            for running in [*systems[first:], *systems[:first]]:
                if time.monotonic() > plan.end:
                    say(f"The time is up in round {turn + 1} of {plan.rounds}.")
                    return
                yield _measured(turn, cell, running, bodies, plan.seconds)
        say(f"Round {turn + 1} of {plan.rounds} is done.")


def warm(running: Running, bodies: Mapping[int, Path]) -> None:
    """Some calls beforehand: the first ones build models and compile code."""
    send(_url(running), bodies[min(bodies)], 8, _WARM_SECONDS)


def _measured(turn: int, cell: Cell, running: Running, bodies: Mapping[int, Path], seconds: float) -> Measured:
    """One measurement; a system that cannot be brought back or reached has answered nothing."""
    if cell.procedures >= _LARGE:
        seconds *= _LARGE_TAKES
    spent = 0.0
    try:
        if not running.is_idle():
            running.stop()
            running.start()
            warm(running, bodies)
        before = running.processor()
        found = send(_url(running), bodies[cell.procedures], cell.connections, seconds)
        spent = running.processor() - before
    except (Failed, subprocess.SubprocessError):
        found = Seen(answered=0, seconds=seconds, refused=0, broken=cell.connections, p50=0, p99=0)
    each = spent / found.answered * 1000 if found.answered else None
    return Measured(turn=turn, cell=cell, system=running.system.name, seen=found, processor=each)


def _url(running: Running) -> str:
    return f"http://127.0.0.1:{running.port}{running.system.path}"
