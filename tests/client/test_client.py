"""Reading from real servers that answer, dawdle, lie and break off; never past the deadline, never anywhere else."""

import base64
import gzip
import json
import logging
import multiprocessing
import pickle
import socket
import ssl
import threading
from pathlib import Path
from typing import Any

import pytest
import trustme

from cds_service.fhir.answers import Fetched, FetchedFile, Limits, NotFetched
from cds_service.fhir.authorization import Token, Unusable, token_of
from cds_service.fhir.client import FhirClient, FhirServers
from cds_service.outbound.calls import LATE
from cds_service.outbound.servers import allowed
from tests.client.fake import (
    Answer,
    Fake,
    after,
    bundle,
    dripping,
    fhir,
    flooding,
    hanging_up,
    raw,
    running,
    status,
)

pytestmark = [pytest.mark.server, pytest.mark.enable_socket]
SECRET = "abc.DEF-123"
GRANT = {"access_token": SECRET, "token_type": "Bearer", "expires_in": 300, "scope": "user/*.rs", "subject": "x"}
PATIENT = {"resourceType": "Patient", "id": "1"}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n"
OTHER = NotFetched(reason="the server answered with another resource")
NO_JSON = NotFetched(reason="the server did not answer in FHIR's JSON")
TOO_LARGE = NotFetched(reason="the answer is larger than what is read")
UNREACHED = NotFetched(reason="the server cannot be reached or broke off")


def client_of(
    fake: Fake, *, seconds: float = 3.0, pages: int = 5, most: int = 100_000, grant: Any = GRANT
) -> FhirClient:
    shared = FhirServers(allowed([fake.base]), Limits(seconds=seconds, pages=pages, bytes=most, depth=100))
    request = {"fhirServer": fake.base, "fhirAuthorization": grant}
    found = shared.client({k: v for k, v in request.items() if v is not None})
    assert isinstance(found, FhirClient)
    return found


def test_a_resource_is_read_with_the_token_and_without_anything_of_ours() -> None:
    with running({"Patient/1": fhir(PATIENT, Set_Cookie="a=b")}) as fake:
        client = client_of(fake)
        assert client.read("Patient/1") == client.read("Patient/1") == Fetched(resource=PATIENT)
    assert fake.connections == 1, "connections are kept"
    for call in fake.calls:
        assert call.headers["authorization"] == f"Bearer {SECRET}"
        assert call.headers["host"] == f"127.0.0.1:{fake.port}"
        assert set(call.headers) <= {"accept", "accept-encoding", "authorization", "connection", "host", "user-agent"}


def test_without_authorization_none_is_sent() -> None:
    with running({"Patient/1": fhir(PATIENT)}) as fake:
        assert client_of(fake, grant=None).read("Patient/1") == Fetched(resource=PATIENT)
    assert "authorization" not in fake.calls[0].headers


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        *[(status(code), NotFetched(reason=f"the server answered with status {code}")) for code in (201, 204, 400, 401, 403, 404, 410, 500)],
        *[(status(code, Location="http://169.254.169.254/latest"), NotFetched(reason="the server redirects, which is not followed"))
          for code in (301, 302, 307, 308)],
        (raw(b"<html>Log in</html>", "text/html"), NO_JSON),
        (raw(b"<html>Log in</html>"), NO_JSON),
        (raw(b'{"resourceType": "Patient"'), NO_JSON),
        (raw(b'{"resourceType": "Patient", "x": NaN}'), NO_JSON),
        (raw(b'{"resourceType": "Patient", "x": "\\ud800"}'), NO_JSON),
        (raw(b"[" * 50_000), NO_JSON),
        (raw(b'{"a":' * 200 + b"1" + b"}" * 200), NO_JSON),
        (raw(b"\xff\xfe"), NO_JSON),
        (raw(b""), NO_JSON),
        (fhir([PATIENT]), NO_JSON),
        (fhir({"resourceType": "OperationOutcome"}), NotFetched(reason="the server answered with an error in place of data")),
        (fhir({**PATIENT, "id": "2"}), OTHER),
        (fhir(bundle(PATIENT)), OTHER),
        (raw(json.dumps(PATIENT).encode(), "application/json;charset=utf-8"), Fetched(resource=PATIENT)),
        (raw(gzip.compress(json.dumps(PATIENT).encode()), Content_Encoding="gzip"), Fetched(resource=PATIENT)),
        (raw(b"no gzip", Content_Encoding="gzip"), UNREACHED),
        (raw(b" " * 200_000), TOO_LARGE),
        (raw(gzip.compress(b" " * 50_000_000), Content_Encoding="gzip"), TOO_LARGE),
        (flooding(HEAD + b"\r\n"), TOO_LARGE),
        (flooding(b"HTTP/1.1 302 Found\r\nLocation: /fhir/x\r\n\r\n"), NotFetched(reason="the server redirects, which is not followed")),
        (hanging_up(), UNREACHED),
        (hanging_up(HEAD), NO_JSON),
        (hanging_up(HEAD + b'Content-Length: 99\r\n\r\n{"resourceType": "Patient"'), UNREACHED),
        (hanging_up(HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"res'), UNREACHED),
        (hanging_up(b"SSH-2.0-OpenSSH_9.6\r\n"), UNREACHED),
    ],
)  # fmt: skip
def test_every_answer_is_read_or_named(answer: Answer, found: Fetched | NotFetched) -> None:
    with running({"Patient/1": answer}) as fake:
        assert client_of(fake, seconds=30).read("Patient/1") == found


@pytest.mark.parametrize(
    "answer",
    [
        after(5, fhir(PATIENT)),
        dripping(b"HTTP/1.1 200 OK\r\nX: "),
        dripping(HEAD + b"\r\n"),
        dripping(HEAD + b"Content-Length: 90000\r\n\r\n{"),
        dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\nFFFF\r\n{"),
        dripping(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"")[:10] + b"\x00\xff\xff\x00\x00", 0.01),
        dripping(b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 100\r\n\r\n"),
    ],
)
def test_a_slow_server_is_not_waited_for(answer: Answer) -> None:
    """Each goes on without end: were it waited for, this test would have none either."""
    with running({"Patient/1": answer}) as fake:
        found = client_of(fake, seconds=0.4).read("Patient/1")
    assert isinstance(found, NotFetched)
    assert found.reason in (LATE, "the server answered with status 503")


def test_what_takes_long_to_parse_is_not_parsed() -> None:
    many = raw(b'{"resourceType": "Bundle", "entry": [' + b"{}," * 140_000 + b"{}]}")
    more = raw(b'{"resourceType": "Bundle", "entry": [' + b"[]," * 200_000 + b"[]]}")
    with running({"Condition?a": many, "Condition?b": more}) as fake:
        assert client_of(fake, most=1_000_000, seconds=2).read("Condition?b") == TOO_LARGE
        found = client_of(fake, most=1_000_000, seconds=0.3).gather(["Condition?a"] * 8)
    assert NotFetched(reason=LATE) in found


def test_what_is_there_at_the_deadline_is_had_and_the_threads_are_free_again() -> None:
    with running({"Patient/1": fhir(PATIENT), "Patient/2": dripping(b"HTTP/1.1 200 OK\r\nX: ")}) as fake:
        client = client_of(fake, seconds=2)
        found = client.gather(["Patient/1"] + ["Patient/2"] * 20)
        assert found == [Fetched(resource=PATIENT), *[NotFetched(reason=LATE)] * 20]
        again = client._shared.client({"fhirServer": fake.base})
        assert isinstance(again, FhirClient)
        assert again.gather(["Patient/1"] * 16) == [Fetched(resource=PATIENT)] * 16


def test_reads_go_out_in_parallel() -> None:
    """None of eight is answered before all of them have arrived."""
    arrived = threading.Barrier(8)

    def together(number: int) -> Answer:
        def answer(connection: socket.socket) -> None:
            arrived.wait(30)
            fhir({**PATIENT, "id": str(number)})(connection)

        return answer

    with running({f"Patient/{n}": together(n) for n in range(8)}) as fake:
        found = client_of(fake, seconds=20).gather([f"Patient/{n}" for n in range(8)])
    assert [f.resource["id"] for f in found if isinstance(f, Fetched)] == [str(n) for n in range(8)]


def test_a_server_that_is_down_is_named_at_once() -> None:
    with running() as fake:
        pass
    assert client_of(fake, seconds=60).read("Patient/1") == UNREACHED


def test_a_call_without_an_answer_is_tried_once_more_and_no_other() -> None:
    with running(
        {"Patient/1": [hanging_up(), fhir(PATIENT)], "Patient/2": hanging_up(), "Patient/3": status(500)}
    ) as fake:
        client = client_of(fake)
        assert client.read("Patient/1") == Fetched(resource=PATIENT)
        assert client.read("Patient/2") == UNREACHED
        client.read("Patient/3")
    assert fake.paths() == ["Patient/1"] * 2 + ["Patient/2"] * 2 + ["Patient/3"]


@pytest.mark.parametrize(
    ("retry_after", "calls"),
    [
        ("0", 2),
        ("30", 1),
        ("Wed, 21 Oct 2099 07:28:00 GMT", 1),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 2),
        ("soon", 1),
        ("", 1),
    ],
)
def test_a_busy_server_is_called_again_when_it_says_so_and_time_allows(retry_after: str, calls: int) -> None:
    with running({"Patient/1": [status(503, Retry_After=retry_after), fhir(PATIENT)]}) as fake:
        found = client_of(fake).read("Patient/1")
    assert len(fake.calls) == calls
    assert found == (
        Fetched(resource=PATIENT) if calls == 2 else NotFetched(reason="the server answered with status 503")
    )


def condition(key: str) -> dict[str, Any]:
    return {"resourceType": "Condition", "id": key}


def test_all_pages_of_a_search_become_one_bundle() -> None:
    with running() as fake:
        fake.answers = {
            "Condition?patient=1": fhir(bundle(condition("a"), following=f"{fake.base}?page=2")),
            "/fhir?page=2": fhir(bundle(condition("b"), following="Condition?page=3")),
            "Condition?page=3": fhir(bundle(condition("c"))),
        }
        found = client_of(fake).read("Condition?patient=1")
    assert found == Fetched(resource=bundle(condition("a"), condition("b"), condition("c")))


@pytest.mark.parametrize(
    ("following", "reason", "calls"),
    [
        ("Condition?patient=1", "its pages lead in a circle", 1),
        ("Condition?page=2", "its pages lead in a circle", 2),
        ("http://localhost:1/fhir/Condition?page=2", "its next page lies outside the server", 1),
        ("http://169.254.169.254/latest", "its next page lies outside the server", 1),
        ("../admin", "its next page lies outside the server", 1),
        ("\t", "its next page has no address", 1),
        ("Condition?gone", "the server answered with status 404", 2),
        ("Condition?patient", "the server answered with another resource", 2),
    ],
)
def test_a_search_that_cannot_be_read_to_its_end_is_not_had(following: str, reason: str, calls: int) -> None:
    page = fhir(bundle(condition("a"), following=following))
    answers = {"Condition?patient=1": page, "Condition?page=2": page, "Condition?patient": fhir(PATIENT)}
    with running(answers) as fake:
        assert client_of(fake).read("Condition?patient=1") == NotFetched(reason=reason)
    assert len(fake.calls) == calls


def test_pages_without_end_stop_at_the_cap_and_at_the_bytes() -> None:
    endless = {
        f"Condition?page={n}": fhir(bundle(condition("a" * 900), following=f"Condition?page={n + 1}"))
        for n in range(50)
    }
    with running(endless) as fake:
        assert client_of(fake).read("Condition?page=0") == NotFetched(reason="it has more than 5 pages")
        assert len(fake.calls) == 5
        found = client_of(fake, pages=50, most=3000).read("Condition?page=0")
        assert found == TOO_LARGE
        assert len(fake.calls) == 8


@pytest.mark.parametrize("relation", ["next", "NEXT", "Next"])
def test_a_next_page_is_one_however_its_link_is_written(relation: str) -> None:
    first = {**bundle(condition("a")), "link": [{"relation": relation, "url": "Condition?page=2"}]}
    with running({"Condition?patient=1": fhir(first), "Condition?page=2": fhir(bundle(condition("b")))}) as fake:
        assert client_of(fake).read("Condition?patient=1") == Fetched(resource=bundle(condition("a"), condition("b")))


def test_the_rest_of_a_bundle_is_read_beside_it() -> None:
    first = bundle(condition("a"), following="Condition?page=2")
    with running({"Condition?page=2": fhir(bundle(condition("b")))}) as fake:
        found = client_of(fake).gather([first, bundle(condition("z"))])
    assert found == [Fetched(resource=bundle(condition("a"), condition("b"))), Fetched(resource=bundle(condition("z")))]
    assert len(first["entry"]) == 1


BINARY = {"resourceType": "Binary", "id": "1", "contentType": "text/plain", "data": base64.b64encode(b"note").decode()}


@pytest.mark.parametrize(
    ("answer", "wanted", "found"),
    [
        (raw(b"note", "text/plain; charset=latin-1"), "text/plain", FetchedFile(raw=b"note", kind="text/plain; charset=latin-1")),
        (raw(b"%PDF-", "application/pdf"), "application/pdf", FetchedFile(raw=b"%PDF-", kind="application/pdf")),
        (raw(b"note", "application/octet-stream"), "text/plain", FetchedFile(raw=b"note", kind="application/octet-stream")),
        (raw(b"note", "text/plain"), "", FetchedFile(raw=b"note", kind="text/plain")),
        (fhir(BINARY), "text/plain", FetchedFile(raw=b"note", kind="text/plain")),
        (fhir(BINARY), "", FetchedFile(raw=b"note", kind="text/plain")),
        (fhir(BINARY), "text/plain\r\nX: y", NotFetched(reason="the server answered with another content type")),
        (fhir(BINARY), "application/pdf", NotFetched(reason="the server answered with another content type")),
        (fhir({**BINARY, "data": "!"}), "text/plain", NotFetched(reason="the server answered with damaged data")),
        (fhir({"resourceType": "Binary"}), "text/plain", OTHER),
        (fhir(PATIENT), "text/plain", OTHER),
        (raw(b"<html>Log in</html>", "text/html"), "application/pdf", NotFetched(reason="the server answered with another content type")),
        (status(403), "text/plain", NotFetched(reason="the server answered with status 403")),
        (fhir({"resourceType": "OperationOutcome"}), "text/plain", NotFetched(reason="the server answered with an error in place of data")),
        (hanging_up(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nThe artery was"), "text/plain",
         NotFetched(reason="the server does not say where its answer ends")),
        (hanging_up(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 99\r\n\r\nThe artery was"), "text/plain", UNREACHED),
        (flooding(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"), "text/plain", TOO_LARGE),
    ],
)  # fmt: skip
def test_a_file_is_fetched_as_itself_or_out_of_a_binary(
    answer: Answer, wanted: str, found: FetchedFile | NotFetched
) -> None:
    with running({"Binary/1": answer}) as fake:
        client = client_of(fake)
        assert client.files([("Binary/1", wanted), (f"{fake.base}/Binary/1", wanted)]) == [found, found]
    accept = fake.calls[0].headers["accept"]
    assert accept == (f"{wanted}, application/fhir+json;q=0.1" if wanted and wanted.isprintable() else "*/*")


def test_a_file_elsewhere_is_not_fetched() -> None:
    with running({"Binary/1": raw(b"note", "text/plain")}) as fake, running() as other:
        found = client_of(fake).files(
            [(f"{other.base}/Binary/1", ""), ("http://169.254.169.254/", ""), ("file:///etc/passwd", "")]
        )
    assert found == [NotFetched(reason="it lies outside the server")] * 3
    assert fake.calls == other.calls == []


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({}, "fhirServer is not on this service's allow-list"),
        ({"fhirServer": "http://127.0.0.1:1/other"}, "fhirServer is not on this service's allow-list"),
        ({"fhirAuthorization": []}, "fhirAuthorization is no object"),
        ({"fhirAuthorization": {}}, "fhirAuthorization.token_type is not Bearer"),
        ({"fhirAuthorization": {**GRANT, "token_type": "MAC"}}, "fhirAuthorization.token_type is not Bearer"),
        ({"fhirAuthorization": {**GRANT, "access_token": ""}}, "fhirAuthorization.access_token is no Bearer token"),
        ({"fhirAuthorization": {**GRANT, "access_token": "a\r\nX: b"}}, "fhirAuthorization.access_token is no Bearer token"),
        ({"fhirAuthorization": {**GRANT, "access_token": "\u00e9"}}, "fhirAuthorization.access_token is no Bearer token"),
        ({"fhirAuthorization": {**GRANT, "expires_in": 0}}, "the token of fhirAuthorization has expired"),
        ({"fhirAuthorization": {**GRANT, "patient": "2"}, "context": {"patientId": "1"}}, "the token of fhirAuthorization is for another patient"),
        ({"fhirAuthorization": {**GRANT, "patient": "Patient/2"}, "context": {"patientId": "Patient/1"}}, "the token of fhirAuthorization is for another patient"),
        ({"fhirAuthorization": {**GRANT, "expires_in": "-5"}}, "the token of fhirAuthorization has expired"),
        ({"fhirAuthorization": {**GRANT, "expires_in": float("nan")}}, "the token of fhirAuthorization has expired"),
    ],
)  # fmt: skip
def test_a_request_that_allows_no_call_says_why(request_: dict[str, Any], reason: str) -> None:
    shared = FhirServers(allowed(["http://127.0.0.1:1/fhir"]), Limits(seconds=1, pages=1, bytes=1, depth=1))
    full = {"fhirServer": "http://127.0.0.1:1/fhir", "fhirAuthorization": GRANT, **request_} if request_ else {}
    assert shared.client(full) == NotFetched(reason=reason)


@pytest.mark.parametrize("patient", ["1", "Patient/1", "https://ehr.example/Patient/1", "", None, 7])
def test_a_token_for_the_patient_of_the_request_or_for_nobody_in_particular_is_used(patient: Any) -> None:
    assert isinstance(token_of({**GRANT, "patient": patient}, "Patient/1"), Token)


@pytest.mark.parametrize(
    ("scope", "covered", "why"),
    [
        ("user/*.rs", True, "all types"),
        ("patient/*.read", True, "all types, in the first version's words"),
        ("system/Procedure.*", True, "all that can be done with it"),
        ("openid fhirUser patient/Condition.rs user/procedure.READ", True, "one of several"),
        ("patient/Procedure.rs?category=http://x|y", True, "a part of the type"),
        ("user/Procedure.cruds", True, "reading among others"),
        ("patient/Condition.rs", False, "another type only"),
        ("user/Procedure.write user/Condition.read", False, "may be written, not read"),
        ("user/Procedure.cud", False, "may be changed, not read"),
        ("", True, "nobody said"),
        ("launch openid fhirUser", True, "no scope for data: the server knows"),
        ("site.local/everything", True, "words of the site's own"),
        (None, True, "no scope at all"),
        (["user/Condition.read"], True, "no string"),
    ],
)
def test_what_the_scopes_leave_out_is_not_asked_for(scope: Any, covered: bool, why: str) -> None:
    search = fhir(bundle({"resourceType": "Procedure", "id": "1"}))
    with running(
        {"Procedure?encounter=1": search, "Procedure/1": fhir({"resourceType": "Procedure", "id": "1"})}
    ) as fake:
        found = client_of(fake, grant={**GRANT, "scope": scope}).gather(["Procedure?encounter=1", "Procedure/1"])
    refused = NotFetched(reason="the token's scope does not cover Procedure")
    assert [f == refused for f in found] == [not covered] * 2, why
    assert len(fake.calls) == (2 if covered else 0)


def test_a_token_shows_itself_nowhere() -> None:
    token = token_of({**GRANT, "token_type": "bearer", "expires_in": None})
    assert isinstance(token, Token)
    assert SECRET not in f"{token} {token!r} {token.__reduce_ex__.__doc__} {[token]}"
    with pytest.raises(TypeError):
        pickle.dumps(token)
    with pytest.raises(Unusable) as raised:
        token_of({**GRANT, "token_type": SECRET})
    assert SECRET not in str(raised.value)


def test_neither_token_nor_address_is_logged_or_said(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    answers = {"Patient/1": status(500), "Patient/2": hanging_up(), "Patient/3": dripping(HEAD), "Patient/4": raw(b"x")}
    with caplog.at_level(logging.DEBUG), running({**answers, "Patient/5": flooding(HEAD + b"\r\n")}) as fake:
        found = client_of(fake, seconds=0.3).gather([f"Patient/{n}" for n in range(1, 6)])
    said = f"{found}{caplog.text}{capfd.readouterr()}"
    assert "Patient/" not in said
    assert SECRET not in said
    assert str(fake.port) not in said


def test_proxies_credentials_and_authorities_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b")
    for name, value in {
        "HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9",
        "NETRC": str(tmp_path / "netrc"), "REQUESTS_CA_BUNDLE": "/nowhere", "CURL_CA_BUNDLE": "/nowhere",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    with running({"Patient/1": fhir(PATIENT)}) as fake:
        assert client_of(fake, grant=None).read("Patient/1") == Fetched(resource=PATIENT)
    assert "authorization" not in fake.calls[0].headers


def answering(*addresses: str) -> Any:
    """A resolver that knows these addresses for every name."""

    def found(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses]

    return found


def test_a_name_is_only_reached_at_a_permitted_address(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = Limits(seconds=20, pages=1, bytes=1000, depth=9)
    with running({"Patient/1": fhir(PATIENT)}) as fake:
        base = f"http://ehr.example:{fake.port}/fhir"
        monkeypatch.setattr(socket, "getaddrinfo", answering("127.0.0.1"))
        inner = FhirServers(allowed([f"{base} 10.0.0.0/8"]), limits).client({"fhirServer": base})
        assert isinstance(inner, FhirClient)
        assert inner.read("Patient/1") == UNREACHED
        assert fake.connections == 0, "not even connected"
        monkeypatch.setattr(socket, "getaddrinfo", answering("169.254.169.254", "127.0.0.1"))
        listed = FhirServers(allowed([f"{base} 127.0.0.0/8"]), limits).client({"fhirServer": base})
        assert isinstance(listed, FhirClient)
        assert listed.read("Patient/1") == Fetched(resource=PATIENT)
    assert fake.calls[0].headers["host"] == f"ehr.example:{fake.port}"


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    over, resolved = threading.Event(), []

    def hang(*_: Any, **__: Any) -> Any:
        resolved.append(over.wait(60))
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    with running() as fake:
        assert client_of(fake, seconds=0.3).read("Patient/1") == NotFetched(reason=LATE)
        assert resolved == []
        over.set()


def _in_a_child(client: FhirServers, base: str, answers: Any) -> None:
    found = client.client({"fhirServer": base})
    answers.put(isinstance(found, FhirClient) and found.read("Patient/1"))


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_worker_makes_threads_and_connections_of_its_own() -> None:
    with running({"Patient/1": fhir(PATIENT)}) as fake:
        client = client_of(fake)
        assert client.read("Patient/1") == Fetched(resource=PATIENT)
        context = multiprocessing.get_context("fork")
        answers = context.Queue()
        child = context.Process(target=_in_a_child, args=[client._shared, fake.base, answers])
        child.start()
        assert answers.get(timeout=60) == Fetched(resource=PATIENT)
        child.join(60)
    assert fake.connections == 2


def test_a_certificate_must_be_of_the_name_and_of_a_known_authority(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority, asked = trustme.CA(), []
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("ehr.example").configure_cert(context)
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    monkeypatch.setattr(socket, "getaddrinfo", answering("127.0.0.1"))
    limits = Limits(seconds=20, pages=1, bytes=1000, depth=9)
    with running({"Patient/1": fhir(PATIENT)}, lambda s: context.wrap_socket(s, server_side=True)) as fake:

        def read(name: str, authorities: str) -> Fetched | NotFetched:
            base = f"https://{name}:{fake.port}/fhir"
            client = FhirServers(allowed([f"{base} 127.0.0.0/8"]), limits, authorities=authorities)
            found = client.client({"fhirServer": base, "fhirAuthorization": GRANT})
            assert isinstance(found, FhirClient)
            return found.read("Patient/1")

        assert read("ehr.example", str(tmp_path / "ca.pem")) == Fetched(resource=PATIENT)
        assert read("other.example", str(tmp_path / "ca.pem")) == UNREACHED
        assert read("ehr.example", "") == UNREACHED
    assert asked == ["ehr.example", "other.example", "ehr.example"]
    assert len(fake.calls) == 1, "no token goes out before the certificate is checked"
