"""Parts and wholes: the chain of Procedures an act is part of.

Knows partOf. What a part takes from its wholes is `procedures`' business.
"""

from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.elements import objects, reference, relative

_HOPS = 8


def ancestors(entry: Entry, chart: Chart) -> list[str]:
    """The wholes of an act by name, the nearest first, sent or not; a circle of parts ends where it began."""
    out: list[str] = []
    at: Entry | None = entry
    while at is not None and len(out) < _HOPS:
        ref = _parent(at, chart)
        if not ref or ref in out or ref == entry.ref:
            break
        out.append(ref)
        at = chart.resolve(ref)
    return out


def outermost(entry: Entry, chart: Chart) -> str:
    """The name of the whole that an act belongs to in the end, empty when it is part of none."""
    chain = ancestors(entry, chart)
    if not chain:
        return ""
    top = chart.resolve(chain[-1])
    circle = top is not None and _parent(top, chart) in (entry.ref, *chain)
    return min(entry.ref, *chain) if circle else chain[-1]


def _parent(entry: Entry, chart: Chart) -> str:
    for item in objects(entry.raw.get("partOf")):
        ref = reference(item)
        target = chart.resolve(ref, entry.raw) if ref else None
        if target is not None and target.kind == "Procedure" and target.ref != entry.ref:
            return target.ref
        if target is None and "Procedure/" in ref:
            return relative(ref)
    return ""
