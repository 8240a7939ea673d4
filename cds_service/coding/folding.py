"""Facts that say one thing twice, folded into one: what several records of the same work add up to.

Knows when two facts are the same work in the same vessel. Evidence is never lost in folding.
"""

from dataclasses import replace

from cds_service.coding.anatomy import Lesion
from cds_service.coding.facts import Doubt, QuestionCode, Session, TreatedVessel

_LESION = QuestionCode.LESION_TYPE


def folded(session: Session) -> Session:
    """The session with lithotripsy beside its vessel's treatment, and silent duplicates joined to what they repeat."""
    facts = list(session.treated)
    for fact in session.treated:
        host = _host(fact, facts)
        if host is not None:
            facts.remove(fact)
            facts[facts.index(host)] = _joined(host, fact)
    return replace(session, treated=tuple(facts)) if len(facts) < len(session.treated) else session


def _host(fact: TreatedVessel, facts: list[TreatedVessel]) -> TreatedVessel | None:
    """The fact that this one only repeats or rides beside."""
    if fact.side is None or fact.vessel is None or not fact.done or fact not in facts:
        return None
    same = [f for f in facts if f is not fact and f.done and _place(f) == _place(fact)]
    if fact.lithotripsy and fact.treatment is None:
        return next((f for f in same if f.treatment is not None), None)
    silent = fact.lesion is None and not fact.doubts and not fact.lithotripsy
    if silent:
        return next((f for f in same if f.treatment is fact.treatment and f.lesion is not None), None)
    return None


def _place(fact: TreatedVessel) -> tuple[object, ...]:
    return (fact.territory, fact.side, fact.vessel, fact.episode)


def _joined(host: TreatedVessel, fact: TreatedVessel) -> TreatedVessel:
    evidence = tuple(dict.fromkeys((*host.evidence, *fact.evidence)))
    doubts = host.doubts
    differs = fact.lesion is not None and host.lesion is not None and fact.lesion is not host.lesion
    if differs and all(d.about != "lesion" for d in doubts):
        values = tuple(Lesion)
        doubts = (*doubts, Doubt(question=_LESION, about="lesion", reason="several-lesions", values=values))
    return replace(
        host,
        lithotripsy=host.lithotripsy or fact.lithotripsy,
        evidence=evidence,
        doubts=doubts,
    )
