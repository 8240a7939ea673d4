"""Lesions bound to the vessels they were in, and what stays open as doubt.

Knows statements and services. An occlusion that names no vessel is bound to none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cds_service.coding.anatomy import Lesion, Side, Treatment, Vessel
from cds_service.coding.facts import Doubt, Evidence, QuestionCode, TreatedVessel
from cds_service.fhir.act import Service
from cds_service.fhir.lesions import LesionStatement

_INFERRED = ("subtotal", "in-stent", "acute", "unsigned", "date-unknown", "billing-code", "diagnosis-code")


def bind(
    services: Sequence[Service], own: Sequence[LesionStatement], chart: Sequence[LesionStatement]
) -> list[TreatedVessel]:
    """Services of one act as treated vessels: the act's own statements first, then Conditions that name the vessel."""
    alone = len({(s.territory, s.vessel, s.side) for s in services}) == 1
    same_vessel = len({(s.territory, s.vessel) for s in services}) == 1
    out = []
    for service in services:
        meant = [s for s in own if _fits_own(s, service, alone=alone, same_vessel=same_vessel)]
        named = [s for s in chart if _names(s, service)]
        out.append(_other_leg(_treated(service, meant, named), own, services))
    return out


def placed_by_reason(services: Sequence[Service], own: Sequence[LesionStatement]) -> list[Service]:
    """The services of an act that names no segment, or no leg, at the one vessel its own statements name."""
    if len({(s.territory, s.vessel, s.side) for s in services}) != 1:
        return list(services)
    first = services[0]
    fits = [
        s for s in own if s.vessel is not None and s.territory is first.territory and first.vessel in (None, s.vessel)
    ]
    named = {(s.vessel, s.sides) for s in fits}
    if len(named) != 1 or any(s.doubt in ("denied", "conflict") for s in fits):
        return list(services)
    vessel, sides = named.pop()
    if first.side is not None and sides and first.side not in sides:
        return list(services)
    side = first.side or (sides[0] if len(sides) == 1 else None)
    return [replace(s, vessel=s.vessel or vessel, side=side) for s in services]


def _other_leg(fact: TreatedVessel, own: Sequence[LesionStatement], services: Sequence[Service]) -> TreatedVessel:
    """An act whose own reason names its vessel in a leg the act does not treat contradicts itself on the leg."""
    legs = {s.side for s in services if s.vessel is fact.vessel}
    named = [s for s in own if s.vessel is not None and s.vessel is fact.vessel and s.sides]
    against = [s for s in named if not legs & set(s.sides)]
    if fact.side is None or not against or any(d.about == "side" for d in fact.doubts):
        return fact
    doubt = Doubt(
        question=QuestionCode.CONFLICT,
        about="side",
        reason="conflict",
        values=tuple(sorted({x for s in against for x in s.sides})),
        indicators=tuple(dict.fromkeys((*fact.evidence, *(s.evidence for s in against)))),
    )
    return replace(fact, doubts=(*fact.doubts, doubt))


def _fits_own(statement: LesionStatement, service: Service, *, alone: bool, same_vessel: bool) -> bool:
    """An act's own statement fits the vessel it names, or the act's only vessel when it names none."""
    if statement.sides and service.side is not None and service.side not in statement.sides:
        return False
    if statement.vessel is not None:
        return statement.vessel is service.vessel or service.vessel is None
    if statement.territory is not None and statement.territory is not service.territory:
        return False
    return alone or (same_vessel and bool(statement.sides))


def _names(statement: LesionStatement, service: Service) -> bool:
    return names_vessel(statement, service.vessel, service.side)


def names_vessel(statement: LesionStatement, vessel: Vessel | None, side: Side | None) -> bool:
    """A Condition beside an act must name the vessel and the leg."""
    return statement.vessel is not None and statement.vessel is vessel and side is not None and side in statement.sides


def _treated(service: Service, meant: list[LesionStatement], named: list[LesionStatement]) -> TreatedVessel:
    lesion, doubt = settled([*meant, *named])
    said: tuple[Evidence, ...] = tuple(s.evidence for s in (*meant, *named) if s.lesion is not None)
    return TreatedVessel(
        territory=service.territory,
        side=service.side,
        vessel=service.vessel,
        treatment=service.treatment,
        lesion=lesion,
        lithotripsy=service.lithotripsy,
        evidence=tuple(dict.fromkeys((*service.evidence, *said))),
        doubts=(*service.doubts, *doubt),
    )


def settled(statements: Sequence[LesionStatement]) -> tuple[Lesion | None, tuple[Doubt, ...]]:
    """One lesion where all agree. Contradiction, inference and hearsay become doubts that quote every side."""
    firm = [s for s in statements if s.lesion is not None]
    kinds = {s.lesion for s in firm}
    quotes = tuple(dict.fromkeys(s.evidence for s in statements))
    if Lesion.OCCLUSION in kinds and any(s.doubt == "denied" for s in statements):
        return None, (_doubt(QuestionCode.CONFLICT, "conflict", tuple(Lesion), quotes),)
    statements = [s for s in statements if s.doubt != "denied"]
    quotes = tuple(dict.fromkeys(s.evidence for s in statements))
    if len(kinds) > 1 or any(s.doubt == "conflict" for s in statements):
        return None, (_doubt(QuestionCode.CONFLICT, "conflict", tuple(Lesion), quotes),)
    lesion = next(iter(kinds), None)
    plain = [s for s in firm if not s.doubt]
    if lesion is not None and plain:
        return lesion, ()
    inferred = next((s.doubt for s in firm if s.doubt in _INFERRED), "")
    if lesion is not None and inferred:
        return lesion, (_doubt(QuestionCode.LESION_TYPE, inferred, tuple(Lesion), quotes),)
    if quotes:
        reason = next(s.doubt for s in statements if s.doubt)
        return None, (_doubt(QuestionCode.LESION_TYPE, reason, tuple(Lesion), quotes),)
    return None, ()


def _doubt(question: QuestionCode, reason: str, values: tuple[Lesion, ...], quotes: tuple[Evidence, ...]) -> Doubt:
    return Doubt(question=question, about="lesion", reason=reason, values=values, indicators=quotes)


def unplaced_occlusion(treated: Sequence[TreatedVessel], statements: Iterable[LesionStatement]) -> list[TreatedVessel]:
    """A diagnosis of chronic total occlusion that no treated vessel explains makes every stenosis of the day doubtful.

    The diagnosis names no vessel, so the vessel's own finding stands and the question is asked (coding rules, 1.10).
    """
    quotes = tuple(dict.fromkeys(s.evidence for s in statements if s.doubt == "unplaced-occlusion"))
    if not quotes or any(f.lesion is Lesion.OCCLUSION for f in treated):
        return list(treated)
    out = []
    for fact in treated:
        if fact.lesion is Lesion.STENOSIS and all(d.about != "lesion" for d in fact.doubts):
            doubt = _doubt(QuestionCode.LESION_TYPE, "unplaced-occlusion", tuple(Lesion), quotes)
            fact = replace(fact, doubts=(*fact.doubts, doubt))
        out.append(fact)
    return out


def with_stents_of_the_day(treated: Sequence[TreatedVessel]) -> list[TreatedVessel]:
    """An occlusion ballooned in an artery that got a stent in another sitting of the day: it may lie in that stent."""
    return [_perhaps_in_stent(f, treated) if _is_ballooned_occlusion(f) else f for f in treated]


def _is_ballooned_occlusion(fact: TreatedVessel) -> bool:
    asked = fact.vessel is None or any(d.about == "lesion" for d in fact.doubts)
    return not asked and fact.treatment is Treatment.ANGIOPLASTY and fact.lesion is Lesion.OCCLUSION


def _perhaps_in_stent(fact: TreatedVessel, treated: Sequence[TreatedVessel]) -> TreatedVessel:
    place = (fact.territory, fact.vessel, fact.side)
    apart = [f for f in treated if (f.territory, f.vessel, f.side) == place and f.episode != fact.episode]
    stents = [f for f in apart if f.treatment in (Treatment.STENT, Treatment.STENT_ATHERECTOMY)]
    if not stents:
        return fact
    quotes = tuple(dict.fromkeys(e for f in (fact, *stents) for e in f.evidence))
    doubt = _doubt(QuestionCode.LESION_TYPE, "in-stent", tuple(Lesion), quotes)
    return replace(fact, doubts=(*fact.doubts, doubt))
