"""The files in which the workers of one server keep their counts, so that any of them can tell the sum.

Knows folders and processes. Must not import prometheus_client, which looks for the folder when it is imported.
"""

import logging
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

_TOLD = "PROMETHEUS_MULTIPROC_DIR"  # where prometheus_client looks
_PREFIX = "iliac-cds-counts-"
_KINDS = ("counter", "histogram", "gauge_livesum", "gauge_max")  # what `web.metrics` counts, as the library names files
_BYTES = 256 * 1024  # several times what all counts of a process take
_log = logging.getLogger("cds_service.counts")


def memory_directory() -> str | None:
    """Where workers show that they live and keep their counts: memory where there is some, so that no disk is slow."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108


def hold_room() -> None:
    """Take the room for this process's counts before the first one.

    They are written through mapped memory, where a full file system ends the process without a word. Without room for
    them the process counts apart, and is missing in the sums.
    """
    if _TOLD not in os.environ:
        return
    try:
        _allocate(Path(os.environ[_TOLD]))
    except OSError:
        os.environ[_TOLD] = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-")
        _log.warning("there is no room for the counts of this process; they are missing in /metrics")
        with suppress(OSError):
            _allocate(Path(os.environ[_TOLD]))


def give_back(process: int) -> None:
    """Of the room of a process that has ended keep what its counts take: they are in the sums ever after."""
    for kind in _KINDS:
        path = Path(os.environ[_TOLD], f"{kind}_{process}.db")
        with suppress(OSError), path.open("r+b") as file:
            file.truncate(max(8, int.from_bytes(file.read(4), sys.byteorder)))


def _allocate(folder: Path) -> None:
    """The files that the library would make, which grow as they are written to, at their full size.

    They get their names when they can be read: a sum may be asked for at any moment.

    Raises:
        OSError: there is no room; nothing is left of them.
    """
    made = [folder / f"{kind}_{os.getpid()}.db" for kind in _KINDS]
    try:
        for path in made:
            with path.with_suffix(".new").open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, _BYTES)
    except OSError:
        for path in made:
            path.with_suffix(".new").unlink(missing_ok=True)
        raise
    for path in made:
        path.with_suffix(".new").rename(path)


class SharedCounts:
    """The directory in which the workers of one server keep their counts, from before they are forked to its end."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._path = tempfile.mkdtemp(prefix=f"{_PREFIX}{self._process}-", dir=memory_directory())
        self._sweep()
        os.environ[_TOLD] = self._path

    def _sweep(self) -> None:
        """Take away what servers left that were killed."""
        for parent in {Path(self._path).parent, Path(tempfile.gettempdir())}:
            for left in parent.glob(f"{_PREFIX}*"):
                process = left.name.removeprefix(_PREFIX).split("-")[0]
                if not Path("/proc", process).exists() and Path("/proc/self").exists():
                    shutil.rmtree(left, ignore_errors=True)

    def remove(self) -> None:
        """Take the directory away; a forked worker that ends leaves it to its server."""
        if os.getpid() == self._process:
            os.environ.pop(_TOLD, None)
            shutil.rmtree(self._path, ignore_errors=True)
