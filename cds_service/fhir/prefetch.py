"""Prefetch: the templates offered in discovery, and what a client made of them.

Knows keys and their states. Fetching what is missing is `missing`'s.
"""

from enum import StrEnum
from typing import Any

from cds_service.fhir.elements import Json, obj, objects

TEMPLATES = {
    "patient": "Patient/{{context.patientId}}",
    "encounter": "Encounter/{{context.encounterId}}",
    "procedures": "Procedure?encounter={{context.encounterId}}",
    "conditions": "Condition?patient={{context.patientId}}",
    "charges": "ChargeItem?context={{context.encounterId}}",
    "coverage": "Coverage?patient={{context.patientId}}",
    "reports": "DiagnosticReport?encounter={{context.encounterId}}",
}
# What is searched for when it is fetched: a template is one query, and reports come as two kinds of resources.
SEARCHES = {
    **{key: (template,) for key, template in TEMPLATES.items()},
    "reports": (TEMPLATES["reports"], "DocumentReference?encounter={{context.encounterId}}"),
}
NEEDED = ("procedures", "encounter")


class State(StrEnum):
    """What came for a key: ABSENT was not sent, NOTHING says there is none, FAILED is an error in its place."""

    ABSENT = "absent"
    NOTHING = "nothing"
    FAILED = "failed"
    PRESENT = "present"


def state_of(prefetch: Any, key: str) -> State:
    """The state of one prefetch key."""
    found = obj(prefetch)
    if key not in found:
        return State.ABSENT
    value = found[key]
    if value is None:
        return State.NOTHING
    if not isinstance(value, (dict, list)):
        return State.FAILED
    return _of_resource(value) if isinstance(value, dict) else State.PRESENT


def incomplete(reason: str) -> Json:
    """The entry that says, in a Bundle, that a part of it could not be had."""
    issue = {"severity": "error", "code": "incomplete", "diagnostics": reason}
    return {"resource": {"resourceType": "OperationOutcome", "issue": [issue]}, "search": {"mode": "outcome"}}


def is_whole(prefetch: Any, key: str) -> bool:
    """False when a key was not sent, came as an error, or says of itself that a part is missing."""
    state = state_of(prefetch, key)
    return state is State.NOTHING or (state is State.PRESENT and not _errors(obj(obj(prefetch).get(key))))


def _errors(bundle: Json) -> list[Json]:
    resources = [obj(e.get("resource")) for e in objects(bundle.get("entry"))]
    outcomes = [r for r in resources if r.get("resourceType") == "OperationOutcome"]
    return [i for o in outcomes for i in objects(o.get("issue")) if i.get("severity") in ("error", "fatal")]


def _of_resource(value: dict[str, Any]) -> State:
    kind = value.get("resourceType")
    if kind == "OperationOutcome" or not isinstance(kind, str):
        return State.FAILED
    if kind != "Bundle":
        return State.PRESENT
    resources = [obj(e.get("resource")) for e in objects(value.get("entry"))]
    outcomes = [r for r in resources if r.get("resourceType") == "OperationOutcome"]
    if outcomes and len(outcomes) == len(resources):
        return State.FAILED if _errors(value) else State.NOTHING
    return State.PRESENT
