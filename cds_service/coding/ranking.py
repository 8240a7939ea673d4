"""R-RANK, R-LEG, R-TERRITORY: which code each vessel unit takes when every fact is settled.

Knows one settled reading of a session at a time (`units`). Doubt is `worlds.py`'s business, words are nobody's here.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

from cds_service.coding.anatomy import Lesion, Role, Side, Territory, Treatment, Vessel
from cds_service.coding.codes import CodeRow, Knowledge
from cds_service.coding.units import (
    Service,
    Unit,
    UnitKey,
    has,
    is_mixed,
    leg_key,
    legs_of,
    lesions_of,
    treatment_of,
    units_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How to read what no source settles, unit by unit; the worlds try every way.

    `occluded` are vessel units whose lesions differ and are taken for an occlusion, `joined` legs in which a vessel
    that counts only alone is joined to its neighbour instead of being left out.
    """

    occluded: frozenset[UnitKey] = frozenset()
    joined: frozenset[UnitKey] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """A code for one vessel unit, the facts it rests on, and the rules that gave it."""

    code: str
    role: Role
    side: Side | None
    territory: Territory
    vessels: tuple[Vessel, ...]
    facts: frozenset[int]
    rules: tuple[str, ...]
    tie: bool = False


CAUTIOUS = Policy()
_KEPT = 4096  # sets of services, which hold nothing of a patient; the same few come again and again


@lru_cache(maxsize=_KEPT)
def assign(services: tuple[Service, ...], knowledge: Knowledge, policy: Policy = CAUTIOUS) -> tuple[Assigned, ...]:
    """The 2026 codes of settled services; each leg, territory and episode is ranked on its own."""
    out: list[Assigned] = []
    for group in legs_of(services):
        units = _countable(units_of(group, knowledge), policy)
        out += _ranked(units, knowledge, policy)
        out += _beside(units, knowledge)
    return tuple(out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """What no source settles in a set of services: legs that could join a vessel, units of several lesions, facts."""

    legs: frozenset[UnitKey]
    units: frozenset[UnitKey]
    facts: frozenset[int]


@lru_cache(maxsize=_KEPT)
def unsettled(
    services: tuple[Service, ...], knowledge: Knowledge, joined: frozenset[UnitKey] = frozenset()
) -> Unsettled:
    """Legs and units whose reading is open, given the legs in which a vessel is joined."""
    legs: set[UnitKey] = set()
    mixed: set[UnitKey] = set()
    facts: set[int] = set()
    for group in legs_of(services):
        units = units_of(group, knowledge)
        if any(u.alone for u in units) and any(not u.alone for u in units):
            legs.add(leg_key(units))
            facts |= {f for u in units for f in u.facts}
        for unit in _countable(units, Policy(joined=joined)):
            if is_mixed(unit, knowledge):
                mixed.add(unit.key)
                facts |= unit.facts
    return Unsettled(legs=frozenset(legs), units=frozenset(mixed), facts=frozenset(facts))


def _countable(units: list[Unit], policy: Policy) -> list[Unit]:
    """Drop a vessel that counts only alone when others were treated, or join it to the most proximal of them."""
    others = [u for u in units if not u.alone]
    dropped = [u for u in units if u.alone]
    if not others or not dropped:
        return units
    if leg_key(units) in policy.joined:
        host = min(others, key=lambda u: u.order)
        services = host.services + tuple(s for u in dropped for s in u.services)
        others[others.index(host)] = replace(host, services=services)
    return others


def _ranked(units: list[Unit], knowledge: Knowledge, policy: Policy) -> list[Assigned]:
    """R-RANK: the highest-ranked service is the initial one, the proximal one of equals; the rest are add-ons."""
    ranked: list[tuple[Unit, Treatment, Lesion, int]] = []
    for unit in units:
        treatment = treatment_of(unit, knowledge)
        if treatment is None:
            continue
        lesion = _lesion(unit, knowledge, policy)
        row = knowledge.service(unit.territory, treatment, lesion, Role.INITIAL)
        if row is not None and row.rank is not None:
            ranked.append((unit, treatment, lesion, row.rank))
    ranked.sort(key=lambda r: (-r[3], r[0].order))
    out: list[Assigned] = []
    for position, (unit, treatment, lesion, rank) in enumerate(ranked):
        role = Role.ADDITIONAL if position else Role.INITIAL
        row = knowledge.service(unit.territory, treatment, lesion, role)
        assert row is not None  # the table has an additional code for every initial one; validated at load
        rules = ("R-PAIR", "R-LESION") if position else ("R-RANK",)
        tie = not position and len(ranked) > 1 and ranked[1][3] == rank
        out.append(assigned(row, unit, rules, tie=tie))
    return out


def _beside(units: list[Unit], knowledge: Knowledge) -> list[Assigned]:
    """R-SEPARATE: lithotripsy once per vessel that has a code of its own, iliac atherectomy once per vessel."""
    out: list[Assigned] = []
    for unit in units:
        territory = unit.territory
        wanted = []
        if any(s.lithotripsy for s in unit.services) and treatment_of(unit, knowledge) is not None:
            wanted.append("lithotripsy")
        own_code = knowledge.service(territory, Treatment.ATHERECTOMY, Lesion.STENOSIS, Role.INITIAL)
        if own_code is None and any(has(s, Treatment.ATHERECTOMY) for s in unit.services):
            wanted.append("atherectomy")
        rows = [knowledge.beside(territory, name) for name in wanted]
        out += [assigned(row, unit, ("R-SEPARATE",)) for row in rows if row is not None]
    return out


def assigned(row: CodeRow, unit: Unit, rules: tuple[str, ...], *, tie: bool = False) -> Assigned:
    """A code given to a vessel unit, with the rules that gave it."""
    first = unit.services[0]
    return Assigned(
        code=row.code,
        role=row.role,
        side=first.side,
        territory=first.territory,
        vessels=unit.vessels,
        facts=unit.facts,
        rules=rules,
        tie=tie,
    )


def _lesion(unit: Unit, knowledge: Knowledge, policy: Policy) -> Lesion:
    """R-VESSEL: of several lesions the highest-ranked service counts; where that is unsettled the policy says."""
    lesions = lesions_of(unit)
    if len(lesions) == 1:
        return next(iter(lesions))
    if not is_mixed(unit, knowledge):
        return Lesion.OCCLUSION
    return Lesion.OCCLUSION if unit.key in policy.occluded else Lesion.STENOSIS
