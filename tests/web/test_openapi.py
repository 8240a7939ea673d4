"""The OpenAPI document is true: of every route, and of what the real service answers to what it says may be sent."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, settings
from jsonschema import Draft202012Validator
from schemathesis.checks import load_all_checks
from schemathesis.config import SchemathesisConfig

from cds_service.app import create_app
from cds_service.settings import Settings
from cds_service.stores import Stores
from cds_service.stores.memory import MemoryCardStore, MemoryTokenStore
from tests.charts import adviser
from tests.clients.signing import BASE, table, trusting
from tests.scenarios.golden import loaded, names
from tests.web.test_feedback import accepted, over

METHODS = ("GET", "POST")


def made(**more: Any) -> Flask:
    stores = Stores(cards=MemoryCardStore(), tokens=MemoryTokenStore())
    return create_app(Settings(**{"auth": "off", "patient_view": True, **more}), adviser=adviser(), stores=stores)


def document(app: Flask) -> dict[str, Any]:
    answer = app.test_client().get("/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    found: dict[str, Any] = answer.get_json()
    return found


def resolved(found: dict[str, Any], value: Any) -> Any:
    """A part of the document with what it refers to in place."""
    if isinstance(value, dict) and "$ref" in value:
        part: Any = found
        for step in value["$ref"].removeprefix("#/").split("/"):
            part = part[step]
        return resolved(found, part)
    if isinstance(value, dict):
        return {k: resolved(found, v) for k, v in value.items()}
    return [resolved(found, v) for v in value] if isinstance(value, list) else value


def test_the_document_names_every_route_and_no_other() -> None:
    app = made()
    told = {(path, method.upper()) for path, found in document(app)["paths"].items() for method in found}
    templates = {(re.sub("/iliac-[a-z-]+", "/<service_id>", path), method) for path, method in told}
    routes = {(r.rule, m) for r in app.url_map.iter_rules() for m in METHODS if m in (r.methods or ())}
    assert templates == routes


def test_what_is_switched_off_or_asked_for_is_told(tmp_path: Path) -> None:
    plain = document(create_app(Settings(auth="off", metrics="off"), adviser=adviser()))
    assert not {p for p in plain["paths"] if p.endswith("/feedback") or p == "/metrics"}
    assert "patient-view" not in json.dumps(plain)
    assert "security" not in plain
    trusting(tmp_path, table())
    jwt = document(made(auth="jwt", clients=str(tmp_path / "clients.toml"), public_url=BASE))
    assert jwt["security"] == [{"token": []}]
    assert jwt["servers"] == [{"url": BASE}]
    for path, found in jwt["paths"].items():
        (operation,) = found.values()
        assert ("401" in operation["responses"]) is path.startswith("/cds-services"), path


def test_the_sandbox_is_not_in_the_document_but_serves_it() -> None:
    app = create_app(Settings(), sandbox=True, adviser=adviser())
    assert {p for p in document(app)["paths"] if p in ("/", "/try", "/play")} == set()


def body_schema(found: dict[str, Any], path: str) -> dict[str, Any]:
    body: dict[str, Any] = found["paths"][path]["post"]["requestBody"]
    schema: dict[str, Any] = resolved(found, body["content"]["application/json"]["schema"])
    Draft202012Validator.check_schema(schema)
    return schema


@pytest.mark.parametrize("name", names())
def test_every_scenario_is_a_body_of_the_document(name: str) -> None:
    sent = loaded(name, "request.json")
    path = "/cds-services/" + ("iliac-order-sign" if sent["hook"] == "order-sign" else "iliac-charge-review")
    assert list(Draft202012Validator(body_schema(document(made()), path)).iter_errors(sent)) == []


def test_feedback_as_clients_send_it_is_a_body_of_the_document() -> None:
    schema = body_schema(document(made()), "/cds-services/iliac-charge-review/feedback")
    said = over(overrideReason={"userComment": "x"})
    assert list(Draft202012Validator(schema).iter_errors({"feedback": [accepted(), over(), said]})) == []


def test_errors_carry_the_headers_the_document_promises(tmp_path: Path) -> None:
    trusting(tmp_path, table())
    app = made(auth="jwt", clients=str(tmp_path / "clients.toml"), public_url=BASE)
    found = document(app)
    for client, call, status in answers_of(app, made()):
        answer = client.open(**call)
        assert answer.status_code == status, call
        promised = resolved(found, found["components"]["responses"][str(status)])
        for name, header in promised["headers"].items():
            assert re.search(header["schema"].get("pattern", "."), answer.headers.get(name, "")), (status, name)
        schema = promised["content"]["application/json"]["schema"]
        assert list(Draft202012Validator(schema).iter_errors(answer.get_json())) == [], status


def answers_of(closed: Flask, app: Flask) -> list[tuple[FlaskClient, dict[str, Any], int]]:
    path, kind = "/cds-services/iliac-charge-review", "application/json"
    call = loaded("mission", "request.json")
    open_ = app.test_client()
    bare = {**call, "prefetch": {}}
    return [
        (open_, {"path": path, "method": "POST", "data": b"{", "content_type": kind}, 400),
        (closed.test_client(), {"path": path, "method": "POST", "json": call}, 401),
        (open_, {"path": "/cds-services/x", "method": "POST", "json": call}, 404),
        (open_, {"path": path, "method": "GET"}, 405),
        (open_, {"path": path, "method": "POST", "json": bare}, 412),
        (made(max_body_bytes=1024).test_client(), {"path": path, "method": "POST", "json": call}, 413),
        (open_, {"path": path, "method": "POST", "data": b"{}", "content_type": "text/plain"}, 415),
    ]


load_all_checks()
CHECKS = [
    schemathesis.checks.CHECKS.get_one(name)
    for name in (
        "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
        "response_schema_conformance", "negative_data_rejection", "unsupported_method",
    )
]  # fmt: skip
REFUSING = ["400", "404", "405", "412", "413", "415"]
CONFIG = SchemathesisConfig.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REFUSING}}})
SCHEMA = schemathesis.openapi.from_wsgi("/openapi.json", made(), config=CONFIG)


@SCHEMA.parametrize()
@settings(
    max_examples=25, derandomize=True, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_what_is_generated_from_the_document_is_answered_as_it_says(case: schemathesis.Case) -> None:
    case.call_and_validate(checks=CHECKS)
