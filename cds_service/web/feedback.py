"""The feedback endpoint: what users did with the cards they were shown.

Knows Flask requests. 200 is sent when everything is stored, so that no end of this process loses it; anything else
leaves it to the client to send again, which changes nothing about what is stored already.
"""

from datetime import UTC, datetime

from flask import Blueprint, Response, jsonify, request

from cds_service.course import mark
from cds_service.problems import Issue, Problem, outcome, refused
from cds_service.settings import Settings
from cds_service.stores import CardStore, StoreUnavailable
from cds_service.web.body import read_body
from cds_service.web.caller import issuer
from cds_service.web.feedback_items import read_items
from cds_service.web.services import offered
from cds_service.web.wire import parse, unknown_service

MOST_BYTES = 2 * 1024 * 1024
MOST_ITEMS = 1000
_RETRY_SECONDS = 10


def feedback_blueprint(store: CardStore, settings: Settings) -> Blueprint:
    """The route that takes feedback for every service offered."""
    routes = Blueprint("feedback", __name__)
    services = offered(patient_view=settings.patient_view)
    ids = {s.id for s in services}
    most_bytes = min(MOST_BYTES, settings.max_body_bytes)

    @routes.post("/cds-services/<service_id>/feedback")
    def take(service_id: str) -> Response:
        body = read_body(most_bytes)
        mark("receive")
        if service_id not in ids:
            raise unknown_service(services)
        kind = request.headers.get("Content-Type", "")
        sent = _batch(parse(body, kind, most_bytes=most_bytes, most_depth=settings.max_depth).get("feedback"))
        items, faults = read_items(sent, service=service_id, issuer=issuer(), received=datetime.now(UTC))
        mark("parse")
        try:
            if items:
                store.keep(items)
        except StoreUnavailable:
            raise _not_stored() from None
        finally:
            mark("store")
        if faults:
            raise Problem(400, [*faults, _stored(len(items), len(sent))])
        return jsonify(outcome([_stored(len(items), len(sent))]))

    return routes


def _batch(value: object) -> list[object]:
    if not isinstance(value, list):
        raise refused("feedback is missing; it must be a list of items.", "feedback", code="required")
    if len(value) > MOST_ITEMS:
        text = f"feedback has {len(value)} items; send at most {MOST_ITEMS} in one call. Nothing was stored."
        raise refused(text, "feedback", code="too-long", status=413)
    return value


def _stored(good: int, all_: int) -> Issue:
    """What became of a batch. The specification gives the answer no content, so this is for people."""
    text = f"{good} of {all_} items were stored. Sending those again is not needed and changes nothing."
    return Issue(severity="information", code="informational", text=text)


def _not_stored() -> Problem:
    text = "The feedback cannot be stored now. Send it again later; what may have been stored is not counted twice."
    return Problem(503, [Issue(code="transient", text=text)], retry_after=_RETRY_SECONDS)
