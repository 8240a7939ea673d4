"""What an audit found, counted: by finding, month, site of service, payer and clinician group.

Knows outcomes as JSON. Under-coding, over-coding and errors of form are counted side by side and never added up.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from cds_service.audit.outcomes import Direction
from cds_service.audit.privacy import Names
from cds_service.fhir.elements import Json

ARGUED = "37257"
NOT_RECORDED = "not recorded"
TABLES = {
    "finding": "Finding",
    "month": "Month of service",
    "site": "Place of service",
    "payer": "Payer",
    "group": "Clinician group",
}


@dataclass(slots=True)
class Counts:
    """Findings of one row of a table by direction, and the sessions that had any."""

    directions: Counter[Direction] = field(default_factory=Counter)
    sessions: int = 0

    @property
    def whole(self) -> int:
        return self.directions.total()


@dataclass(slots=True)
class Summary:
    """Counts of a whole audit; `names` are those by which clinician groups go."""

    names: Names | None
    sessions: int = 0
    found: int = 0
    open: int = 0
    directions: Counter[Direction] = field(default_factory=Counter)
    argued: Counter[str] = field(default_factory=Counter)
    tables: dict[str, dict[str, Counts]] = field(default_factory=lambda: {key: {} for key in TABLES})

    def add(self, outcome: Json) -> None:
        """Count one session."""
        session = outcome["document"]["sessions"][0]
        findings = session["draft"]["findings"]
        directions = [Direction(d) for d in outcome["directions"]]
        self.sessions += 1
        self.found += bool(findings)
        self.open += bool(session["questions"]) and not findings
        self.directions.update(directions)
        self._argue(session, findings, directions)
        rows = {k: v for k, v in self._rows(session, outcome["group"]).items() if findings}
        for table, row in rows.items():
            self._count(table, row, directions)
        for finding, direction in zip(findings, directions, strict=True):
            self._count("finding", finding["code"], [direction])

    def _argue(self, session: Json, findings: list[Json], directions: list[Direction]) -> None:
        """What stands and what is charged of the code the product argues."""
        self.argued["supported"] += session["answer37257"]["units"]
        self.argued["charged"] += sum(x["units"] for x in session["draft"]["lines"] if x["code"] == ARGUED)
        for finding, direction in zip(findings, directions, strict=True):
            named = [c for c in finding.get("changes", []) if c.get("code") == ARGUED] or ARGUED in finding["codes"]
            if named and direction is not Direction.FORM:
                self.argued[direction.value] += 1
        self.argued["review"] += session["answer37257"]["verdict"] == "review"

    def _rows(self, session: Json, group: str) -> dict[str, str]:
        payer: dict[str, Any] = next(iter(session["payers"]), {})
        return {
            "month": (session["date"] or "")[:7] or NOT_RECORDED,
            "site": session["siteOfService"]["pos"] or "not settled",
            "payer": f"{payer['payer']}, {payer['lineOfBusiness']}" if payer else NOT_RECORDED,
            "group": (self.names.of("group", group) if self.names else group) or NOT_RECORDED,
        }

    def _count(self, table: str, row: str, directions: list[Direction]) -> None:
        counts = self.tables[table].setdefault(row, Counts())
        counts.directions.update(directions)
        counts.sessions += 1

    def rows(self, table: str) -> list[tuple[str, Counts]]:
        """The rows of a table: months in order, all else by number of findings."""
        rows = self.tables[table].items()
        return sorted(rows) if table == "month" else sorted(rows, key=lambda r: (-r[1].whole, r[0]))
