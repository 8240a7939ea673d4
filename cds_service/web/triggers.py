"""Epic's own triggers: it delivers every one of them as patient-view and says in an extension which one fired.

Knows that extension (CDS Hooks page of fhir.epic.com). What a call of another trigger holds is not looked at.
"""

from collections.abc import Collection
from typing import Any

from cds_service.fhir.elements import Json, obj

TRIGGER = "com.epic.cdshooks.request.bpa-trigger-action"


def is_wanted(request: Json, triggers: Collection[str]) -> bool:
    """True for a call without Epic's extension, and for one of these triggers."""
    told = obj(request.get("extension")).get(TRIGGER)
    return told is None or bool(_codes(told) & set(triggers))


def _codes(value: Any) -> set[str]:
    """The codes however they are wrapped: a number, a text, a coding, or a list of these."""
    if isinstance(value, list):
        return {code for item in value[:20] for code in _codes(item)}
    if isinstance(value, dict):
        return _codes(value.get("code")) | _codes(value.get("value")) if value else set()
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return set()
    return {str(value).strip()}
