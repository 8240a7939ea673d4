"""`python -m tests.bench`: this service beside others, under the same load, in one table.

Loopback only and bounded in time. Needs `wrk` and the development packages; other environments are made in the cache.
"""

import argparse
import contextlib
import json
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.bench import tables
from tests.bench.environments import Missing, environment
from tests.bench.load import is_at_hand, write_bodies
from tests.bench.processes import Failed, Running
from tests.bench.rounds import Cell, Measured, Plan, measure, try_out, warm
from tests.bench.systems.table import OURS, SYSTEMS, System

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "iliac-cds-bench"
NAMES = [s.name for s in SYSTEMS]


def options(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="some two minutes: 2 and 200 procedures, 8 connections")
    parser.add_argument("--only", nargs="+", choices=NAMES, help="these systems, and this service")
    parser.add_argument("--sizes", nargs="+", type=int, help="procedures in a request (2 20 200 2000)")
    parser.add_argument("--connections", nargs="+", type=int, help="connections at a time (1 8 64)")
    parser.add_argument("--rounds", type=int, help="alternating rounds (5)")
    parser.add_argument(
        "--seconds", type=float, help="of each measurement (3), five times that from 1000 procedures on"
    )
    parser.add_argument("--minutes", type=float, default=60, help="no measurement begins after so many (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes of each system (%(default)s)")
    parser.add_argument("--seed", type=int, default=37257, help="of the generated charts (%(default)s)")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder for environments (%(default)s)")
    parser.add_argument("--json", type=Path, help="file for the raw rounds")
    return parser.parse_args(words)


def plan(asked: argparse.Namespace) -> Plan:
    sizes = asked.sizes or ([2, 200] if asked.quick else [2, 20, 200, 2000])
    connections = asked.connections or ([8] if asked.quick else [1, 8, 64])
    return Plan(
        cells=[Cell(procedures=p, connections=c) for p in sizes for c in connections],
        rounds=asked.rounds or (2 if asked.quick else 5),
        seconds=asked.seconds or (2 if asked.quick else 3),
        end=time.monotonic() + asked.minutes * 60,
    )


def say(text: str) -> None:
    """To standard error: standard output is the tables."""
    print(text, file=sys.stderr, flush=True)


def started(
    systems: Sequence[System], asked: argparse.Namespace, stack: contextlib.ExitStack
) -> tuple[list[Running], dict[str, str]]:
    """The systems that run and answer as they should, and why the others do not."""
    found, skipped = [], {}
    for system in systems:
        try:
            folder = environment(system.environment, asked.cache)
            with contextlib.ExitStack() as trial:
                running = trial.enter_context(Running(system, folder, asked.workers))
                try_out(running, asked.seed)
                stack.push(trial.pop_all())
        except (Missing, Failed, OSError) as error:
            say(f"{system.name} is skipped: {error}")
            skipped[system.name] = str(error)
        else:
            say(f"{system.name} is ready.")
            found.append(running)
    return found, skipped


def machine() -> str:
    load = ", ".join(f"{n:.1f}" for n in os.getloadavg())
    return f"{os.cpu_count()} processors, Python {platform.python_version()}, load before {load}"


def main() -> None:
    asked = options()
    if not is_at_hand():
        raise SystemExit("tests.bench needs wrk on the PATH; Debian's package is called wrk.")
    # What ends this process must not leave servers behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("tests.bench was ended."))
    wanted = [s for s in SYSTEMS if not asked.only or s.name in (*asked.only, OURS)]
    planned, before = plan(asked), machine()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bodies = {c.procedures: write_bodies(c.procedures, asked.seed, folder) for c in planned.cells}
        systems, skipped = started(wanted, asked, stack)
        for running in systems:
            warm(running, bodies)
        measured = list(measure(planned, systems, bodies, say))
        weighed = [(r.system.name, r.system.what, r.ready, r.memory()) for r in systems]
    print(tables.comparison(measured), tables.processes(weighed), sep="\n\n")
    rounds = len({m.turn for m in measured})
    print(f"\n{asked.workers} workers, {rounds} alternating rounds, median (range); {before}.")
    for name, why in skipped.items():
        print(f"Skipped: {name}: {why}")
    if asked.json:
        asked.json.write_text(json.dumps(_raw(measured, before, skipped, asked), indent=1), encoding="utf-8")


def _raw(measured: Sequence[Measured], before: str, skipped: dict[str, str], asked: argparse.Namespace) -> object:
    told = {k: str(v) if isinstance(v, Path) else v for k, v in vars(asked).items()}
    return {"options": told, "machine": before, "skipped": skipped, "measured": [asdict(m) for m in measured]}


if __name__ == "__main__":
    main()
