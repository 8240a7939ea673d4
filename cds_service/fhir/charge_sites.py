"""Where a charge line was worked: its own sites of R4 and R5 shape, or the Procedure it leads to.

Knows bodySite, subSite, procedureSequence and service. Whether the leg is right is the coding core's business.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cds_service.coding.anatomy import Side, Vessel
from cds_service.fhir.acts import read_act, services_of
from cds_service.fhir.bundle import Chart
from cds_service.fhir.elements import LOGICAL, Json, concept, last_id, merged, obj, objects, reference
from cds_service.fhir.places import Sites, read_sites
from cds_service.fhir.structures import sites_of
from cds_service.fhir.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """The legs and vessels a charge line names."""

    sides: tuple[Side, ...] = ()
    vessels: tuple[Vessel, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.sides or self.vessels)


def of_item(item: Json, claim: Json, vocabulary: Vocabulary, chart: Chart) -> Whereabouts:
    """A Claim item's sites; without any, the vessels of its Procedures. The leg is the item's own to name (R-MOD)."""
    own = _of_sites(read_sites(list(_item_sites(item, claim, chart)), vocabulary))
    if own:
        return own
    listed = item.get("procedureSequence")
    wanted = [n for n in listed if not isinstance(n, bool)] if isinstance(listed, list) else []
    rows = [p for p in objects(claim.get("procedure")) if wanted and p.get("sequence") in wanted]
    return Whereabouts(vessels=_of_procedures((_procedure(p, claim, chart) for p in rows), vocabulary, chart).vessels)


def of_charge(raw: Json, vocabulary: Vocabulary, chart: Chart) -> Whereabouts:
    """A ChargeItem's site, spelt in small letters; without one, leg and vessel of the Procedure it is for."""
    own = _of_sites(read_sites(raw.get("bodysite") or raw.get("bodySite"), vocabulary))
    targets = [chart.resolve(reference(s), raw) for s in objects(raw.get("service"))]
    served = [t.raw for t in targets if t is not None and t.kind == "Procedure"]
    return own or _of_procedures(served, vocabulary, chart)


def encounter_id(value: Any, container: Json, chart: Chart) -> str:
    """The id of the encounter a charge is of; its number where only that is told and no Encounter carries it."""
    ref = reference(value)
    target = chart.resolve(ref, container) if ref else None
    return last_id(target.ref) if target is not None else last_id(ref) or (ref if ref.startswith(LOGICAL) else "")


def _item_sites(item: Json, claim: Json, chart: Chart) -> Iterator[Json]:
    """Each site together with the finer sites below it; R5 keeps both in one element."""
    for part in objects(item.get("bodySite")) or [{}]:
        below = [concept(s) for s in (*objects(part.get("subSite")), *objects(item.get("subSite")))]
        for site in objects(part.get("site")) or [part]:
            target = chart.resolve(reference(site), claim)
            structures = sites_of(target.raw) if target is not None and target.kind == "BodyStructure" else ()
            for place in [*structures] or [concept(site)]:
                yield merged([*below, place])


def _procedure(row: Json, claim: Json, chart: Chart) -> Json:
    target = chart.resolve(reference(row.get("procedureReference")), claim)
    coded = {"resourceType": "Procedure", "code": obj(row.get("procedureCodeableConcept"))}
    return target.raw if target is not None and target.kind == "Procedure" else coded


def _of_procedures(raws: Iterable[Json], vocabulary: Vocabulary, chart: Chart) -> Whereabouts:
    services = [s for raw in raws for s in services_of(read_act(raw, "Procedure", vocabulary, chart))]
    sides = tuple(dict.fromkeys(s.side for s in services if s.side is not None))
    return Whereabouts(sides=sides, vessels=tuple(dict.fromkeys(s.vessel for s in services if s.vessel is not None)))


def _of_sites(sites: Sites) -> Whereabouts:
    sides = sites.sides or next((p.sides for p in sites.places if p.sides), ())
    return Whereabouts(sides=sides, vessels=tuple(p.vessel for p in sites.places if p.vessel is not None))
