"""The HTTP face: discovery, calls, and every kind of bad input as an OperationOutcome."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds_service.app import create_app
from cds_service.settings import Settings
from tests.charts import adviser, mission, request

CHARGE = "/cds-services/iliac-charge-review"
ORDER = "/cds-services/iliac-order-sign"


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings(max_body_bytes=2_000_000)).test_client()


def post(client: FlaskClient, body: Any, url: str = CHARGE, kind: str = "application/json") -> TestResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(url, data=data, content_type=kind)


def refused(answer: TestResponse, status: int) -> dict[str, Any]:
    """The first issue of an error, after what every error keeps."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.mimetype == "application/json"
    body = answer.get_json()
    assert body["resourceType"] == "OperationOutcome"
    for issue in body["issue"]:
        assert issue["severity"] == "error"
        assert issue["code"]
        assert len(issue["diagnostics"]) > 10
        assert not any(w in issue["diagnostics"] for w in ("Traceback", "Error", "Exception", "object has no"))
    found: dict[str, Any] = body["issue"][0]
    return found


def test_discovery_lists_the_services_by_hook(client: FlaskClient) -> None:
    found = client.get("/cds-services").get_json()["services"]
    assert [(s["hook"], s["id"]) for s in found] == [
        ("order-sign", "iliac-order-sign"),
        ("org.iliac-cds.charge-review", "iliac-charge-review"),
        ("encounter-discharge", "iliac-charge-review"),
    ]
    for service in found:
        assert set(service["prefetch"]) == {
            "patient", "encounter", "procedures", "conditions", "charges", "coverage", "reports",
        }  # fmt: skip
        assert service["title"]
        assert service["description"]
        assert service["usageRequirements"]


def test_patient_view_is_offered_only_when_switched_on() -> None:
    app = create_app(Settings(patient_view=True))
    found = app.test_client().get("/cds-services").get_json()["services"]
    assert ("patient-view", "iliac-charge-review") in [(s["hook"], s["id"]) for s in found]


def test_the_mission_is_answered_with_one_card(client: FlaskClient) -> None:
    answer = post(client, mission())
    assert answer.status_code == 200
    (card,) = answer.get_json()["cards"]
    assert card["summary"] == "Right leg, iliac: record supports 37258 + 37257."
    assert list(answer.get_json()) == ["cards"]


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/fhir+json", "Application/JSON"])
def test_json_is_taken_under_its_names(client: FlaskClient, kind: str) -> None:
    assert post(client, mission(), kind=kind).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/xml"])
def test_another_content_type_is_415(client: FlaskClient, kind: str) -> None:
    assert "application/json" in refused(post(client, mission(), kind=kind), 415)["diagnostics"]


BODIES: list[tuple[bytes, str]] = [
    (b"", "empty"),
    (b'{"hook": ', "broken"),
    (b"hello", "words"),
    (b'{"hook": "\xff"}', "not UTF-8"),
    (b"[]", "a list"),
    (b"null", "null"),
    (b"7", "a number"),
    (b'{"a": NaN}', "NaN"),
    (b'{"a": Infinity}', "infinity"),
    (b'{"a": "\\ud800"}', "half a surrogate pair"),
    (b"[" * 10_000 + b"]" * 10_000, "ten thousand levels"),
    (b'{"hook":"x","context":' + b"[" * 10_000 + b"]" * 10_000 + b"}", "ten thousand levels in the context"),
    (b'{"hook":"x","context":' + b'{"a":' * 300 + b"1" + b"}" * 300 + b"}", "three hundred levels"),
]


@pytest.mark.parametrize(("body", "why"), BODIES, ids=[b[1] for b in BODIES])
def test_a_body_that_is_no_json_object_is_400(client: FlaskClient, body: bytes, why: str) -> None:
    assert refused(post(client, body), 400)["code"] == "structure", why


def test_a_body_over_the_limit_is_413(client: FlaskClient) -> None:
    body = json.dumps({**mission(), "padding": "x" * 2_000_001}).encode()
    assert "2000000 bytes" in refused(post(client, body), 413)["diagnostics"]


def without(*path: str, source: dict[str, Any] | None = None) -> dict[str, Any]:
    sent = mission() if source is None else source
    target = sent
    for step in path[:-1]:
        target = target[step]
    del target[path[-1]]
    return sent


def sign() -> dict[str, Any]:
    sent = request(hook="order-sign")
    sent["context"]["draftOrders"] = {"resourceType": "Bundle", "entry": []}
    return sent


ENVELOPES: list[tuple[dict[str, Any], str, str, str]] = [
    (without("hook"), CHARGE, "hook", "no hook"),
    ({**mission(), "hook": "order-sign"}, CHARGE, "hook", "another service's hook"),
    ({**mission(), "hook": 7}, CHARGE, "hook", "a hook that is no string"),
    (without("hookInstance"), CHARGE, "hookInstance", "no hookInstance"),
    ({**mission(), "hookInstance": 12}, CHARGE, "hookInstance", "a hookInstance that is no string"),
    (without("context"), CHARGE, "context", "no context"),
    ({**mission(), "context": []}, CHARGE, "context", "a context that is no object"),
    (without("context", "patientId"), CHARGE, "context.patientId", "no patient"),
    (without("context", "userId"), CHARGE, "context.userId", "no user"),
    (without("context", "encounterId"), CHARGE, "context.encounterId", "no encounter"),
    (without("context", "draftOrders", source=sign()), ORDER, "context.draftOrders", "no orders"),
    ({**mission(), "prefetch": []}, CHARGE, "prefetch", "a prefetch that is no object"),
    ({**mission(), "fhirAuthorization": {"access_token": "t"}}, CHARGE, "fhirServer", "a token for no server"),
]


@pytest.mark.parametrize(("sent", "url", "where", "why"), ENVELOPES, ids=[e[3] for e in ENVELOPES])
def test_a_faulty_envelope_is_400_and_names_the_place(
    client: FlaskClient, sent: dict[str, Any], url: str, where: str, why: str
) -> None:
    assert refused(post(client, sent, url), 400)["expression"] == [where], why


BUNDLES: list[Any] = [[], "x", {"resourceType": "Patient"}, {"resourceType": "Bundle", "entry": {}}]


@pytest.mark.parametrize("value", BUNDLES)
def test_a_bundle_that_is_none_is_400(client: FlaskClient, value: Any) -> None:
    orders = sign()
    orders["context"]["draftOrders"] = value
    assert refused(post(client, orders, ORDER), 400)["code"] == "structure"
    charges = mission()
    charges["context"]["draftCharges"] = value
    assert refused(post(client, charges), 400)["code"] == "structure"


def test_a_prefetched_bundle_without_a_list_is_400(client: FlaskClient) -> None:
    sent = mission(procedures={"resourceType": "Bundle", "entry": "none"})
    assert refused(post(client, sent), 400)["expression"] == ["prefetch.procedures.entry"]


OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
SILENT: list[Any] = [OUTCOME, "text", 7, {"resourceType": "Bundle", "entry": [{"resource": OUTCOME}]}, {}]


@pytest.mark.parametrize("value", SILENT)
def test_needed_data_that_failed_is_412_and_names_the_key(client: FlaskClient, value: Any) -> None:
    assert refused(post(client, mission(procedures=value)), 412)["expression"] == ["prefetch.procedures"]


def test_needed_data_that_was_not_sent_is_412_with_every_key(client: FlaskClient) -> None:
    answer = post(client, without("prefetch"))
    assert refused(answer, 412)["code"] == "required"
    assert [i["expression"] for i in answer.get_json()["issue"]] == [["prefetch.procedures"], ["prefetch.encounter"]]


def test_null_says_there_is_none_and_is_answered_with_no_card(client: FlaskClient) -> None:
    answer = post(client, mission(procedures=None, encounter=None))
    assert (answer.status_code, answer.get_json()) == (200, {"cards": []})


def test_an_empty_search_of_epic_is_an_outcome_that_says_there_is_none(client: FlaskClient) -> None:
    note = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "processing"}]}
    empty = {"resourceType": "Bundle", "entry": [{"resource": note, "search": {"mode": "outcome"}}]}
    assert post(client, mission(procedures=empty)).get_json() == {"cards": []}


def test_an_order_needs_nothing_but_itself(client: FlaskClient) -> None:
    sent = sign()
    del sent["prefetch"]
    assert post(client, sent, ORDER).get_json() == {"cards": []}


def test_what_is_not_understood_is_ignored(client: FlaskClient) -> None:
    sent = {**mission(), "extension": {"com.epic.cdshooks.request.bpa-trigger-action": "23"}, "later": [1]}
    sent["context"]["unknown"] = {"deep": [None]}
    sent["prefetch"]["ours-user"] = {"resourceType": "Practitioner", "id": "u"}
    assert len(post(client, sent).get_json()["cards"]) == 1


def test_an_unknown_service_is_404_and_says_which_there_are(client: FlaskClient) -> None:
    assert "iliac-charge-review" in refused(post(client, mission(), "/cds-services/other"), 404)["diagnostics"]


def test_unknown_addresses_and_methods_are_outcomes_too(client: FlaskClient) -> None:
    refused(client.get("/nowhere"), 404)
    refused(client.get(CHARGE), 405)
    refused(client.post("/cds-services"), 405)
    refused(client.delete("/cds-services"), 405)
    assert client.get(CHARGE).headers["Allow"]


def test_what_nobody_foresaw_is_500_without_a_word_of_the_exception(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        vocabulary = adviser().vocabulary

        def advise(self, *_: Any) -> Any:
            raise RuntimeError("secret patient name")

    broken = create_app(Settings(), adviser=Broken()).test_client()  # type: ignore[arg-type]
    answer = post(broken, mission())
    assert refused(answer, 500)["code"] == "exception"
    assert "secret" not in answer.get_data(as_text=True)
    assert "secret" not in caplog.text
    assert "RuntimeError" in caplog.text


def test_a_token_is_never_given_back(client: FlaskClient) -> None:
    sent = {**mission(), "fhirServer": "https://127.0.0.1:9", "fhirAuthorization": {"access_token": "planted-token"}}
    answer = post(client, sent)
    assert answer.status_code == 200
    assert "planted-token" not in answer.get_data(as_text=True) + str(answer.headers)


def test_cross_origin_calls_are_open_to_listed_origins_only() -> None:
    listed = create_app(Settings(cors_origins=("https://ehr.example.org",))).test_client()
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    for origin, open_ in (("https://ehr.example.org", True), ("https://evil.example.org", False)):
        flight = listed.options(CHARGE, headers={**asked, "Origin": origin})
        refusal = listed.post(CHARGE, data=b"x", headers={"Origin": origin, "Content-Type": "application/json"})
        for answer in (flight, refusal):
            assert answer.headers.get("Access-Control-Allow-Origin") == (origin if open_ else None)
    closed = (
        create_app(Settings()).test_client().options(CHARGE, headers={**asked, "Origin": "https://ehr.example.org"})
    )
    assert "Access-Control-Allow-Origin" not in closed.headers
