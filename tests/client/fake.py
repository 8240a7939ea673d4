"""A FHIR server on the loopback address that answers, or misbehaves, as it is told; it remembers what it was asked."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Answer = Callable[[socket.socket], None]
Wrap = Callable[[socket.socket], socket.socket]


@dataclass
class Call:
    """One request as it came over the wire."""

    path: str
    headers: dict[str, str]


@dataclass
class Fake:
    """Answers by path; what is not there is 404. A list of answers is used up one by one, the last one stays.

    How large a page is asked for is left out of the paths.
    """

    answers: dict[str, Answer | list[Answer]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    open: list[socket.socket] = field(default_factory=list)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/fhir"

    def paths(self) -> list[str]:
        return [_plain(c.path) for c in self.calls]

    def hang_up(self) -> None:
        """End every connection, as a server does that starts again."""
        for connection in self.open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def serve(self, connection: socket.socket, wrap: Wrap | None) -> None:
        self.connections += 1
        try:
            with wrap(connection) if wrap else connection as connection, connection.makefile("rb") as lines:
                self.open.append(connection)
                while request := lines.readline().decode("latin-1").split():
                    headers = {}
                    while line := lines.readline().decode("latin-1").strip():
                        name, _, value = line.partition(":")
                        headers[name.lower()] = value.strip()
                    self.calls.append(Call(request[1], headers))
                    found = self.answers.get(_plain(request[1]), status(404))
                    if isinstance(found, list):
                        found = found.pop(0) if len(found) > 1 else found[0]
                    found(connection)
        except OSError:
            pass


def _plain(path: str) -> str:
    return path.removeprefix("/fhir/").removesuffix("&_count=100")


@contextmanager
def running(answers: dict[str, Answer | list[Answer]] | None = None, wrap: Wrap | None = None) -> Iterator[Fake]:
    """A server while the block runs. Its thread has ended before its socket is closed: one that was just about to
    accept would take the first connection of the next server, which gets the same descriptor."""
    fake = Fake(answers=dict(answers or {}))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        fake.port = listener.getsockname()[1]

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=fake.serve, args=[connection, wrap], daemon=True).start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield fake
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()


def raw(body: bytes, kind: str = "application/fhir+json", code: int = 200, **headers: str) -> Answer:
    """A whole answer."""
    more = "".join(f"{k.replace('_', '-')}: {v}\r\n" for k, v in headers.items())
    head = f"HTTP/1.1 {code} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return lambda connection: connection.sendall(head.encode() + body)


def fhir(resource: Any, **headers: str) -> Answer:
    return raw(json.dumps(resource).encode(), **headers)


def status(code: int, **headers: str) -> Answer:
    return raw(b'{"resourceType": "OperationOutcome"}', code=code, **headers)


def bundle(*resources: dict[str, Any], following: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": r} for r in resources],
    }
    return {**found, "link": [{"relation": "next", "url": following}]} if following else found


def after(seconds: float, answer: Answer) -> Answer:
    def slow(connection: socket.socket) -> None:
        time.sleep(seconds)
        answer(connection)

    return slow


def dripping(start: bytes, seconds: float = 0.05) -> Answer:
    """The start at once, then a byte again and again, without end."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            time.sleep(seconds)
            connection.sendall(b" ")

    return drip


def hanging_up(start: bytes = b"") -> Answer:
    """Some bytes, then the connection is closed."""

    def hang_up(connection: socket.socket) -> None:
        connection.sendall(start)
        connection.shutdown(socket.SHUT_RDWR)

    return hang_up


def flooding(start: bytes) -> Answer:
    """The start, then bytes as fast as they are taken."""

    def flood(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(b" " * 65536)

    return flood
