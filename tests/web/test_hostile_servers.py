"""What a caller sees when the FHIR server is slow, down, broken or lying: cards without it, or 412 with the reason."""

import gzip
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from cds_service.app import create_app
from cds_service.settings import Settings
from tests.charts import bundle
from tests.charts import mission as whole
from tests.client.fake import Answer, after, dripping, fhir, flooding, hanging_up, raw, running, status
from tests.web.test_fetching import CHARGE, CHART, bare, client, post

pytestmark = [pytest.mark.server, pytest.mark.enable_socket]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n"
LATE = "it was not answered in time"
BROKEN = "the server cannot be reached or broke off"
NO_JSON = "the server did not answer in FHIR's JSON"
LARGE = "the answer is larger than what is read"
ERROR = "the server answered with an error in place of data"
OTHER = "the server answered with another resource"
REDIRECTS = "the server redirects, which is not followed"
LOGIN = b"<!DOCTYPE html><html><form>Log in</form></html>"
SEARCH = "Condition?patient=p"
NEEDED = "Procedure?encounter=Encounter/e1"


def leading_to(url: str) -> dict[str, Any]:
    return {**bundle(), "link": [{"relation": "next", "url": url}]}


def page(number: int) -> Answer:
    return fhir(leading_to(f"x?page={number + 1}"))


# How one search is answered, the reason that is given for it, and how many seconds the request may take: few where the
# answer never comes, many where it does.
FEW, MANY = 2.0, 20.0
MISDEEDS: dict[str, tuple[Answer, str, float]] = {
    "headers that never come": (after(60, status(200)), LATE, FEW),
    "headers that drip": (dripping(b"HTTP/1.1 200 OK\r\nX: "), LATE, FEW),
    "a body that drips": (dripping(HEAD + b"Content-Length: 90000\r\n\r\n{"), LATE, FEW),
    "chunks that drip": (dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\nFFFF\r\n{"), LATE, FEW),
    "a body that drips compressed": (
        dripping(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"")[:10] + b"\x00\xff\xff\x00\x00"), LATE, FEW
    ),
    "hangs up": (hanging_up(), BROKEN, MANY),
    "half an answer": (hanging_up(HEAD + b'Content-Length: 900\r\n\r\n{"resourceType": "Bundle"'), BROKEN, MANY),
    "half an answer of unknown length": (hanging_up(HEAD + b'\r\n{"resourceType": "Bundle", "entry": ['), NO_JSON, MANY),
    "half an answer in chunks": (hanging_up(HEAD + b'Transfer-Encoding: chunked\r\n\r\n9\r\n{"resou'), BROKEN, MANY),
    "another protocol": (hanging_up(b"220 mail.example ESMTP\r\n"), BROKEN, MANY),
    "pages for ever": (page(0), "it has more than 10 pages", MANY),
    "pages in a loop": (fhir(leading_to(SEARCH)), "its pages lead in a circle", MANY),
    "a next page on another host": (fhir(leading_to("https://evil.example/fhir/x")), "its next page lies outside the server", MANY),
    "a next page inside the network": (fhir(leading_to("http://169.254.169.254/")), "its next page lies outside the server", MANY),
    "a next page on another path": (fhir(leading_to("../admin")), "its next page lies outside the server", MANY),
    "a next page without an address": (fhir({**bundle(), "link": [{"relation": "next"}]}), "its next page has no address", MANY),
    "a redirect on the same host": (status(302, Location="/fhir/Patient/p"), REDIRECTS, MANY),
    "a redirect to another host": (status(307, Location="https://evil.example/"), REDIRECTS, MANY),
    "a redirect into the network": (status(301, Location="http://169.254.169.254/"), REDIRECTS, MANY),
    "a login page": (raw(LOGIN, "text/html"), NO_JSON, MANY),
    "a login page called JSON": (raw(LOGIN), NO_JSON, MANY),
    "no JSON": (raw(b'{"resourceType": "Bundle",}'), NO_JSON, MANY),
    "a list": (raw(b"[]"), NO_JSON, MANY),
    "nothing": (raw(b""), NO_JSON, MANY),
    "deep nesting": (raw(b"[" * 100_000), NO_JSON, MANY),
    "an error with 200": (fhir({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "login"}]}), ERROR, MANY),
    "an error in a Bundle": (
        fhir(bundle({"resourceType": "OperationOutcome", "issue": [{"severity": "fatal", "code": "exception"}]})), ERROR, MANY
    ),
    "another resource": (fhir({"resourceType": "Patient", "id": "p"}), OTHER, MANY),
    "a Bundle of others": (fhir(bundle({"resourceType": "Observation", "id": "o"})), OTHER, MANY),
    **{f"status {code}": (status(code), f"the server answered with status {code}", MANY) for code in (401, 403, 404, 410, 429, 500, 502, 503)},
    "busy for longer than there is time": (status(429, Retry_After="60"), "the server answered with status 429", MANY),
    "a huge answer": (flooding(HEAD + b"\r\n"), LARGE, MANY),
    "a gzip bomb": (raw(gzip.compress(b" " * 50_000_000), Content_Encoding="gzip"), LARGE, MANY),
    "a bomb in a bomb": (
        raw(gzip.compress(gzip.compress(b" " * 50_000_000)), Content_Encoding="gzip, gzip"), LARGE, MANY
    ),
    "a million values": (raw(b'{"resourceType": "Bundle", "entry": [' + b"{}," * 1_000_000 + b"{}]}"), LARGE, MANY),
    "broken compression": (raw(b"no gzip", Content_Encoding="gzip"), BROKEN, MANY),
}  # fmt: skip


@pytest.mark.parametrize("misdeed", MISDEEDS)
def test_optional_data_that_a_server_spoils_is_named_on_the_card(misdeed: str) -> None:
    answer, _, seconds = MISDEEDS[misdeed]
    more = {f"x?page={n}": page(n) for n in range(20)}
    with running({**CHART, **more, SEARCH: answer}) as fake:
        status_code, found = post(client(fake, seconds=seconds), bare(fake))
        plain = post(
            create_app(Settings()).test_client(), {**whole(), "prefetch": {**whole()["prefetch"], "charges": bundle()}}
        )[1]
    assert status_code == 200
    assert "Could not be had: conditions." in found["cards"][0]["detail"]
    assert [c["summary"] for c in found["cards"]] == [c["summary"] for c in plain["cards"]]


@pytest.mark.parametrize("misdeed", MISDEEDS)
def test_needed_data_that_a_server_spoils_is_412_with_the_reason(misdeed: str) -> None:
    answer, reason, seconds = MISDEEDS[misdeed]
    answer = fhir(leading_to(NEEDED)) if answer is MISDEEDS["pages in a loop"][0] else answer
    more = {f"x?page={n}": page(n) for n in range(20)}
    rest = {k: v for k, v in whole()["prefetch"].items() if k != "procedures"}
    with running({**more, NEEDED: answer}) as fake:
        status_code, found = post(client(fake, seconds=seconds if seconds == MANY else 0.5), bare(fake, **rest))
    assert status_code == 412
    (issue,) = found["issue"]
    assert found["resourceType"] == "OperationOutcome"
    assert issue["expression"] == ["prefetch.procedures"]
    assert (
        issue["diagnostics"]
        == f"The prefetch key procedures is needed and was not sent; it could not be fetched: {reason}."
    )
    assert "se.cr-et" not in json.dumps(found)


def test_a_server_that_is_busy_for_a_moment_is_asked_again() -> None:
    with running({**CHART, NEEDED: [status(503, Retry_After="0"), CHART[NEEDED]]}) as fake:
        assert post(client(fake, seconds=MANY), bare(fake))[0] == 200
    assert fake.paths().count(NEEDED) == 2


Place = tuple[str, Settings]


@contextmanager
def down(_: Path, __: pytest.MonkeyPatch) -> Iterator[Place]:
    with running() as fake:
        pass
    yield fake.base, Settings(fhir_servers=(fake.base,), fhir_deadline=MANY)


@contextmanager
def deaf(_: Path, __: pytest.MonkeyPatch) -> Iterator[Place]:
    """It takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        base = f"http://127.0.0.1:{listener.getsockname()[1]}/fhir"
        yield base, Settings(fhir_servers=(base,), fhir_deadline=0.5)


@contextmanager
def deaf_to_tls(_: Path, __: pytest.MonkeyPatch) -> Iterator[Place]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        base = f"https://127.0.0.1:{listener.getsockname()[1]}/fhir"
        yield base, Settings(fhir_servers=(base,), fhir_deadline=0.5)


@contextmanager
def with_the_certificate_of_another(folder: Path, _: pytest.MonkeyPatch) -> Iterator[Place]:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("other.example").configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    with running(CHART, lambda s: context.wrap_socket(s, server_side=True)) as fake:
        base = fake.base.replace("http:", "https:")
        yield base, Settings(fhir_servers=(base,), fhir_deadline=MANY, fhir_ca_file=str(folder / "ca.pem"))
    assert fake.calls == [], "no token goes out before the certificate is checked"


@contextmanager
def without_tls_where_it_is_due(_: Path, __: pytest.MonkeyPatch) -> Iterator[Place]:
    def refuse(connection: socket.socket) -> socket.socket:
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        raise ConnectionAbortedError

    with running(CHART, refuse) as fake:
        base = fake.base.replace("http:", "https:")
        yield base, Settings(fhir_servers=(base,), fhir_deadline=MANY)
    assert "se.cr-et" not in str(fake.calls)


@contextmanager
def of_a_name_that_is_not_found_in_time(_: Path, patch: pytest.MonkeyPatch) -> Iterator[Place]:
    base, found = "https://ehr.example/fhir", threading.Event()
    patch.setattr(socket, "getaddrinfo", lambda *_, **__: found.wait(60) and [])
    yield base, Settings(fhir_servers=(base,), fhir_deadline=0.5)
    found.set()


@contextmanager
def of_a_name_that_leads_into_the_network(_: Path, patch: pytest.MonkeyPatch) -> Iterator[Place]:
    with running(CHART) as fake:
        base = f"https://ehr.example:{fake.port}/fhir"
        inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", fake.port))]
        patch.setattr(socket, "getaddrinfo", lambda *_, **__: inside)
        yield base, Settings(fhir_servers=(base,), fhir_deadline=MANY)
    assert fake.connections == 0


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        (down, BROKEN),
        (deaf, LATE),
        (deaf_to_tls, LATE),
        (with_the_certificate_of_another, BROKEN),
        (without_tls_where_it_is_due, BROKEN),
        (of_a_name_that_is_not_found_in_time, LATE),
        (of_a_name_that_leads_into_the_network, BROKEN),
    ],
)
def test_a_server_that_cannot_be_used_costs_what_only_it_has(
    server: Any, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant = {"access_token": "se.cr-et", "token_type": "Bearer", "expires_in": 300, "scope": "x", "subject": "y"}
    with server(tmp_path, monkeypatch) as (base, settings):
        app = create_app(settings).test_client()
        sent = {**whole(), "fhirServer": base, "fhirAuthorization": grant}
        status_code, found = post(app, sent)
        assert status_code == 200
        assert "Could not be had: patient, conditions, charges, coverage and reports." in found["cards"][0]["detail"]
        status_code, found = post(app, {**sent, "prefetch": {}}, CHARGE)
    assert status_code == 412
    assert [i["expression"] for i in found["issue"]] == [["prefetch.procedures"], ["prefetch.encounter"]]
    assert all(i["diagnostics"].endswith(f"could not be fetched: {reason}.") for i in found["issue"])


def test_every_request_is_answered_while_its_server_hangs() -> None:
    started = threading.Event()

    def hang(connection: socket.socket) -> None:
        started.set()
        time.sleep(60)

    with running({**CHART, SEARCH: hang}) as fake:
        app = create_app(Settings(fhir_servers=(fake.base,), fhir_deadline=FEW))
        found: list[int] = []
        calls = [
            threading.Thread(target=lambda: found.append(post(app.test_client(), bare(fake))[0])) for _ in range(4)
        ]
        for each in calls:
            each.start()
        for each in calls:
            each.join(30)
    assert started.is_set()
    assert found == [200] * 4
