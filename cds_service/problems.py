"""The error vocabulary: a status hint, a FHIR issue code, a safe message and the place it is about.

Knows OperationOutcome. A message says what was wrong, where, and what would be right; it never quotes the input.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One issue of an OperationOutcome; `where` is a path in the request such as context.patientId."""

    code: str
    text: str
    where: str = ""
    severity: str = "error"

    def to_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {"severity": self.severity, "code": self.code, "diagnostics": self.text}
        return {**out, "expression": [self.where]} if self.where else out


class Problem(Exception):
    """A request that cannot be served: HTTP status, the issues to report, and when to try again, in seconds."""

    def __init__(self, status: int, issues: Sequence[Issue], *, retry_after: int | None = None) -> None:
        super().__init__("; ".join(i.text for i in issues))
        self.status = status
        self.issues = tuple(issues)
        self.retry_after = retry_after


def refused(text: str, where: str = "", *, code: str = "invalid", status: int = 400) -> Problem:
    """A problem with one issue."""
    return Problem(status, [Issue(code=code, text=text, where=where)])


def outcome(issues: Sequence[Issue]) -> dict[str, Any]:
    """The OperationOutcome of some issues."""
    return {"resourceType": "OperationOutcome", "issue": [i.to_json() for i in issues]}
