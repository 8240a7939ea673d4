"""What names, plan words and codes say about a payer: who it is, and under which line of business it pays.

Knows payers.csv, and how a name is made comparable. Knows no FHIR: it is handed a text, or a kind of code and a code.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from cds_service.coding.codes import SourceRow
from cds_service.coding.facts import LineOfBusiness, PayerIdentity
from cds_service.knowledge.tables import Row, Table

EXACT, PHRASE, SOPT, NAIC, PAYER_ID = "exact", "phrase", "sopt", "naic", "payerid"
KINDS = (EXACT, PHRASE, SOPT, NAIC, PAYER_ID)
SOME_MEDICARE = "medicare-unspecified"
LINES = ("", SOME_MEDICARE, *(x.value for x in LineOfBusiness if x is not LineOfBusiness.UNKNOWN))
_LONGEST_NAME = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerRow:
    """One row: a value of its kind, and what it says. `line` may also be SOME_MEDICARE: Medicare, in whatever form."""

    kind: str
    value: str
    identity: PayerIdentity | None
    line: str
    effective_from: date
    effective_to: date | None

    def holds(self, day: date | None) -> bool:
        """True when the row is in force on a day; without a day, when it is still open."""
        if day is None:
            return self.effective_to is None
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What a text or code says: identities and lines of business, and the values of the rows that say so."""

    identities: frozenset[PayerIdentity] = frozenset()
    lines: frozenset[str] = frozenset()
    values: tuple[str, ...] = ()

    def __or__(self, other: "Saying") -> "Saying":
        if not (self.values and other.values):  # of no value nothing is said
            return self if self.values else other
        return Saying(
            identities=self.identities | other.identities,
            lines=self.lines | other.lines,
            values=tuple(dict.fromkeys((*self.values, *other.values))),
        )


@dataclass(frozen=True, kw_only=True)
class PayerBook:
    """The verified rows; what is not verified says nothing."""

    rows: Mapping[str, tuple[PayerRow, ...]]

    def name(self, text: str, day: date | None) -> Saying:
        """What a name says: the row for the whole of it, else every phrase in it, at word boundaries, longest first."""
        plain = comparable(text[:_LONGEST_NAME])
        whole = [r for r in self._names.get(plain, ()) if r.holds(day)]
        if whole:
            return _said(whole)
        found = []
        for row in self._phrases:
            if row.value in plain and row.holds(day):
                pattern = rf"(?<!\S){re.escape(row.value)}(?!\S)"
                plain, times = re.subn(pattern, "|", plain)
                found += [row] if times else []
        return _said(found)

    @cached_property
    def _names(self) -> dict[str, list[PayerRow]]:
        """The rows for whole names by name."""
        found: dict[str, list[PayerRow]] = {}
        for row in self.rows.get(EXACT, ()):
            found.setdefault(row.value, []).append(row)
        return found

    @cached_property
    def _phrases(self) -> list[PayerRow]:
        """The rows for phrases, the longest first."""
        return sorted(self.rows.get(PHRASE, ()), key=lambda r: -len(r.value))

    def code(self, kind: str, code: str, day: date | None) -> Saying:
        """What a code says; a row that ends in * stands for every code that begins so, the longest row wins."""
        fits = [r for r in self._in_force(kind, day) if _matches(r.value, code)]
        return _said(sorted(fits, key=lambda r: (r.value == code, len(r.value)))[-1:])

    def _in_force(self, kind: str, day: date | None) -> list[PayerRow]:
        return [r for r in self.rows.get(kind, ()) if r.holds(day)]


def comparable(text: str) -> str:
    """A name in lower case, with single spaces for everything but letters and digits; & is and, a full stop nothing."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("&", " and ")
    return " ".join(_SIGNS.sub(" ", plain.translate(_NOTHING)).split())


_SIGNS = re.compile(r"[^a-z0-9]+")
_NOTHING = dict.fromkeys(map(ord, ".'\u2019"))


def read_payers(text: str, sources: Mapping[str, SourceRow]) -> tuple[PayerBook, list[str]]:
    """Read payers.csv; the second part lists its faults by row."""
    table = Table("payers.csv", text)
    rows: dict[str, list[PayerRow]] = {k: [] for k in KINDS}
    for row in table.rows(("kind", "value", "identity", "line")):
        built = _row(row)
        if any(r.value == built.value and r.effective_to is None for r in rows.get(built.kind, ())):
            row.fault(f"{built.kind} {built.value!r} stands twice; close the first with effective_to")
        if row.dated(sources) and row.cells["verified"] == "yes":
            rows[built.kind].append(built)
    return PayerBook(rows={k: tuple(v) for k, v in rows.items()}), table.faults


def _row(row: Row) -> PayerRow:
    kind, value = row.text("kind", allowed=KINDS), row.text("value")
    identity, line = row.member("identity", PayerIdentity, optional=True), row.text("line", allowed=LINES)
    if kind in (EXACT, PHRASE):
        if not value or value != comparable(value):
            row.fault(f"value is {value!r}; a name must be written {comparable(value)!r}")
    elif not re.fullmatch(r"[0-9A-Z]+\*?", value):
        row.fault(f"value is {value!r}; a code has digits and capitals, and may end in *")
    if identity is None and not line:
        row.fault("says nothing: give it an identity or a line")
    return PayerRow(
        kind=kind,
        value=value,
        identity=identity,
        line=line,
        effective_from=row.day("effective_from") or date.min,
        effective_to=row.day("effective_to", optional=True),
    )


def _matches(value: str, code: str) -> bool:
    return code.startswith(value[:-1]) if value.endswith("*") else code == value


def _said(rows: Iterable[PayerRow]) -> Saying:
    found = list(rows)
    return Saying(
        identities=frozenset(r.identity for r in found if r.identity),
        lines=frozenset(r.line for r in found if r.line),
        values=tuple(r.value for r in found),
    )
