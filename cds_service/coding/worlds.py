"""Doubt, taken seriously: every reading of a session that its record allows.

A line is supported only if it stands in all of them, so "I cannot tell" needs no rule of its own. Territories, and
legs whose side nobody doubts, are read apart: what is open in one says nothing about another. Knows no words and no
documents; `ranking.py` codes each reading.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, product
from math import prod
from typing import Any

from cds_service.coding.anatomy import Lesion, Role, Side, Territory, Treatment
from cds_service.coding.codes import Knowledge
from cds_service.coding.facts import Doubt, QuestionCode, Session, TreatedVessel
from cds_service.coding.ranking import Assigned, Policy, Unsettled, assign, unsettled
from cds_service.coding.units import Service, UnitKey

MOST_READINGS = 600
_RANKED = (Role.INITIAL, Role.ADDITIONAL)
Numbered = tuple[int, TreatedVessel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Facts that are read together: the cautious reading, and all the others (None: too many to look at)."""

    territory: Territory
    sides: frozenset[Side]
    base: tuple[Assigned, ...]
    others: list[tuple[Assigned, ...]] | None
    unsettled: frozenset[int]

    def everywhere(self, line: Assigned) -> bool:
        """True when this line stands in every reading as often as here, with its leg and its vessels known."""
        if self.others is None or line.side is None or not line.vessels:
            return False
        here = sum(_same(a, line) for a in self.base)
        return all(sum(_same(a, line) for a in world) == here for world in self.others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """The readings of a session, group by group."""

    groups: tuple[Group, ...]

    @property
    def base(self) -> list[Assigned]:
        """The cautious reading that the lines are taken from."""
        return [a for g in self.groups for a in g.base]

    def everywhere(self, line: Assigned) -> bool:
        """True when this line of the cautious reading stands in every other one too."""
        return any(line in g.base and g.everywhere(line) for g in self.groups)

    def codes_of(self, facts: frozenset[int]) -> frozenset[str]:
        """The codes that these facts take as an initial or additional vessel in any reading."""
        return frozenset(a.code for a in self._all() if a.role in _RANKED and a.facts & facts)

    def possible(self, code: str) -> bool:
        """True when some reading has this code."""
        return any(g.others is None for g in self.groups) or any(a.code == code for a in self._all())

    def possible_on(self, code: str, side: Side | None, territory: Territory | None) -> bool:
        """True when some reading has this code on this leg; without a side, on any."""
        for group in self.groups:
            fits = side is None or side in group.sides
            if group.others is None and fits and group.territory is territory:
                return True
        return any(a.code == code and (side is None or a.side in (side, None)) for a in self._all())

    def asks_about(self, fact: int) -> bool:
        """True when no source settles how this fact is coded, and that changes a line."""
        for group in self.groups:
            if fact in group.unsettled:
                ranked = [a for a in group.base if a.role in _RANKED]
                own = [a for a in ranked if fact in a.facts]
                return any(not group.everywhere(a) for a in own or ranked)
        return False

    def _all(self) -> Iterator[Assigned]:
        for group in self.groups:
            yield from group.base
            for world in group.others or ():
                yield from world


def read_all(session: Session, knowledge: Knowledge) -> Readings:
    """Code the cautious reading and every other one."""
    own = list(enumerate(session.treated))
    guests = list(enumerate(session.companions, start=len(own)))
    groups = [_read(part, len(own), knowledge) for part in _apart([*own, *guests])]
    return Readings(groups=tuple(groups))


def doubts_of(fact: TreatedVessel) -> tuple[Doubt, ...]:
    """What is unclear about a fact: what its reader doubted, and what is not recorded at all."""
    implied = []
    if fact.side is None:
        implied.append(_missing(QuestionCode.LATERALITY, "side", tuple(Side)))
    if fact.vessel is None:
        implied.append(_missing(QuestionCode.VESSEL, "vessel", ()))
    if fact.treatment is None:
        implied.append(_missing(QuestionCode.TREATMENT, "treatment", (*_TREATMENTS[fact.territory], None)))
    if fact.lesion is None:
        implied.append(_missing(QuestionCode.LESION_TYPE, "lesion", tuple(Lesion)))
    stated = {d.about for d in fact.doubts}
    return fact.doubts + tuple(d for d in implied if d.about not in stated)


_PLAIN = (Treatment.ANGIOPLASTY, Treatment.STENT)
_TREATMENTS = {
    Territory.ILIAC: _PLAIN,
    Territory.FEMORAL_POPLITEAL: tuple(Treatment),
    Territory.TIBIAL_PERONEAL: tuple(Treatment),
    Territory.INFRAMALLEOLAR: _PLAIN,
}


def _missing(question: QuestionCode, about: str, values: tuple[Any, ...]) -> Doubt:
    return Doubt(question=question, about=about, reason="not-recorded", values=values)


def _same(first: Assigned, second: Assigned) -> bool:
    return (first.code, first.side, first.vessels) == (second.code, second.side, second.vessels)


def _apart(facts: Sequence[Numbered]) -> list[list[Numbered]]:
    """Facts of one territory, and of one leg where every leg of the territory is certain."""
    out: list[list[Numbered]] = []
    for territory in Territory:
        mine = [(i, f) for i, f in facts if f.territory is territory]
        if any(f.side is None or any(d.about == "side" for d in f.doubts) for _, f in mine):
            out.append(mine)
        else:
            out += [[(i, f) for i, f in mine if f.side is side] for side in Side]
    return [part for part in out if part]


def _read(part: Sequence[Numbered], own: int, knowledge: Knowledge) -> Group:
    mine = [(i, f) for i, f in part if i < own]
    services = tuple(s for i, f in mine if (s := _settle(i, f, {})) is not None)
    certain = {f.side for _, f in part if f.side is not None}
    doubtful = any(f.side is None or any(d.about == "side" for d in f.doubts) for _, f in part)
    base, left_open = assign(services, knowledge), unsettled(services, knowledge)
    return Group(
        territory=part[0][1].territory,
        sides=frozenset(Side) if doubtful else frozenset(certain),
        base=base,
        others=[base] if _is_settled(part, own, left_open) else _variants(part, own, knowledge),
        unsettled=left_open.facts,
    )


def _is_settled(part: Sequence[Numbered], own: int, left_open: Unsettled) -> bool:
    """True where the record allows one reading only: nothing is in doubt, and no source leaves anything open."""
    doubtful = any(f.doubts or None in (f.side, f.vessel, f.treatment, f.lesion) for _, f in part)
    return not (doubtful or left_open.legs or left_open.units or _may_be_joined(part, own))


def _may_be_joined(part: Sequence[Numbered], own: int) -> bool:
    """True where services of another session may belong to this one, or its episodes to each other."""
    return any(i >= own for i, _ in part) or len({f.episode for i, f in part if i < own}) > 1


def _settle(index: int, fact: TreatedVessel, choice: dict[str, Any]) -> Service | None:
    """One fact as a settled service; what is open and not chosen is read the cautious way."""
    treatment = choice.get("treatment", fact.treatment)
    if treatment is None or not choice.get("done", fact.done):
        return None
    return Service(
        fact=index,
        side=choice.get("side", fact.side),
        territory=fact.territory,
        vessel=choice.get("vessel", fact.vessel),
        treatment=treatment,
        lesion=choice.get("lesion", fact.lesion) or Lesion.STENOSIS,
        lithotripsy=fact.lithotripsy,
        episode=fact.episode,
    )


def _variants(part: Sequence[Numbered], own: int, knowledge: Knowledge) -> list[tuple[Assigned, ...]] | None:
    """Every reading of a group coded; with and without what may belong to another session."""
    axes = [_choices(f, knowledge) for _, f in part]
    if prod(len(a) for a in axes) > MOST_READINGS:
        return None
    joined = _may_be_joined(part, own)
    out: list[tuple[Assigned, ...]] = []
    for choices in product(*axes):
        settled = [(i, s) for (i, f), c in zip(part, choices, strict=True) if (s := _settle(i, f, c)) is not None]
        out += _coded(tuple(s for i, s in settled if i < own), knowledge)
        if joined:
            out += _coded(tuple(replace(s, episode=0) for _, s in settled), knowledge)
        if len(out) > MOST_READINGS:
            return None
    return out


def _coded(services: tuple[Service, ...], knowledge: Knowledge) -> list[tuple[Assigned, ...]]:
    """One reading coded under every policy for what no source settles."""
    out = []
    for joined in _subsets(unsettled(services, knowledge).legs):
        for occluded in _subsets(unsettled(services, knowledge, joined).units):
            out.append(assign(services, knowledge, Policy(occluded=occluded, joined=joined)))
    return out


def _subsets(keys: frozenset[UnitKey]) -> list[frozenset[UnitKey]]:
    ordered = sorted(keys)
    sizes = range(len(ordered) + 1)
    return [frozenset(c) for c in chain.from_iterable(combinations(ordered, n) for n in sizes)]


def _choices(fact: TreatedVessel, knowledge: Knowledge) -> list[dict[str, Any]]:
    """Every way to settle one fact, as the fields that differ from what it states; one way if it was never done."""
    doubts = doubts_of(fact)
    if not fact.done and all(d.about != "done" for d in doubts):
        return [{}]
    axes: dict[str, tuple[Any, ...]] = {}
    for doubt in doubts:
        values = doubt.values
        if doubt.about == "vessel" and not values:
            rows = knowledge.vessels.values()
            values = tuple(r.vessel for r in rows if r.territory is fact.territory and not r.only_if_alone)
        stated = getattr(fact, doubt.about)
        known = () if stated is None and doubt.about != "treatment" else (stated,)
        axes[doubt.about] = tuple(dict.fromkeys(axes.get(doubt.about, ()) + known + values))
    return [dict(zip(axes, chosen, strict=True)) for chosen in product(*axes.values())]
