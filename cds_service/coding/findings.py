"""What can be wrong with a draft charge, and the edits that mend it: the types, without the comparing.

Knows codes, legs and units. Which FHIR edit carries a change out is `cards.actions`' business.
"""

from dataclasses import dataclass
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
