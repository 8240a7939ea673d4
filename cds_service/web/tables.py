"""Tables of the sandbox: cells of words and codes, cut to what a page can show.

Knows how much a page can show. Knows neither FHIR nor HTML; whatever stands in a cell is escaped where it is printed.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

MOST_ROWS = 200
MOST_PARTS = 12
MOST_CHARACTERS = 400

_UNSEEN = re.compile(r"[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell: `words` each on a line of its own, `codes` beneath them."""

    words: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; `left_out` counts the rows not shown, `otherwise` is said in place of a table without rows."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left_out: int = 0
    otherwise: str = ""


def cut(text: str) -> str:
    """Text on one line, without characters that hide or turn others, no longer than a cell can show."""
    flat = " ".join(_UNSEEN.sub(" ", text[: MOST_CHARACTERS * 4]).split())
    return flat if len(flat) <= MOST_CHARACTERS else flat[: MOST_CHARACTERS - 1] + "\u2026"


def cell(*words: str, codes: Iterable[str] = ()) -> Cell:
    """A cell of what is not empty."""
    return Cell(words=_parts(words), codes=_parts(codes))


def _parts(texts: Iterable[str]) -> tuple[str, ...]:
    kept = tuple(islice((c for t in texts if (c := cut(t))), MOST_PARTS + 1))
    return kept if len(kept) <= MOST_PARTS else (*kept[:MOST_PARTS], "\u2026")


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]], otherwise: str = "") -> Table:
    """A table of as many rows as a page can show."""
    all_rows = iter(rows)
    shown = tuple(tuple(row) for row in islice(all_rows, MOST_ROWS))
    left = sum(1 for _ in all_rows)
    return Table(title=title, heads=tuple(heads), rows=shown, left_out=left, otherwise=otherwise)
