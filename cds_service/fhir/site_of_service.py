"""The site of service of a session: the place-of-service code the record settles, or none and what was seen.

Knows which claims and orders speak of a session, and how marks are weighed. Nothing is assumed: marks that contradict
one another, or that leave several places open, end in an unknown site with a basis that names them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from cds_service.coding.facts import SiteOfService
from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.elements import Json, When, codings, objects, reference, text
from cds_service.fhir.encounter import same_stay, stay
from cds_service.fhir.periods import covers
from cds_service.fhir.procedures import Treated
from cds_service.fhir.site_marks import KNOWN, Mark, Tier, class_marks, climb, located, outright, stated
from cds_service.fhir.vocabulary import Vocabulary

_TIERS = tuple(Tier)
_VOID = ("cancelled", "entered-in-error", "aborted", "not-billable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a session's place is read from: its acts or orders, when they were, and its encounters, nearest first."""

    encounters: tuple[str, ...]
    acts: tuple[Entry, ...] = ()
    moments: tuple[When, ...] = ()
    planned: bool = False


def visit_of(acts: Sequence[Treated], ref: str, encounter: str, chart: Chart) -> Visit:
    """The visit of a session under the encounter `ref`; acts within the stay the request is about share its marks."""
    span = stay(chart.resolve(encounter)) if encounter else None
    days = [a.when.day for a in acts]
    during = span is not None and all(d is not None and span[0] <= d <= span[1] for d in days)
    named = (*(a.encounter for a in acts), ref, encounter if during else "")
    return Visit(
        encounters=tuple(dict.fromkeys(r for r in named if r)),
        acts=tuple(a.entry for a in acts),
        moments=tuple(dict.fromkeys(a.when for a in acts)),
        planned=any(a.planned or a.entry.kind == "ServiceRequest" for a in acts),
    )


def site_of_service(visit: Visit, chart: Chart, vocabulary: Vocabulary) -> SiteOfService:
    """The place-of-service code of a session; for a planned one the order's own word goes before the encounter's."""
    own = list(_acts(visit, chart, vocabulary))
    if visit.planned and any(m.place for m in own):
        return settled(own)
    charged = () if visit.planned else _charges(visit, chart, vocabulary)
    return settled([*own, *charged, *_encounters(visit, chart, vocabulary)])


def settled(marks: Iterable[Mark]) -> SiteOfService:
    """What all marks together leave possible; None where that is nothing, or more than one place."""
    found = sorted(dict.fromkeys(marks), key=lambda m: _TIERS.index(m.tier))
    strong = [m for m in found if m.place and not m.weak]
    left = KNOWN.intersection(*(m.allows for m in strong))
    if strong and not left:
        return _contradiction(strong)
    weak = [m for m in found if m.weak]
    narrowed = left.intersection(*(m.allows for m in weak))
    admitted = any(m.place == "either" for m in found)
    chosen = next((m for m in strong if m.place in left and not (admitted and _is_room(m))), None)
    if chosen is not None:
        return SiteOfService(pos=chosen.place, basis=_campus(chosen.basis, chosen, left))
    hospital = next((m for m in strong if m.place == "hospital"), None)
    outpatient = next((m for m in found if m.place == "outpatient"), None)
    if hospital is not None and outpatient is not None and "22" in narrowed:
        return SiteOfService(pos="22", basis=_campus(f"{outpatient.basis} and {hospital.basis}", hospital, narrowed))
    seen = ", ".join(dict.fromkeys(m.basis for m in found))
    return SiteOfService(pos=None, basis=f"not settled by {seen}" if seen else "not recorded")


def _contradiction(strong: list[Mark]) -> SiteOfService:
    unknown = [m for m in strong if m.tier is Tier.EXPLICIT and m.place not in KNOWN]
    if unknown and len(strong) == len(unknown):
        return SiteOfService(pos=None, basis=f"not settled by {', '.join(dict.fromkeys(m.basis for m in unknown))}")
    apart = next(((a, b) for a, b in combinations(strong, 2) if not a.allows & b.allows), strong)
    return SiteOfService(pos=None, basis=f"contradictory: {' and '.join(dict.fromkeys(m.basis for m in apart))}")


def _is_room(mark: Mark) -> bool:
    """A room of a hospital, which does not tell whether the patient in it was admitted."""
    return mark.tier in (Tier.PLACE, Tier.OWNER) and mark.place in ("19", "22", "23")


def _campus(basis: str, chosen: Mark, left: frozenset[str]) -> str:
    """A hospital outpatient department off the campus has a code of its own; say when the record does not tell."""
    derived = chosen.tier is not Tier.EXPLICIT and chosen.place in ("22", "hospital") and "19" in left
    return f"{basis}, campus not recorded" if derived else basis


def _encounters(visit: Visit, chart: Chart, vocabulary: Vocabulary) -> Iterator[Mark]:
    """The class of the nearest encounter that tells the kind of patient, and the places of all of them."""
    entries = [e for ref in dict.fromkeys(visit.encounters) if (e := chart.resolve(ref)) is not None]
    classes = [class_marks(e, visit.moments, vocabulary) for e in entries]
    telling = next((c for c in classes if any(m.place in KNOWN for m in c)), None)
    yield from telling if telling is not None else [m for c in classes for m in c]
    for entry in entries:
        yield from stated(entry, entry.raw, vocabulary)
        yield from located(entry, visit.moments, chart, vocabulary)


def _acts(visit: Visit, chart: Chart, vocabulary: Vocabulary) -> Iterator[Mark]:
    """Where the acts say they took place, and where the orders they rest on want them."""
    for act in visit.acts:
        if act.kind == "ServiceRequest":
            yield from _order(act, chart, vocabulary)
        else:
            yield from stated(act, act.raw, vocabulary)
            yield from climb(act.raw.get("location"), act, chart, vocabulary)
        for based in objects(act.raw.get("basedOn")):
            order = chart.resolve(reference(based), act.raw)
            if order is not None and text(order.raw.get("status")) not in ("revoked", "entered-in-error"):
                yield from _order(order, chart, vocabulary)


def _order(order: Entry, chart: Chart, vocabulary: Vocabulary) -> Iterator[Mark]:
    """locationCode and locationReference, in R5 both of location."""
    if order.kind != "ServiceRequest":
        return
    yield from stated(order, order.raw, vocabulary)
    for value in (*objects(order.raw.get("locationCode")), *objects(order.raw.get("location"))):
        yield from (outright(c, "ServiceRequest.locationCode", vocabulary) for c in codings(value))
    for value in (*objects(order.raw.get("locationReference")), *objects(order.raw.get("location"))):
        yield from climb(value, order, chart, vocabulary)


def _charges(visit: Visit, chart: Chart, vocabulary: Vocabulary) -> Iterator[Mark]:
    """What charges of this session say; those of other days, encounters and services say nothing about it."""
    for entry in chart.of("Claim", "ChargeItem"):
        if text(entry.raw.get("status")) in _VOID or text(entry.raw.get("use")) not in ("", "claim"):
            continue
        for item in objects(entry.raw.get("item")) if entry.kind == "Claim" else [entry.raw]:
            if _speaks_of(item, entry, visit, chart, vocabulary=vocabulary):
                yield from _charge(item, entry, chart, vocabulary)


def _charge(item: Json, entry: Entry, chart: Chart, vocabulary: Vocabulary) -> Iterator[Mark]:
    for coding in codings(item.get("locationCodeableConcept")):
        yield outright(coding, "Claim.item.location", vocabulary)
    yield from stated(entry, item, vocabulary)
    if entry.kind == "Claim":
        yield from climb(item.get("locationReference") or entry.raw.get("facility"), entry, chart, vocabulary)


def _speaks_of(item: Json, entry: Entry, visit: Visit, chart: Chart, *, vocabulary: Vocabulary) -> bool:
    """True for a charge of the session's encounter and day.

    A service that is none of ours needs the encounter, not only the day: the clinic visit of that morning was
    somewhere else. A draft that names neither encounter nor day is the one under review.
    """
    raw = entry.raw
    holders = (item.get("encounter"), item.get("context"), raw.get("encounter"))
    stays = next((refs for h in holders if (refs := [r for x in objects(h) if (r := reference(x))])), [])
    if stays and not any(same_stay(s, e, chart) for s in stays for e in visit.encounters):
        return False
    days = [item.get(n) for n in ("servicedPeriod", "occurrencePeriod")] + [_day(item), raw.get("billablePeriod")]
    span = next((d for d in days if isinstance(d, dict)), None)
    if span is not None and visit.moments and not any(covers(span, m) for m in visit.moments):
        return False
    codes = vocabulary.terminology.knowledge.codes
    ours = any(c.code[:5].upper() in codes for c in codings(item.get("productOrService") or item.get("code")))
    named = span is not None or text(raw.get("status")) in ("draft", "planned")
    return bool(stays) or (ours and named)


def _day(item: Json) -> Json | None:
    """A single day or moment as the period it is."""
    day = text(item.get("servicedDate")) or text(item.get("occurrenceDateTime"))
    return {"start": day[:10], "end": day[:10]} if day else None
