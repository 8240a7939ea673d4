"""A small FHIR store: carries out a suggestion's actions on a request's chart, as an EHR would.

All or nothing, one action after the other as they stand; created resources get ids.
"""

import copy
from typing import Any


def accepted(sent: dict[str, Any], suggestion: dict[str, Any]) -> dict[str, Any]:
    """The request as it would be sent again after a suggestion was accepted."""
    again = copy.deepcopy(sent)
    context = again["context"]
    drafts = context.setdefault("draftCharges", {"resourceType": "Bundle", "type": "collection", "entry": []})
    shelves = [drafts, *(v for v in again["prefetch"].values() if isinstance(v, dict) and "entry" in v)]
    for action in suggestion["actions"]:
        if action["type"] == "delete":
            assert _remove(shelves, action["resourceId"]), f"nothing to delete at {action['resourceId']}"
        elif action["type"] == "update":
            assert _replace(shelves, action["resource"]), "nothing to update"
        else:
            made = {**action["resource"], "id": f"made-{len(drafts['entry'])}"}
            drafts["entry"].append({"resource": made})
    return again


def _name(resource: dict[str, Any]) -> str:
    return f"{resource.get('resourceType')}/{resource.get('id')}"


def _remove(shelves: list[dict[str, Any]], name: str) -> bool:
    found = False
    for shelf in shelves:
        kept = [e for e in shelf["entry"] if _name(e.get("resource") or {}) != name]
        found = found or len(kept) < len(shelf["entry"])
        shelf["entry"] = kept
    return found


def _replace(shelves: list[dict[str, Any]], resource: dict[str, Any]) -> bool:
    found = False
    for shelf in shelves:
        for entry in shelf["entry"]:
            if _name(entry.get("resource") or {}) == _name(resource):
                entry["resource"], found = copy.deepcopy(resource), True
    return found
