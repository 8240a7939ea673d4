"""R-RANK, R-VESSEL, R-LEG, R-TERRITORY: which code each treated vessel takes when every fact is settled.

Knows one settled reading of a session at a time (`Service`). Doubt is `worlds.py`'s business, words are nobody's here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from cds_service.coding.anatomy import Lesion, Role, Side, Territory, Treatment, Vessel
from cds_service.coding.codes import CodeRow, Knowledge


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A settled fact: `fact` is its index in the session. Side or vessel None stays apart from every other leg."""

    fact: int
    side: Side | None
    territory: Territory
    vessel: Vessel | None
    treatment: Treatment | None
    lesion: Lesion
    lithotripsy: bool = False
    episode: int = 0


UnitKey = tuple[str, str, int, str]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One vessel in the sense of R-VESSEL with everything done in it."""

    key: UnitKey
    vessels: tuple[Vessel, ...]
    order: int
    services: tuple[Service, ...]
    alone: bool

    @property
    def facts(self) -> frozenset[int]:
        return frozenset(s.fact for s in self.services)

    @property
    def territory(self) -> Territory:
        return self.services[0].territory


def assign(services: Iterable[Service], knowledge: Knowledge, policy: Policy | None = None) -> list[Assigned]:
    """The 2026 codes of settled services; each leg, territory and episode is ranked on its own."""
    policy = policy or Policy()
    out: list[Assigned] = []
    for group in legs_of(services):
        units = _countable(units_of(group, knowledge), policy)
        out += _ranked(units, knowledge, policy)
        out += _beside(units, knowledge)
    return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """What no source settles in a set of services: legs that could join a vessel, units of several lesions, facts."""

    legs: frozenset[UnitKey]
    units: frozenset[UnitKey]
    facts: frozenset[int]


def unsettled(services: Iterable[Service], knowledge: Knowledge, joined: frozenset[UnitKey] = frozenset()) -> Unsettled:
    """Legs and units whose reading is open, given the legs in which a vessel is joined."""
    legs: set[UnitKey] = set()
    mixed: set[UnitKey] = set()
    facts: set[int] = set()
    for group in legs_of(services):
        units = units_of(group, knowledge)
        if any(u.alone for u in units) and any(not u.alone for u in units):
            legs.add(_leg_key(units))
            facts |= {f for u in units for f in u.facts}
        for unit in _countable(units, Policy(joined=joined)):
            if _is_mixed(unit, knowledge):
                mixed.add(unit.key)
                facts |= unit.facts
    return Unsettled(legs=frozenset(legs), units=frozenset(mixed), facts=frozenset(facts))


def legs_of(services: Iterable[Service]) -> list[list[Service]]:
    """Services that are ranked against each other. What has no side stays alone with its vessel."""

    def key(s: Service) -> tuple[str, str, str, int]:
        lonely = "" if s.side else (s.vessel or "?")
        return (s.side or "", s.territory, lonely, s.episode)

    return [list(g) for _, g in groupby(sorted(services, key=key), key=key)]


def units_of(services: Sequence[Service], knowledge: Knowledge) -> list[Unit]:
    """Vessel units; an unnamed vessel of the territory counts only where no vessel is named."""
    named = [s for s in services if s.vessel is not None]
    found: dict[str, list[Service]] = {}
    for s in named or services:
        found.setdefault(knowledge.vessels[s.vessel].unit if s.vessel else "", []).append(s)
    return [_unit(members, knowledge) for members in found.values()]


def _unit(members: list[Service], knowledge: Knowledge) -> Unit:
    rows = sorted({knowledge.vessels[s.vessel] for s in members if s.vessel}, key=lambda r: r.order)
    first = members[0]
    return Unit(
        key=(first.side or "", first.territory.value, first.episode, rows[0].unit if rows else ""),
        vessels=tuple(r.vessel for r in rows),
        order=rows[0].order if rows else 99,
        services=tuple(sorted(members, key=lambda s: s.fact)),
        alone=bool(rows) and all(r.only_if_alone for r in rows),
    )


def _leg_key(units: Sequence[Unit]) -> UnitKey:
    side, territory, episode, _ = units[0].key
    return (side, territory, episode, "")


def _countable(units: list[Unit], policy: Policy) -> list[Unit]:
    """Drop a vessel that counts only alone when others were treated, or join it to the most proximal of them."""
    others = [u for u in units if not u.alone]
    dropped = [u for u in units if u.alone]
    if not others or not dropped:
        return units
    if _leg_key(units) in policy.joined:
        host = min(others, key=lambda u: u.order)
        services = host.services + tuple(s for u in dropped for s in u.services)
        others[others.index(host)] = replace(host, services=services)
    return others


def _ranked(units: list[Unit], knowledge: Knowledge, policy: Policy) -> list[Assigned]:
    """R-RANK: the highest-ranked service is the initial one, the proximal one of equals; the rest are add-ons."""
    ranked: list[tuple[Unit, Treatment, Lesion, int]] = []
    for unit in units:
        treatment = _treatment(unit, knowledge)
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
        if any(s.lithotripsy for s in unit.services) and _treatment(unit, knowledge) is not None:
            wanted.append("lithotripsy")
        own_code = knowledge.service(territory, Treatment.ATHERECTOMY, Lesion.STENOSIS, Role.INITIAL)
        if own_code is None and any(_has(s, Treatment.ATHERECTOMY) for s in unit.services):
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


def _has(service: Service, part: Treatment) -> bool:
    return service.treatment in (part, Treatment.STENT_ATHERECTOMY)


def _treatment(unit: Unit, knowledge: Knowledge) -> Treatment | None:
    """R-VESSEL: everything done in a vessel as one treatment; a stent includes the balloon. None: no family code."""
    done = {s.treatment for s in unit.services if s.treatment is not None}
    stent = bool(done & {Treatment.STENT, Treatment.STENT_ATHERECTOMY})
    atherectomy = bool(done & {Treatment.ATHERECTOMY, Treatment.STENT_ATHERECTOMY})
    if atherectomy:
        combined = Treatment.STENT_ATHERECTOMY if stent else Treatment.ATHERECTOMY
        if knowledge.service(unit.territory, combined, Lesion.STENOSIS, Role.INITIAL):
            return combined
    has_stent_codes = knowledge.service(unit.territory, Treatment.STENT, Lesion.STENOSIS, Role.INITIAL) is not None
    if stent and (has_stent_codes or Treatment.ANGIOPLASTY not in done):
        return Treatment.STENT
    return Treatment.ANGIOPLASTY if Treatment.ANGIOPLASTY in done else None


def _own(service: Service, combined: Treatment) -> bool:
    """True when this service alone already is the vessel's combined treatment."""
    if service.treatment is Treatment.STENT_ATHERECTOMY and combined is Treatment.STENT:
        return True
    return service.treatment is combined


def _lesions(unit: Unit) -> set[Lesion]:
    return {s.lesion for s in unit.services if s.treatment is not None}


def _is_mixed(unit: Unit, knowledge: Knowledge) -> bool:
    combined = _treatment(unit, knowledge)
    if combined is None or len(_lesions(unit)) < 2:
        return False
    return not any(_own(s, combined) and s.lesion is Lesion.OCCLUSION for s in unit.services)


def _lesion(unit: Unit, knowledge: Knowledge, policy: Policy) -> Lesion:
    """R-VESSEL: of several lesions the highest-ranked service counts; where that is unsettled the policy says."""
    lesions = _lesions(unit)
    if len(lesions) == 1:
        return next(iter(lesions))
    if not _is_mixed(unit, knowledge):
        return Lesion.OCCLUSION
    return Lesion.OCCLUSION if unit.key in policy.occluded else Lesion.STENOSIS
