"""Client authentication over HTTP: who is let in, what a stranger sees, what browsers may read, what the log keeps."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds_service.app import create_app
from cds_service.clients.registry import ClientsProblem
from cds_service.clients.verification import Caller
from cds_service.settings import Settings
from cds_service.stores import Stores, TokenStore
from cds_service.stores.memory import MemoryCardStore, MemoryTokenStore
from cds_service.web.caller import caller
from tests.charts import mission
from tests.clients.signing import BASE, ISSUER, PATH, table, token, trusting

ORIGIN = "https://ehr.hospital.example"
UNKNOWN = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "login", "diagnostics": "The caller could not be authenticated."}],
}
ASKED = {"Origin": ORIGIN, "Access-Control-Request-Headers": "authorization,content-type"}


def made(folder: Path, tokens: TokenStore | None = None, **more: Any) -> Flask:
    trusting(folder, table(profile="epic"))
    good = {"auth": "jwt", "clients": str(folder / "clients.toml"), "public_url": BASE, "cors_origins": (ORIGIN,)}
    stores = Stores(cards=MemoryCardStore(), tokens=tokens or MemoryTokenStore())
    return create_app(Settings(**{**good, **more}), stores=stores)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return made(tmp_path_factory.mktemp("clients"))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def bearer(path: str = PATH, **more: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(aud=BASE + path, **more)}"}


def post(client: FlaskClient, headers: dict[str, str], body: Any = None, path: str = PATH) -> TestResponse:
    return client.post(path, json=mission() if body is None else body, headers=headers)


def test_a_trusted_client_gets_discovery_and_cards(client: FlaskClient) -> None:
    assert client.get("/cds-services", headers=bearer("/cds-services")).status_code == 200
    answer = post(client, bearer())
    assert (answer.status_code, len(answer.get_json()["cards"])) == (200, 1)


def test_a_trusted_client_gets_what_its_profile_can_carry_out(client: FlaskClient) -> None:
    """The clients' file calls this one epic, which creates no ChargeItem."""
    (card,) = post(client, bearer()).get_json()["cards"]
    assert "suggestions" not in card
    assert "By hand: add 37258-RT x1 and add 37257-RT x1." in card["detail"]


STRANGERS = [
    ("GET", "/cds-services", "discovery"),
    ("HEAD", "/cds-services", "discovery without its body"),
    ("POST", PATH, "a call"),
    ("POST", f"{PATH}/feedback", "feedback"),
    ("POST", "/cds-services/unknown", "a service that is none"),
    ("GET", PATH, "a method that is none"),
    ("DELETE", "/cds-services", "another method that is none"),
    ("GET", "/cds-services/", "a slash more"),
    ("GET", "/cds-services/../cds-services", "a way around"),
    ("POST", "/cds%2Dservices/iliac-charge-review", "an encoded letter"),
]


@pytest.mark.parametrize(("method", "path", "why"), STRANGERS, ids=[s[2] for s in STRANGERS])
def test_a_stranger_sees_the_same_refusal_everywhere(client: FlaskClient, method: str, path: str, why: str) -> None:
    for headers in ({}, bearer(owner="thief"), bearer(iss="https://unknown.example"), {"Authorization": "Basic eA=="}):
        answer = client.open(path, method=method, data=b"{", content_type="text/plain", headers=headers)
        assert answer.status_code == 401, why
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert method == "HEAD" or answer.get_json() == UNKNOWN


def test_after_the_door_errors_are_what_they_were(client: FlaskClient) -> None:
    assert post(client, bearer("/cds-services/unknown"), path="/cds-services/unknown").status_code == 404
    assert client.get(PATH, headers=bearer()).status_code == 405
    assert post(client, bearer(), {"hook": 1}).status_code == 400
    assert client.post(PATH, data=b"x", content_type="text/plain", headers=bearer()).status_code == 415


def test_an_endpoint_that_comes_later_is_guarded_and_has_an_audience_of_its_own(tmp_path: Path) -> None:
    app = made(tmp_path)
    path = f"{PATH}/later"
    app.add_url_rule("/cds-services/<service_id>/later", "later", lambda service_id: {"ok": True}, methods=["POST"])
    client = app.test_client()
    assert post(client, {}, path=path).status_code == 401
    assert post(client, bearer(PATH), path=path).status_code == 401
    assert post(client, bearer(path), path=path).get_json() == {"ok": True}
    flight = client.options(path, headers={**ASKED, "Access-Control-Request-Method": "POST"})
    assert (flight.status_code, flight.headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)


def test_the_body_of_a_stranger_is_not_read(app: Flask) -> None:
    class Untouched:
        def read(self, *_: Any) -> bytes:
            raise AssertionError("the body was read")

        readline = __iter__ = read

    builder = {"method": "POST", "path": PATH, "content_type": "application/json"}
    client = app.test_client()
    answer = client.open(**builder, environ_overrides={"wsgi.input": Untouched(), "CONTENT_LENGTH": "10"})
    assert answer.status_code == 401


def test_the_client_is_known_to_the_request_and_to_no_other(tmp_path: Path) -> None:
    app, seen = made(tmp_path), []
    app.add_url_rule("/cds-services/who", "who", lambda: seen.append(caller()) or {})
    app.add_url_rule("/open", "open", lambda: seen.append(caller()) or {})
    assert app.test_client().get("/cds-services/who", headers=bearer("/cds-services/who")).status_code == 200
    assert app.test_client().get("/open").status_code == 200
    assert seen == [Caller(name="ehr", issuer=ISSUER, profile="epic"), None]


def test_a_token_is_good_for_one_request(client: FlaskClient) -> None:
    once = bearer()
    assert [post(client, once).status_code for _ in range(3)] == [200, 401, 401]


def test_the_store_of_used_tokens_is_the_one_that_was_given(tmp_path: Path) -> None:
    shared, once = MemoryTokenStore(), bearer()
    first, second = (made(tmp_path, tokens=shared).test_client() for _ in range(2))
    assert [post(c, once).status_code for c in (first, second)] == [200, 401]


def test_when_the_store_fails_the_answer_is_503_without_a_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def first_use(self, *_: Any) -> bool:
            raise OSError("planted password")

    client = made(tmp_path, tokens=Broken()).test_client()
    answer = post(client, {**bearer(), "Origin": ORIGIN})
    assert (answer.status_code, answer.get_json()["issue"][0]["code"]) == (503, "transient")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "the token store failed, OSError" in caplog.text
    assert "planted" not in caplog.text + answer.get_data(as_text=True)
    assert post(client, bearer(owner="thief")).status_code == 401, "strangers do not learn of it"


def test_the_log_has_a_code_and_nothing_of_a_token(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for more in (
            {"iss": "https://planted.example"},
            {"owner": "thief", "jti": "planted"},
            {"header": {"kid": "planted"}},
        ):
            assert post(client, bearer(**more)).status_code == 401
        assert post(client, {"Authorization": "Bearer planted.planted.planted"}).status_code == 401
        assert post(client, bearer(jti="planted")).status_code == 200
    found = [r.getMessage() for r in caplog.records if r.name == "cds_service.web"]
    assert found == [
        "caller refused: unknown-client, client unknown",
        "caller refused: signature, client ehr",
        "caller refused: no-key, client ehr",
        "caller refused: malformed, client unknown",
    ]
    assert "planted" not in caplog.text
    assert "eyJ" not in caplog.text


@pytest.fixture
def answers(client: FlaskClient) -> Callable[[str], list[TestResponse]]:
    """An answer of every status a browser may get to see."""

    def ask(origin: str) -> list[TestResponse]:
        def headers(path: str = PATH, **more: Any) -> dict[str, str]:
            return {**bearer(path), "Origin": origin, **more}

        return [
            client.get("/cds-services", headers=headers("/cds-services")),
            post(client, headers()),
            post(client, headers(), {"hook": 1}),
            post(client, {"Origin": origin}),
            post(client, headers("/cds-services/unknown"), path="/cds-services/unknown"),
            client.get(PATH, headers=headers()),
            client.post(PATH, data=b"x" * 17_000_000, content_type="application/json", headers=headers()),
            post(client, headers(), {**mission(), "prefetch": {}}),
        ]

    return ask


STATUSES = [200, 200, 400, 401, 404, 405, 413, 412]


def test_a_listed_origin_may_read_every_answer(answers: Callable[[str], list[TestResponse]]) -> None:
    found = answers(ORIGIN)
    assert [a.status_code for a in found] == STATUSES
    for answer in found:
        assert answer.headers.getlist("Access-Control-Allow-Origin") == [ORIGIN]
        assert answer.headers.getlist("Vary") == ["Origin"]
        assert "Access-Control-Allow-Credentials" not in answer.headers


ORIGINS = [
    ("https://evil.example", "another one"),
    ("https://ehr.hospital.example.evil.example", "one that begins like it"),
    ("https://evil.example/https://ehr.hospital.example", "one that ends like it"),
    ("https://ehrXhospital.example", "a dot is a dot"),
    ("http://ehr.hospital.example", "another scheme"),
    ("https://ehr.hospital.example:8443", "another port"),
    ("null", "none of a page"),
]


@pytest.mark.parametrize(("origin", "why"), ORIGINS, ids=[o[1] for o in ORIGINS])
def test_another_origin_may_read_none(client: FlaskClient, origin: str, why: str) -> None:
    for answer in (
        client.options(PATH, headers={**ASKED, "Origin": origin, "Access-Control-Request-Method": "POST"}),
        client.get("/cds-services", headers={**bearer("/cds-services"), "Origin": origin}),
        post(client, {"Origin": origin}),
    ):
        assert [h for h, _ in answer.headers if h.startswith("Access-Control")] == [], why
        assert answer.headers.getlist("Vary") == ["Origin"]


def test_who_sends_no_origin_does_not_learn_the_list(client: FlaskClient) -> None:
    answer = post(client, bearer())
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize(("path", "method"), [("/cds-services", "GET"), (PATH, "POST")])
def test_a_preflight_needs_no_token_and_is_kept_for_a_while(client: FlaskClient, path: str, method: str) -> None:
    answer = client.options(path, headers={**ASKED, "Access-Control-Request-Method": method})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert method in answer.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization, content-type"
    assert answer.headers["Access-Control-Max-Age"] == "600"
    assert answer.get_data() == b""


def test_the_sandbox_is_open_to_pages_of_this_machine_only() -> None:
    client = create_app(Settings(), sandbox=True).test_client()
    local = ("http://localhost:8080", "http://127.0.0.1", "https://localhost", "http://[::1]:3000")
    others = (
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://localhost:80@evil.example",
        "http://evil.example",
    )
    for origin in (*local, *others):
        found = client.get("/cds-services", headers={"Origin": origin}).headers.get("Access-Control-Allow-Origin")
        assert found == (origin if origin in local else None)


def test_no_answer_is_kept_sniffed_or_framed(answers: Callable[[str], list[TestResponse]], client: FlaskClient) -> None:
    for answer in (*answers(ORIGIN), client.get("/nowhere")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_the_sandbox_authenticates_nobody_whatever_is_set(tmp_path: Path) -> None:
    app = create_app(Settings(auth="jwt"), sandbox=True)
    assert post(app.test_client(), {}).status_code == 200


def test_without_clients_or_address_nothing_is_served(tmp_path: Path) -> None:
    trusting(tmp_path, table())
    for more in ({}, {"public_url": BASE}, {"clients": str(tmp_path / "clients.toml")}):
        with pytest.raises(ClientsProblem, match="needs ILIAC_CDS_PUBLIC_URL"):
            create_app(Settings(auth="jwt", **more))
    with pytest.raises(ClientsProblem, match="No such file"):
        create_app(Settings(auth="jwt", public_url=BASE, clients=str(tmp_path / "none")))


SETTINGS: list[tuple[dict[str, Any], str, str]] = [
    ({"cors_origins": "*"}, "must be one origin", "a star"),
    ({"cors_origins": "https://*.example.org"}, "must be one origin", "a pattern"),
    ({"cors_origins": "https://ehr.example.org/"}, "must be one origin", "a path"),
    ({"cors_origins": "ehr.example.org"}, "must be one origin", "no scheme"),
    ({"cors_origins": "http://ehr.example.org"}, "must be one origin", "http"),
    ({"cors_origins": "null"}, "must be one origin", "null"),
    ({"public_url": "cds.example.org"}, "must be an address", "no scheme"),
    ({"public_url": "http://cds.example.org"}, "http only on this machine", "http"),
    ({"public_url": "https://cds.example.org/cds-services"}, "end before /cds-services", "discovery's address"),
    ({"public_url": "https://cds.example.org?x=1"}, "without user name, query", "a query"),
    ({"public_url": "https://u:w@cds.example.org"}, "without user name", "a password"),
    ({"public_url": "https://cds.example.org:port"}, "Port", "a port that is none"),
    ({"public_url": "https://cds example.org"}, "must be an address", "a space"),
    ({"jwt_algorithms": "HS256"}, "ES256", "a shared secret"),
    ({"jwt_algorithms": "none"}, "ES256", "none"),
    ({"jwt_algorithms": ""}, "at least 1", "no algorithm"),
    ({"jwt_leeway": 301}, "300", "a leeway of minutes"),
    ({"jwt_max_lifetime": 3601}, "3600", "a life of hours"),
]


@pytest.mark.parametrize(("more", "words", "why"), SETTINGS, ids=[f"{next(iter(s[0]))} {s[2]}" for s in SETTINGS])
def test_a_setting_that_would_open_the_door_is_refused(more: dict[str, Any], words: str, why: str) -> None:
    with pytest.raises(ValueError, match=words):
        Settings(**more)


def test_settings_are_taken_in_their_usual_forms() -> None:
    found = Settings(
        public_url=f"{BASE}/iliac/",
        cors_origins="https://a.example, http://localhost:8080",
        jwt_algorithms="ES256, RS256",
    )
    assert found.public_url == f"{BASE}/iliac"
    assert found.cors_origins == ("https://a.example", "http://localhost:8080")
    assert found.jwt_algorithms == ("ES256", "RS256")


def test_an_address_below_a_path_is_part_of_the_audience(tmp_path: Path) -> None:
    client = made(tmp_path, public_url=f"{BASE}/iliac").test_client()
    assert post(client, bearer()).status_code == 401
    assert post(client, bearer(f"/iliac{PATH}")).status_code == 200
