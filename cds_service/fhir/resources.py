"""The only importer of fhir.resources: checks one resource against the FHIR models of its release.

A bad resource is described, never fatal. Knows which departures from FHIR are harmless to a reader.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError

from cds_service.fhir.acceptance import acceptance
from cds_service.fhir.elements import Json, obj, objects

CHECKED = (
    "ChargeItem",
    "Claim",
    "Condition",
    "Coverage",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "Procedure",
    "ServiceRequest",
)
_R5_MARKS = {
    "Procedure": ("occurrenceDateTime", "occurrencePeriod", "occurrenceTiming", "reason", "used", "recorded"),
    "Encounter": ("actualPeriod", "admission"),
    "ServiceRequest": ("reason", "location", "bodyStructure"),
    "ChargeItem": ("encounter",),
    "Coverage": ("insurer", "kind", "paymentBy"),
}
SILENT = ("contained", "text", "meta", "extension", "modifierExtension", "identifier", "id", "_status")
_HARMLESS = ("extra_forbidden", "missing", "string_pattern_mismatch", "model_field_validation.missing")
_DATE_LIKE = re.compile(r"^\d{4}(-\d{2}(-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?$")


def release(resource: Json) -> str:
    """R5 or R4, told by shape; R4 and R4B have one shape here."""
    kind = resource.get("resourceType")
    if kind == "Encounter" and isinstance(resource.get("class"), list):
        return "R5"
    if kind == "ServiceRequest" and "concept" in obj(resource.get("code")):
        return "R5"
    if kind == "Claim" and any(isinstance(i.get("bodySite"), list) for i in objects(resource.get("item"))):
        return "R5"
    return "R5" if any(mark in resource for mark in _R5_MARKS.get(str(kind), ())) else "R4"


def faults(resource: Json) -> list[str]:
    """What makes a resource unreadable, as "Type.path: what is wrong"; empty for one that can be relied on.

    Harmless departures are passed over: unknown fields, empty strings, a date without seconds or zone, faults in
    parts no fact is read from. No content of the resource appears in the text.
    """
    kind = str(resource.get("resourceType"))
    if kind not in CHECKED:
        return []
    version, told = release(resource), _without_silent(resource)
    try:
        if not accepts(told, kind, version):
            model_of(kind, version).model_validate(told)
    except ValidationError as error:
        found = [_fault(kind, e, resource) for e in error.errors(include_url=False, include_context=False)]
        return list(dict.fromkeys(f for f in found if f))
    except Exception as error:  # the models raise KeyError, RecursionError and more on odd input
        return [f"{kind}: cannot be read as a FHIR {version} resource ({type(error).__name__})"]
    return []


def accepts(resource: Json, kind: str, version: str) -> bool:
    """True only for what the model of this type and release accepts; most sound resources are."""
    return _acceptance(kind, version)(resource)


@lru_cache(maxsize=64)
def _acceptance(kind: str, version: str) -> Callable[[Any], bool]:
    return acceptance(model_of(kind, version))


@lru_cache(maxsize=64)
def model_of(kind: str, version: str) -> type[BaseModel]:
    """The model of fhir.resources for a type in R4B or R5."""
    if version == "R5":
        from fhir.resources import get_fhir_model_class as find
    else:
        from fhir.resources.R4B import get_fhir_model_class as find
    model: type[BaseModel] = find(kind)
    return model


def warm_up(kinds: Iterable[str] = CHECKED) -> None:
    """Build the models once, so that the first request does not pay for it."""
    for kind in kinds:
        faults({"resourceType": kind})


def _without_silent(resource: Json) -> Json:
    """The resource without what no fact is read from, and without a time told again as the beginning of a period."""
    twice = {
        f"{name}DateTime"
        for name in ("performed", "occurrence")
        if obj(resource.get(f"{name}Period")).get("start") == resource.get(f"{name}DateTime")
    }
    return {k: v for k, v in resource.items() if k not in SILENT and k not in twice}


def _fault(kind: str, error: Any, resource: Json) -> str:
    where: tuple[Any, ...] = error["loc"]
    value = _at(resource, where)
    if error["type"] in _HARMLESS or _is_readable_date(value) or any(p in SILENT for p in where):
        return ""
    if error["type"] == "list_type" and isinstance(value, dict):
        return ""
    if where and where[-1] == "code" and isinstance(value, int) and not isinstance(value, bool):
        return ""
    path = kind + "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in where if p != "root")
    return f"{path}: {_WORDS.get(error['type'], 'is not what FHIR allows here')}"


_WORDS = {
    "string_type": "must be a string",
    "list_type": "must be a list",
    "json_invalid": "must be an object",
    "model_type": "must be an object",
    "value_error": "is not a valid value; a date looks like 2026-03-04 or 2026-03-04T10:00:00Z, a choice has one form",
}


def _at(value: Any, where: tuple[Any, ...]) -> Any:
    for step in where:
        listed = isinstance(value, list) and isinstance(step, int) and step < len(value)
        if listed or (isinstance(value, dict) and step in value):
            value = value[step]
        else:
            return None
    return value


def _is_readable_date(value: Any) -> bool:
    return isinstance(value, str) and bool(_DATE_LIKE.match(value))
