"""A bar on a terminal, with rate and time left.

Knows rich, which takes long to load and is of no use where nobody looks.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text


@contextmanager
def bar(title: str, total: int, unit: str, behind: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error of `total` bytes or other units, of which some are behind it; yields what advances it."""
    with Progress(*_columns(unit), console=Console(stderr=True)) as shown:
        task = shown.add_task(title, total=total, completed=0)
        shown.update(task, completed=behind)
        yield lambda amount: shown.advance(task, amount)


class _Rate(ProgressColumn):
    """Units a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed is not None else "")


def _columns(unit: str) -> list[ProgressColumn]:
    amounts: list[ProgressColumn] = (
        [DownloadColumn(), TransferSpeedColumn()]
        if unit == "bytes"
        else [MofNCompleteColumn(), TextColumn(unit), _Rate()]
    )
    return [
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        *amounts,
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    ]
