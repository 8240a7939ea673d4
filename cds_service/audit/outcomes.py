"""Outcomes: what an audit keeps of each session, and how a finding counts.

Knows the decision and its public document. Under- and over-coding are told apart by what the mending changes add and
take away; neither is weighed against the other.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cds_service.advice import Adviser
from cds_service.audit.rows import NoResource, resource_of
from cds_service.audit.units import Unit, units_of
from cds_service.coding.codes import Knowledge
from cds_service.coding.decision import SessionDecision
from cds_service.coding.document import document
from cds_service.coding.facts import Timing
from cds_service.coding.findings import Change, ChangeKind, Finding, FindingCode
from cds_service.fhir.elements import Json, objects, reference, text


class Direction(StrEnum):
    """Whether the draft charges less than the record supports, more, or the same wrongly written."""

    UNDER = "under"
    OVER = "over"
    FORM = "form"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A session of an audit: its document, the direction of each of its findings, and who performed it."""

    patient: str
    encounter: str
    document: Json
    directions: tuple[Direction, ...]
    group: str

    def to_json(self) -> Json:
        return {
            "patient": self.patient,
            "encounter": self.encounter,
            "document": self.document,
            "directions": [d.value for d in self.directions],
            "group": self.group,
        }


def outcomes_of(
    lines: Sequence[bytes], candidates: Iterable[str], kinds: Collection[str], adviser: Adviser
) -> list[Json]:
    """Every session that the lines of one patient give, as JSON, ordered by encounter and date."""
    return [o.to_json() for u in units_of(_resources(lines), candidates, kinds) for o in _decided(u, adviser)]


def outcomes_as_kept(outcomes: list[Json]) -> bytes:
    """Outcomes as the state keeps them."""
    return json.dumps(outcomes, ensure_ascii=False).encode("utf-8", "replace")


def direction_of(finding: Finding, knowledge: Knowledge) -> Direction:
    """How a finding counts: by the changes that mend it, in units of service and by rank where a code is replaced."""
    if finding.code in _PLAIN:
        return _PLAIN[finding.code]
    balance = sum(_balance(c, knowledge) for c in finding.changes)
    return Direction.UNDER if balance > 0 else Direction.OVER if balance < 0 else Direction.FORM


_PLAIN = {
    FindingCode.MISSING_INITIAL: Direction.UNDER,
    FindingCode.MISSING_LINE: Direction.UNDER,
    FindingCode.UNSUPPORTED_LINE: Direction.OVER,
    FindingCode.DUPLICATE_LINE: Direction.OVER,
    FindingCode.OVER_LIMIT: Direction.OVER,
    FindingCode.OVER_MUE: Direction.OVER,
    FindingCode.INCLUDED_SERVICE: Direction.OVER,
    FindingCode.WRONG_LEG: Direction.FORM,
    FindingCode.WRONG_MODIFIER: Direction.FORM,
    FindingCode.RETIRED_CODE: Direction.FORM,
    FindingCode.NOT_YET_EFFECTIVE: Direction.FORM,
}


def _balance(change: Change, knowledge: Knowledge) -> int:
    """Above 0 when the change adds to the draft, below when it takes away."""
    units = change.draft.units if change.draft else 0
    if change.kind is ChangeKind.ADD:
        return change.units
    if change.kind is ChangeKind.REMOVE:
        return -units
    if change.kind is ChangeKind.RE_UNIT:
        return change.units - units
    if change.kind is ChangeKind.REPLACE and change.draft and change.line:
        return _rank(change.line.code, knowledge) - _rank(change.draft.code, knowledge)
    return 0


def _rank(code: str, knowledge: Knowledge) -> int:
    row = knowledge.codes.get(code)
    return row.rank or 0 if row else 0


def _resources(lines: Iterable[bytes]) -> list[Json]:
    found = []
    for line in lines:
        try:
            found.append(resource_of(line))
        except NoResource:  # named among the rejects already
            continue
    return found


def _decided(unit: Unit, adviser: Adviser) -> Iterator[Outcome]:
    _, decision = adviser.decide(unit.request)
    if unit.companions and any(s.session.treated for s in decision.sessions):
        _, decision = adviser.decide(unit.with_companions)
    whole = document(decision)
    for session, shown in zip(decision.sessions, whole["sessions"], strict=True):
        if session.session.timing is Timing.PERFORMED:
            yield _outcome(unit, session, {**whole, "sessions": [shown]}, adviser)


def _outcome(unit: Unit, session: SessionDecision, shown: Json, adviser: Adviser) -> Outcome:
    day = session.session.date
    return Outcome(
        patient=unit.patient,
        encounter=unit.encounter,
        document=shown,
        directions=tuple(direction_of(f, adviser.knowledge) for f in session.findings),
        group=_group(unit.acts, day.isoformat() if day else ""),
    )


def _group(acts: Iterable[Json], day: str) -> str:
    """The clinician group of a session: on whose behalf its acts were performed, else who performed them."""
    rows = [r for r in acts if day in str(r.get("performedDateTime") or r.get("performedPeriod") or day)] or list(acts)
    performers = [p for r in rows for p in objects(r.get("performer"))]
    for name in ("onBehalfOf", "actor"):
        found = sorted({ref for p in performers if (ref := _name(p.get(name)))})
        if found:
            return found[0]
    return ""


def _name(value: Any) -> str:
    found = value if isinstance(value, dict) else {}
    return reference(found) or text(found.get("display"))
