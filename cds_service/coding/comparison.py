"""The work in hand while a draft is compared: draft lines on their legs, the record's lines, and what was found so far.

Knows how a draft line is placed on a leg. The rules stand in `draft` and `draft_rules`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from cds_service.coding.anatomy import Role, Side, Territory
from cds_service.coding.codes import Knowledge
from cds_service.coding.facts import DraftLine, Session
from cds_service.coding.findings import Finding, FindingCode
from cds_service.coding.lines import Line, Status
from cds_service.coding.worlds import Readings


@dataclass(slots=True, kw_only=True)
class Entry:
    """A draft line on one leg; a line with modifier 50 stands on both."""

    draft: DraftLine
    code: str
    side: Side | None
    units: int
    territory: Territory | None
    role: Role
    settled: bool = False


@dataclass(slots=True, kw_only=True)
class Comparison:
    """The work in hand: entries, the record's lines, and what has been found so far."""

    entries: list[Entry]
    lines: tuple[Line, ...]
    readings: Readings
    knowledge: Knowledge
    covered: set[int] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    def say(self, code: FindingCode, rule: str, codes: Iterable[str], text: str, **more: object) -> None:
        self.findings.append(Finding(code=code, rule=rule, codes=tuple(codes), text=text, **more))  # type: ignore[arg-type]

    def initial_is_settled(self, line: Line) -> bool:
        """True unless the line rides with an initial code that is itself still open."""
        if line.role is Role.INITIAL:
            return True
        leg = [x for x in self.lines if (x.side, x.territory) == (line.side, line.territory)]
        return all(x.status is Status.SUPPORTED for x in leg if x.role is Role.INITIAL)

    def open_lines(self) -> list[tuple[int, Line]]:
        """Supported lines that no draft line stands for yet."""
        pairs = enumerate(self.lines)
        return [(i, x) for i, x in pairs if i not in self.covered and x.status is Status.SUPPORTED]


def entries_of(session: Session, lines: tuple[Line, ...], readings: Readings, knowledge: Knowledge) -> list[Entry]:
    """The draft's lines with a code of the family, the retired one or beside it, each on its leg."""
    out = []
    for draft in session.draft:
        row = knowledge.codes.get(draft.code)
        if row is None or row.role is Role.INCLUDED:
            continue
        legs: tuple[Side | None, ...] = (draft.side or _only_leg(draft.code, lines),)
        if draft.both_legs:
            fitting = tuple(s for s in Side if readings.possible_on(draft.code, s, row.territory))
            legs = fitting or tuple(Side)
        units = 1 if draft.both_legs and draft.units == len(Side) else draft.units
        for side in legs:
            entry = Entry(draft=draft, code=draft.code, side=side, units=units, territory=row.territory, role=row.role)
            out.append(entry)
    return out


def _only_leg(code: str, lines: tuple[Line, ...]) -> Side | None:
    """The leg of a draft line that names none: the one leg whose line has this code, else the only leg treated."""
    for legs in ({x.side for x in lines if x.code == code}, {x.side for x in lines}):
        if len(legs) == 1:
            return next(iter(legs))
    return None


def in_words(code: str, side: Side | None) -> str:
    """A code with the modifier of its leg: 37257-RT."""
    return f"{code}-{side.modifier}" if side else code
