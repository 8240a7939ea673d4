"""What clients see of an overloaded server: `python -m tests.bench.overload` prints it by number of connections.

`wrk` makes the load; a client beside it notes status and time of its own calls, and of /healthz. Settings of the
service are taken from the environment.
"""

import argparse
import http.client
import re
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from tests.bench.bodies import bodies
from tests.bench.servers import LUA, URL, started

PATH = "/cds-services/iliac-charge-review"


def timed(port: int, path: str, body: bytes | None) -> tuple[int, float]:
    """Status and milliseconds of one call; status 0 when the connection broke."""
    start = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST" if body else "GET", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        status = answer.status
    except OSError:
        status = 0
    finally:
        connection.close()
    return status, (time.monotonic() - start) * 1000


def sampled(port: int, body: bytes, seconds: int) -> dict[str, list[float]]:
    """Milliseconds by what was asked and answered."""
    found: dict[str, list[float]] = defaultdict(list)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status, taken = timed(port, PATH, body)
        found[str(status)].append(taken)
        status, taken = timed(port, "/healthz", None)
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
    with tempfile.TemporaryDirectory() as folder, started("gunicorn", asked.workers) as (port, _):
        for name, raw in bodies().items():
            Path(folder, name).write_bytes(raw)
            script = Path(folder, f"{name}.lua")
            script.write_text(LUA.format(Path(folder, name)))
            for connections in asked.connections:
                load = [
                    "wrk",
                    "-t1",
                    f"-c{connections}",
                    f"-d{asked.seconds + 1}s",
                    "--timeout",
                    "60s",
                    "-s",
                    str(script),
                ]
                with subprocess.Popen([*load, URL.format(port)], stdout=subprocess.PIPE, text=True) as process:
                    time.sleep(0.5)
                    found = sampled(port, raw, asked.seconds)
                    said = process.communicate()[0]
                numbers = re.findall(r"(\d+) requests in|Non-2xx or 3xx responses: (\d+)|(Socket errors.*)", said)
                total, away = int(numbers[0][0]), sum(int(n[1]) for n in numbers if n[1])
                errors = [n[2] for n in numbers if n[2]]
                print(name, connections, f"answered {(total - away) / (asked.seconds + 1):.0f}/s, away {away}", *errors)
                for what in sorted(found):
                    print("   ", what, shown(found[what]))


if __name__ == "__main__":
    main()
