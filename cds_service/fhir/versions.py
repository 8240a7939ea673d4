"""Two copies of one resource: which is the later state, and whether they contradict where nothing tells.

Knows meta and status. Where the copies are kept is the chart's business.
"""

from cds_service.fhir.elements import Json, obj, text

_TELLING = ("Procedure", "Condition", "DiagnosticReport", "DocumentReference", "Observation")
_ASIDE = ("meta", "text")


def is_newer(raw: Json, known: Json) -> bool:
    """True when a second copy of a resource is a later version, or withdraws it."""
    if raw.get("status") == "entered-in-error" and known.get("status") != "entered-in-error":
        return True
    first, second = _version(known), _version(raw)
    return first is not None and second is not None and second > first


def contradicts(raw: Json, known: Json) -> bool:
    """True when a second copy of what tells of the patient says something else, and neither is known to be later."""
    if raw.get("resourceType") not in _TELLING or known.get("status") == "entered-in-error":
        return False
    first, second = _version(known), _version(raw)
    if first is not None and second is not None and first != second:
        return False
    return _said(raw) != _said(known)


def _version(raw: Json) -> tuple[str, int] | None:
    """When a copy was last updated, else the number of its version."""
    meta = obj(raw.get("meta"))
    updated, number = text(meta.get("lastUpdated")), text(meta.get("versionId"))
    if updated:
        return updated, 0
    return ("", int(number)) if number.isdecimal() and len(number) < _LONG else None


_LONG = 10


def _said(raw: Json) -> Json:
    return {k: v for k, v in raw.items() if k not in _ASIDE}
