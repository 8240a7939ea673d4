"""A log that cannot be written: lines are lost, never the service, and nothing of a record shows up elsewhere."""

import io
import logging
import sys
from collections.abc import Iterator

import pytest

from cds_service.logs import start_logging


class Disk(io.StringIO):
    """Takes half a line while it is full."""

    full = False

    def write(self, words: str) -> int:
        if self.full:
            super().write(words[: len(words) // 2])
            raise OSError(28, "No space left on device")
        return super().write(words)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """Standard error; the log is as it was afterwards."""
    loggers = [logging.getLogger(), logging.getLogger("cds_service")]
    before = [(x, x.handlers[:], x.level) for x in loggers]
    found = Disk()
    monkeypatch.setattr(sys, "stderr", found)
    start_logging("info", "text")
    yield found
    logging.captureWarnings(capture=False)
    for logger, handlers, level in before:
        logger.handlers[:] = handlers
        logger.setLevel(level)


def test_a_line_that_cannot_be_written_is_dropped_and_the_next_one_begins_anew(disk: Disk) -> None:
    log = logging.getLogger("cds_service.test")
    log.info("first")
    disk.full = True
    log.info("second")
    log.info("third")
    disk.full = False
    log.info("fourth")
    log.info("fifth")
    whole = [line for line in disk.getvalue().splitlines() if "event=" in line]
    assert [line.rpartition("event=")[2] for line in whole] == ["first", "fourth", "fifth"]
    assert [line.count("at=") for line in whole] == [1, 1, 1]


def test_what_cannot_be_written_is_not_quoted_by_python_itself(disk: Disk) -> None:
    class Unwritable:
        def __str__(self) -> str:
            raise ValueError("planted secret")

    log = logging.getLogger("cds_service.test")
    log.info("said", extra={"fields": {"word": Unwritable()}})
    log.info("next")
    assert "secret" not in disk.getvalue()
    assert "event=next" in disk.getvalue()
