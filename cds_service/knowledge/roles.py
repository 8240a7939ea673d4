"""What a user's role says about whom a card speaks to: one who codes and bills, or one who treats.

Knows roles.csv. Knows no FHIR: it is handed a kind of code and a code, or a name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cds_service.coding.codes import SourceRow
from cds_service.knowledge.payers import comparable
from cds_service.knowledge.tables import Table

NUCC, ROLE, PHRASE = "nucc", "role", "phrase"
KINDS = (NUCC, ROLE, PHRASE)
_LONGEST_NAME = 300


class Audience(StrEnum):
    """Who reads: a coder may see codes, a clinician sees a question."""

    CODER = "coder"
    CLINICIAN = "clinician"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleBook:
    """The verified rows, by kind: value (a trailing * stands for every code that begins so) and audience."""

    rows: Mapping[str, Mapping[str, Audience]]

    def code(self, kind: str, code: str) -> Audience | None:
        """Who has a role of that code; the longest row that fits decides."""
        held = self.rows.get(kind, {})
        fits = [v for v in held if v == code or (v.endswith("*") and code.startswith(v[:-1]))]
        return held[max(fits, key=len)] if fits else None

    def name(self, text: str) -> frozenset[Audience]:
        """Everybody a job's name may mean, by the phrases in it, the longest first."""
        plain, found = comparable(text[:_LONGEST_NAME]), set()
        for phrase in sorted(self.rows[PHRASE], key=len, reverse=True):
            plain, count = re.subn(rf"(?<!\S){re.escape(phrase)}s?(?!\S)", "|", plain)
            found |= {self.rows[PHRASE][phrase]} if count else set()
        return frozenset(found)


def read_roles(text: str, sources: Mapping[str, SourceRow]) -> tuple[RoleBook, list[str]]:
    """Read roles.csv; the second part lists its faults by row."""
    table = Table("roles.csv", text)
    rows: dict[str, dict[str, Audience]] = {k: {} for k in KINDS}
    for row in table.rows(("kind", "value", "audience")):
        kind, value = row.text("kind", allowed=KINDS), row.text("value")
        audience = row.member("audience", Audience)
        if kind == PHRASE and (not value or value != comparable(value)):
            row.fault(f"value is {value!r}; a name must be written {comparable(value)!r}")
        if value in rows.get(kind, {}):
            row.fault(f"{kind} {value!r} stands twice")
        if row.dated(sources) and audience and row.cells["verified"] == "yes":
            rows[kind][value] = audience
    return RoleBook(rows=rows), table.faults
