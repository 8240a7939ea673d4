"""Where the elements of one act say different things of vessel, leg or treatment: each contradiction a doubt.

Knows what was read of an act. Which side is right is a question for people, never settled here.
"""

from collections.abc import Sequence
from typing import Any

from cds_service.coding.anatomy import Side, Treatment, Vessel
from cds_service.coding.facts import Doubt, Evidence, QuestionCode
from cds_service.fhir.act import Act, spoken_sides

STENTS = frozenset({"stent", "stent-atherectomy"})


def contradictions(act: Act, vessel: Vessel | None, side: Side | None, *, alone: bool) -> tuple[Doubt, ...]:
    """Elements of an act that name another vessel or leg than the service's. `alone`: one coding names it by itself."""
    quotes = tuple(dict.fromkeys((*(c.evidence for c in act.coded), *(e for _, e in act.clauses), *_site_quotes(act))))
    out = []
    other_vessels = _others(vessel, _vessels(act))
    if other_vessels:
        out.append(conflict("vessel", other_vessels, quotes))
    other_sides = _others(side, _sides(act, vessel, alone=alone))
    if other_sides:
        out.append(conflict("side", other_sides, quotes))
    if act.against:
        against = tuple(dict.fromkeys(act.against))
        out.append(conflict("done", (True, False), against))
    return tuple(out)


def codings_apart(act: Act) -> list[Evidence]:
    """The codings of a code that name a vessel, where those of different systems do not name the same ones.

    A code stands for one concept: systems that disagree contradict each other, codes of one system may be a list.
    """
    named = [c for c in act.coded if c.vessel is not None]
    by_system = {s: {c.vessel for c in named if c.system == s} for s in {c.system for c in named}}
    first = next(iter(by_system.values()), set())
    return [] if all(v == first for v in by_system.values()) else [c.evidence for c in named]


def weaker(act: Act, treatments: frozenset[str]) -> tuple[Doubt, ...]:
    """A stent against a coding of the same service that says less; an implanted stent settles it."""
    coded = set(act.treatments) & treatments
    less = coded - STENTS - {"lithotripsy", "unclear"}
    if not less or "stent" in act.devices or (coded & STENTS and "angioplasty" not in less):
        return ()
    against = tuple(act.treatments.values()) + tuple(e for c, e in act.told if "stent" in c.treatments)
    value = Treatment.ANGIOPLASTY if "angioplasty" in coded else Treatment.ATHERECTOMY
    return (conflict("treatment", (value,), against),)


def conflict(about: str, values: Sequence[Any], quotes: tuple[Evidence, ...]) -> Doubt:
    """A doubt that quotes both sides."""
    return Doubt(
        question=QuestionCode.CONFLICT, about=about, reason="conflict", values=tuple(values), indicators=quotes
    )


def _others(mine: Any, said: list[set[Any]]) -> list[Any]:
    """What those elements say that name something, and not this."""
    return sorted({x for found in said if mine and found and mine not in found for x in found})


def _vessels(act: Act) -> list[set[Any]]:
    spoken = {v for c, _ in act.told for _, v, _ in c.places if v}
    return [{c.vessel for c in act.coded if c.vessel}, spoken, {s.vessel for s in act.sites.places if s.vessel}]


def _sides(act: Act, vessel: Vessel | None, *, alone: bool) -> list[set[Any]]:
    each = [set(c.sides) for c in act.coded]
    out = [set().union(*each)] if alone else each
    out += [set(found) for c, _ in act.told for _, v, found in c.places if v in (vessel, None)]
    out.append({s for p in act.sites.places if p.vessel in (vessel, None) for s in p.sides})
    return [*out, set(act.sites.sides), set() if alone else set(act.sides), set(spoken_sides(act))]


def _site_quotes(act: Act) -> list[Evidence]:
    found = [act.evidence(p.path, p.quote) for p in act.sites.places]
    lone = [act.evidence(act.sites.side_path, act.sites.side_quote)] if act.sites.sides else []
    return found + lone
