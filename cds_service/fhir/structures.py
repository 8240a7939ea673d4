"""BodyStructures an act aims at, of R4 or R5 shape, as body sites; and where they contradict its own body sites.

Knows the extensions and elements that point at a target. The structure an approach went through is never one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cds_service.fhir.bundle import Chart
from cds_service.fhir.elements import Json, concept, merged, obj, objects, reference, text
from cds_service.fhir.places import Sites, qualifiers_of, read_sites
from cds_service.fhir.vocabulary import Vocabulary

_TARGETS = ("-targetBodyStructure", "StructureDefinition/bodySite")


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """The places of a resource. `apart`: its target and its body sites name different vessels or legs."""

    sites: Sites
    apart: bool = False


def locate(raw: Json, vocabulary: Vocabulary, chart: Chart | None = None) -> Located:
    """Body sites and target structures of an act together."""
    own = [(f"bodySite[{i}]", item) for i, item in enumerate(objects(raw.get("bodySite")))]
    targets = list(target_sites(raw, chart))
    rows = [*own, *targets, *(("extension(laterality)", q) for q in qualifiers_of(raw))]
    sites = read_sites([v for _, v in rows], vocabulary, [p for p, _ in rows])
    if not own or not targets:
        return Located(sites=sites)
    first = read_sites([v for _, v in own], vocabulary)
    second = read_sites([v for _, v in targets], vocabulary)
    return Located(sites=sites, apart=_apart(_vessels(first), _vessels(second)) or _apart(_legs(first), _legs(second)))


def target_sites(raw: Json, chart: Chart | None) -> Iterator[tuple[str, Json]]:
    """The target structures as body sites with the path they stand at; one not sent gives its display."""
    for path, value in _pointers(raw):
        target = chart.resolve(reference(value), raw) if chart is not None else None
        shown = text(obj(value).get("display")) or text(obj(obj(value).get("reference")).get("display"))
        if concept(value) is not value and concept(value):
            yield path, concept(value)
        elif target is None and shown:
            yield path, {"text": shown}
        elif target is not None and target.kind == "BodyStructure" and target.raw.get("active") is not False:
            for site in sites_of(target.raw):
                yield path, site


def has_target(raw: Json) -> bool:
    """True when an act points at a structure, whose place stands in another resource."""
    return next(_pointers(raw), None) is not None


def _pointers(raw: Json) -> Iterator[tuple[str, Json]]:
    holders = [("", raw)]
    holders += [(f"bodySite[{i}].", item) for i, item in enumerate(objects(raw.get("bodySite")))]
    for before, holder in holders:
        for part in objects(holder.get("extension")):
            if text(part.get("url")).endswith(_TARGETS):
                yield f"{before}extension(targetBodyStructure)", obj(part.get("valueReference"))
    for index, item in enumerate(objects(raw.get("bodyStructure"))):
        yield f"bodyStructure[{index}]", item


def sites_of(raw: Json) -> Iterator[Json]:
    """Each structure with its own side and qualifiers as one site: R4 has one, R5 several; the excluded ones are out.

    A laterality never spills over to a neighbour.
    """
    if obj(raw.get("location")) or objects(raw.get("locationQualifier")):
        yield merged([*objects(raw.get("locationQualifier")), obj(raw.get("location"))])
    for part in objects(raw.get("includedStructure")):
        details = [concept(part.get("laterality")), *(concept(q) for q in objects(part.get("qualifier")))]
        yield merged([*details, concept(part.get("structure"))])


def _apart(first: set[Any], second: set[Any]) -> bool:
    return bool(first and second) and first != second


def _vessels(sites: Sites) -> set[Any]:
    return {p.vessel for p in sites.places if p.vessel is not None}


def _legs(sites: Sites) -> set[Any]:
    return {s for p in sites.places for s in p.sides} or set(sites.sides)
