"""Which Procedures of a chart can matter: those in which the reader could see an artery of a leg.

Knows the three ways in which an act can have a place: its own texts and codes, which the net sees, a structure it
points at, and a Condition it gives as its reason. A Procedure without a place is no service whatever else it says, so
that leaving it unread changes no answer; a property test holds the full reading against this one.
"""

from collections.abc import Collection

from cds_service.fhir.bundle import Chart
from cds_service.fhir.elements import Json, last_id, strings_of
from cds_service.fhir.entry import Entry, Left
from cds_service.fhir.nets import PlaceNet
from cds_service.fhir.reasons import reason_references
from cds_service.fhir.structures import has_target


def may_treat(entry: Entry, places: PlaceNet, causes: Collection[str]) -> bool:
    """True when a Procedure's own elements name a place in a leg, or point at where one may be named.

    `causes` are those of `causes_of`. One that was left as it was written names no place itself.
    """
    if isinstance(entry, Left):
        return any(entry.may_name(cause.encode()) for cause in causes)
    if names_place(entry.raw, places):
        return True
    return bool(causes) and any(cause in pointer for _, pointer in reason_references(entry.raw) for cause in causes)


def names_place(raw: Json, places: PlaceNet) -> bool:
    """True when a Procedure's own elements name a place in a leg, or point at a structure."""
    parts = (raw.get("bodySite"), raw)  # most places stand where they belong, which is quickly looked at
    return has_target(raw) or any(places.catches("\n".join(strings_of(part))) for part in parts if part)


def causes_of(chart: Chart, places: PlaceNet) -> frozenset[str]:
    """The ends of references to the Conditions that may name an artery of a leg: "/4711"."""
    found = (e for e in chart.of("Condition") if not isinstance(e, Left))
    told = ((e.ref, "\n".join(strings_of([e.raw.get("code"), e.raw.get("bodySite")]))) for e in found)
    return frozenset(f"/{last_id(ref)}" for ref, words in told if places.catches(words))
