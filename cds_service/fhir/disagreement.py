"""Sources of one session that name another leg, or another vessel, for what looks like the same work.

Knows what each source names and what the others leave unsaid. Two legs treated alike are told by one source or by
sources that also share something; a source that names only the other leg contradicts.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cds_service.coding.anatomy import Lesion
from cds_service.coding.facts import Doubt, TreatedVessel
from cds_service.fhir.accounts import Account
from cds_service.fhir.contradictions import conflict
from cds_service.fhir.lesions import LesionStatement
from cds_service.fhir.merging import is_weak, of_same_vessel
from cds_service.fhir.telling import Finding
from cds_service.fhir.texts import looks_back


def reconciled(
    coded: Sequence[TreatedVessel], accounts: Sequence[Account]
) -> tuple[list[TreatedVessel], list[Account]]:
    """The sources with their contradictions on leg and vessel brought together in one fact each, in doubt."""
    facts, out = list(coded), list(accounts)
    for index, fact in enumerate(facts):
        for number, account in enumerate(out):
            told = next((t for t in account.vessels if _contradicts(fact, t, coded, accounts)), None)
            if told is not None:
                facts[index], moved = _brought_together(fact, told)
                rows = tuple(moved if t is told else t for t in account.vessels)
                out[number] = replace(account, vessels=rows)
                break
    sided = [f for f in facts if f.side is not None or _is_one_of_several(f, facts)]
    for number, account in enumerate(out):
        for before in out[:number]:
            account = _aligned(account, before, sided)
        out[number] = account
    return facts, out


def _is_one_of_several(fact: TreatedVessel, facts: Sequence[TreatedVessel]) -> bool:
    """True for one of several acts alike that name no leg: each may be of a leg of its own."""
    alike = [f for f in facts if f.side is None and f.vessel is fact.vessel and f.treatment is fact.treatment]
    return len(alike) > 1


def _contradicts(
    fact: TreatedVessel, told: TreatedVessel, coded: Sequence[TreatedVessel], accounts: Sequence[Account]
) -> bool:
    """True where the fact is told by no text and the text's vessel is coded by no act, and both may be one service."""
    if _about(fact, told) == "" or any(is_one_place(c, told) for c in coded):
        return False
    return not any(is_one_place(fact, t) for a in accounts for t in a.vessels)


def _about(fact: TreatedVessel, told: TreatedVessel) -> str:
    """The field in which two services that may be one differ: side, vessel, or none."""
    if fact.territory is not told.territory or told.vessel is None or not _are_treated_alike(fact, told):
        return ""
    if fact.vessel in (None, told.vessel):
        return "side" if None not in (fact.side, told.side) and fact.side is not told.side else ""
    return "vessel" if None in (fact.side, told.side) or fact.side is told.side else ""


def is_one_place(first: TreatedVessel, second: TreatedVessel) -> bool:
    """True for services that may be in one vessel of one leg."""
    vessels, sides = (first.vessel, second.vessel), (first.side, second.side)
    return first.territory is second.territory and all(None in x or x[0] is x[1] for x in (vessels, sides))


def with_undated(facts: Sequence[TreatedVessel]) -> tuple[TreatedVessel, ...]:
    """The facts of a session; an occlusion is in doubt where an act that may be of this day says stenosis of its place.

    An act without a date is not joined to what a text tells, and may be just this work recorded by another hand.
    """
    undated = [f for f in facts if f.lesion is Lesion.STENOSIS and _is_undated(f)]
    return tuple(_disputed(f, undated, facts) for f in facts)


def with_seen_open(facts: Sequence[TreatedVessel], accounts: Sequence[Account]) -> tuple[TreatedVessel, ...]:
    """The facts; an occlusion is in doubt where a text of other hours of the day calls its vessel narrowed.

    A text that looks back on the work may tell of how the vessel was left, and is not asked.
    """
    found = [
        (f, s)
        for a in accounts
        if not looks_back(a.source.text)
        for f in a.findings
        for s in f.statements
        if s.lesion is Lesion.STENOSIS and not s.doubt
    ]
    return tuple(_seen_open(fact, found) for fact in facts)


def _seen_open(fact: TreatedVessel, found: Sequence[tuple[Finding, LesionStatement]]) -> TreatedVessel:
    told = next((s for f, s in found if of_same_vessel(fact, f.vessel, f.side)), None)
    known = fact.lesion is not Lesion.OCCLUSION or any(d.about == "lesion" for d in fact.doubts)
    if told is None or known:
        return fact
    quotes = tuple(dict.fromkeys((*fact.evidence, told.evidence)))
    return replace(fact, doubts=(*fact.doubts, conflict("lesion", tuple(Lesion), quotes)))


def _is_undated(fact: TreatedVessel) -> bool:
    return any(d.about == "done" and d.reason == "date-unknown" for d in fact.doubts)


def _disputed(fact: TreatedVessel, undated: Sequence[TreatedVessel], facts: Sequence[TreatedVessel]) -> TreatedVessel:
    if fact.lesion is not Lesion.OCCLUSION or not fact.done or any(d.about == "lesion" for d in fact.doubts):
        return fact
    for other in undated:
        known = [f for f in facts if f.done and f.lesion is other.lesion and _may_be(f, other)]
        if not known and _may_be(fact, other):
            return replace(fact, doubts=(*fact.doubts, _doubt("lesion", other.lesion, fact, other)))
    return fact


def _may_be(fact: TreatedVessel, other: TreatedVessel) -> bool:
    """True for two records of what may be one service."""
    return _are_treated_alike(fact, other) and is_one_place(fact, other)


def _are_treated_alike(first: TreatedVessel, second: TreatedVessel) -> bool:
    """True for one treatment, also where one of the two does not say which."""
    return None in (first.treatment, second.treatment) or first.treatment is second.treatment


def _brought_together(fact: TreatedVessel, told: TreatedVessel) -> tuple[TreatedVessel, TreatedVessel]:
    """Both in the place the text names, or, where that is a draft, in the act's."""
    about = _about(fact, told)
    mine, theirs = getattr(fact, about), getattr(told, about)
    if is_weak(told):
        return replace(fact, doubts=(*fact.doubts, _doubt(about, theirs, fact, told))), _set(told, about, mine)
    return _set(replace(fact, doubts=(*fact.doubts, _doubt(about, mine, fact, told))), about, theirs), told


def _set(fact: TreatedVessel, about: str, value: Any) -> TreatedVessel:
    return replace(fact, side=value) if about == "side" else replace(fact, vessel=value)


def _doubt(about: str, value: Any, fact: TreatedVessel, told: TreatedVessel) -> Doubt:
    return conflict(about, (value,), tuple(dict.fromkeys((*fact.evidence, *told.evidence))))


def _aligned(account: Account, before: Account, coded: Sequence[TreatedVessel]) -> Account:
    """A text whose vessels another text of the session names in the other leg only, with the other's leg in doubt."""
    apart = set(account.source.of) and set(before.source.of) and not set(account.source.of) & set(before.source.of)
    if apart:
        return account
    rows = []
    for told in account.vessels:
        other = next((b for b in before.vessels if _about(b, told) == "side" and b.vessel is told.vessel), None)
        if other is not None and _is_alone(other, account, coded) and _is_alone(told, before, coded):
            told = replace(told, side=other.side, doubts=(*told.doubts, _doubt("side", told.side, other, told)))
        rows.append(told)
    return replace(account, vessels=tuple(rows))


def _is_alone(fact: TreatedVessel, other: Account, coded: Sequence[TreatedVessel]) -> bool:
    return not any(is_one_place(fact, t) for t in (*other.vessels, *coded))
