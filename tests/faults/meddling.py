"""A running server's wall clock moved, and its writes to the store made to fail, without a human or root.

Knows `meddling.c`, which the server's processes load before the C library. Skips by name where it cannot be built.
"""

import atexit
import mmap
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

_SOURCE = Path(__file__).with_name("meddling.c")
_TOLD = struct.Struct("=qii")


@cache
def _library() -> Path | None:
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    folder = mkdtemp(prefix="iliac-meddling-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = Path(folder, "meddling.so")
    done = subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(made), str(_SOURCE), "-ldl"])
    return made if done.returncode == 0 else None


class Meddling:
    """What the processes that were started with `environment` are told, from now on and at once."""

    def __init__(self, told: mmap.mmap, environment: dict[str, str]) -> None:
        self._told, self.environment = told, environment
        self._seconds, self._writing, self._syncing = 0, 0, 0

    def clock(self, seconds: int) -> None:
        """The wall clock is so much ahead of the true one; monotonic clocks are not touched."""
        self._seconds = seconds
        self._tell()

    def disk(self, *, writing: int = 0, syncing: int = 0) -> None:
        """Every write to the store's files, or every flush of them, fails with this errno; 0: none does."""
        self._writing, self._syncing = writing, syncing
        self._tell()

    def _tell(self) -> None:
        _TOLD.pack_into(self._told, 0, self._seconds, self._writing, self._syncing)


@contextmanager
def meddling(folder: Path) -> Iterator[Meddling]:
    library = _library()
    if library is None:
        pytest.skip("there is no C compiler (cc) to build tests/faults/meddling.c with")
    path = folder / "meddling"
    path.write_bytes(bytes(_TOLD.size))
    with path.open("r+b") as file, mmap.mmap(file.fileno(), _TOLD.size) as told:
        yield Meddling(told, {"LD_PRELOAD": str(library), "MEDDLING": str(path)})
