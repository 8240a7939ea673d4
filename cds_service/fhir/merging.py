"""Several sources, one truth: what texts tell, joined to what coded acts of the same session say.

Knows when two facts are about one vessel. Agreement adds evidence; contradiction is a question that quotes both sides,
and the text about the treated lesion, the most specific statement, stands.
"""

from collections.abc import Sequence
from dataclasses import replace

from cds_service.coding.anatomy import Lesion, Side, Treatment, Vessel
from cds_service.coding.facts import Doubt, Evidence, QuestionCode, TreatedVessel
from cds_service.fhir.accounts import Account, Finding
from cds_service.fhir.binding import settled

_YIELDING = ("uncertain", "unplaced-occlusion", "indication", "not-recorded")


def merged(coded: Sequence[TreatedVessel], accounts: Sequence[Account]) -> list[TreatedVessel]:
    """The facts of a session: coded ones, enriched by what texts tell, and those that only texts tell."""
    facts = list(coded)
    for account in accounts:
        for told in account.vessels:
            facts = _joined(facts, told)
    for account in accounts:
        treated = {(v.vessel, v.side) for v in account.vessels}
        for finding in account.findings:
            if (finding.vessel, finding.side) not in treated:
                facts = [_found(f, finding) for f in facts]
    return facts


def _joined(facts: list[TreatedVessel], told: TreatedVessel) -> list[TreatedVessel]:
    fits = [i for i, f in enumerate(facts) if _same_vessel(f, told)]
    if told.vessel is None:
        known = [f for f in facts if f.territory is told.territory and told.side in (None, f.side) and f.vessel]
        if any(told.treatment in (f.treatment, None) for f in known):
            return facts
    if len(fits) > 1:
        certain = [i for i in fits if facts[i].side is told.side and told.side is not None]
        if certain or told.side is None:
            return [_merge(f, told) if i in (certain or fits) else f for i, f in enumerate(facts)]
    if fits:
        return [_merge(f, told) if i == fits[0] else f for i, f in enumerate(facts)]
    covered = [i for i, f in enumerate(facts) if _is_specified(f, told)]
    if covered:
        told = replace(told, evidence=tuple(dict.fromkeys((*told.evidence, *facts[covered[0]].evidence))))
        told = replace(told, side=told.side or facts[covered[0]].side)
        return [told if i == covered[0] else f for i, f in enumerate(facts) if i not in covered[1:]]
    return [*facts, told]


def _same_vessel(fact: TreatedVessel, told: TreatedVessel) -> bool:
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


def _merge(fact: TreatedVessel, told: TreatedVessel) -> TreatedVessel:
    """One vessel said by both."""
    doubts = [d for d in (*fact.doubts, *told.doubts) if d.about not in ("lesion",)]
    treatment = fact.treatment or told.treatment
    if fact.treatment is None and told.treatment is not None:
        doubts = [d for d in doubts if d.about != "treatment" or d in told.doubts]
    elif told.treatment is not None and told.treatment is not fact.treatment:
        quotes = tuple(dict.fromkeys((*fact.evidence, *told.evidence)))
        doubts.append(conflict("treatment", (told.treatment,), quotes))
    elif told.treatment is fact.treatment:
        doubts = [d for d in doubts if d.about != "treatment" or d.reason != "unclear"]
    lesion, lesion_doubts = _lesion(fact, told.lesion, told.doubts, told.evidence)
    return replace(
        fact,
        side=fact.side or told.side,
        treatment=treatment,
        lesion=lesion,
        lithotripsy=fact.lithotripsy or told.lithotripsy,
        done=fact.done and told.done,
        evidence=tuple(dict.fromkeys((*fact.evidence, *told.evidence))),
        doubts=tuple(dict.fromkeys((*doubts, *lesion_doubts))),
    )


def _lesion(
    fact: TreatedVessel, lesion: Lesion | None, doubts: Sequence[Doubt], quotes: tuple[Evidence, ...]
) -> tuple[Lesion | None, list[Doubt]]:
    mine = [d for d in fact.doubts if d.about == "lesion"]
    theirs = [d for d in doubts if d.about == "lesion"]
    if lesion is None:
        hard = [d for d in theirs if d.reason in ("conflict", "denied")]
        return fact.lesion, [*mine, *(hard if fact.lesion is not None else theirs)]
    if fact.lesion is None:
        return lesion, [*(d for d in mine if d.reason not in _YIELDING), *theirs]
    if fact.lesion is not lesion:
        quoted = tuple(dict.fromkeys((*fact.evidence, *quotes)))
        return lesion, [*mine, *theirs, conflict("lesion", tuple(Lesion), quoted)]
    return lesion, [d for d in (*mine, *theirs) if d.reason not in _YIELDING]


def conflict(about: str, values: tuple[Lesion, ...] | tuple[Treatment, ...], quotes: tuple[Evidence, ...]) -> Doubt:
    """The doubt that a contradiction raises, with both sides quoted."""
    return Doubt(question=QuestionCode.CONFLICT, about=about, reason="conflict", values=values, indicators=quotes)


def of_same_vessel(fact: TreatedVessel, vessel: Vessel | None, side: Side | None) -> bool:
    """True when a finding of this vessel is about the fact's; a leg that only one of them names is taken for both."""
    if fact.vessel is None or fact.vessel is not vessel:
        return False
    return fact.side is side if fact.side is not None and side is not None else fact.side is not side


def _found(fact: TreatedVessel, finding: Finding) -> TreatedVessel:
    """A fact with what a text finds of its vessel's lesion, or of a failure to treat it."""
    if not of_same_vessel(fact, finding.vessel, finding.side):
        return fact
    lesion, doubts = settled(finding.statements)
    quotes = tuple(s.evidence for s in finding.statements if s.lesion is not None)
    value, kept = _lesion(fact, lesion, doubts, quotes)
    others = tuple(d for d in fact.doubts if d.about != "lesion")
    evidence = tuple(dict.fromkeys((*fact.evidence, *quotes)))
    fact = replace(fact, lesion=value, evidence=evidence, doubts=(*others, *dict.fromkeys(kept)))
    if finding.failed is not None:
        doubt = Doubt(
            question=QuestionCode.TREATMENT, about="done", reason="failed", values=(True,), indicators=(finding.failed,)
        )
        fact = replace(fact, done=False, doubts=(*fact.doubts, doubt))
    return fact
