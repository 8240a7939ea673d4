"""Discovery and service calls over HTTP.

Knows Flask requests. Checks are `wire`'s, advice is `cds_service.advice`'s.
"""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from cds_service.advice import Adviser
from cds_service.fhir.client import FhirServers
from cds_service.fhir.missing import complete
from cds_service.settings import Settings
from cds_service.web.arrival import arrival
from cds_service.web.auth import caller
from cds_service.web.services import discovery, offered
from cds_service.web.wire import check_envelope, check_needed, parse, service_for, too_large

_CHUNK = 64 * 1024
_MOST_DRAINED = 128 * 1024 * 1024


def hooks_blueprint(adviser: Adviser, settings: Settings, servers: FhirServers) -> Blueprint:
    """The routes of the CDS Hooks API; what a call lacks is fetched from `servers`."""
    routes = Blueprint("hooks", __name__)
    services = offered(patient_view=settings.patient_view)
    found = discovery(services)

    @routes.get("/cds-services")
    def discover() -> Response:
        return jsonify(found)

    @routes.post("/cds-services/<service_id>")
    def call(service_id: str) -> Response:
        body, kind = _body(settings.max_body_bytes), request.headers.get("Content-Type", "")
        sent = parse(body, kind, most_bytes=settings.max_body_bytes, most_depth=settings.max_depth)
        service = service_for(sent, services, service_id)
        check_envelope(sent, service)
        completed = complete(sent, servers, arrival())
        check_needed(sent, service, completed)
        known = caller()
        answer: dict[str, Any] = adviser.answer(completed.request, (known and known.profile) or "")
        return jsonify(answer)

    return routes


def _body(most_bytes: int) -> bytes:
    """The body; one over the limit is read on and thrown away, so that the client gets to see the answer."""
    stream, length = request.environ["wsgi.input"], request.content_length
    if length is None and not request.environ.get("wsgi.input_terminated"):
        return b""
    announced = most_bytes + 1 if length is None else length
    if announced <= most_bytes:
        return request.get_data(cache=False)
    body: bytes = stream.read(most_bytes + 1) if length is None else b""
    if length is None and len(body) <= most_bytes:
        return body
    left = _MOST_DRAINED if length is None else min(length, _MOST_DRAINED)
    while left > 0 and (chunk := stream.read(min(_CHUNK, left))):
        left -= len(chunk)
    raise too_large(most_bytes)
