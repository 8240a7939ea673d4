"""What clients see of an overloaded server: `python -m tests.bench.overload` prints it by number of connections.

`wrk` makes the load; a client beside it notes status and time of its own calls, and of /healthz. Settings of the
service are taken from the environment.
"""

import argparse
import contextlib
import http.client
import statistics
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.bench.bodies import write_bodies
from tests.bench.load import send
from tests.bench.processes import Running
from tests.bench.systems.table import SYSTEMS

OURS = SYSTEMS[0]


def timed(running: Running, path: str, body: bytes | None) -> tuple[int, float]:
    """Status and milliseconds of one call; status 0 when the connection broke."""
    start, status = time.monotonic(), 0
    with contextlib.suppress(OSError, http.client.HTTPException):
        status, _ = running.ask("POST" if body else "GET", path, body, 60)
    return status, (time.monotonic() - start) * 1000


def sampled(running: Running, body: bytes, seconds: int) -> dict[str, list[float]]:
    """Milliseconds by what was asked and answered."""
    found: dict[str, list[float]] = defaultdict(list)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status, taken = timed(running, OURS.path, body)
        found[str(status)].append(taken)
        status, taken = timed(running, "/healthz", None)
        found[f"/healthz {status}"].append(taken)
        time.sleep(0.05)
    return found


def shown(values: list[float]) -> str:
    return f"{len(values)} x {statistics.median(values):.0f} ms (to {max(values):.0f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--connections", type=int, nargs="+", default=[8, 50, 200, 400])
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Running(OURS, Path(), asked.workers) as running,
        ThreadPoolExecutor(1) as beside,
    ):
        for name, path in write_bodies(Path(folder)).items():
            for connections in asked.connections:
                url = f"http://127.0.0.1:{running.port}{OURS.path}"
                load = beside.submit(send, url, path, connections, asked.seconds + 1)
                time.sleep(0.5)
                found = sampled(running, path.read_bytes(), asked.seconds)
                seen = load.result()
                print(name, connections, f"answered {seen.rate:.0f}/s, away {seen.refused}, broken {seen.broken}")
                for what in sorted(found):
                    print("   ", what, shown(found[what]))


if __name__ == "__main__":
    main()
