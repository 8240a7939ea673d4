"""gunicorn (as `serve` runs it) beside granian, both with this very app: `python -m tests.bench.servers` prints a table.

Needs `wrk` on the PATH and granian in the environment. Rounds alternate between the servers, each a server started anew.
"""

import argparse
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.bodies import bodies
from tests.web.test_servers import free_port

URL = "http://127.0.0.1:{}/cds-services/iliac-charge-review"
LUA = """wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local file = io.open("{}", "rb")
wrk.body = file:read("*a")
"""
RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
TAIL = re.compile(r"99%\s+([\d.]+)(us|ms|s)")
SCALE = {"us": 0.001, "ms": 1.0, "s": 1000.0}


def gunicorn(port: int, workers: int) -> list[str]:
    return [
        sys.executable,
        "-c",
        "from cds_service.cli import main; main()",
        "serve",
        "--port",
        str(port),
        "--workers",
        str(workers),
    ]


def granian(port: int, workers: int) -> list[str]:
    found = shutil.which("granian", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}") or "granian"
    options = ["--interface", "wsgi", "--factory", "--blocking-threads", "8", "--backlog", "2048", "--no-ws"]
    where = ["--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)]
    return [found, *options, *where, "cds_service.app:create_app"]


SERVERS: dict[str, Callable[[int, int], list[str]]] = {"gunicorn": gunicorn, "granian": granian}


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(p for child in below for p in tree(int(child)))]


def memory(pid: int) -> float:
    """Proportional set size of a process tree, in MiB."""
    texts = [Path(f"/proc/{p}/smaps_rollup").read_text() for p in tree(pid)]
    return sum(int(m[1]) for t in texts if (m := re.search(r"^Pss:\s+(\d+)", t, re.MULTILINE))) / 1024


def processor(pid: int) -> float:
    """Seconds of processor time that a process tree has used: told apart from what else the machine does."""
    fields = [Path(f"/proc/{p}/stat").read_text().rpartition(")")[2].split() for p in tree(pid)]
    return sum(int(f[11]) + int(f[12]) for f in fields) / os.sysconf("SC_CLK_TCK")


def until_ready(port: int) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/cds-services", timeout=5).close()
            return
        except OSError:
            time.sleep(0.02)
    raise SystemExit("a server did not start")


def load(port: int, lua: str, connections: int, seconds: int) -> tuple[float, float]:
    """Requests a second, and the 99th percentile in milliseconds."""
    command = [
        "wrk",
        "--latency",
        "--timeout",
        "30s",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "-s",
        lua,
        URL.format(port),
    ]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rate, tail = RATE.search(said), TAIL.search(said)
    if not rate or not tail or "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(said)
    return float(rate[1]), float(tail[1]) * SCALE[tail[2]]


@contextmanager
def started(name: str, workers: int, **more: str) -> Iterator[tuple[int, int]]:
    """The port and the process of a server that runs meanwhile, with a store of its own."""
    port = free_port()
    command = SERVERS[name](port, workers)
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "ILIAC_CDS_AUTH": "off", "ILIAC_CDS_DATA_DIR": folder, **more}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until_ready(port)
            yield port, process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def measure(name: str, scripts: dict[str, str], asked: argparse.Namespace) -> dict[str, float]:
    """One round of one server."""
    start = time.monotonic()
    patient = {"ILIAC_CDS_MAX_WAIT": "30"}  # all are to be answered, however busy the machine
    with started(name, asked.workers, **patient) as (port, process):
        found = {"ready, s": time.monotonic() - start}
        for body, lua in scripts.items():
            spent = processor(process)
            rate, tail = load(port, lua, asked.connections, asked.seconds)
            each = (processor(process) - spent) / (rate * asked.seconds) * 1000
            found |= {f"{body}, requests/s": rate, f"{body}, p99 ms": tail, f"{body}, processor ms each": each}
        found["memory, MiB"] = memory(process)
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
        scripts = {}
        for body, raw in bodies().items():
            Path(folder, body).write_bytes(raw)
            Path(folder, f"{body}.lua").write_text(LUA.format(Path(folder, body)))
            scripts[body] = str(Path(folder, f"{body}.lua"))
        for _ in range(asked.rounds):
            for name in SERVERS:
                for what, value in measure(name, scripts, asked).items():
                    taken[what, name].append(value)
    print(f"| {asked.workers} workers, {asked.connections} connections |", " | ".join(SERVERS), "|")
    for what in dict.fromkeys(w for w, _ in taken):
        shown = [f"{statistics.median(v):.4g} ({min(v):.4g} to {max(v):.4g})" for n in SERVERS if (v := taken[what, n])]
        print("|", what, "|", " | ".join(shown), "|")


if __name__ == "__main__":
    main()
