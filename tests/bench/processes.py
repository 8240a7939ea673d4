"""A system that runs: started on a free port of the loopback address, timed, asked, weighed and stopped.

Knows processes and what /proc tells of them. Linux only.
"""

import contextlib
import http.client
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from tests.bench.systems.table import System
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")
_START, _STOP = 60, 10


class Failed(Exception):
    """A system that did not start or answers what it should not; the message is one line."""


class Running:
    """A started system and the processes below it, as a context. `ready` is the seconds to its first answer."""

    def __init__(self, system: System, folder: Path, workers: int) -> None:
        self.system, self.workers, self._folder = system, workers, folder
        self.port, self.ready = 0, 0.0

    def __enter__(self) -> "Running":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            Failed: it ended, or did not answer in time.
        """
        self.port, begun = free_port(), time.monotonic()
        self._store = tempfile.TemporaryDirectory()
        own = {"PYTHONPATH": str(ROOT), "ILIAC_CDS_DATA_DIR": self._store.name}
        environment = {**os.environ, **own, **self.system.variables}
        self._process = subprocess.Popen(
            self.system.command(self.port, self.workers, self._folder),
            cwd=self._folder if self.system.environment == "node" else ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while self._process.poll() is None and time.monotonic() - begun < _START:
            # Any answer will do, so that systems without discovery count as ready as early as others.
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.ask("GET", "/cds-services")
                self.ready = time.monotonic() - begun
                return
            time.sleep(0.02)
        self.stop()
        raise Failed("it did not start")

    def stop(self) -> None:
        """End it, and what is left of its session."""
        self._process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._store.cleanup()

    def ask(self, method: str, path: str, body: bytes | None = None, seconds: float = 30) -> tuple[int, bytes]:
        """Status and body of one call."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def processor(self) -> float:
        """Seconds of processor time used so far."""
        return processor(self._process.pid)

    def memory(self) -> list[float]:
        """Proportional set size of each worker in MiB: of the largest processes below the first."""
        return sorted(_sizes(tree(self._process.pid)[1:]), reverse=True)[: self.workers]

    def whole_memory(self) -> float:
        """Proportional set size of all its processes together, in MiB."""
        return sum(_sizes(tree(self._process.pid)))

    def is_idle(self, patience: float = 5) -> bool:
        """True as soon as no work is left over from earlier calls; False when there still is after `patience` s,
        and for a system that has ended.
        """
        end, before = time.monotonic() + patience, self.processor()
        while time.monotonic() < end and self._process.poll() is None:
            time.sleep(0.15)
            now = self.processor()
            if now - before <= 1 / _TICKS:
                return True
            before = now
        return False


def processor(pid: int) -> float:
    """Seconds of processor time that a process and all below it have used: told apart from what else the machine does."""
    fields = [f for p in tree(pid) if (f := _read(f"/proc/{p}/stat").rpartition(")")[2].split())]
    return sum(int(f[11]) + int(f[12]) for f in fields) / _TICKS


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    return [pid, *(p for child in _read(f"/proc/{pid}/task/{pid}/children").split() for p in tree(int(child)))]


def _sizes(pids: Iterable[int]) -> list[float]:
    texts = [_read(f"/proc/{p}/smaps_rollup") for p in pids]
    return [int(m[1]) / 1024 for t in texts if (m := re.search(r"^Pss:\s+(\d+)", t, re.MULTILINE))]


def _read(path: str) -> str:
    """Empty for a process that has just ended."""
    try:
        return Path(path).read_text()
    except OSError:
        return ""
