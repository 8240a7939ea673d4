"""The load: `wrk` with bodies that differ from call to call, and what it saw.

Knows the command and its answer; nothing of systems but their address.
"""

import itertools
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench import sent

LUA = Path(__file__).parent / "cycle.lua"
# So many different bodies of each size are sent in turn; the largest take 4 MB each.
_COUNTS = ((2, 200), (20, 60), (200, 16))
_FEWEST = 6
_SERIALS: Iterator[int] = itertools.count(0, 1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What clients saw: good answers, seconds, answers with an error status, broken calls, percentiles in ms."""

    answered: int
    seconds: float
    refused: int
    broken: int
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        """Good answers a second; 0 when there was none."""
        return self.answered / self.seconds


def write_bodies(procedures: int, seed: int, folder: Path) -> Path:
    """The file of the bodies of one size."""
    path = folder / f"{procedures}.txt"
    count = next((c for most, c in _COUNTS if procedures <= most), _FEWEST)
    path.write_text("".join(f"{b}\n" for b in sent.bodies(procedures, count, seed)), encoding="utf-8")
    return path


def send(url: str, bodies: Path, connections: int, seconds: float) -> Seen:
    """Calls without a pause over so many connections, each with a serial that no other call of this run has.

    Raises:
        OSError, subprocess.SubprocessError: wrk is not there or failed.
    """
    options = ["-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "120s", "-s", str(LUA)]
    command = ["wrk", *options, url, "--", str(bodies), str(next(_SERIALS))]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds + 60).stdout
    return seen(said)


def seen(said: str) -> Seen:
    """What the last line of wrk's output tells; it counts answers with an error status among the answers."""
    found = json.loads(said.strip().splitlines()[-1])
    return Seen(**{**found, "answered": found["answered"] - found["refused"]})


def is_at_hand() -> bool:
    return shutil.which("wrk") is not None
