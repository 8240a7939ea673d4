"""The HTTP interface as an OpenAPI document, for whoever writes or tests a client: every route, answer and header.

Knows the routes and what they answer. What a hook call must carry is taken from the services themselves. The try-it
pages of the sandbox are for people and not in it.
"""

from collections.abc import Iterable
from typing import Any

from cds_service import __version__
from cds_service.settings import Settings
from cds_service.web.feedback import MOST_BYTES
from cds_service.web.headers import HEADERS
from cds_service.web.journal import REQUEST_ID
from cds_service.web.openapi_bodies import CARDS, OUTCOME, call, feedback
from cds_service.web.services import Service

Json = dict[str, Any]
JSON, FHIR_JSON, PROMETHEUS = "application/json", "application/fhir+json", "text/plain"
_HEADERS = {
    REQUEST_ID: "The id of the request in log and traces: the caller's own where that is a UUID.",
    **{name: f"Always: {value}" for name, value in HEADERS.items()},
}
_TEXTS = {
    400: "The body or the envelope is faulty; the outcome names each place.",
    401: "The caller is not a known client. No reason is given.",
    404: "There is no such service here.",
    405: "The address does not take this method.",
    412: "Data without which nothing can be said did not come and could not be fetched; the outcome names it.",
    413: "The body is larger than is taken.",
    415: "The Content-Type is not JSON.",
    500: "The service failed on this request. Nothing was stored.",
    503: "Capacity, the store or authentication is away for the moment: send again.",
}


def interface(services: Iterable[Service], settings: Settings, *, feedback_taken: bool, authenticated: bool) -> Json:
    """The OpenAPI 3.1 document of an installation with these services."""
    door = (401, 503) if authenticated else ()
    paths: Json = {"/cds-services": {"get": _operation("Discovery", "discover", _said(_DISCOVERY), door)}}
    by_id: dict[str, list[Service]] = {}
    for service in services:
        by_id.setdefault(service.id, []).append(service)
    for name, mine in by_id.items():
        answers = sorted({400, 412, 413, 415, 500, 503, *door})
        body = _body(call(mine), settings.max_body_bytes)
        paths[f"/cds-services/{name}"] = {
            "post": _operation(mine[0].title, f"call-{name}", _said(_CARDS), answers, body=body)
        }
        if feedback_taken:
            answers = sorted({400, 413, 415, 500, 503, *door})
            body = _body(feedback(), min(MOST_BYTES, settings.max_body_bytes))
            paths[f"/cds-services/{name}/feedback"] = {
                "post": _operation("Feedback on cards", f"feedback-{name}", _said(_OUTCOME), answers, body=body)
            }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "iliac-cds",
            "version": __version__,
            "summary": "Coding support for iliac artery revascularization as a CDS Hooks service",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        **({"servers": [{"url": settings.public_url}]} if settings.public_url else {}),
        **({"security": [{"token": []}]} if authenticated else {}),
        "paths": {**paths, **_for_operators(settings)},
        "components": _components(authenticated=authenticated),
    }


_CARDS = {"$ref": "#/components/schemas/Cards"}
_OUTCOME = {"$ref": "#/components/schemas/OperationOutcome"}
_SERVICE = {
    "type": "object",
    "required": ["hook", "id", "description", "title", "prefetch"],
    "properties": {
        **{n: {"type": "string"} for n in ("hook", "id", "title", "description", "usageRequirements", "version")},
        "prefetch": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "additionalProperties": False,
}
_DISCOVERY = {
    "type": "object",
    "required": ["services"],
    "properties": {"services": {"type": "array", "minItems": 1, "items": _SERVICE}},
    "additionalProperties": False,
}
_ALIVE = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"const": "alive"}},
    "additionalProperties": False,
}
_READY = {
    "type": "object",
    "required": ["status", "checks"],
    "properties": {
        "status": {"enum": ["ready", "not ready"]},
        "checks": {"type": "object", "additionalProperties": {"enum": ["ok", "failed"]}},
    },
    "additionalProperties": False,
}


def _for_operators(settings: Settings) -> Json:
    """What stands beside the services, for the machines of whoever runs this: no token is asked for."""
    ready = _operation("Whether calls can be answered", "ready", _said(_READY))
    ready["responses"]["503"] = {**_said(_READY), "description": "Not ready; the checks say what fails."}
    found: Json = {
        "/healthz": _operation("Whether the process lives", "health", _said(_ALIVE)),
        "/readyz": ready,
        "/openapi.json": _operation("This document", "interface", _said({"type": "object"})),
    }
    if settings.metrics == "on":
        text = {**_said({"type": "string"}), "content": {PROMETHEUS: {"schema": {"type": "string"}}}}
        found["/metrics"] = _operation("Counts, for Prometheus", "metrics", text)
    return {path: {"get": {**operation, "security": []}} for path, operation in found.items()}


def _operation(summary: str, name: str, good: Json, errors: Iterable[int] = (), *, body: Json | None = None) -> Json:
    responses = {"200": good, **{str(status): {"$ref": f"#/components/responses/{status}"} for status in errors}}
    found: Json = {"operationId": name, "summary": summary, "responses": responses}
    return {**found, "requestBody": body} if body else found


def _body(schema: Json, most_bytes: int) -> Json:
    content = {kind: {"schema": schema} for kind in (JSON, FHIR_JSON)}
    return {"required": True, "description": f"At most {most_bytes} bytes of UTF-8.", "content": content}


def _said(schema: Json, description: str = "As asked.") -> Json:
    return {
        "description": description,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in _HEADERS},
        "content": {JSON: {"schema": schema}},
    }


def _components(*, authenticated: bool) -> Json:
    errors = {str(status): _said(_OUTCOME, text) for status, text in _TEXTS.items()}
    errors["503"]["headers"] = {**errors["503"]["headers"], "Retry-After": _header("Seconds to wait.", r"^\d+$")}
    errors["401"]["headers"] = {**errors["401"]["headers"], "WWW-Authenticate": _header("Bearer", "^Bearer$")}
    errors["405"]["headers"] = {**errors["405"]["headers"], "Allow": _header("The methods that are taken.", "[A-Z]+")}
    scheme = {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A JSON Web Token of a trusted client, good for one call; `aud` is the URL that is called.",
    }
    return {
        "schemas": {"Cards": CARDS, "OperationOutcome": OUTCOME},
        "headers": {name: _header(text) for name, text in _HEADERS.items()},
        "responses": errors,
        **({"securitySchemes": {"token": scheme}} if authenticated else {}),
    }


def _header(description: str, pattern: str = "") -> Json:
    schema: Json = {"type": "string", "minLength": 1}
    return {
        "description": description,
        "required": True,
        "schema": {**schema, "pattern": pattern} if pattern else schema,
    }
