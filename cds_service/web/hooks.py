"""Discovery and service calls over HTTP.

Knows Flask requests. Checks are `wire`'s, advice is `cds_service.advice`'s.
"""

import time

from flask import Blueprint, Response, jsonify, request

from cds_service.advice import Adviser, response
from cds_service.fhir.client import FhirServers
from cds_service.fhir.elements import Json, obj, text
from cds_service.fhir.missing import complete
from cds_service.settings import Settings
from cds_service.shown import Occurrence, ShownCards
from cds_service.web.body import read_body
from cds_service.web.caller import issuer
from cds_service.web.services import Service, discovery, offered
from cds_service.web.wire import check_envelope, check_needed, parse, service_for


def hooks_blueprint(
    adviser: Adviser, settings: Settings, servers: FhirServers, shown: ShownCards | None = None
) -> Blueprint:
    """Discovery and calls; what a call lacks is fetched from `servers`, what its reader knows already `shown` tells."""
    routes = Blueprint("hooks", __name__)
    services = offered(patient_view=settings.patient_view)
    found = discovery(services)

    @routes.get("/cds-services")
    def discover() -> Response:
        return jsonify(found)

    @routes.post("/cds-services/<service_id>")
    def call(service_id: str) -> Response:
        body, start = read_body(settings.max_body_bytes), time.monotonic()
        kind = request.headers.get("Content-Type", "")
        sent = parse(body, kind, most_bytes=settings.max_body_bytes, most_depth=settings.max_depth)
        service = service_for(sent, services, service_id)
        check_envelope(sent, service)
        completed = complete(sent, servers, start)
        check_needed(completed.request, service, completed.lost)
        advice = adviser.advise(completed.request)
        said = shown.new_in(advice, _occurrence(sent, service)) if shown else advice.said
        return jsonify(response(said))

    return routes


def _occurrence(sent: Json, service: Service) -> Occurrence:
    return Occurrence(
        service=service.id,
        hook=service.hook,
        issuer=issuer(),
        server=text(sent.get("fhirServer")).rstrip("/"),
        user=text(obj(sent.get("context")).get("userId")),
    )
