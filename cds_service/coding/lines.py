"""The code lines of a session: one per code and leg, each supported or up for review.

Knows dates (R-DATE) and how single vessels add up to lines. Knows nothing of drafts or prose.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from cds_service.coding.anatomy import Lesion, Role, Side, Territory, Vessel
from cds_service.coding.codes import Knowledge
from cds_service.coding.facts import Session, Timing
from cds_service.coding.ranking import Assigned
from cds_service.coding.retired import assign_retired
from cds_service.coding.units import Service
from cds_service.coding.worlds import Readings


class Status(StrEnum):
    """Whether the record settles a line."""

    SUPPORTED = "supported"
    REVIEW = "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A code the record calls for. `alternatives` are the codes it would be if what is unclear went another way.

    `facts` are indices into the session's treated vessels. `tie`: the initial vessel was chosen among equals.
    `both_legs`: one line with modifier 50 for two equal ones, so its side is None without being open.
    """

    code: str
    units: int
    modifiers: tuple[str, ...]
    side: Side | None
    territory: Territory
    role: Role
    vessels: tuple[Vessel, ...]
    status: Status
    rules: tuple[str, ...]
    facts: frozenset[int]
    alternatives: tuple[str, ...] = ()
    tie: bool = False
    both_legs: bool = False

    def shares_leg_with(self, other: "Line") -> bool:
        """True when both lines stand for one territory of one leg."""
        same = self.side is other.side or self.both_legs or other.both_legs
        return same and self.territory is other.territory


def family_applies(session: Session, knowledge: Knowledge) -> bool:
    """R-DATE: True unless the services were performed before the family took effect. An unknown date does apply."""
    if session.date is None:
        return session.year is None or session.year >= knowledge.family_from.year
    return session.date >= knowledge.family_from


def lines_of(session: Session, readings: Readings, knowledge: Knowledge) -> tuple[Line, ...]:
    """The lines of a session in a stable order: right before left, initial before additional, then by code."""
    if not family_applies(session, knowledge):
        return _joined((a, Status.REVIEW, ()) for a in _retired(session, knowledge))
    settled = session.timing is Timing.PERFORMED and session.dated and not session.cut
    marked = []
    for a in readings.base:
        supported = settled and readings.everywhere(a)
        supported = supported and not outpatient_lithotripsy(a.role, session)
        others = tuple(sorted(readings.codes_of(a.facts) - {a.code})) if a.rules != ("R-SEPARATE",) else ()
        marked.append((a, Status.SUPPORTED if supported else Status.REVIEW, others))
    return _joined(marked)


def outpatient_lithotripsy(role: Role, session: Session) -> bool:
    """Lithotripsy of what may be a Medicare hospital outpatient: two code sets are in use, no source settles which."""
    return role is Role.LITHOTRIPSY and session.site.pos in (*_OUTPATIENT, None) and session.medicare is True


_OUTPATIENT = ("19", "22", "23")
"""Off campus, on campus and emergency room (CMS place-of-service codes)."""


def _retired(session: Session, knowledge: Knowledge) -> list[Assigned]:
    services = [
        Service(
            fact=i,
            side=f.side,
            territory=f.territory,
            vessel=f.vessel,
            treatment=f.treatment,
            lesion=f.lesion or Lesion.STENOSIS,
            episode=f.episode,
        )
        for i, f in enumerate(session.treated)
        if f.done and f.treatment is not None
    ]
    return assign_retired(services, knowledge)


def _joined(marked: Iterable[tuple[Assigned, Status, tuple[str, ...]]]) -> tuple[Line, ...]:
    """One line per code and leg; several vessels of a line are its units.

    Only what is open is kept apart from what is settled, so that one open vessel takes nothing from another.
    """
    groups: dict[tuple[str, Side | None, Status], list[tuple[Assigned, tuple[str, ...]]]] = {}
    for a, status, others in marked:
        groups.setdefault((a.code, a.side, status), []).append((a, others))
    lines = []
    for (code, side, status), members in groups.items():
        first = members[0][0]
        lines.append(
            Line(
                code=code,
                units=len(members),
                modifiers=(side.modifier,) if side else (),
                side=side,
                territory=first.territory,
                role=first.role,
                vessels=tuple(dict.fromkeys(v for a, _ in members for v in a.vessels)),
                status=status,
                rules=first.rules,
                facts=frozenset(i for a, _ in members for i in a.facts),
                alternatives=tuple(sorted({c for _, others in members for c in others})),
                tie=any(a.tie for a, _ in members),
            )
        )
    return tuple(sorted(lines, key=_position))


_SIDES = (Side.RIGHT, Side.LEFT, None)
_TERRITORIES = tuple(Territory)
_ROLES = (Role.INITIAL, Role.ADDITIONAL, Role.LITHOTRIPSY, Role.SEPARATE)


def _position(line: Line) -> tuple[int, int, int, str, str]:
    territory = _TERRITORIES.index(line.territory)
    return (_SIDES.index(line.side), territory, _ROLES.index(line.role), line.code, line.status)
