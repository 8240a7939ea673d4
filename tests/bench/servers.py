"""gunicorn (as `serve` runs it) beside granian, both with this very app: `python -m tests.bench.servers` prints a table.

Needs `wrk` on the PATH and granian in the environment. Rounds alternate between the servers, each a server started anew.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tests.bench.bodies import write_bodies
from tests.bench.load import send
from tests.bench.processes import Running
from tests.bench.systems.table import SYSTEMS, System

# All calls are to be answered, however busy the machine.
VARIABLES = {**SYSTEMS[0].variables, "ILIAC_CDS_MAX_WAIT": "30"}


def granian(port: int, workers: int, _: Path) -> list[str]:
    found = shutil.which("granian", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}") or "granian"
    options = ["--interface", "wsgi", "--factory", "--blocking-threads", "8", "--backlog", "2048", "--no-ws"]
    where = ["--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)]
    return [found, *options, *where, "cds_service.app:create_app"]


SERVERS = (
    replace(SYSTEMS[0], name="gunicorn", variables=VARIABLES),
    System(name="granian", what="this service on granian", command=granian, variables=VARIABLES),
)


def measure(server: System, bodies: Mapping[str, Path], asked: argparse.Namespace) -> dict[str, float]:
    """One round of one server."""
    with Running(server, Path(), asked.workers) as running:
        found = {"ready, s": running.ready}
        for name, path in bodies.items():
            spent = running.processor()
            seen = send(f"http://127.0.0.1:{running.port}{server.path}", path, asked.connections, asked.seconds)
            if seen.refused or seen.broken or not seen.answered:
                raise SystemExit(f"{server.name}: {seen}")
            each = (running.processor() - spent) / seen.answered * 1000
            found |= {f"{name}, requests/s": seen.rate, f"{name}, p99 ms": seen.p99, f"{name}, processor ms each": each}
        found["memory, MiB"] = running.whole_memory()
        start = time.monotonic()
    return {**found, "stop, s": time.monotonic() - start}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--connections", type=int, default=8)
    asked = parser.parse_args()
    taken: dict[tuple[str, str], list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        bodies = write_bodies(Path(folder))
        for _ in range(asked.rounds):
            for server in SERVERS:
                for what, value in measure(server, bodies, asked).items():
                    taken[what, server.name].append(value)
    names = [s.name for s in SERVERS]
    print(f"| {asked.workers} workers, {asked.connections} connections |", " | ".join(names), "|")
    for what in dict.fromkeys(w for w, _ in taken):
        shown = [f"{statistics.median(v):.4g} ({min(v):.4g} to {max(v):.4g})" for n in names if (v := taken[what, n])]
        print("|", what, "|", " | ".join(shown), "|")


if __name__ == "__main__":
    main()
