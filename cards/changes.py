"""Which changes a coding card proposes: all that make the draft right, together, or none.

Knows lines and findings. How a change is written as an action is `actions`' business.
"""

from cards.actions import can_carry_out
from cds_service.coding.anatomy import Role
from cds_service.coding.decision import SessionDecision
from cds_service.coding.findings import Change, ChangeKind
from cds_service.coding.lines import Line, Status


def changes_of(decided: SessionDecision) -> tuple[Change, ...]:
    """Every change that makes the draft right, each once, as far as the record settles it and the draft can be edited.

    An add-on is never added without its initial code being on the draft or added with it.
    """
    kept = wanted_of(decided)
    return kept if all(can_carry_out(c) for c in kept) else ()


def wanted_of(decided: SessionDecision) -> tuple[Change, ...]:
    """The same changes, also where no action could carry them out: what a person would do by hand."""
    if decided.session.drafted:
        wanted: list[Change] = []
        for finding in decided.findings:
            wanted += [c for c in finding.changes if c not in wanted]
    else:
        wanted = [_addition(x) for x in decided.lines if x.status is Status.SUPPORTED]
    return tuple(c for c in wanted if c.line is None or _has_initial(c.line, decided))


def _addition(line: Line) -> Change:
    return Change(kind=ChangeKind.ADD, line=line, units=line.units, modifiers=line.modifiers)


def _has_initial(line: Line, decided: SessionDecision) -> bool:
    if line.role not in (Role.ADDITIONAL, Role.LITHOTRIPSY):
        return True
    leg = [x for x in decided.lines if line.shares_leg_with(x)]
    return any(x.role is Role.INITIAL and x.status is Status.SUPPORTED for x in leg)
