"""Counts as they may leave the house: what is so small that it could tell who a patient is stays unsaid.

Knows numbers only. The rule is the cell size policy of CMS: no count from 1 to 10, nor one from which it follows.
"""

from collections.abc import Sequence

LEAST = 11
SMALL = f"<{LEAST}"
UNSAID = "withheld"


def cell(count: int, *, masked: bool) -> str:
    """A count, or `<11` for a small one."""
    return SMALL if masked and 0 < count < LEAST else str(count)


def column(counts: Sequence[int], *, masked: bool) -> list[str]:
    """Counts whose sum is told elsewhere; where one alone is small, the smallest of the others is withheld with it."""
    cells = [cell(count, masked=masked) for count in counts]
    others = [n for n, count in enumerate(counts) if count >= LEAST]
    if cells.count(SMALL) == 1 and others:
        cells[min(others, key=lambda n: counts[n])] = UNSAID
    return cells


def total(cells: Sequence[str]) -> str:
    """The sum of counts as they are shown; a range where some are small, nothing where one is withheld."""
    if UNSAID in cells:
        return ""
    said, small = sum(int(c) for c in cells if c != SMALL), cells.count(SMALL)
    if not small:
        return str(said)
    return f"{said + small} to {said + small * (LEAST - 1)}" if said or small > 1 else SMALL
