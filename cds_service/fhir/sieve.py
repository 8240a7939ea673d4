"""Which Procedures of a chart can matter: those in which the reader could see an artery of a leg.

Knows the net for places and where else a place can come from: a BodyStructure that the Procedure refers to. A
Procedure without a place is no service whatever else it says, so that leaving it unread changes no answer; a property
test holds the full reading against this one.
"""

import json
import re

from cds_service.fhir.elements import Json
from cds_service.fhir.nets import PlaceNet

_ELSEWHERE = "odyStructure"
_ESCAPES = re.compile(r"\\(?:u[0-9a-f]{4}|.)")


def may_treat(raw: Json, places: PlaceNet) -> bool:
    """True when a Procedure's own elements name a place in a leg, or refer to where one may be named."""
    try:
        written = json.dumps(raw, ensure_ascii=False, check_circular=False)
    except (TypeError, ValueError, RecursionError):
        return True
    if _ELSEWHERE in written:
        return True
    return places.catches(_ESCAPES.sub("  ", written) if "\\" in written else written)
