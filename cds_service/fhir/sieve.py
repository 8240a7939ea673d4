"""Which Procedures of a chart can matter: those in which the reader could see an artery of a leg.

Knows the two ways in which an act can have a place: its own texts and codes, which the net sees, and a structure it
points at. A Procedure without a place is no service whatever else it says, so that leaving it unread changes no answer;
a property test holds the full reading against this one.
"""

from cds_service.fhir.elements import Json, strings_of
from cds_service.fhir.nets import PlaceNet
from cds_service.fhir.structures import has_target


def may_treat(raw: Json, places: PlaceNet) -> bool:
    """True when a Procedure's own elements name a place in a leg, or point at where one may be named."""
    parts = (raw.get("bodySite"), raw)  # most places stand where they belong, which is quickly looked at
    return has_target(raw) or any(places.catches("\n".join(strings_of(part))) for part in parts if part)
