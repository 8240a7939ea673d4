"""Discovery and service calls over HTTP.

Knows Flask requests. Checks are `wire`'s, advice is `cds_service.advice`'s.
"""

from typing import Any

from flask import Blueprint, Response, jsonify, request
from msgspec.json import Encoder

from cds_service.advice import Adviser, Said, response
from cds_service.course import COURSE, Shown, mark, note
from cds_service.fhir.client import FhirServers
from cds_service.fhir.elements import Json, obj, text
from cds_service.fhir.missing import complete
from cds_service.fhir.partial import PartialDecoder
from cds_service.settings import Settings
from cds_service.shown import Occurrence, ShownCards
from cds_service.web.body import read_body
from cds_service.web.caller import caller, issuer
from cds_service.web.capacity import Capacity
from cds_service.web.services import Service, discovery, offered
from cds_service.web.triggers import is_wanted
from cds_service.web.wire import check_envelope, check_needed, parse, service_for

_encoded = Encoder().encode


def hooks_blueprint(
    adviser: Adviser, settings: Settings, servers: FhirServers, shown: ShownCards | None = None
) -> Blueprint:
    """Discovery and calls; what a call lacks is fetched from `servers`, what its reader knows already `shown` tells."""
    routes = Blueprint("hooks", __name__)
    services = offered(patient_view=settings.patient_view)
    found, ids = discovery(services), {s.id for s in services}
    partial = PartialDecoder(adviser.vocabulary.places)
    most_bytes, most_depth = settings.max_body_bytes, settings.max_depth
    capacity = Capacity(running=settings.max_running, waiting=settings.max_waiting, seconds=settings.max_wait)

    @routes.get("/cds-services")
    def discover() -> Response:
        return jsonify(found)

    @routes.post("/cds-services/<service_id>")
    def call(service_id: str) -> Response:
        note(service=service_id if service_id in ids else "")
        body = read_body(most_bytes)
        mark("receive")
        with capacity.turn():
            return Response(_encoded(answer(body, service_id)), mimetype="application/json")

    def answer(body: bytes, service_id: str) -> dict[str, Any]:
        kind, known = request.headers.get("Content-Type", ""), caller()
        with capacity.computing():
            sent = parse(body, kind, most_bytes=most_bytes, most_depth=most_depth, partial=partial)
            service = service_for(sent, services, service_id)
            note(hook=service.hook)
            check_envelope(sent, service)
            mark("parse")
        if service.hook == "patient-view" and not is_wanted(sent, settings.epic_triggers):
            return {"cards": []}
        completed = complete(sent, servers, _arrival())
        mark("fetch")
        check_needed(sent, service, completed)
        with capacity.computing():
            advice = adviser.advise(completed.request, (known and known.profile) or "")
        said = shown.new_in(advice, _occurrence(sent, service)) if shown else advice.said
        mark("compare")
        note(cards=tuple(_shown(s) for s in said))
        return response(said)

    return routes


def _arrival() -> float | None:
    course = COURSE.get()
    return course.start if course else None


def _shown(said: Said) -> Shown:
    """A card as it is counted."""
    told = said.substance
    if told.audience != "coding":
        return Shown(audience="clinician")
    return Shown(audience="coder", verdict=told.verdict, rules=told.rules)


def _occurrence(sent: Json, service: Service) -> Occurrence:
    return Occurrence(
        service=service.id,
        hook=service.hook,
        issuer=issuer(),
        server=text(sent.get("fhirServer")).rstrip("/"),
        user=text(obj(sent.get("context")).get("userId")),
    )
