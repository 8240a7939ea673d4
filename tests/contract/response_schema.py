"""The CDS Hooks 2.0.1 response as JSON Schema, written from the specification; strict about unknown fields."""

from typing import Any

_TEXT = {"type": "string", "minLength": 1}
_UUID = {"type": "string", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


CODING = _object(["code", "system"], code=_TEXT, system=_TEXT, display=_TEXT)
OVERRIDE = _object(["code", "system", "display"], code=_TEXT, system=_TEXT, display=_TEXT)
ACTION = {
    **_object(
        ["type", "description"],
        type={"enum": ["create", "update", "delete"]},
        description=_TEXT,
        resource={"type": "object", "required": ["resourceType"]},
        resourceId={"type": "string", "pattern": "^[A-Za-z]+/[A-Za-z0-9.-]+$"},
    ),
    "oneOf": [
        {"properties": {"type": {"const": "delete"}}, "required": ["resourceId"], "not": {"required": ["resource"]}},
        {"properties": {"type": {"enum": ["create", "update"]}}, "required": ["resource"]},
    ],
}
SUGGESTION = _object(
    ["label", "uuid", "actions"],
    label=_TEXT,
    uuid=_UUID,
    isRecommended={"type": "boolean"},
    actions={"type": "array", "minItems": 1, "items": ACTION},
)
LINK = _object(
    ["label", "url", "type"], label=_TEXT, url={"type": "string", "pattern": "^https://"}, type={"const": "absolute"}
)
CARD = {
    **_object(
        ["uuid", "summary", "indicator", "source", "detail", "overrideReasons"],
        uuid=_UUID,
        summary={"type": "string", "minLength": 1, "maxLength": 139},
        detail=_TEXT,
        indicator={"enum": ["info", "warning"]},
        source=_object(["label", "topic"], label=_TEXT, url={"type": "string", "pattern": "^https://"}, topic=CODING),
        suggestions={"type": "array", "minItems": 1, "items": SUGGESTION},
        selectionBehavior={"enum": ["at-most-one", "any"]},
        links={"type": "array", "minItems": 1, "items": LINK},
        overrideReasons={"type": "array", "minItems": 3, "maxItems": 5, "items": OVERRIDE},
        extension={"type": "object", "propertyNames": {"pattern": "^[a-z]+(\\.[A-Za-z0-9-]+)+$"}},
    ),
    "dependentRequired": {"suggestions": ["selectionBehavior"]},
}
RESPONSE = _object(["cards"], cards={"type": "array", "items": CARD, "maxItems": 2})


def empties(value: Any, path: str = "$") -> list[str]:
    """The places of null and empty values, which the specification forbids but for an empty list of cards."""
    if value is None or value in ("", [], {}):
        return [] if path == "$.cards" else [path]
    if isinstance(value, dict):
        return [p for k, v in value.items() for p in empties(v, f"{path}.{k}")]
    return [p for i, v in enumerate(value) for p in empties(v, f"{path}[{i}]")] if isinstance(value, list) else []
