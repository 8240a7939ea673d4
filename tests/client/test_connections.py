"""Connections: shared by calls without one stopping another, made in time, and only where they may go."""

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from cds_service.fhir import client as reading
from cds_service.fhir.answers import Fetched, Limits, NotFetched, parsed
from cds_service.outbound.calls import LATE, UNREACHED, Refusal
from cds_service.outbound.connections import FLIGHT, Flight, InTime
from cds_service.outbound.resolving import addresses
from cds_service.outbound.servers import allowed
from tests.client.fake import Answer, fhir, hanging_up, raw, running
from tests.client.test_client import HEAD, PATIENT, answering, client_of

pytestmark = [pytest.mark.server, pytest.mark.enable_socket]


def until(true: Callable[[], object]) -> None:
    for _ in range(1000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come about")


def waiting_for(event: threading.Event, answer: Answer) -> Answer:
    """An answer that is not given before the event."""

    def give(connection: socket.socket) -> None:
        event.wait(30)
        answer(connection)

    return give


def test_a_call_that_is_stopped_while_it_parses_leaves_its_connection_to_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parsing, stopped = threading.Event(), threading.Event()

    def slowly(raw_: bytes, depth: int, left: Callable[[], float]) -> dict[str, Any]:
        if b"slow" in raw_:
            parsing.set()
            until(lambda: not left())
        return parsed(raw_, depth, lambda: 1.0)

    monkeypatch.setattr(reading, "parsed", slowly)
    slow = {**PATIENT, "id": "slow"}
    with running({"Patient/slow": fhir(slow), "Patient/1": waiting_for(stopped, fhir(PATIENT))}) as fake:
        first, found = client_of(fake, seconds=30), []
        flight = Flight(first._server, time.monotonic() + 30)
        thread = threading.Thread(target=lambda: found.append(reading._flown(first._job("Patient/slow"), flight)))
        first._shared.threads()
        thread.start()
        parsing.wait(30)
        monkeypatch.setattr(reading, "_PARSING", threading.Lock())
        second = first._shared.client({"fhirServer": fake.base})
        assert isinstance(second, reading.FhirClient)
        other = threading.Thread(target=lambda: found.append(second.read("Patient/1")))
        other.start()
        until(lambda: len(fake.calls) == 2)
        flight.stop()
        stopped.set()
        other.join(30)
        thread.join(30)
    assert Fetched(resource=PATIENT) in found
    assert (fake.connections, fake.paths()) == (1, ["Patient/slow", "Patient/1"])


def test_a_resolver_that_hangs_is_asked_once_and_holds_up_no_other_name(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, go_on, known = [], threading.Event(), socket.getaddrinfo

    def hanging(host: str, *more: Any, **named: Any) -> Any:
        asked.append(host)
        return go_on.wait(30) and [] if host == "hangs.example" else known(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            addresses("hangs.example", 443, 0.01)
    assert addresses("127.0.0.1", 443, 30)[0][4] == ("127.0.0.1", 443)
    assert asked == ["hangs.example", "127.0.0.1"]
    go_on.set()
    until(lambda: "resolving" not in {t.name for t in threading.enumerate()})
    with pytest.raises(OSError, match="no address"):
        addresses("hangs.example", 443, 30)


def test_an_odd_name_has_no_address() -> None:
    for name in ("a" * 300, "\u00e9" * 80, "x..y", "\ud800"):
        with pytest.raises(OSError, match="no address"):
            addresses(name, 443, 30)


def test_an_address_that_does_not_answer_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        running({"Patient/1": fhir(PATIENT)}) as fake,
        socket.create_server(("127.0.0.2", fake.port), backlog=0) as deaf,
    ):
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(deaf.getsockname())
        monkeypatch.setattr(socket, "getaddrinfo", answering("127.0.0.2", "127.0.0.1"))
        base = f"http://ehr.example:{fake.port}/fhir"
        limits = Limits(seconds=6, pages=1, bytes=1000, depth=9)
        client = reading.FhirServers(allowed([f"{base} 127.0.0.0/8"]), limits).client({"fhirServer": base})
        assert isinstance(client, reading.FhirClient)
        assert client.read("Patient/1") == Fetched(resource=PATIENT)
        for each in waiting:
            each.close()


def deaf(connection: socket.socket) -> socket.socket:
    """A server that takes a connection, hears what is said, and never says a word of TLS."""
    with connection:
        while connection.recv(4096):
            pass
    raise ConnectionAbortedError


def test_a_handshake_that_hangs_is_not_waited_for_and_its_threads_end() -> None:
    with running({}, deaf) as fake:
        base = fake.base.replace("http:", "https:")
        shared = reading.FhirServers(allowed([base]), Limits(seconds=0.5, pages=1, bytes=1000, depth=9))
        client = shared.client({"fhirServer": base})
        assert isinstance(client, reading.FhirClient)
        assert client.gather(["Patient/1"] * 3) == [NotFetched(reason=LATE)] * 3
        shared.threads().shutdown(wait=True)


@pytest.mark.parametrize(
    ("answer", "calls", "why"),
    [
        (hanging_up(), 2, "not a byte came"),
        (hanging_up(b"HTTP/1.1 2"), 1, "an answer had begun"),
        (hanging_up(b"SSH-2.0-OpenSSH_9.6\r\n"), 1, "something else answered"),
        (hanging_up(HEAD + b"Content-Length: 9\r\n\r\n{"), 1, "a body had begun"),
        (raw(b"", code=502), 1, "a gateway answered"),
    ],
)
def test_only_a_call_without_a_byte_of_an_answer_is_sent_again(answer: Answer, calls: int, why: str) -> None:
    with running({"Patient/1": answer}) as fake:
        assert isinstance(client_of(fake).read("Patient/1"), NotFetched)
    assert len(fake.calls) == calls, why


def test_no_call_is_sent_again_when_its_time_is_over() -> None:
    with running() as fake:
        flight = Flight(client_of(fake)._server, 0.0)
    FLIGHT.set(flight)
    with pytest.raises(Exception, match="no time is left"):
        InTime(total=1).increment("GET", "/", error=OSError())


@pytest.mark.parametrize("after", ["9" * 5000, "Mon, 01 Jan 99999 00:00:00 GMT", "-1", "1e3", "\u00b2", "nan", "0x1"])
def test_a_pause_that_is_none_is_not_made(after: str) -> None:
    with running({"Patient/1": raw(b"{}", code=503, Retry_After=after)}) as fake:
        assert client_of(fake).read("Patient/1") == NotFetched(reason="the server answered with status 503")
    assert len(fake.calls) == 1


def test_parsing_stops_when_the_time_is_over() -> None:
    seen: list[int] = []

    def left() -> float:
        seen.append(1)
        return 0.0 if len(seen) > 5 else 1.0

    with pytest.raises(Refusal, match=LATE):
        parsed(b'{"entry": [' + b"{}," * 1000 + b"{}]}", 100, left)
    assert len(seen) == 6


def test_what_a_library_stumbles_over_costs_one_answer_and_shows_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stumbling(*_: Any) -> Any:
        raise ValueError("Bearer abc.DEF-123")

    with running({"Patient/1": fhir(PATIENT)}) as fake:
        client = client_of(fake)
        monkeypatch.setattr(reading, "body", stumbling)
        found = client.read("Patient/1")
    assert found == NotFetched(reason="the answer could not be read")
    assert "unforeseen ValueError" in caplog.text
    assert "DEF-123" not in f"{found}{caplog.text}"


def test_a_connection_that_breaks_is_named_so() -> None:
    with running({"Patient/1": hanging_up(HEAD + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n")}) as fake:
        assert client_of(fake).read("Patient/1") == NotFetched(reason=UNREACHED)
