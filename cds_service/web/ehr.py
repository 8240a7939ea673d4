"""What an EHR does with a card: carries out a suggestion on its chart, or notes why a card was overridden.

Knows CDS Hooks actions and feedback. Changes a copy of the request, never the request itself.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cds_service.fhir.elements import Json, obj, objects, text
from cds_service.problems import refused

_DRAFTS = "draftCharges"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a card: the words for it, the changes made to the chart, and the feedback that is sent."""

    title: str
    changes: tuple[str, ...]
    feedback: Json
    request: Json


def accept(request: Json, answer: Mapping[str, Any], card: str, suggestion: str) -> Outcome:
    """The chart after a suggestion was accepted, all of its actions together.

    Raises:
        Problem: there is no such card or suggestion, or the chart lacks what is to be changed.
    """
    found = _card(answer, card)
    chosen = next((s for s in objects(found.get("suggestions")) if s.get("uuid") == suggestion), None)
    if chosen is None:
        raise refused("This card has no such suggestion.", status=409)
    changed = copy.deepcopy(request)
    changes = tuple(_carried_out(changed, action) for action in chosen["actions"])
    accepted = {"card": card, "outcome": "accepted", "acceptedSuggestions": [{"id": suggestion}]}
    return Outcome(title=f"Accepted: {chosen['label']}", changes=changes, feedback=_sent(accepted), request=changed)


def override(request: Json, answer: Mapping[str, Any], card: str, *, reason: str, comment: str) -> Outcome:
    """The feedback on a card that was dismissed: with one of its reasons, or without.

    Raises:
        Problem: there is no such card or reason.
    """
    reasons = {r["code"]: r for r in objects(_card(answer, card).get("overrideReasons"))}
    if reason and reason not in reasons:
        raise refused("This card has no such override reason.", status=409)
    item: Json = {"card": card, "outcome": "overridden"}
    if reason:
        given = {"reason": {k: reasons[reason][k] for k in ("code", "system")}}
        item["overrideReason"] = {**given, "userComment": comment} if comment else given
    title = f"Overridden: {reasons[reason]['display']}" if reason else "Dismissed without a reason"
    return Outcome(title=title, changes=(), feedback=_sent(item), request=request)


def _card(answer: Mapping[str, Any], card: str) -> Json:
    found = next((c for c in objects(answer.get("cards")) if c.get("uuid") == card), None)
    if found is None:
        raise refused("The service no longer gives this card for this chart.", status=409)
    return found


def _sent(item: Json) -> Json:
    moment = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"feedback": [{**item, "outcomeTimestamp": moment}]}


def _carried_out(request: Json, action: Json) -> str:
    """One action on the chart, and what it did in words."""
    resource = obj(action.get("resource"))
    if action["type"] == "create":
        made = {**resource, "id": f"created-{len(_drafts(request)) + 1}"}
        _drafts(request).append({"resource": made})
        return f"created {_name(made)}"
    name = text(action.get("resourceId")) or _name(resource)
    touched = [(s, e) for s in _shelves(request) for e in s if _name(obj(obj(e).get("resource"))) == name]
    if not touched:
        raise refused(f"The chart has no {name} to {action['type']}.", status=409)
    for shelf, entry in touched:
        if action["type"] == "delete":
            shelf.remove(entry)
        else:
            entry["resource"] = copy.deepcopy(resource)
    return f"{action['type']}d {name}"


def _drafts(request: Json) -> list[Json]:
    """The entries of the draft charges in the context; a Bundle is made where there is none."""
    context = request.setdefault("context", {})
    if not isinstance(obj(context.get(_DRAFTS)).get("entry"), list):
        context[_DRAFTS] = {"resourceType": "Bundle", "type": "collection", "entry": []}
    found: list[Json] = context[_DRAFTS]["entry"]
    return found


def _shelves(request: Json) -> Iterator[list[Any]]:
    """Every list of entries that the request carries."""
    for part in (obj(request.get("context")), obj(request.get("prefetch"))):
        for value in part.values():
            entries = obj(value).get("entry")
            if isinstance(entries, list):
                yield entries


def _name(resource: Json) -> str:
    return f"{text(resource.get('resourceType'))}/{text(resource.get('id'))}"
