"""Coded acts that leave their vessel or leg open, beside a text that names more of them.

Knows facts of one session before and after texts are joined to them. Which act a text means is `merging`'s.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cds_service.coding.anatomy import Lesion, Treatment
from cds_service.coding.facts import QuestionCode, TreatedVessel
from cds_service.fhir.contradictions import conflict


def is_told_better(fact: TreatedVessel, told: Iterable[TreatedVessel]) -> bool:
    """True for an act whose artery only its reason names, beside a text that names the artery of such work."""
    if not any(d.question is QuestionCode.VESSEL and d.reason == "not-recorded" for d in fact.doubts):
        return False
    named = (v for v in told if v.vessel is not None and v.territory is fact.territory)
    return any(v.treatment is fact.treatment and (v.side is fact.side or None in (v.side, fact.side)) for v in named)


def with_unmatched(
    facts: Sequence[TreatedVessel], coded: Sequence[TreatedVessel], told: Sequence[TreatedVessel]
) -> list[TreatedVessel]:
    """The facts, with the question about an occlusion that an act of the same leg and no vessel may call a stenosis.

    It may where a text tells of the vessel in both legs, and the act that the text was joined to names no leg: that one
    may be the other leg's.
    """
    unmatched = [f for f in facts if f.vessel is None and f.side is not None and f.lesion is Lesion.STENOSIS]
    if not unmatched:
        return list(facts)
    legless = {e.resource for f in coded if f.side is None and f.vessel is not None for e in f.evidence}
    both = {v.vessel for v in told for w in told if v.vessel is w.vessel and v.side is not w.side}
    return [_perhaps_narrowed(f, unmatched) if _is_open(f, legless) and f.vessel in both else f for f in facts]


def _is_open(fact: TreatedVessel, legless: set[str]) -> bool:
    occluded = fact.lesion is Lesion.OCCLUSION and fact.treatment is Treatment.ANGIOPLASTY
    return occluded and any(e.resource in legless for e in fact.evidence)


def _perhaps_narrowed(fact: TreatedVessel, unmatched: Sequence[TreatedVessel]) -> TreatedVessel:
    mine = [f for f in unmatched if (f.territory, f.side, f.episode) == (fact.territory, fact.side, fact.episode)]
    if not mine:
        return fact
    quotes = tuple(dict.fromkeys(e for f in (fact, *mine) for e in f.evidence))
    return replace(fact, doubts=(*fact.doubts, conflict("lesion", tuple(Lesion), quotes)))
