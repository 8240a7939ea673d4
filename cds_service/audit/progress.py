"""How far a run is: a bar with rate and time left on a terminal, one line a step elsewhere.

Knows steps and amounts only.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as Bar
from rich.text import Text

Advance = Callable[[int], None]


class Progress:
    """Shows the steps of a run on standard error."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)

    @contextmanager
    def step(self, title: str, total: int, unit: str, behind: int = 0) -> Iterator[Advance]:
        """One step of `total` bytes or other units, of which some are behind it from a run before."""
        if not self._console.is_terminal:
            click.echo(f"{title}: {total} {unit}" + (f", {behind} of them done before" if behind else ""), err=True)
            yield lambda _amount: None
            return
        with Bar(*_columns(unit), console=self._console) as bar:
            task = bar.add_task(title, total=total, completed=0)
            bar.update(task, completed=behind)
            yield lambda amount: bar.advance(task, amount)


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
