"""No name, number or token of a request comes into a log, a count or a trace: over all scenarios and on every error path."""

import base64
import copy
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds_service.app import create_app
from cds_service.settings import Settings
from cds_service.web.fixtures import scenarios
from cds_service.web.services import offered
from tests.charts import mission
from tests.client.fake import running, status
from tests.ops.listening import listening
from tests.ops.serving import CHARGE, served

NAME, MRN, TOKEN = "Zzyxpatient", "990044771", "eyJzZWNyZXQ"
PLANTED = (NAME, MRN, TOKEN)
MARK = f"{NAME} {MRN} {TOKEN}"
FREE = ("text", "display", "family", "value", "div", "conclusion", "description", "title", "comment")
GRANT = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": MARK, "subject": MRN}
CALLS = {scenario.name: json.loads(scenario.body) for scenario in scenarios().values()}


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings(patient_view=True)).test_client()


def url_of(call: dict[str, Any]) -> str:
    ids = {s.hook: s.id for s in offered(patient_view=True)}
    return f"/cds-services/{ids[call['hook']]}"


def planted(value: Any, is_free: Callable[[str], bool], mark: str = MARK, name: str = "") -> Any:
    """A copy with the mark behind every string whose element may hold words."""
    if isinstance(value, dict):
        return {k: planted(v, is_free, mark, k) for k, v in value.items()}
    if isinstance(value, list):
        return [planted(v, is_free, mark, name) for v in value]
    return f"{value} {mark}" if isinstance(value, str) and is_free(name) else value


def nothing_in(text: str) -> None:
    assert [m for m in PLANTED if m.lower() in text.lower()] == []


@pytest.mark.parametrize("name", CALLS)
def test_no_word_of_a_chart_is_logged(client: FlaskClient, name: str) -> None:
    call = {**CALLS[name], "fhirServer": "https://fhir.example.invalid/r4", "fhirAuthorization": GRANT}
    headers = {"Authorization": f"Bearer {TOKEN}", "Cookie": MARK, "User-Agent": MARK, "X-Request-Id": MARK}
    with listening() as heard:
        words = client.post(url_of(call), json=planted(call, lambda n: n in FREE), headers=headers)
        every = planted(call, lambda n: n != "hook")
        client.post(f"{url_of(call)}?name={MARK}", json=every, headers=headers)
    assert words.status_code == 200
    assert len(heard.lines()) == 2
    nothing_in(heard.text)
    nothing_in(client.get("/metrics").get_data(as_text=True))


def strings(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from strings(inner, (*path, key))
    elif isinstance(value, str):
        yield path


def replaced(value: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    out = copy.deepcopy(value)
    target: Any = out
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = MARK
    return out


def test_no_single_string_of_a_request_is_logged_when_it_is_wrong(client: FlaskClient) -> None:
    call = mission()
    with listening() as heard:
        for path in strings(call):
            client.post(CHARGE, json=replaced(call, path))
    assert len(heard.lines()) >= 40
    nothing_in(heard.text)


BODY = json.dumps(mission())
ERRORS: list[tuple[str, bytes, str, str]] = [
    (CHARGE, f'{{"hook": "{MARK}'.encode(), "application/json", "a body cut short"),
    (CHARGE, f'["{MARK}"]'.encode(), "application/json", "a list"),
    (CHARGE, f'{{"{MARK}": NaN}}'.encode(), "application/json", "a number JSON does not have"),
    (CHARGE, MARK.encode() + b"\xff", "application/json", "not UTF-8"),
    (CHARGE, b'{"a":' * 5000 + f'"{MARK}"'.encode() + b"}" * 5000, "application/json", "nested too deeply"),
    (CHARGE, f'{{"hook": "{MARK}\\ud800"}}'.encode(), "application/json", "half a surrogate pair"),
    (CHARGE, BODY.encode(), f"text/{NAME}", "another content type"),
    (f"/cds-services/{MRN}", BODY.encode(), "application/json", "an unknown service"),
    (f"/{NAME}/{MRN}?token={TOKEN}", b"", "application/json", "an unknown address"),
    (CHARGE, (MARK * 1000).encode(), "application/json", "words"),
]


@pytest.mark.parametrize(("url", "body", "kind", "why"), ERRORS, ids=[e[3] for e in ERRORS])
def test_no_faulty_request_is_quoted(client: FlaskClient, url: str, body: bytes, kind: str, why: str) -> None:
    with listening() as heard:
        answer = client.post(url, data=body, content_type=kind, headers={"Origin": MARK, "Referer": MARK})
    assert answer.status_code >= 400, why
    assert len(heard.lines()) == 1
    nothing_in(heard.text)
    nothing_in(client.get("/metrics").get_data(as_text=True))


FILES = [f"%PDF-1.4 {MARK}", f"{{\\rtf1 {MARK} \\bin999999999", f"<html><p>{MARK}<p", MARK]
KINDS = ["application/pdf", "application/rtf", "text/html", "text/plain", f"text/plain; charset={NAME}"]


@pytest.mark.parametrize("kind", KINDS)
def test_no_broken_file_is_quoted(client: FlaskClient, kind: str) -> None:
    for text in FILES:
        data = base64.b64encode(text.encode()).decode()
        report = {"resourceType": "DocumentReference", "id": "d", "status": "current", "subject": {"reference": MARK}}
        report["content"] = [{"attachment": {"contentType": kind, "data": data, "title": MARK}}]  # type: ignore[assignment]
        bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": report}]}
        sent = mission()
        sent["prefetch"]["reports"] = bundle
        with listening() as heard:
            assert client.post(CHARGE, json=sent).status_code == 200
        nothing_in(heard.text)


RAW: list[tuple[bytes, str]] = [
    (f"GET /{NAME}?{TOKEN} HTTP/1.1\r\nHost: x\r\n{NAME} {MRN}: y\r\n\r\n".encode(), "a faulty header name"),
    (f"GET / HTTP/1.1\r\nHost: x\r\nX: {NAME}\x01\r\n\r\n".encode(), "a faulty header"),
    (f"{NAME}! / HTTP/1.1\r\nHost: x\r\n\r\n".encode(), "a faulty method"),
    (f"GET /{NAME} HTTP/9.9\r\n\r\n".encode(), "a version that is none"),
    (f"{MARK}\r\n\r\n".encode(), "no request at all"),
    (f"GET /{NAME * 1000} HTTP/1.1\r\n\r\n".encode(), "an address that is too long"),
    (f"POST {CHARGE} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {NAME}\r\n\r\n".encode(), "an unknown encoding"),
    (
        f"POST {CHARGE} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Transfer-Encoding: chunked\r\n\r\n{NAME}\r\n".encode(),
        "a faulty chunk",
    ),
    (
        f"POST {CHARGE}/{MRN} HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 99\r\n\r\n{MARK}".encode(),
        "a broken connection",
    ),
]


@pytest.mark.server
@pytest.mark.enable_socket
def test_the_server_itself_writes_nothing_of_a_request(tmp_path: Path) -> None:
    with running({"Procedure?encounter=e1": status(500)}) as fake:
        limits = {"ILIAC_CDS_RECEIVE_SECONDS": "1", "ILIAC_CDS_FHIR_SERVERS": fake.base, "ILIAC_CDS_LOG_LEVEL": "debug"}
        with served(tmp_path, **limits) as server:
            for raw, _ in RAW:
                with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
                    connection.sendall(raw)
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(4096):
                        pass
            server.call(f"{CHARGE}?name={NAME}", BODY.encode(), Authorization=f"Bearer {TOKEN}", X_Request_Id=MRN)
            lost = {**mission(), "fhirServer": fake.base, "fhirAuthorization": GRANT, "prefetch": {}}
            lost["context"]["patientId"] = MRN
            assert server.call(body=json.dumps(lost).encode()).status == 412
            exposed = server.call("/metrics").body.decode()
            assert server.stop() == 0
            lines = server.lines()
    assert {line["status"] for line in lines if line["event"] == "request"} >= {200, 412}
    assert any("withheld" in line["event"] for line in lines)
    assert any("Booting worker" in line["event"] for line in lines)
    nothing_in(server.log.read_text())
    nothing_in(exposed)
