"""Prefetch: the templates offered in discovery, and what a client made of them.

Knows keys and their states. Fetching what is missing is not done here.
"""

from enum import StrEnum
from typing import Any

from cds_service.fhir.elements import obj, objects

TEMPLATES = {
    "patient": "Patient/{{context.patientId}}",
    "encounter": "Encounter/{{context.encounterId}}",
    "procedures": "Procedure?encounter={{context.encounterId}}",
    "conditions": "Condition?patient={{context.patientId}}",
    "charges": "ChargeItem?context={{context.encounterId}}",
    "coverage": "Coverage?patient={{context.patientId}}",
    "reports": "DiagnosticReport?encounter={{context.encounterId}}",
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


def _of_resource(value: dict[str, Any]) -> State:
    kind = value.get("resourceType")
    if kind == "OperationOutcome" or not isinstance(kind, str):
        return State.FAILED
    if kind != "Bundle":
        return State.PRESENT
    resources = [obj(e.get("resource")) for e in objects(value.get("entry"))]
    outcomes = [r for r in resources if r.get("resourceType") == "OperationOutcome"]
    errors = [i for o in outcomes for i in objects(o.get("issue")) if i.get("severity") in ("error", "fatal")]
    if outcomes and len(outcomes) == len(resources):
        return State.FAILED if errors else State.NOTHING
    return State.PRESENT
