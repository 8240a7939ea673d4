"""Two copies of one resource: which is the later state, and whether they contradict where nothing tells.

Knows meta and status. Where the copies are kept is the chart's business.
"""

from datetime import datetime

from cds_service.fhir.elements import Json, obj, text

_TELLING = ("Procedure", "Condition", "DiagnosticReport", "DocumentReference", "Observation")
_ASIDE = ("meta", "text")


def is_newer(raw: Json, known: Json) -> bool:
    """True when a second copy of a resource is a later version, or withdraws it."""
    if raw.get("status") == "entered-in-error" and known.get("status") != "entered-in-error":
        return True
    return _order(raw, known) > 0


def contradicts(raw: Json, known: Json) -> bool:
    """True when a second copy of what tells of the patient says something else, and neither is known to be later."""
    if raw.get("resourceType") not in _TELLING or known.get("status") == "entered-in-error":
        return False
    return _order(raw, known) == 0 and _said(raw) != _said(known)


def _order(raw: Json, known: Json) -> int:
    """Above 0 where the first copy is the later one, below 0 where it is the older one, 0 where nothing tells.

    When each was last updated tells, else the numbers of their versions; one that only one of them has tells nothing.
    """
    metas = [obj(r.get("meta")) for r in (raw, known)]
    first, second = (_instant(text(m.get("lastUpdated"))) for m in metas)
    if first is not None and second is not None and first != second:
        return 1 if first > second else -1
    numbers = [text(m.get("versionId")) for m in metas]
    if all(n.isdecimal() and len(n) < _LONG for n in numbers):
        return int(numbers[0]) - int(numbers[1])
    return 0


_LONG = 10


def _instant(written: str) -> datetime | None:
    """A FHIR instant, whatever zone it is written in; None for what names no one moment."""
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _said(raw: Json) -> Json:
    return {k: v for k, v in raw.items() if k not in _ASIDE}
