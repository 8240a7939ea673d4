"""Statements of device use: a stent said to be in a vessel, beside the Procedures that say what was done there.

Knows DeviceUseStatement (R4) and DeviceUsage (R5). A stent of the act or of its day, in its vessel and leg, outranks
"balloon only"; one that may mean the vessel is a question; an older one is history.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cds_service.coding.anatomy import Treatment
from cds_service.coding.facts import Evidence, TreatedVessel
from cds_service.fhir.act import Service
from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.contradictions import conflict
from cds_service.fhir.elements import When, concept, last_id, obj, objects, reference, text, when
from cds_service.fhir.implants import Stent, is_wasted, judge
from cds_service.fhir.places import Sites, read_sites
from cds_service.fhir.structures import sites_of
from cds_service.fhir.vocabulary import Vocabulary

_VOID = ("entered-in-error", "intended", "not-done")
_FIRM = ("active", "completed")
STENTED = (Treatment.STENT, Treatment.STENT_ATHERECTOMY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A stent in use. `acts` are the Procedures it is derived from; `sure` unless status or device leave it open."""

    sites: Sites
    acts: frozenset[str]
    when: When
    encounter: str
    sure: bool
    evidence: Evidence

    @property
    def is_placed(self) -> bool:
        return bool(self.sites.places or self.sites.sides)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """An act's names (its own, then those of its wholes), its time and the id of its encounter."""

    names: tuple[str, ...]
    when: When
    encounter: str


def stent_uses(chart: Chart, vocabulary: Vocabulary) -> list[Use]:
    """The stents that statements of device use speak of."""
    entries = chart.of("DeviceUseStatement", "DeviceUsage")
    return [u for e in entries if (u := _use(e, chart, vocabulary)) is not None]


def _use(entry: Entry, chart: Chart, vocabulary: Vocabulary) -> Use | None:
    raw = entry.raw
    found = judge(obj(raw.get("device")), raw, vocabulary, chart)
    if text(raw.get("status")) in _VOID or is_wasted(raw) or found.stent is Stent.NO:
        return None
    targets = [chart.resolve(reference(d), raw) for d in objects(raw.get("derivedFrom"))]
    return Use(
        sites=read_sites(_sites(raw.get("bodySite"), raw, chart), vocabulary),
        acts=frozenset(t.ref for t in targets if t is not None and t.kind == "Procedure"),
        when=when(raw, "timing"),
        encounter=last_id(reference(raw.get("context"))),
        sure=text(raw.get("status")) in _FIRM and found.stent is Stent.YES,
        evidence=Evidence(resource=entry.ref, path=f"{entry.kind}.device", quote=found.quote),
    )


def _sites(value: Any, raw: Any, chart: Chart) -> list[Any]:
    """The body site as a concept, or the BodyStructure an R5 statement points at."""
    out: list[Any] = []
    for item in objects(value):
        target = chart.resolve(reference(item), raw)
        out += sites_of(target.raw) if target is not None and target.kind == "BodyStructure" else [concept(item)]
    return out


def with_uses(services: Sequence[Service], uses: Iterable[Use], occasion: Occasion) -> list[Service]:
    """The services of one act with the stents that statements of use put into their vessels."""
    out = list(services)
    for use in uses:
        linked = next((n for n in occasion.names if n in use.acts), "")
        if not linked and (use.acts or not _is_of(use, occasion)):
            continue
        sure = use.sure and (bool(linked) or use.when.day is not None)
        out = _applied(out, use, linked=bool(linked), own=linked == occasion.names[0], sure=sure)
    return out


def _is_of(use: Use, occasion: Occasion) -> bool:
    """True for a use that began on the act's day, or whose start is not told more precisely and does not contradict."""
    if use.encounter and occasion.encounter and use.encounter != occasion.encounter:
        return False
    if use.when.day is not None:
        return use.when.day == occasion.when.day
    told = bool(use.encounter) or use.when.year is not None
    return told and use.when.year in (None, occasion.when.year)


def _applied(services: list[Service], use: Use, *, linked: bool, own: bool, sure: bool) -> list[Service]:
    alone = len({(s.territory, s.vessel, s.side) for s in services}) == 1
    exact = [s for s in services if _lies_in(s, use, exactly=True) or (own and alone and not use.is_placed)]
    if exact:
        return [_stented(s, use, sure=sure) if s in exact else s for s in services]
    loose = [s for s in services if _lies_in(s, use, exactly=False) or linked]
    return [_stented(s, use, sure=False) if s in loose else s for s in services]


def _lies_in(service: Service, use: Use, *, exactly: bool) -> bool:
    """True when the use names the service's vessel and leg; loosely, when it names nothing else."""
    for place in use.sites.places:
        if place.territory is not service.territory:
            continue
        if exactly and place.vessel is service.vessel is not None and service.side in place.sides:
            return True
        vessel = place.vessel in (None, service.vessel) or service.vessel is None
        if not exactly and vessel and (not place.sides or service.side is None or service.side in place.sides):
            return True
    return False


def _stented(service: Service, use: Use, *, sure: bool) -> Service:
    if service.treatment in STENTED:
        return service
    if not sure:
        doubt = conflict("treatment", (Treatment.STENT,), (*service.evidence, use.evidence))
        return replace(service, doubts=(*service.doubts, doubt))
    doubts = tuple(d for d in service.doubts if d.about != "treatment")
    mixed = service.treatment is Treatment.ATHERECTOMY
    treatment = Treatment.STENT_ATHERECTOMY if mixed else Treatment.STENT
    return replace(service, treatment=treatment, evidence=(*service.evidence, use.evidence), doubts=doubts)


def perhaps_stented(vessel: TreatedVessel, stents: Sequence[Evidence]) -> TreatedVessel:
    """A treated vessel that one of these stents may be in."""
    if not stents or vessel.treatment in STENTED:
        return vessel
    return replace(vessel, doubts=(*vessel.doubts, conflict("treatment", (Treatment.STENT,), tuple(stents))))
