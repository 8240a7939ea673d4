"""`python -m tests.bench.growth`: seconds to ready, and memory of this service's workers over many calls.

Prints a row for each tenth of the calls. Needs `wrk`; loopback only; bounded by a time limit.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.load import is_at_hand, send, write_bodies
from tests.bench.processes import Running
from tests.bench.systems.table import SYSTEMS
from tests.bench.tables import figure

OURS = SYSTEMS[0]


def starts(count: int, workers: int) -> list[float]:
    """Seconds from the command to the first answer, of so many starts."""
    found = []
    for _ in range(count):
        with Running(OURS, Path(), workers) as running:
            found.append(running.ready)
    return found


def grown(asked: argparse.Namespace) -> Iterator[tuple[int, list[float]]]:
    """Good answers so far, and MiB of each worker; after the start, then after each tenth, until the time is up."""
    with tempfile.TemporaryDirectory() as folder, Running(OURS, Path(), asked.workers) as running:
        bodies, end = write_bodies(asked.size, asked.seed, Path(folder)), time.monotonic() + asked.minutes * 60
        url, answered, told = f"http://127.0.0.1:{running.port}{OURS.path}", 0, 0
        yield 0, running.memory()
        while answered < asked.requests and time.monotonic() < end:
            answered += send(url, bodies, 8, 5).answered
            if answered >= told + asked.requests / 10:
                told = answered
                yield answered, running.memory()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000, help="so many good answers (%(default)s)")
    parser.add_argument("--minutes", type=float, default=30, help="no load begins after so many (%(default)s)")
    parser.add_argument("--size", type=int, default=2, help="procedures in a request (%(default)s)")
    parser.add_argument("--starts", type=int, default=5, help="starts that are timed (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="worker processes (%(default)s)")
    parser.add_argument("--seed", type=int, default=37257, help="of the generated charts (%(default)s)")
    asked = parser.parse_args()
    if not is_at_hand():
        raise SystemExit("tests.bench needs wrk on the PATH; Debian's package is called wrk.")
    ready = starts(asked.starts, asked.workers)
    shown = f"{figure(statistics.median(ready))} s ({figure(min(ready))} to {figure(max(ready))})"
    print(f"Ready after {shown}, median and range of {asked.starts} starts.\n")
    print("| answered | " + " | ".join(f"worker {n + 1}, MiB" for n in range(asked.workers)) + " |")
    print("| ---: |" + " ---: |" * asked.workers)
    for answered, sizes in grown(asked):
        print(f"| {answered} | " + " | ".join(figure(s) for s in sizes) + " |", flush=True)


if __name__ == "__main__":
    main()
