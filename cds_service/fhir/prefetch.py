"""Prefetch: the templates offered in discovery, and what a client made of them.

Knows keys and their states. Fetching what is missing is `missing`'s.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

from cds_service.fhir.elements import Json, obj, objects, text
from cds_service.fhir.entry import Left, entries_of

TEMPLATES = {
    "patient": "Patient/{{context.patientId}}",
    "encounter": "Encounter/{{context.encounterId}}",
    "procedures": "Procedure?encounter={{context.encounterId}}",
    "conditions": "Condition?patient={{context.patientId}}",
    "charges": "ChargeItem?context={{context.encounterId}}",
    "coverage": "Coverage?patient={{context.patientId}}",
    "reports": "DiagnosticReport?encounter={{context.encounterId}}",
}
# What is asked for when it is fetched. Reports come as two kinds of resources. An encounter is named with its type: the
# context of a charge may be an episode of care too. Servers give ten to fifty at a time unless asked for more, and one
# page has to be waited for before the next.
SEARCHES = {
    "patient": ("Patient/{{context.patientId}}",),
    "encounter": ("Encounter/{{context.encounterId}}",),
    "procedures": ("Procedure?encounter=Encounter/{{context.encounterId}}&_count=100",),
    "conditions": ("Condition?patient={{context.patientId}}&_count=100",),
    "charges": ("ChargeItem?context=Encounter/{{context.encounterId}}&_count=100",),
    "coverage": ("Coverage?patient={{context.patientId}}&_count=100",),
    "reports": (
        "DiagnosticReport?encounter=Encounter/{{context.encounterId}}&_count=100",
        "DocumentReference?encounter=Encounter/{{context.encounterId}}&_count=100",
    ),
}
NEEDED = ("procedures", "encounter")

_MILD = ("warning", "information", "success")
# Codes of issues that are no mere remark, however mildly they are put: something is not there that should be.
_LOST = ("incomplete", "timeout", "too-costly", "throttled")
_DEPTH = 8
# What is asked for under a key, and what a client may send in its place.
_KINDS = {
    "patient": ("Patient",),
    "encounter": ("Encounter",),
    "procedures": ("Procedure",),
    "conditions": ("Condition",),
    "charges": ("ChargeItem", "Claim"),
    "coverage": ("Coverage",),
    "reports": ("DiagnosticReport", "DocumentReference", "Composition", "Observation", "Binary"),
}


class State(StrEnum):
    """What came for a key: ABSENT was not sent, NOTHING says there is none, FAILED is an error in its place.

    WRONG is resources of which none is what was asked for. PARTIAL is a list of which only a part came: further pages,
    more found than sent, or an error beside it.
    """

    ABSENT = "absent"
    NOTHING = "nothing"
    FAILED = "failed"
    WRONG = "wrong"
    PARTIAL = "partial"
    PRESENT = "present"


MISSING = (State.ABSENT, State.FAILED, State.WRONG)


def state_of(prefetch: Any, key: str) -> State:
    """The state of one prefetch key."""
    found = obj(prefetch)
    state = _state(found[key], _DEPTH) if key in found else State.ABSENT
    return State.WRONG if state is State.PRESENT and _is_another(found[key], key) else state


def is_missing(prefetch: Any, key: str) -> bool:
    """True when nothing of what a key stands for came, and nobody said that there is none."""
    return state_of(prefetch, key) in MISSING


def states_of(prefetch: Any) -> dict[str, State]:
    """The state of every key that is offered or was sent; it takes a walk through all that came."""
    return {key: state_of(prefetch, key) for key in dict.fromkeys([*TEMPLATES, *obj(prefetch)])}


def unavailable(reason: str) -> Json:
    """The value of a key that could not be had."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "incomplete", "diagnostics": reason}],
    }


def incomplete(reason: str) -> Json:
    """The entry that says, in a Bundle, that a part of it could not be had."""
    return {"resource": unavailable(reason), "search": {"mode": "outcome"}}


def _is_another(value: Any, key: str) -> bool:
    """True when resources came, and none of a type that belongs under the key."""
    came = False
    for kind in _kinds(value, _DEPTH) if key in _KINDS else ():
        if kind in _KINDS[key]:
            return False
        came = came or kind != "OperationOutcome"
    return came


def _kinds(value: Any, depth: int) -> Iterator[str]:
    if depth < 0:
        return
    for item in objects(value):
        if item.get("resourceType") == "Bundle":
            for entry in entries_of(item):
                if isinstance(entry, Left):
                    yield entry.kind
                else:
                    yield from _kinds(entry.get("resource"), depth - 1)
        elif isinstance(kind := item.get("resourceType"), str):
            yield kind


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
    entries = entries_of(value)
    inside = [obj(e.get("resource")) for e in entries if not isinstance(e, Left)]
    states = [_state(r, depth - 1) for r in inside if isinstance(r.get("resourceType"), str)]
    states += [State.PRESENT] if len(inside) < len(entries) else []
    if _has_more(value, entries):
        return State.PARTIAL
    return _joined(states) if states else State.PRESENT


def _joined(states: list[State]) -> State:
    """The state of a whole by its parts: an error beside resources leaves them incomplete."""
    failed, present = State.FAILED in states, State.PRESENT in states
    if State.PARTIAL in states or (failed and present):
        return State.PARTIAL
    return State.FAILED if failed else State.PRESENT if present else State.NOTHING


def _of_outcome(outcome: Json) -> State:
    """Only remarks say that there is nothing; what names no severity is an error."""
    issues = objects(outcome.get("issue"))
    mild = all(i.get("severity") in _MILD and i.get("code") not in _LOST for i in issues)
    return State.NOTHING if issues and mild else State.FAILED


def _has_more(bundle: Json, entries: Sequence[Json | Left]) -> bool:
    """True when a link leads to another page, or more was found than was sent."""
    relations = {text(x.get("relation")).lower() for x in objects(bundle.get("link"))}
    if relations & {"next", "previous", "prev"}:
        return True
    total = bundle.get("total")
    matches = sum(isinstance(e, Left) or _is_match(e) for e in entries)
    return isinstance(total, int) and not isinstance(total, bool) and total > matches


def _is_match(entry: Json) -> bool:
    return text(obj(entry.get("search")).get("mode")) not in ("include", "outcome")
