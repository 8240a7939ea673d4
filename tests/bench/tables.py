"""The tables: medians and spread of the rounds, in Markdown, with this service as the measure of the others.

Knows measurements; nothing of how they are made.
"""

import statistics
from collections.abc import Iterable, Sequence

from tests.bench.rounds import Cell, Measured
from tests.bench.systems.table import OURS

_NONE = "–"


def comparison(measured: Sequence[Measured]) -> str:
    """A row for each size, number of connections and system.

    The last two columns say how many times this service is as fast as the other: its rate divided by the other's, and
    the other's processor time divided by its own, each within one round; median and range over the rounds.
    """
    rows = [
        "| procedures | connections | system | requests/s | p50 ms | p99 ms | processor ms | x by rate | x by processor |"
    ]
    rows.append("| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for cell in dict.fromkeys(m.cell for m in measured):
        here = [m for m in measured if m.cell == cell]
        for system in dict.fromkeys(m.system for m in here):
            rows.append(_row(cell, system, here))
    return "\n".join(rows)


def _row(cell: Cell, system: str, here: Sequence[Measured]) -> str:
    mine = [m for m in here if m.system == system]
    answered = [m for m in mine if m.seen.answered]
    columns = (
        str(cell.procedures),
        str(cell.connections),
        system,
        _spread(m.seen.rate for m in mine) + _troubles(mine),
        _median(m.seen.p50 for m in answered),
        _median(m.seen.p99 for m in answered),
        _median(m.processor for m in answered if m.processor is not None),
        *_ratios(system, mine, here),
    )
    return "| " + " | ".join(columns) + " |"


def _troubles(mine: Sequence[Measured]) -> str:
    refused, broken = sum(m.seen.refused for m in mine), sum(m.seen.broken for m in mine)
    told = [f"{n} {what}" for n, what in ((refused, "refused"), (broken, "broken")) if n]
    return f" ({', '.join(told)})" if told else ""


def _ratios(system: str, mine: Sequence[Measured], here: Sequence[Measured]) -> tuple[str, str]:
    ours = {m.turn: m for m in here if m.system == OURS}
    pairs = [(ours[m.turn], m) for m in mine if m.turn in ours]
    if system == OURS or not pairs:
        return "", ""
    costs = [theirs.processor / our.processor for our, theirs in pairs if our.processor and theirs.processor]
    return _by_rate(pairs), _spread(costs) if costs else _NONE


def _by_rate(pairs: Sequence[tuple[Measured, Measured]]) -> str:
    """A round without an answer of theirs counts as if they had given one: at least so many times."""
    told = [(our.seen, theirs.seen) for our, theirs in pairs if our.seen.answered or theirs.seen.answered]
    ratios = [our.rate / (theirs.rate or 1 / theirs.seconds) for our, theirs in told]
    least = "at least " if any(not theirs.answered for _, theirs in told) else ""
    return least + _spread(ratios) if ratios else _NONE


def _spread(values: Iterable[float]) -> str:
    found = list(values)
    shown = figure(statistics.median(found))
    return shown if len(found) == 1 else f"{shown} ({figure(min(found))} to {figure(max(found))})"


def _median(values: Iterable[float]) -> str:
    found = list(values)
    return figure(statistics.median(found)) if found else _NONE


def figure(value: float) -> str:
    """Three figures that count, and no more than are before the point: 1234, 123, 12.3, 1.23, 0.123, 0.012."""
    digits = 0 if value >= 100 or not value else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:.{digits}f}"


def processes(rows: Sequence[tuple[str, str, float, Sequence[float]]]) -> str:
    """A row for each system: name, what it is, seconds to its first answer, MiB of each worker after the load."""
    out = ["| system | what it is | ready after, s | memory of a worker, MiB |", "| --- | --- | ---: | ---: |"]
    for name, what, ready, memory in rows:
        out.append(f"| {name} | {what} | {figure(ready)} | {_spread(memory) if memory else _NONE} |")
    return "\n".join(out)
