"""How far a run is: a bar on a terminal, one line a step elsewhere.

Knows steps and amounts only.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Advance = Callable[[int], None]


class Progress:
    """Shows the steps of a run on standard error."""

    @contextmanager
    def step(self, title: str, total: int, unit: str, behind: int = 0) -> Iterator[Advance]:
        """One step of `total` bytes or other units, of which some are behind it from a run before."""
        if not sys.stderr.isatty():
            click.echo(f"{title}: {total} {unit}" + (f", {behind} of them done before" if behind else ""), err=True)
            yield lambda _amount: None
            return
        from cds_service.audit.bar import bar

        with bar(title, total, unit, behind) as advance:
            yield advance
