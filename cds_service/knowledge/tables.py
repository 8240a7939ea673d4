"""Reading one knowledge table: rows with their line numbers, and the columns every row must have.

Knows CSV and dates. A faulty cell is collected as "file, row, what is wrong, what would be right".
"""

import csv
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from importlib.resources import files
from typing import Any, TypeVar

E = TypeVar("E", bound=StrEnum)

DATED = ("effective_from", "effective_to", "source", "verified")


def read_text(name: str) -> str:
    """The text of a knowledge file shipped with the package."""
    return (files("cds_service.knowledge") / name).read_text(encoding="utf-8")


def read_toml(text: str) -> dict[str, Any]:
    """A TOML file's content."""
    return tomllib.loads(text)


@dataclass(slots=True)
class Table:
    """The rows of one file and what is wrong with them."""

    name: str
    text: str
    faults: list[str] = field(default_factory=list)

    def rows(self, columns: Iterable[str], *, also: Iterable[str] = DATED) -> Iterator["Row"]:
        """Each row that has the right number of cells; a header that lacks a column is one fault for the file."""
        reader = csv.DictReader(self.text.splitlines())
        missing = [c for c in (*columns, *also) if c not in (reader.fieldnames or [])]
        if missing:
            self.faults.append(f"{self.name}: the header lacks {', '.join(missing)}")
            return
        for cells in reader:
            row = Row(table=self, line=reader.line_num, cells=cells)
            if None in cells or None in cells.values():
                row.fault(f"has not as many cells as the header ({len(reader.fieldnames or [])})")
                continue
            yield row


@dataclass(slots=True)
class Row:
    """One row. The readers return a usable value or note a fault and return None."""

    table: Table
    line: int
    cells: dict[str, str]
    sound: bool = True

    def fault(self, text: str) -> None:
        """Note a fault of this row by file and row number."""
        self.sound = False
        self.table.faults.append(f"{self.table.name}, row {self.line}: {text}")

    def text(self, column: str, *, allowed: Iterable[str] | None = None) -> str:
        value = self.cells[column].strip()
        if allowed is not None and value not in (known := sorted(allowed)):
            self.fault(f"{column} is {value!r}; it must be one of {', '.join(map(repr, known))}")
        return value

    def member(self, column: str, kind: type[E], *, optional: bool = False) -> E | None:
        value = self.cells[column].strip()
        if not value and optional:
            return None
        if value not in [m.value for m in kind]:
            self.fault(f"{column} is {value!r}; it must be one of {', '.join(m.value for m in kind)}")
            return None
        return kind(value)

    def number(self, column: str, *, optional: bool = True) -> int | None:
        found: int | None = self._convert(column, int, "a whole number", optional=optional)
        return found

    def day(self, column: str, *, optional: bool = False) -> date | None:
        found: date | None = self._convert(column, date.fromisoformat, "a date such as 2026-01-01", optional=optional)
        return found

    def flag(self, column: str) -> bool:
        return self.text(column, allowed=("yes", "no")) == "yes"

    def dated(self, sources: Iterable[str]) -> bool:
        """Check the four columns every row has: dates in order, a known source, a verified flag."""
        start, end = self.day("effective_from"), self.day("effective_to", optional=True)
        if start and end and end < start:
            self.fault(f"effective_to {end} is before effective_from {start}")
        self.text("source", allowed=sources)
        self.flag("verified")
        return self.sound

    def _convert(self, column: str, convert: Callable[[str], Any], what: str, *, optional: bool) -> Any:
        value = self.cells[column].strip()
        if not value and optional:
            return None
        try:
            return convert(value)
        except ValueError:
            self.fault(f"{column} is {value!r}; it must be {what}")
            return None
