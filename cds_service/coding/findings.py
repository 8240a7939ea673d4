"""What can be wrong with a draft charge, and the edits that mend it: the types, without the comparing.

Knows codes, legs and units. Which FHIR edit carries a change out is `cards.actions`' business.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from cds_service.coding.anatomy import Side
from cds_service.coding.facts import DraftLine
from cds_service.coding.lines import Line


class FindingCode(StrEnum):
    """What can be wrong with a draft; the closed list of the decision document."""

    MISSING_INITIAL = "missing-initial"
    MISSING_LINE = "missing-line"
    UNSUPPORTED_LINE = "unsupported-line"
    INVALID_PAIR = "invalid-pair"
    WRONG_INITIAL = "wrong-initial"
    WRONG_LEG = "wrong-leg"
    WRONG_UNITS = "wrong-units"
    WRONG_MODIFIER = "wrong-modifier"
    DUPLICATE_LINE = "duplicate-line"
    OVER_LIMIT = "over-limit"
    OVER_MUE = "over-mue"
    INCLUDED_SERVICE = "included-service"
    RETIRED_CODE = "retired-code"
    NOT_YET_EFFECTIVE = "not-yet-effective"


class ChangeKind(StrEnum):
    """The edits a draft can need."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"
    RE_SIDE = "re-side"
    RE_UNIT = "re-unit"
    RE_MODIFY = "re-modify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One edit: `draft` is the line to edit (None for add), `line` the record's line it should agree with."""

    kind: ChangeKind
    draft: DraftLine | None = None
    line: Line | None = None
    units: int = 1
    modifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong with the draft. `codes` are the draft's codes concerned, or the code that is missing."""

    code: FindingCode
    rule: str
    codes: tuple[str, ...]
    text: str
    side: Side | None = None
    changes: tuple[Change, ...] = ()


def settled(findings: list[Finding]) -> tuple[Finding, ...]:
    """The findings with one consistent set of changes: each draft line is edited once, and everything fits together."""
    edits: dict[int, Change] = {}
    for finding in findings:
        for change in finding.changes:
            if change.draft is not None:
                key = id(change.draft)
                edits[key] = _merged(edits[key], change) if key in edits else change
    return tuple(replace(f, changes=_consistent(f.changes, edits)) for f in findings)


def _merged(first: Change, later: Change) -> Change:
    """Two edits of one draft line as one: units and modifiers go together, anything else the first one settles."""
    small = (ChangeKind.RE_UNIT, ChangeKind.RE_MODIFY)
    if first.kind is ChangeKind.RE_UNIT and later.kind is ChangeKind.RE_MODIFY:
        return replace(later, units=first.units, line=first.line)
    if first.kind in small and later.kind not in small:
        return later
    return first


def _consistent(changes: tuple[Change, ...], edits: dict[int, Change]) -> tuple[Change, ...]:
    out: list[Change] = []
    for change in changes:
        edit = edits[id(change.draft)] if change.draft is not None else change
        out.append(edit)
        other_line = change.line is not None and edit.line is not change.line
        if change.kind is ChangeKind.REPLACE and other_line and change.line is not None:
            line = change.line
            out.append(Change(kind=ChangeKind.ADD, line=line, units=line.units, modifiers=line.modifiers))
    return tuple(c for i, c in enumerate(out) if c not in out[:i])
