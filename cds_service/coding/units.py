"""R-VESSEL: what was done in one vessel, as one service; and which services are ranked against each other.

Knows legs, territories and vessel units of one settled reading. Which code a unit takes is `ranking`'s.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from cds_service.coding.anatomy import Lesion, Role, Side, Territory, Treatment, Vessel
from cds_service.coding.codes import Knowledge

UnitKey = tuple[str, str, int, str]


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


def leg_key(units: Sequence[Unit]) -> UnitKey:
    """The key of the leg that some units share."""
    side, territory, episode, _ = units[0].key
    return (side, territory, episode, "")


def has(service: Service, part: Treatment) -> bool:
    """True when a service is that treatment, or both stent and atherectomy of which it is one."""
    return service.treatment in (part, Treatment.STENT_ATHERECTOMY)


def treatment_of(unit: Unit, knowledge: Knowledge) -> Treatment | None:
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


def lesions_of(unit: Unit) -> set[Lesion]:
    """The lesions that were treated in a unit."""
    return {s.lesion for s in unit.services if s.treatment is not None}


def is_mixed(unit: Unit, knowledge: Knowledge) -> bool:
    """True when lesions of both types were treated and no single service settles which one counts."""
    combined = treatment_of(unit, knowledge)
    if combined is None or len(lesions_of(unit)) < 2:
        return False
    return not any(_own(s, combined) and s.lesion is Lesion.OCCLUSION for s in unit.services)
