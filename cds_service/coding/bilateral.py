"""The same initial code in both legs: an RT and an LT line, or one with modifier 50, as the payer likes it (R-MOD).

Knows lines and findings once they are settled; it changes how they are written, never what they say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from cds_service.coding.anatomy import Role, Side
from cds_service.coding.decision import CodingDecision, SessionDecision
from cds_service.coding.facts import PayerIdentity, Session
from cds_service.coding.findings import Change, ChangeKind, Finding
from cds_service.coding.lines import Line, Status


class BothLegs(StrEnum):
    """How one code in both legs is written."""

    TWO_LINES = "two-lines"
    MODIFIER_50 = "modifier-50"


@dataclass(frozen=True, slots=True, kw_only=True)
class BothLegsPreference:
    """The installation's way, and the payers that want another one."""

    usual: BothLegs = BothLegs.TWO_LINES
    by_payer: Mapping[PayerIdentity, BothLegs] = field(default_factory=dict)

    def of(self, session: Session) -> BothLegs:
        """The way for a session, by its primary payer."""
        return self.by_payer.get(session.payers[0].identity, self.usual) if session.payers else self.usual


def both_legs_preference(text: str) -> BothLegsPreference:
    """A preference as it is written: `two-lines` or `modifier-50`, then payers: `two-lines, medicare=modifier-50`.

    Raises:
        ValueError: a word is none of these; the message says which and what would be right.
    """
    usual, by_payer = BothLegs.TWO_LINES, {}
    for part in (p.strip() for p in text.split(",") if p.strip()):
        payer, equals, way = part.rpartition("=")
        if way.strip() not in set(BothLegs):
            raise ValueError(f"{part!r}: the way is one of {', '.join(BothLegs)}")
        if not equals:
            usual = BothLegs(way.strip())
            continue
        if payer.strip() not in set(PayerIdentity):
            raise ValueError(f"{part!r}: the payer is one of {', '.join(PayerIdentity)}")
        by_payer[PayerIdentity(payer.strip())] = BothLegs(way.strip())
    return BothLegsPreference(usual=usual, by_payer=by_payer)


def as_preferred(decision: CodingDecision, preference: BothLegsPreference) -> CodingDecision:
    """The decision with equal initial lines of both legs written as their payer likes them."""
    return replace(decision, sessions=tuple(_session(d, preference) for d in decision.sessions))


def _session(decided: SessionDecision, preference: BothLegsPreference) -> SessionDecision:
    if preference.of(decided.session) is BothLegs.TWO_LINES:
        return decided
    for right, left in _pairs(decided):
        joint = _joint(right, left)
        lines = tuple(joint if x == right else x for x in decided.lines if x != left)
        findings = tuple(_rewritten(f, (right, left), joint) for f in decided.findings)
        decided = replace(decided, lines=lines, findings=findings)
    return decided


def _pairs(decided: SessionDecision) -> list[tuple[Line, Line]]:
    """Equal initial lines of both legs for which the draft has no line of one leg yet."""
    settled = [x for x in decided.lines if x.role is Role.INITIAL and x.status is Status.SUPPORTED and x.units == 1]
    pairs = [
        (right, left)
        for right in settled
        for left in settled
        if right.code == left.code and (right.side, left.side) == (Side.RIGHT, Side.LEFT)
    ]
    return [pair for pair in pairs if _is_free(pair, decided)]


def _is_free(pair: tuple[Line, Line], decided: SessionDecision) -> bool:
    if not decided.session.drafted:
        return True
    if any(d.both_legs and d.code == pair[0].code for d in decided.session.draft):
        return not any(c.line in pair for f in decided.findings for c in f.changes)
    added = [c.line for f in decided.findings for c in f.changes if c.kind is ChangeKind.ADD]
    return all(line in added for line in pair)


def _joint(right: Line, left: Line) -> Line:
    return replace(
        right,
        side=None,
        both_legs=True,
        modifiers=("50",),
        vessels=tuple(dict.fromkeys((*right.vessels, *left.vessels))),
        rules=tuple(dict.fromkeys((*right.rules, *left.rules, "R-MOD"))),
        facts=right.facts | left.facts,
        tie=right.tie or left.tie,
    )


def _rewritten(finding: Finding, pair: tuple[Line, Line], joint: Line) -> Finding:
    change = Change(kind=ChangeKind.ADD, line=joint, units=joint.units, modifiers=joint.modifiers)
    changes = [change if c.kind is ChangeKind.ADD and c.line in pair else c for c in finding.changes]
    return replace(finding, changes=tuple(c for i, c in enumerate(changes) if c not in changes[:i]))
