"""How fast the audit is, and how much memory it takes, against parsing every line and doing nothing.

Run as `python -m tests.bench.audit [PROCEDURES] [ROUNDS]`. Both work on the same files with one process for each core,
in alternating rounds, so that whatever else the machine does falls on both; the medians are printed, of the time on the
clock and of the processor time, which a busy machine changes less. Memory is the largest sum of resident pages of a
process and all of its children, shared pages counted in each.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median

import orjson

from cds_service.audit.sources import Portion, blocks_of, files_of, portions_of
from cds_service.audit.synthetic.export import generate
from tests.bench.processes import tree

_PAGE = os.sysconf("SC_PAGE_SIZE")
_MB = 1_000_000


def parse(portion: Portion) -> int:
    """The floor: every line through orjson; how many there were."""
    lines = 0
    for _, block in blocks_of(portion):
        found = block.split(b"\n")
        for line in found:
            orjson.loads(line)
        lines += len(found)
    return lines


def floor(export: str) -> int:
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return sum(pool.map(parse, portions_of(files_of([export]))))


def measured(words: Sequence[str]) -> tuple[float, float, int]:
    """Seconds, processor seconds and the most resident bytes of a command and its children."""
    began, worked, most = time.perf_counter(), _worked(), 0
    run = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while run.poll() is None:
        most = max(most, sum(_resident(p) for p in tree(run.pid)))
        time.sleep(0.05)
    if run.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {run.returncode}")
    return time.perf_counter() - began, _worked() - worked, most


def _worked() -> float:
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE
    except OSError:
        return 0


def main(procedures: int = 200_000, rounds: int = 5) -> None:
    """Print a line for each of the two, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        generate(procedures, 1, Path(folder))
        export = str(Path(folder) / "export")
        rows, size = floor(export), sum(p.size for p in portions_of(files_of([export])))
        print(f"{procedures:,} procedures, {rows:,} rows, {size / _MB:,.0f} MB, {len(os.sched_getaffinity(0))} cores")
        audit = [sys.executable, "-c", "from cds_service.cli import main; main()", "audit", export, "--out"]
        commands = {
            "orjson floor": [sys.executable, "-m", "tests.bench.audit", "floor", export],
            "audit": [*audit, str(Path(folder) / "out")],
        }
        took: dict[str, list[tuple[float, float, int]]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, words in commands.items():
                took[name].append(measured(words))
    clock, worked = ({n: median(f[i] for f in found) for n, found in took.items()} for i in (0, 1))
    for name, found in took.items():
        print(
            f"{name:14} {clock[name]:7.1f} s {rows / clock[name]:10,.0f} rows/s {worked[name]:7.1f} processor s "
            f"{max(f[2] for f in found) / _MB:6,.0f} MB at most"
        )
    print(f"the audit is {clock['orjson floor'] / clock['audit']:.2f} times as fast as the floor")


if __name__ == "__main__":
    if sys.argv[1:2] == ["floor"]:
        floor(sys.argv[2])
    else:
        main(*(int(n) for n in sys.argv[1:]))
