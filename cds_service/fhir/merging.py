"""Several sources, one truth: what texts tell, joined to what coded acts of the same session say.

Knows when two facts are about one vessel. Agreement adds evidence; contradiction is a question that quotes both sides,
and the text about the treated lesion, the most specific statement, stands. A text not taken at its word adds
questions, and takes nothing away from what is recorded without it.
"""

from collections.abc import Sequence
from dataclasses import replace

from cds_service.coding.anatomy import Lesion, Side, Territory, Treatment, Vessel
from cds_service.coding.facts import Doubt, Evidence, TreatedVessel
from cds_service.fhir.accounts import Account
from cds_service.fhir.binding import settled
from cds_service.fhir.contradictions import conflict
from cds_service.fhir.lesions import LesionStatement
from cds_service.fhir.loose_acts import is_told_better, with_unmatched
from cds_service.fhir.telling import WEAK, Finding, bridged, undone

_YIELDING = ("uncertain", "unplaced-occlusion", "indication", "not-recorded", "billing-code", "diagnosis-code")


def merged(coded: Sequence[TreatedVessel], accounts: Sequence[Account]) -> list[TreatedVessel]:
    """The facts of a session: coded ones, enriched by what texts tell, and those that only texts tell.

    What a text on work finds besides is of the episodes of that work.
    """
    told = [(v, _is_own(account)) for account in accounts for v in account.vessels]
    firm = [v for v, _ in told if not is_weak(v)]
    facts, of_acts = [f for f in coded if not is_told_better(f, firm)], frozenset(f.episode for f in coded)
    for vessel, own in sorted(told, key=lambda pair: is_weak(pair[0])):
        facts = _joined(facts, vessel, own=own, of_acts=of_acts)
    for account in accounts:
        treated = {(v.vessel, v.side) for v in account.vessels}
        told_of = {v.episode for v in account.vessels}
        for finding in account.findings:
            if finding.bridging is not None:
                facts = [_perhaps_one(f, finding, finding.bridging) for f in facts]
            if (finding.vessel, finding.side) not in treated:
                facts = [_found(f, finding) if not told_of or f.episode in told_of else f for f in facts]
    facts = with_unmatched(facts, coded, firm)
    return [_of_one_vessel(f, facts) for f in facts]


def _of_one_vessel(fact: TreatedVessel, facts: Sequence[TreatedVessel]) -> TreatedVessel:
    """An atherectomy with the lesion of the balloon of its own act or text, where nothing is told of its own."""
    if fact.treatment is not Treatment.ATHERECTOMY or fact.lesion is not None or fact.vessel is None:
        return fact
    place = (fact.territory, fact.vessel, fact.side, fact.episode)
    for other in facts:
        same = (other.territory, other.vessel, other.side, other.episode) == place
        same = same and bool({e.resource for e in fact.evidence} & {e.resource for e in other.evidence})
        if same and other.treatment is Treatment.ANGIOPLASTY and other.lesion is not None:
            kept = [d for d in fact.doubts if d.about != "lesion" or d.reason not in _YIELDING]
            theirs = [d for d in other.doubts if d.about == "lesion"]
            evidence = tuple(dict.fromkeys((*fact.evidence, *other.evidence)))
            return replace(fact, lesion=other.lesion, evidence=evidence, doubts=tuple(dict.fromkeys((*kept, *theirs))))
    return fact


def is_weak(fact: TreatedVessel) -> bool:
    """True for what only a text tells that is not taken at its word."""
    return any(d.about == "done" and d.reason in WEAK for d in fact.doubts)


def _is_own(account: Account) -> bool:
    """True for the note of a Procedure that tells of one vessel: it is that Procedure's own work, as a code's is."""
    return account.source.entry.kind == "Procedure" and len({v.vessel for v in account.vessels}) == 1


def _joined(
    facts: list[TreatedVessel], told: TreatedVessel, *, own: bool, of_acts: frozenset[int]
) -> list[TreatedVessel]:
    others = {i for i, f in enumerate(facts) if own and _is_anothers(f, told)}
    if told.vessel is None:
        free = [f for i, f in enumerate(facts) if i not in others]
        known = [f for f in free if f.territory is told.territory and told.side in (None, f.side) and f.vessel]
        if any(told.treatment in (f.treatment, None) for f in known):
            return facts
    same = {i for i, f in enumerate(facts) if f.side is told.side and f.episode == told.episode}
    meant = [i for i in _meant(facts, told, of_acts) if i not in others or i in same]
    if meant:
        return [_merge(f, told) if i in meant else f for i, f in enumerate(facts)]
    mine = [i for i, f in enumerate(facts) if i not in others and f.episode == told.episode]
    covered = [i for i in mine if _is_specified(facts[i], told)]
    if covered:
        return _specified(facts, told, covered)
    return [*facts, told]


def _meant(facts: list[TreatedVessel], told: TreatedVessel, of_acts: frozenset[int]) -> list[int]:
    """The facts that a text tells of: of its vessel and leg, and of its treatment where one is.

    A text in an episode that no act has, `of_acts`, tells of none but its own.
    """
    if facts and told.episode not in {f.episode for f in facts}:
        return []
    fits = [i for i, f in enumerate(facts) if same_vessel(f, told)]
    certain = [i for i in fits if facts[i].side is told.side is not None]
    fits = certain or (fits if told.side is None else fits[:1])
    here = [i for i in fits if facts[i].episode == told.episode]
    fits = here or (fits if not of_acts or told.episode in of_acts else [])
    fits = [i for i in fits if not _is_beside(facts[i], told)]
    return [i for i in fits if facts[i].treatment is told.treatment] or fits


def _is_beside(fact: TreatedVessel, told: TreatedVessel) -> bool:
    """True for an atherectomy and the balloon after it, told by one text: two services of one vessel."""
    both = {fact.treatment, told.treatment} == {Treatment.ATHERECTOMY, Treatment.ANGIOPLASTY}
    return both and bool({e.resource for e in fact.evidence} & {e.resource for e in told.evidence})


def _is_anothers(fact: TreatedVessel, told: TreatedVessel) -> bool:
    """True for the work of two Procedures: what one of them leaves open, the other does not fill in."""
    theirs = {e.resource for e in fact.evidence}
    return any(r.startswith("Procedure/") for r in theirs) and not any(e.resource in theirs for e in told.evidence)


def same_vessel(fact: TreatedVessel, told: TreatedVessel) -> bool:
    """True for facts about one vessel; a leg that one of them leaves open is taken for the other's."""
    if fact.territory is not told.territory or fact.vessel is not told.vessel or told.vessel is None:
        return False
    return fact.side is told.side or fact.side is None or told.side is None


def _is_specified(fact: TreatedVessel, told: TreatedVessel) -> bool:
    """True for a coded act without a vessel that the text names one for."""
    if fact.vessel is not None or fact.territory is not told.territory or not told.vessel:
        return False
    if fact.side is not None and told.side is not None and fact.side is not told.side:
        return False
    return fact.treatment in (None, told.treatment)


def _specified(facts: list[TreatedVessel], told: TreatedVessel, covered: list[int]) -> list[TreatedVessel]:
    """The act with the vessel the text names for it; what is open about the act stays open."""
    act = facts[covered[0]]
    evidence = tuple(dict.fromkeys((*told.evidence, *act.evidence)))
    if is_weak(told):
        act = replace(act, evidence=tuple(dict.fromkeys((*act.evidence, *told.evidence))))
        return [act if i == covered[0] else f for i, f in enumerate(facts)]
    doubts = [*told.doubts, *(d for d in act.doubts if d.about in ("side", "done"))]
    lesions = {facts[i].lesion for i in covered if facts[i].lesion is not None}
    if told.lesion is not None and lesions - {told.lesion}:
        doubts.append(conflict("lesion", tuple(Lesion), evidence))
    told = replace(
        told,
        side=told.side or act.side,
        done=told.done and act.done,
        episode=act.episode,
        evidence=evidence,
        doubts=tuple(dict.fromkeys(doubts)),
    )
    return [told if i == covered[0] else f for i, f in enumerate(facts) if i not in covered[1:]]


def _merge(fact: TreatedVessel, told: TreatedVessel) -> TreatedVessel:
    """One vessel said by both."""
    weak = is_weak(told)
    theirs = [d for d in told.doubts if not (d.about == "done" and d.reason in WEAK)]
    if fact.treatment is not None:
        theirs = [d for d in theirs if (d.about, d.reason) != ("treatment", "not-recorded")]
    doubts = [d for d in (*fact.doubts, *theirs) if d.about != "lesion"]
    treatment = fact.treatment or (None if weak else told.treatment)
    if fact.treatment is None and treatment is not None:
        doubts = [d for d in doubts if d.about != "treatment" or d in told.doubts]
    elif fact.treatment is not None and told.treatment not in (None, fact.treatment):
        quotes = tuple(dict.fromkeys((*fact.evidence, *told.evidence)))
        doubts.append(conflict("treatment", (told.treatment,), quotes))
    elif told.treatment is fact.treatment:
        doubts = [d for d in doubts if d.about != "treatment" or d.reason != "unclear" or d in told.doubts]
    lesion, lesion_doubts = _lesion(fact, told.lesion, told.doubts, told.evidence)
    return replace(
        fact,
        side=fact.side or told.side,
        treatment=treatment,
        lesion=lesion,
        lithotripsy=fact.lithotripsy or (told.lithotripsy and not weak),
        done=fact.done and (told.done or not any(d.reason not in WEAK for d in theirs if d.about == "done")),
        evidence=tuple(dict.fromkeys((*fact.evidence, *told.evidence))),
        doubts=tuple(dict.fromkeys((*doubts, *lesion_doubts))),
    )


def _lesion(
    fact: TreatedVessel, lesion: Lesion | None, doubts: Sequence[Doubt], quotes: tuple[Evidence, ...]
) -> tuple[Lesion | None, list[Doubt]]:
    """One lesion out of a fact's and another source's; the other's stands, unless it is not taken at its word."""
    mine = [d for d in fact.doubts if d.about == "lesion"]
    theirs = [d for d in doubts if d.about == "lesion"]
    if lesion is None:
        hard = [d for d in theirs if d.reason in ("conflict", "denied")]
        return fact.lesion, [*mine, *(hard if fact.lesion is not None else theirs)]
    if fact.lesion is None:
        return lesion, [*(d for d in mine if d.reason not in _YIELDING), *theirs]
    weak = [any(d.reason in WEAK for d in side) for side in (mine, theirs)]
    kept = [d for d in (*mine, *theirs) if all(weak) or d.reason not in WEAK]
    if fact.lesion is not lesion:
        quoted = tuple(dict.fromkeys((*fact.evidence, *quotes)))
        return fact.lesion if weak[1] else lesion, [*kept, conflict("lesion", tuple(Lesion), quoted)]
    return lesion, [d for d in kept if d.reason not in _YIELDING]


def of_same_vessel(fact: TreatedVessel, vessel: Vessel | None, side: Side | None) -> bool:
    """True when a finding of this vessel is about the fact's; a leg that only one of them names is taken for both."""
    if fact.vessel is None or fact.vessel is not vessel:
        return False
    return fact.side is side if fact.side is not None and side is not None else fact.side is not side


def _perhaps_one(fact: TreatedVessel, finding: Finding, quote: Evidence) -> TreatedVessel:
    """A balloon in a leg of which a text says that one lesion lay in two of its vessels."""
    here = fact.territory is finding.territory and (fact.side is finding.side or None in (fact.side, finding.side))
    told = any(d.reason == "bridging" for d in fact.doubts)
    if told or not here or fact.territory is not Territory.ILIAC or fact.treatment is not Treatment.ANGIOPLASTY:
        return fact
    return bridged(fact, quote)


def _found(fact: TreatedVessel, finding: Finding) -> TreatedVessel:
    """A fact with what a text finds of its vessel's lesion, of a failure to treat it, or of its being left alone."""
    if not of_same_vessel(fact, finding.vessel, finding.side):
        return fact
    lesion, doubts = settled(finding.statements)
    quotes = tuple(s.evidence for s in finding.statements if s.lesion is not None)
    value, kept = _lesion(fact, lesion, doubts, quotes)
    others = tuple(d for d in fact.doubts if d.about != "lesion")
    evidence = tuple(dict.fromkeys((*fact.evidence, *quotes)))
    if finding.left_alone is not None:
        others = (*others, conflict("done", (True, False), (*fact.evidence, finding.left_alone)))
    fact = replace(fact, lesion=value, evidence=evidence, doubts=(*others, *dict.fromkeys(kept)))
    return fact if finding.failed is None else undone(fact, "failed", finding.failed)


def with_diagnoses(told: TreatedVessel, named: Sequence[LesionStatement]) -> TreatedVessel:
    """What a text tells of a vessel with the diagnoses that name it; the text stands where they differ."""
    lesion, doubts = settled(named)
    if not named:
        return told
    quotes = tuple(s.evidence for s in named if s.lesion is not None)
    diagnosed = replace(told, lesion=lesion, doubts=doubts, evidence=quotes or told.evidence)
    value, kept = _lesion(diagnosed, told.lesion, told.doubts, told.evidence)
    others = tuple(d for d in told.doubts if d.about != "lesion")
    evidence = tuple(dict.fromkeys((*told.evidence, *quotes)))
    return replace(told, lesion=value, evidence=evidence, doubts=(*others, *dict.fromkeys(kept)))
