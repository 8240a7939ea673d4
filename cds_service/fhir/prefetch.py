"""Prefetch: the templates offered in discovery, and what a client made of them.

Knows keys and their states. Fetching what is missing is `missing`'s.
"""

from enum import StrEnum
from typing import Any

from cds_service.fhir.elements import Json, obj, objects, text

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


_MILD = ("warning", "information", "success")
_DEPTH = 8


class State(StrEnum):
    """What came for a key: ABSENT was not sent, NOTHING says there is none, FAILED is an error in its place.

    PARTIAL is a list of which only a part came: further pages, more found than sent, or an error beside it.
    """

    ABSENT = "absent"
    NOTHING = "nothing"
    FAILED = "failed"
    PARTIAL = "partial"
    PRESENT = "present"


def state_of(prefetch: Any, key: str) -> State:
    """The state of one prefetch key."""
    found = obj(prefetch)
    return _state(found[key], _DEPTH) if key in found else State.ABSENT


def partial_keys(prefetch: Any) -> tuple[str, ...]:
    """The keys, the client's own too, whose list was cut."""
    return tuple(k for k in obj(prefetch) if state_of(prefetch, k) is State.PARTIAL)


def incomplete(reason: str) -> Json:
    """The entry that says, in a Bundle, that a part of it could not be had."""
    issue = {"severity": "error", "code": "incomplete", "diagnostics": reason}
    return {"resource": {"resourceType": "OperationOutcome", "issue": [issue]}, "search": {"mode": "outcome"}}


def _state(value: Any, depth: int) -> State:
    if value is None:
        return State.NOTHING
    if depth < 0:
        return State.PARTIAL
    if isinstance(value, list):
        return _joined([_state(v, depth - 1) for v in value]) if value else State.NOTHING
    kind = obj(value).get("resourceType")
    if not isinstance(kind, str):
        return State.FAILED
    if kind == "OperationOutcome":
        return _of_outcome(value)
    return _of_bundle(value, depth) if kind == "Bundle" else State.PRESENT


def _of_bundle(value: Json, depth: int) -> State:
    inside = [obj(e.get("resource")) for e in objects(value.get("entry"))]
    states = [_state(r, depth - 1) for r in inside if isinstance(r.get("resourceType"), str)]
    if _has_more(value):
        return State.PARTIAL
    return _joined(states) if states else State.PRESENT


def _joined(states: list[State]) -> State:
    """The state of a whole by its parts: an error beside resources leaves them incomplete."""
    found = set(states)
    if State.PARTIAL in found or {State.FAILED, State.PRESENT} <= found:
        return State.PARTIAL
    return next((s for s in (State.FAILED, State.PRESENT) if s in found), State.NOTHING)


def _of_outcome(outcome: Json) -> State:
    """Only warnings say that there is nothing; what names no severity is an error."""
    issues = objects(outcome.get("issue"))
    return State.NOTHING if issues and all(i.get("severity") in _MILD for i in issues) else State.FAILED


def _has_more(bundle: Json) -> bool:
    """True when a link leads to another page, or more was found than was sent."""
    relations = {text(x.get("relation")).lower() for x in objects(bundle.get("link"))}
    if relations & {"next", "previous", "prev"}:
        return True
    total = bundle.get("total")
    modes = [text(obj(e.get("search")).get("mode")) for e in objects(bundle.get("entry"))]
    matches = sum(m not in ("include", "outcome") for m in modes)
    return isinstance(total, int) and not isinstance(total, bool) and total > matches
