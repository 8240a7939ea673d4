"""Clients that go away in the middle: their calls hold nothing, and what they were about to be told is true.

Clients that send slowly or stall at every point of a request: `tests/ops/test_serving.py`.
"""

import json
import socket
import threading

import pytest

from tests.client.fake import status
from tests.faults.conftest import Scene
from tests.faults.senders import FEED, NOTHING, feedback, kept, lost_or_doubled, new_card
from tests.ops.serving import CHARGE, Served, held, until
from tests.ops.test_serving import BODY
from tests.web.test_fetching import CHART, bare

pytestmark = [pytest.mark.server, pytest.mark.enable_socket]
MANY = 70  # more than both workers would ever work on or let wait


def begun(server: Served, path: str, body: bytes, *, length: int = 0) -> socket.socket:
    """A call that was sent, as far as it goes, and is not waited for."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    connection.sendall(f"{head}Content-Length: {length or len(body)}\r\n\r\n".encode() + body)
    return connection


def gone(connection: socket.socket) -> None:
    """The client is killed: its system breaks the connection off at once."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    connection.close()


def test_calls_whose_clients_have_gone_hold_no_place(scene: Scene) -> None:
    """Some wait for a FHIR server, some are being received, some have just been answered when their client goes."""
    over, server = threading.Event(), scene.server
    before = server.call(body=BODY).json()
    scene.fhir.answers["Procedure?encounter=Encounter/e1"] = held(over, status(500))
    lacking, calls = json.dumps(bare(scene.fhir)).encode(), len(scene.fhir.calls)
    waiting = [begun(server, CHARGE, lacking) for _ in range(8)]
    halves = [begun(server, CHARGE, BODY[:1000], length=len(BODY)) for _ in range(8)]
    until(lambda: len(scene.fhir.calls) > calls)
    for connection in (*waiting, *halves):
        gone(connection)
    over.set()
    scene.fhir.answers = dict(CHART)
    for _ in range(MANY):
        gone(begun(server, CHARGE, BODY))
    until(lambda: server.count("iliac_cds_in_flight") == 1)
    assert server.call(body=BODY).json() == before
    assert server.call(body=lacking).status == 200


def test_feedback_whose_client_has_gone_is_kept_or_not_but_never_in_part_or_twice(scene: Scene) -> None:
    """Whoever saw no answer sends again; both batches of a client hold the same items."""
    batches = [[new_card() for _ in range(5)] for _ in range(20)]
    for batch in batches:
        gone(begun(scene.server, FEED, feedback(*batch)))
    until(lambda: scene.server.count("iliac_cds_in_flight") == 1)
    found = set(kept(scene.place))
    assert {len(found.intersection(batch)) for batch in batches} <= {0, 5}
    for batch in batches:
        assert scene.server.call(FEED, feedback(*batch)).status == 200
    assert lost_or_doubled(scene.place, [card for batch in batches for card in batch]) == NOTHING
