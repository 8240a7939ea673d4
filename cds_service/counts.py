"""The files in which the workers of one server keep their counts, so that any of them can tell the sum.

Knows folders and processes. Must not import prometheus_client, which looks for the folder when it is imported.
"""

import os
import shutil
import tempfile
from pathlib import Path

_TOLD = "PROMETHEUS_MULTIPROC_DIR"  # where prometheus_client looks


def memory_directory() -> str | None:
    """Where workers show that they live and keep their counts: memory where there is some, so that no disk is slow."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108


class SharedCounts:
    """The directory in which the workers of one server keep their counts, from before they are forked to its end."""

    _PREFIX = "iliac-cds-counts-"

    def __init__(self) -> None:
        self._process = os.getpid()
        self._path = tempfile.mkdtemp(prefix=f"{self._PREFIX}{self._process}-", dir=memory_directory())
        self._sweep()
        os.environ[_TOLD] = self._path

    def _sweep(self) -> None:
        """Take away what servers left that were killed."""
        for left in Path(self._path).parent.glob(f"{self._PREFIX}*"):
            process = left.name.removeprefix(self._PREFIX).split("-")[0]
            if not Path("/proc", process).exists() and Path("/proc/self").exists():
                shutil.rmtree(left, ignore_errors=True)

    def remove(self) -> None:
        """Take the directory away; a forked worker that ends leaves it to its server."""
        if os.getpid() == self._process:
            os.environ.pop(_TOLD, None)
            shutil.rmtree(self._path, ignore_errors=True)
