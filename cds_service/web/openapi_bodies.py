"""The bodies of the interface as JSON Schema: hook calls, feedback, cards, OperationOutcomes.

Says of a call what the service holds it to and no more: what it does not know it ignores, and what a resource holds is
judged by reading it.
"""

from collections.abc import Iterable
from typing import Any

from cards.model import MOST_SUMMARY
from cds_service.web.feedback import MOST_ITEMS
from cds_service.web.feedback_items import MOST_ID, MOST_SUGGESTIONS
from cds_service.web.services import Service

Json = dict[str, Any]
_SPOKEN: Json = {"type": "string", "minLength": 1, "pattern": r"\S"}
_ANYTHING: Json = {}


def _object(required: Iterable[str], /, **properties: Json) -> Json:
    return {"type": "object", "required": list(required), "properties": properties}


_BUNDLE = _object(
    ["resourceType"], resourceType={"const": "Bundle"}, entry={"type": ["array", "null"], "items": _ANYTHING}
)
_PREFETCHED: Json = {
    "anyOf": [
        {"type": "null"},
        _BUNDLE,
        {"type": "object", "properties": {"resourceType": {"not": {"const": "Bundle"}}}},
    ]
}


def call(services: Iterable[Service]) -> Json:
    """A hook call to the service that serves these hooks."""
    return {"oneOf": [_of_hook(service) for service in services]}


def _of_hook(service: Service) -> Json:
    context = {name: _SPOKEN for name in service.required if name not in service.bundles}
    bundles = {name: {"anyOf": [{"type": "null"}, _BUNDLE]} for name in service.bundles}
    return _object(
        ["hook", "hookInstance", "context"],
        hook={"const": service.hook},
        hookInstance=_SPOKEN,
        context=_object(service.required, **context, **bundles),
        prefetch={"type": ["object", "null"], "additionalProperties": _PREFETCHED},
        fhirServer=_ANYTHING,
        fhirAuthorization=_ANYTHING,
    ) | {"dependentSchemas": {"fhirAuthorization": _object(["fhirServer"], fhirServer={"type": "string"})}}


_ID: Json = {"type": "string", "minLength": 1, "maxLength": MOST_ID, "pattern": r"\S"}
_MOMENT: Json = {"type": "string", "format": "date-time", "pattern": r"^20\d\d-"}
_WORDS: Json = {"type": ["string", "null"]}
_CODING: Json = {"type": ["object", "null"], "properties": dict.fromkeys(("code", "system", "display"), _WORDS)}
_REASON: Json = {
    "anyOf": [
        {"type": "null"},
        _object(["reason"], reason={**_CODING, "type": "object"}, userComment=_WORDS),
        _object(["userComment"], userComment={"type": "string", "minLength": 1}, reason=_CODING),
    ]
}


def feedback() -> Json:
    """A batch of what users did with cards; `overrideReasons`, which Epic sends, is taken as it comes."""
    accepted: Json = {"type": "array", "minItems": 1, "maxItems": MOST_SUGGESTIONS, "items": _object(["id"], id=_ID)}
    common: Json = {"card": _ID, "outcomeTimestamp": _MOMENT}
    items = [
        _object(
            [*common, "outcome", "acceptedSuggestions"],
            **common,
            outcome={"const": "accepted"},
            acceptedSuggestions=accepted,
        ),
        _object([*common, "outcome"], **common, outcome={"const": "overridden"}, overrideReason=_REASON),
    ]
    return _object(["feedback"], feedback={"type": "array", "maxItems": MOST_ITEMS, "items": {"oneOf": items}})


_TEXT = {"type": "string", "minLength": 1}
_UUID = {"type": "string", "format": "uuid"}


def _closed(required: Iterable[str], /, **properties: Json) -> Json:
    return {**_object(required, **properties), "additionalProperties": False}


_ACTION = _closed(
    ["type", "description"],
    type={"enum": ["create", "update", "delete"]},
    description=_TEXT,
    resource={"type": "object"},
    resourceId=_TEXT,
)
_SUGGESTION = _closed(
    ["label", "uuid", "actions"],
    label=_TEXT,
    uuid=_UUID,
    isRecommended={"type": "boolean"},
    actions={"type": "array", "minItems": 1, "items": _ACTION},
)
_SYSTEMED = _closed(["code", "system", "display"], code=_TEXT, system=_TEXT, display=_TEXT)
_CARD = _closed(
    ["uuid", "summary", "indicator", "source", "detail", "overrideReasons"],
    uuid=_UUID,
    summary={"type": "string", "minLength": 1, "maxLength": MOST_SUMMARY},
    detail=_TEXT,
    indicator={"enum": ["info", "warning"]},
    source=_closed(["label", "topic"], label=_TEXT, url=_TEXT, topic=_SYSTEMED),
    suggestions={"type": "array", "minItems": 1, "items": _SUGGESTION},
    selectionBehavior={"enum": ["at-most-one", "any"]},
    links={"type": "array", "items": _closed(["label", "url", "type"], label=_TEXT, url=_TEXT, type=_TEXT)},
    overrideReasons={"type": "array", "minItems": 3, "maxItems": 5, "items": _SYSTEMED},
    extension={"type": "object"},
)
CARDS = _closed(["cards"], cards={"type": "array", "maxItems": 2, "items": _CARD})
_ISSUE = _closed(
    ["severity", "code", "diagnostics"],
    severity={"enum": ["error", "information"]},
    code=_TEXT,
    diagnostics=_TEXT,
    expression={"type": "array", "minItems": 1, "maxItems": 1, "items": _TEXT},
)
OUTCOME = _closed(
    ["resourceType", "issue"],
    resourceType={"const": "OperationOutcome"},
    issue={"type": "array", "minItems": 1, "items": _ISSUE},
)
