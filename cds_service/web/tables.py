"""Tables of the sandbox: cells of words with their codes, cut to what a page can show.

Knows how much a page can show. Knows neither FHIR nor HTML; whatever stands in a cell is escaped where it is printed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from cards.text import UNSEEN

MOST_ROWS = 200
MOST_PARTS = 12
MOST_CHARACTERS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing a cell says, with the codes it stands under."""

    text: str
    codes: tuple[str, ...] = ()


Cell = tuple[Said, ...]


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
    flat = " ".join(UNSEEN.sub(" ", text[: MOST_CHARACTERS * 4]).split())
    return flat if len(flat) <= MOST_CHARACTERS else flat[: MOST_CHARACTERS - 1] + "\u2026"


def said(text: str, codes: Iterable[str] = ()) -> Said:
    """Words and codes as a cell can show them."""
    kept = (c for code in codes if (c := cut(code)))
    return Said(text=cut(text), codes=tuple(islice(dict.fromkeys(kept), MOST_PARTS)))


def cell(*parts: str | Said) -> Cell:
    """A cell of what is not empty, each once."""
    found = (said(p) if isinstance(p, str) else p for p in parts)
    kept = tuple(islice(dict.fromkeys(p for p in found if p.text or p.codes), MOST_PARTS + 1))
    return kept if len(kept) <= MOST_PARTS else (*kept[:MOST_PARTS], said("\u2026"))


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]], otherwise: str = "") -> Table:
    """A table of as many rows as a page can show."""
    all_rows = iter(rows)
    shown = tuple(tuple(row) for row in islice(all_rows, MOST_ROWS))
    left = sum(1 for _ in all_rows)
    return Table(title=title, heads=tuple(heads), rows=shown, left_out=left, otherwise=otherwise)
