"""The work in hand while a draft is compared: draft lines on their legs, the record's lines, and what was found so far.

Knows how a draft line is placed on a leg. The rules stand in `draft` and `draft_rules`.
"""

from collections import Counter
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
    rows = [(d, knowledge.codes[d.code]) for d in session.draft if d.code in knowledge.codes]
    rows = [(d, row) for d, row in rows if row.role is not Role.INCLUDED]
    named = [_on_named_legs(draft, row.territory, readings) for draft, row in rows]
    unsaid = Counter({(x.code, x.side): x.units for x in lines})
    for (draft, _), legs in zip(rows, named, strict=True):
        unsaid.subtract({(draft.code, side): units for side, units in legs})
    out = []
    for (draft, row), legs in zip(rows, named, strict=True):
        for side, units in legs or _on_unnamed_legs(draft, lines, unsaid):
            entry = Entry(draft=draft, code=draft.code, side=side, units=units, territory=row.territory, role=row.role)
            out.append(entry)
    return out


def _on_named_legs(draft: DraftLine, territory: Territory | None, readings: Readings) -> list[tuple[Side | None, int]]:
    """The legs a draft line names, with its units on each; those of modifier 50 that the record can bear out."""
    if draft.both_legs:
        fitting = [s for s in Side if readings.possible_on(draft.code, s, territory)]
        return [(s, 1 if draft.units == len(Side) else draft.units) for s in fitting or Side]
    return [(draft.side, draft.units)] if draft.side else []


def _on_unnamed_legs(
    draft: DraftLine, lines: tuple[Line, ...], unsaid: Counter[tuple[str, Side | None]]
) -> list[tuple[Side | None, int]]:
    """The legs of a draft line that names none: the one leg whose line has this code, else the only leg treated.

    Where both legs have it: the one that no other draft line stands for yet, or both where it has the units of both.
    """
    own = {x.side for x in lines if x.code == draft.code}
    if len(own) != 1:
        left = {s: unsaid[draft.code, s] for s in Side if unsaid[draft.code, s] > 0}
        if len(left) > 1 and sum(left.values()) == draft.units:
            unsaid.subtract({(draft.code, s): n for s, n in left.items()})
            return [*left.items()]
        fits = next((s for s, n in left.items() if n >= draft.units), None)
        if fits is not None:
            unsaid[draft.code, fits] -= draft.units
            return [(fits, draft.units)]
    for legs in (own, {x.side for x in lines}):
        if len(legs) == 1:
            return [(next(iter(legs)), draft.units)]
    return [(None, draft.units)]


def in_words(code: str, side: Side | None) -> str:
    """A code with the modifier of its leg: 37257-RT."""
    return f"{code}-{side.modifier}" if side else code
