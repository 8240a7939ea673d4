"""Doubt, taken seriously: every reading of a session that its record allows.

A line is supported only if it stands in all of them, so "I cannot tell" needs no rule of its own. Knows no words
and no documents; `ranking.py` codes each reading.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any

from cds_service.coding.anatomy import Lesion, Role, Side, Treatment
from cds_service.coding.codes import Knowledge
from cds_service.coding.facts import Doubt, QuestionCode, Session, TreatedVessel
from cds_service.coding.ranking import Assigned, Policy, Service, assign, has_joined_trunk, has_mixed_lesions

MOST_READINGS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """The cautious reading that the lines are taken from, and all the others (None: too many to look at)."""

    base: list[Assigned]
    others: list[list[Assigned]] | None
    unsettled: frozenset[int]

    def everywhere(self, line: Assigned) -> bool:
        """True when this line stands in every reading, with its leg and its vessels known."""
        if self.others is None or line.side is None or not line.vessels:
            return False
        wanted = (line.code, line.side, line.vessels)
        return all(any((a.code, a.side, a.vessels) == wanted for a in world) for world in self.others)

    def codes_of(self, facts: frozenset[int]) -> frozenset[str]:
        """The codes that these facts take as an initial or additional vessel in any reading."""
        ranked = (Role.INITIAL, Role.ADDITIONAL)
        worlds = [self.base, *(self.others or [])]
        return frozenset(a.code for w in worlds for a in w if a.role in ranked and a.facts & facts)

    def possible(self, code: str) -> bool:
        """True when some reading has this code."""
        if self.others is None:
            return True
        return any(a.code == code for world in [self.base, *self.others] for a in world)


def read_all(session: Session, knowledge: Knowledge) -> Readings:
    """Code the cautious reading and every other one."""
    facts = session.treated
    base_services = [s for i, f in enumerate(facts) if (s := _settle(i, f, {})) is not None]
    variants = _variants(session, facts, knowledge)
    base = assign(base_services, knowledge)
    unsettled = frozenset(i for i, f in enumerate(facts) if _mixes(i, f, base_services, knowledge))
    if variants is None:
        return Readings(base=base, others=None, unsettled=unsettled)
    others = [assign(services, knowledge, policy) for services, policy in variants]
    return Readings(base=base, others=others, unsettled=unsettled)


def doubts_of(fact: TreatedVessel) -> tuple[Doubt, ...]:
    """What is unclear about a fact: what its reader doubted, and what is not recorded at all."""
    implied = []
    if fact.side is None:
        implied.append(_missing(QuestionCode.LATERALITY, "side", tuple(Side)))
    if fact.vessel is None:
        implied.append(_missing(QuestionCode.VESSEL, "vessel", ()))
    if fact.treatment is None:
        implied.append(_missing(QuestionCode.TREATMENT, "treatment", (Treatment.ANGIOPLASTY, Treatment.STENT, None)))
    if fact.lesion is None:
        implied.append(_missing(QuestionCode.LESION_TYPE, "lesion", tuple(Lesion)))
    stated = {d.about for d in fact.doubts}
    return fact.doubts + tuple(d for d in implied if d.about not in stated)


def _missing(question: QuestionCode, about: str, values: tuple[Any, ...]) -> Doubt:
    return Doubt(question=question, about=about, reason="not-recorded", values=values)


def _mixes(index: int, fact: TreatedVessel, services: list[Service], knowledge: Knowledge) -> bool:
    """True for a fact of a vessel whose lesions leave the vessel's code unsettled."""
    same = [s for s in services if (s.side, s.vessel, s.episode) == (fact.side, fact.vessel, fact.episode)]
    return fact.done and any(s.fact == index for s in same) and has_mixed_lesions(same, knowledge)


def _settle(index: int, fact: TreatedVessel, choice: dict[str, Any]) -> Service | None:
    """One fact as a settled service; what is open and not chosen is read the cautious way."""
    if not choice.get("done", fact.done):
        return None
    treatment = choice.get("treatment", fact.treatment)
    if treatment is None:
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


def _variants(
    session: Session, facts: Sequence[TreatedVessel], knowledge: Knowledge
) -> list[tuple[list[Service], Policy]] | None:
    everything = (*facts, *session.companions)
    axes = [_choices(f, knowledge) for f in everything]
    if prod(len(a) for a in axes) > MOST_READINGS:
        return None
    joined = bool(session.companions) or len({f.episode for f in facts}) > 1
    out = []
    for choices in product(*axes):
        own = [s for i, c in enumerate(choices[: len(facts)]) if (s := _settle(i, facts[i], c)) is not None]
        out += list(_with_policies(own, knowledge))
        if joined:
            every = [s for i, c in enumerate(choices) if (s := _settle(i, everything[i], c)) is not None]
            out += list(_with_policies([replace(s, episode=0) for s in every], knowledge))
        if len(out) > MOST_READINGS:
            return None
    return out


def _with_policies(services: list[Service], knowledge: Knowledge) -> Iterator[tuple[list[Service], Policy]]:
    mixed = tuple(Lesion) if has_mixed_lesions(services, knowledge) else (Lesion.STENOSIS,)
    trunk = (False, True) if has_joined_trunk(services, knowledge) else (False,)
    for lesion, joins in product(mixed, trunk):
        yield services, Policy(mixed_lesion=lesion, trunk_joins=joins)


def _choices(fact: TreatedVessel, knowledge: Knowledge) -> list[dict[str, Any]]:
    """Every way to settle one fact, as the fields that differ from what it states."""
    axes: dict[str, tuple[Any, ...]] = {}
    for doubt in doubts_of(fact):
        values = doubt.values
        if doubt.about == "vessel" and not values:
            rows = knowledge.vessels.values()
            values = tuple(r.vessel for r in rows if r.territory is fact.territory and not r.only_if_alone)
        stated = getattr(fact, doubt.about)
        known = () if stated is None and doubt.about != "treatment" else (stated,)
        axes[doubt.about] = tuple(dict.fromkeys(axes.get(doubt.about, ()) + known + values))
    return [dict(zip(axes, chosen, strict=True)) for chosen in product(*axes.values())]
