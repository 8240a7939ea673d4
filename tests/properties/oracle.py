"""A second, independent opinion on a session: which codes are due, worked out from the CMS pair list alone.

Knows codes.csv (read here with csv), coding-rules.md and the enums of a fact. Must not know how the engine decides:
no rank is looked at. One vessel of a leg and territory takes its initial code and all others their additional one;
every such choice is tried, and a choice counts only when each add-on's pair list holds the initial.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import product
from math import prod
from pathlib import Path
from typing import TypeAlias

from hypothesis import strategies as st

from cds_service.coding.anatomy import Lesion, Side, Territory, Treatment, Vessel
from cds_service.coding.facts import DraftLine, Evidence, Session, SiteOfService, Timing, TreatedVessel

CODES_CSV = Path(__file__).resolve().parents[2] / "cds_service" / "knowledge" / "codes.csv"
FAMILY = "lower-extremity-2026"
ILIAC_ATHERECTOMY = "0238T"
ARGUED = "37257"

# What counts as one vessel, proximal first (coding-rules.md, section 2 and R-RANK).
UNITS: dict[Territory, tuple[frozenset[Vessel], ...]] = {
    Territory.ILIAC: (
        frozenset({Vessel.COMMON_ILIAC}),
        frozenset({Vessel.EXTERNAL_ILIAC}),
        frozenset({Vessel.INTERNAL_ILIAC}),
    ),
    Territory.FEMORAL_POPLITEAL: (
        frozenset({Vessel.COMMON_FEMORAL, Vessel.PROFUNDA}),
        frozenset({Vessel.SUPERFICIAL_FEMORAL, Vessel.POPLITEAL}),
    ),
    Territory.TIBIAL_PERONEAL: (
        frozenset({Vessel.ANTERIOR_TIBIAL}),
        frozenset({Vessel.POSTERIOR_TIBIAL}),
        frozenset({Vessel.PERONEAL}),
    ),
    Territory.INFRAMALLEOLAR: (frozenset({Vessel.DORSALIS_PEDIS}), frozenset({Vessel.PLANTAR})),
}
# A vessel that counts only when nothing else of its territory was treated.
ONLY_IF_ALONE: dict[Territory, Vessel] = {
    Territory.TIBIAL_PERONEAL: Vessel.TIBIOPERONEAL_TRUNK,
    Territory.INFRAMALLEOLAR: Vessel.PEDAL_ARCH,
}
VESSELS: dict[Territory, tuple[Vessel, ...]] = {
    territory: tuple(v for v in Vessel if any(v in u for u in units) or v is ONLY_IF_ALONE.get(territory))
    for territory, units in UNITS.items()
}
# Treatments that can be told apart by code; an iliac atherectomy has a code, but none of the family.
TREATMENTS: dict[Territory, tuple[Treatment, ...]] = {
    Territory.ILIAC: tuple(Treatment),
    Territory.FEMORAL_POPLITEAL: tuple(Treatment),
    Territory.TIBIAL_PERONEAL: tuple(Treatment),
    Territory.INFRAMALLEOLAR: (Treatment.ANGIOPLASTY,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The two codes of one service: as the initial vessel of its leg and territory, and as an additional one."""

    initial: str
    additional: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One code for one vessel unit of one leg."""

    code: str
    side: Side
    vessels: frozenset[Vessel]


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLine:
    """All units of one code in one leg. `settled` is False where another reading of the record lacks them."""

    code: str
    side: Side
    units: int
    vessels: frozenset[Vessel]
    settled: bool


World: TypeAlias = frozenset[Due]
Service: TypeAlias = tuple[Vessel, Treatment | None, Lesion | None, bool]


def _rows() -> list[dict[str, str]]:
    with CODES_CSV.open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if row["family"] == FAMILY]


ROWS = _rows()
PAIRS_WITH: dict[str, frozenset[str]] = {r["code"]: frozenset(r["pairs_with"].split()) for r in ROWS}
ADD_ONS: frozenset[str] = frozenset(code for code, initials in PAIRS_WITH.items() if initials)
INITIALS: frozenset[str] = frozenset(r["code"] for r in ROWS if r["role"] == "initial")
TERRITORY_OF: dict[str, Territory] = {r["code"]: Territory(r["territory"]) for r in ROWS}
LITHOTRIPSY: dict[Territory, str] = {Territory(r["territory"]): r["code"] for r in ROWS if r["role"] == "lithotripsy"}


def _pairs() -> dict[tuple[Territory, Treatment, Lesion], Pair]:
    """The two codes of each service; the additional code is found by what it stands for, not by its number."""
    found: dict[tuple[Territory, Treatment, Lesion], dict[str, str]] = {}
    for r in ROWS:
        if r["role"] in ("initial", "additional"):
            meaning = (Territory(r["territory"]), Treatment(r["treatment"]), Lesion(r["lesion"]))
            found.setdefault(meaning, {})[r["role"]] = r["code"]
    return {meaning: Pair(**codes) for meaning, codes in found.items()}


CODES = _pairs()


def combined(treatments: Iterable[Treatment]) -> Treatment:
    """What one vessel was treated with, all told: a stent includes the balloon, stent and atherectomy go together."""
    done = set(treatments)
    stent = bool(done & {Treatment.STENT, Treatment.STENT_ATHERECTOMY})
    atherectomy = bool(done & {Treatment.ATHERECTOMY, Treatment.STENT_ATHERECTOMY})
    if stent and atherectomy:
        return Treatment.STENT_ATHERECTOMY
    return Treatment.STENT if stent else Treatment.ATHERECTOMY if atherectomy else Treatment.ANGIOPLASTY


def _family_part(territory: Territory, treatment: Treatment) -> Treatment | None:
    """The part of a treatment that a family code stands for; in the iliac arteries atherectomy is not among it."""
    if territory is not Territory.ILIAC:
        return treatment
    return {Treatment.ATHERECTOMY: None, Treatment.STENT_ATHERECTOMY: Treatment.STENT}.get(treatment, treatment)


def lesions_of(territory: Territory, services: Iterable[Service]) -> tuple[Treatment, tuple[Lesion, ...]] | None:
    """The combined treatment of one vessel and the lesion types it may be coded for, the cautious one first."""
    treated = [(treatment, lesion) for _, treatment, lesion, _ in services if treatment and lesion]
    done = [(part, lesion) for treatment, lesion in treated if (part := _family_part(territory, treatment))]
    if not done:
        return None
    whole = combined(part for part, _ in done)
    types = {lesion for _, lesion in treated}
    if len(types) == 1:
        return whole, tuple(types)
    if (whole, Lesion.OCCLUSION) in done:
        return whole, (Lesion.OCCLUSION,)
    return whole, (Lesion.STENOSIS, Lesion.OCCLUSION)


def _assignment(pairs: dict[frozenset[Vessel], Pair]) -> dict[frozenset[Vessel], str]:
    """The codes of one leg and territory; `pairs` has the proximal vessel first."""
    for first in pairs:
        codes = {unit: pair.initial if unit == first else pair.additional for unit, pair in pairs.items()}
        if all(pairs[first].initial in PAIRS_WITH[code] for unit, code in codes.items() if unit != first):
            return codes
    raise AssertionError(f"no vessel can be the initial one of {pairs}")


def _units(territory: Territory, services: Iterable[Service]) -> dict[frozenset[Vessel], list[Service]]:
    """The services by vessel unit as it was treated (only the named vessels), proximal unit first."""
    alone = ONLY_IF_ALONE.get(territory)
    rows = sorted(services, key=lambda s: s[0])
    members: list[frozenset[Vessel]] = list(UNITS[territory])
    if alone and all(s[0] is alone for s in rows):
        members.append(frozenset({alone}))
    out = {}
    for unit in members:
        if inside := [s for s in rows if s[0] in unit]:
            out[frozenset(s[0] for s in inside)] = inside
    return out


@cache
def leg_worlds(side: Side, territory: Territory, services: frozenset[Service]) -> tuple[World, ...]:
    """What one leg and territory comes to, in every reading; the first is the cautious one."""
    units = _units(territory, services)
    readings = {unit: found for unit, inside in units.items() if (found := lesions_of(territory, inside))}
    beside = set()
    for unit, inside in units.items():
        if territory is Territory.ILIAC and any(
            t in (Treatment.ATHERECTOMY, Treatment.STENT_ATHERECTOMY) for _, t, _, _ in inside
        ):
            beside.add(Due(code=ILIAC_ATHERECTOMY, side=side, vessels=unit))
        if any(lithotripsy for *_, lithotripsy in inside) and unit in readings and territory in LITHOTRIPSY:
            beside.add(Due(code=LITHOTRIPSY[territory], side=side, vessels=unit))
    worlds = []
    for lesions in product(*(types for _, types in readings.values())):
        pairs = {
            unit: CODES[territory, treatment, lesion]
            for (unit, (treatment, _)), lesion in zip(readings.items(), lesions, strict=True)
        }
        codes = _assignment(pairs) if pairs else {}
        worlds.append(frozenset(Due(code=c, side=side, vessels=u) for u, c in codes.items()) | beside)
    return tuple(worlds)


def worlds_of(treated: Iterable[TreatedVessel]) -> list[World]:
    """Every reading of fully recorded facts; the first is the cautious one."""
    legs: dict[tuple[Side, Territory], set[Service]] = {}
    for f in treated:
        if f.done:
            assert f.side is not None
            assert f.vessel is not None
            legs.setdefault((f.side, f.territory), set()).add((f.vessel, f.treatment, f.lesion, f.lithotripsy))
    each = [leg_worlds(side, territory, frozenset(services)) for (side, territory), services in legs.items()]
    return [frozenset().union(*choice) for choice in product(*each)]


def lines_due(treated: Iterable[TreatedVessel], *, joined: bool = False) -> list[DueLine]:
    """The lines of fully recorded facts, one per code and leg.

    Where some units of a line are settled and some not it is given as two, or `joined` to one that is not settled.
    """
    worlds = worlds_of(treated)
    certain = certain_dues(worlds)
    legs: dict[tuple[str, Side], list[Due]] = {}
    for due in worlds[0]:
        legs.setdefault((due.code, due.side), []).append(due)
    lines = []
    for (code, side), dues in legs.items():
        sure, unsure = [d for d in dues if d in certain], [d for d in dues if d not in certain]
        parts = [(dues, False)] if joined and unsure else [(sure, True), (unsure, False)]
        lines += [
            DueLine(code=code, side=side, units=len(part), vessels=_all_vessels(part), settled=settled)
            for part, settled in parts
            if part
        ]
    return lines


def _all_vessels(dues: Iterable[Due]) -> frozenset[Vessel]:
    return frozenset(v for due in dues for v in due.vessels)


def has_two_lesion_types(treated: Iterable[TreatedVessel], side: Side, vessel: Vessel) -> bool:
    """True when a stenosis and an occlusion were treated in the vessel unit that an artery of one leg belongs to."""
    unit = next((u for units in UNITS.values() for u in units if vessel in u), frozenset({vessel}))
    return len({f.lesion for f in treated if f.done and f.side is side and f.vessel in unit}) > 1


def has_joined_trunk(treated: Iterable[TreatedVessel]) -> bool:
    """True where a vessel that counts only alone was treated beside others: no source says what to do with it."""
    legs: dict[tuple[Side | None, Territory], set[Vessel | None]] = {}
    for f in treated:
        if f.done:
            legs.setdefault((f.side, f.territory), set()).add(f.vessel)
    return any(len(vessels) > 1 and ONLY_IF_ALONE.get(territory) in vessels for (_, territory), vessels in legs.items())


def completions(treated: Iterable[TreatedVessel]) -> Iterator[tuple[TreatedVessel, ...]]:
    """Every way to fill in what the facts leave open: leg, vessel, treatment and lesion type."""
    return product(*_ways(tuple(treated)))


def how_many_completions(treated: Iterable[TreatedVessel]) -> int:
    """How many there are."""
    return prod(len(ways) for ways in _ways(tuple(treated)))


def _ways(treated: tuple[TreatedVessel, ...]) -> list[tuple[TreatedVessel, ...]]:
    """For each fact its completions.

    A lesion type counts as unknown only when it is recorded nowhere (coding-rules.md, section 1, question 9), so a
    fact without one repeats a fuller record of the same treatment of the same artery. Lithotripsy without a treatment
    rides beside what else was done in its artery; only where nothing was may its treatment be unrecorded.
    """
    return [tuple(_fillings(f, treated)) for f in treated if not _repeats(f, treated)]


def _same_artery(fact: TreatedVessel, treated: tuple[TreatedVessel, ...]) -> list[TreatedVessel]:
    if fact.side is None or fact.vessel is None:
        return []
    place = (fact.side, fact.vessel, fact.done)
    return [f for f in treated if f is not fact and (f.side, f.vessel, f.done) == place]


def _repeats(fact: TreatedVessel, treated: tuple[TreatedVessel, ...]) -> bool:
    silent = fact.lesion is None and not fact.lithotripsy
    return silent and any(f.lesion and f.treatment is fact.treatment for f in _same_artery(fact, treated))


def _fillings(fact: TreatedVessel, treated: tuple[TreatedVessel, ...]) -> Iterator[TreatedVessel]:
    sides = (fact.side,) if fact.side else tuple(Side)
    vessels = (fact.vessel,) if fact.vessel else VESSELS[fact.territory]
    treatments: tuple[Treatment | None, ...] = (fact.treatment,)
    lesions = (fact.lesion,) if fact.lesion else tuple(Lesion)
    if fact.treatment is None:
        rides = fact.lithotripsy and any(f.treatment for f in _same_artery(fact, treated))
        treatments = (None,) if rides else ((None,) if fact.lithotripsy else ()) + TREATMENTS[fact.territory]
    for side, vessel, treatment, lesion in product(sides, vessels, treatments, lesions):
        yield replace(fact, side=side, vessel=vessel, treatment=treatment, lesion=lesion)


def all_worlds(treated: Iterable[TreatedVessel]) -> set[World]:
    """Every outcome that the record allows, over all completions and all readings of each."""
    return {world for filled in completions(treated) for world in worlds_of(filled)}


def certain_dues(worlds: Iterable[World]) -> frozenset[Due]:
    """What is due however the record is completed."""
    return frozenset.intersection(*worlds)


# ---- building inputs ----


def fact(
    vessel: Vessel | None,
    treatment: Treatment | None,
    lesion: Lesion | None,
    side: Side | None = Side.RIGHT,
    *,
    territory: Territory | None = None,
    lithotripsy: bool = False,
    done: bool = True,
) -> TreatedVessel:
    """One treated vessel; the territory need be given only where the vessel is not recorded."""
    home = next((t for t, vessels in VESSELS.items() if vessel in vessels), Territory.ILIAC)
    return TreatedVessel(
        territory=territory or home,
        side=side,
        vessel=vessel,
        treatment=treatment,
        lesion=lesion,
        evidence=(Evidence(resource="Procedure/p", path="Procedure.code", quote="q"),),
        lithotripsy=lithotripsy,
        done=done,
    )


def session(
    treated: Iterable[TreatedVessel],
    draft: Iterable[DraftLine] | None = None,
    *,
    on: date = date(2026, 3, 4),
    timing: Timing = Timing.PERFORMED,
) -> Session:
    """One session of one day; without a draft nobody said what is charged."""
    return Session(
        encounter="Encounter/e",
        date=on,
        timing=timing,
        treated=tuple(treated),
        site=SiteOfService(pos=None, basis="not recorded"),
        draft=tuple(draft or ()),
        drafted=draft is not None,
    )


def every_fact(
    vessels: Iterable[Vessel | None],
    treatments: Iterable[Treatment | None],
    *,
    sides: Iterable[Side | None] = tuple(Side),
    lesions: Iterable[Lesion | None] = tuple(Lesion),
    lithotripsy: Iterable[bool] = (False,),
    territory: Territory = Territory.ILIAC,
) -> tuple[TreatedVessel, ...]:
    """All combinations; `territory` is that of a vessel None."""
    return tuple(
        fact(vessel, treatment, lesion, side, territory=None if vessel else territory, lithotripsy=shattered)
        for side, vessel, treatment, lesion, shattered in product(sides, vessels, treatments, lesions, lithotripsy)
    )


def facts(
    *territories: Territory, most: int = 6, least: int = 1, gaps: tuple[str, ...] = ()
) -> st.SearchStrategy[list[TreatedVessel]]:
    """Sessions of up to `most` services, each from a resource of its own; `gaps` are fields that may be unrecorded."""
    each = [st.sampled_from(_choices(territory, gaps)) for territory in territories or tuple(Territory)]
    return st.lists(st.one_of(each), min_size=least, max_size=most).map(_numbered)


@cache
def _choices(territory: Territory, gaps: tuple[str, ...]) -> tuple[TreatedVessel, ...]:
    """Every fact of a territory, one in four with lithotripsy."""
    return every_fact(
        VESSELS[territory] + (None,) * ("vessel" in gaps),
        TREATMENTS[territory] + (None,) * ("treatment" in gaps),
        sides=tuple(Side) + (None,) * ("side" in gaps),
        lesions=tuple(Lesion) + (None,) * ("lesion" in gaps),
        lithotripsy=(False, False, False, True),
        territory=territory,
    )


def _numbered(treated: list[TreatedVessel]) -> list[TreatedVessel]:
    return [replace(f, evidence=(replace(f.evidence[0], resource=f"Procedure/p{i}"),)) for i, f in enumerate(treated)]
