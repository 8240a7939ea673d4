"""Where the elements of one act say different things of vessel, leg or treatment: each contradiction a doubt.

Knows what was read of an act. Which side is right is a question for people, never settled here.
"""

from collections.abc import Sequence
from typing import Any

from cds_service.coding.anatomy import ILIACS, Side, Treatment, Vessel
from cds_service.coding.facts import Doubt, Evidence, QuestionCode
from cds_service.fhir.act import Act, Place, spoken_sides

STENTS = frozenset({"stent", "stent-atherectomy"})


def contradictions(
    act: Act, vessel: Vessel | None, side: Side | None, *, alone: bool, against: Sequence[Evidence] = ()
) -> tuple[Doubt, ...]:
    """Elements of an act that name another vessel or leg than the service's. `alone`: one coding names it by itself.

    `against` speaks against the service beside what speaks against the whole act.
    """
    quotes = quotes_of(act)
    out = []
    homes = {v: t for places in _placed(act) for t, v, _ in places}
    other_vessels = [v for v in _others(vessel, _vessels(act)) if homes[v] is homes.get(vessel)]
    if other_vessels:
        out.append(conflict("vessel", other_vessels, quotes))
    if act.reasoned and vessel is not None:
        others = tuple(v for v in ILIACS if v is not vessel)
        told = tuple(act.evidence(s.path, s.quote) for s in act.reasoned)
        out.append(
            Doubt(question=QuestionCode.VESSEL, about="vessel", reason="not-recorded", values=others, indicators=told)
        )
    other_sides = _others(side, _sides(act, vessel, alone=alone))
    if other_sides:
        out.append(conflict("side", other_sides, quotes))
    if act.against or against:
        out.append(conflict("done", (True, False), tuple(dict.fromkeys((*act.against, *against)))))
    return tuple(out)


def take_outside(act: Act, outside: Sequence[tuple[str, Evidence, bool]]) -> None:
    """Codings of services outside the family, by why they are: alone they decide, beside one of it they contradict.

    CPT says what is charged rather than what was done, so words that tell of a service of the family contradict it too.
    """
    inside = [c.evidence for c in act.coded if c.is_whole]
    if not inside and all(billed for _, _, billed in outside):
        inside = [e for c, e in act.told if c.treatments and any(v for _, v, _ in c.places)]
    if inside and outside:
        act.against += [*inside, *(e for _, e, _ in outside)]
    elif outside:
        act.away |= {why for why, _, _ in outside}


def quotes_of(act: Act) -> tuple[Evidence, ...]:
    """Everything an act says of what and where."""
    return tuple(dict.fromkeys((*(c.evidence for c in act.coded), *(e for _, e in act.clauses), *_site_quotes(act))))


def named_elsewhere(act: Act, places: Sequence[Place]) -> list[Place]:
    """The vessels of another territory that an element names by itself: which of them was treated is to be asked."""
    mine = {v for _, v, _ in places}
    territories = {t for t, _, _ in places}
    apart = [found for found in _placed(act) if found and mine.isdisjoint(v for _, v, _ in found)]
    return list(dict.fromkeys(p for found in apart for p in found if p[0] not in territories))


def codings_apart(act: Act) -> list[Evidence]:
    """The codings of a code that contradict each other: by the vessels they name, or the territories they treat.

    A code stands for one concept: systems that do not name the same vessels, or treat no territory in common, disagree.
    Codes of one system may be a list.
    """
    named = [c for c in act.coded if c.vessel is not None]
    by_system = {s: {c.vessel for c in named if c.system == s} for s in {c.system for c in named}}
    first = next(iter(by_system.values()), set())
    if any(v != first for v in by_system.values()):
        return [c.evidence for c in named]
    placed = [c for c in act.coded if c.treatment]
    parts = [{c.place[0] for c in placed if c.system == s} for s in {c.system for c in placed}]
    return [c.evidence for c in placed] if parts and not set.intersection(*parts) else []


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
    return [{v for _, v, _ in places} for places in _placed(act)]


def _placed(act: Act) -> list[list[Place]]:
    """The vessels that codes, words and body sites name, each by itself."""
    return [
        [c.place for c in act.coded if c.vessel],
        [p for c, _ in act.told for p in c.places if p[1]],
        [(s.territory, s.vessel, s.sides) for s in act.sites.places if s.vessel],
    ]


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
