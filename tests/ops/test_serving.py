"""The production server from outside: overload, slow clients, shutdown, dead workers, counts of all workers."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from cds_service.counts import SharedCounts, memory_directory
from cds_service.workers import RECEIVING
from tests.charts import mission
from tests.client.fake import running
from tests.ops.serving import CHARGE, PATIENCE, Served, in_background, served, slow_call, slow_chart, until
from tests.ports import free_port

pytestmark = [pytest.mark.server, pytest.mark.enable_socket]
BODY = json.dumps(mission()).encode()
SUM = 'iliac_cds_requests_total{hook="org.iliac-cds.charge-review",service="iliac-charge-review",status="200"}'


def counting_folders(process: int) -> list[Path]:
    return [*Path(memory_directory() or tempfile.gettempdir()).glob(f"iliac-cds-counts-{process}-*")]


def test_the_request_under_way_is_answered_before_a_stopped_server_ends(tmp_path: Path) -> None:
    event = threading.Event()
    with (
        running(slow_chart(event)) as fake,
        served(tmp_path, ILIAC_CDS_FHIR_SERVERS=fake.base, ILIAC_CDS_FHIR_DEADLINE="60") as server,
    ):
        call, replies = in_background(lambda: server.call(body=slow_call(fake)))
        until(lambda: bool(fake.calls))
        server.process.send_signal(signal.SIGTERM)
        until(lambda: not listens(server.port))
        assert not replies
        event.set()
        call.join(PATIENCE)
        assert server.process.wait(PATIENCE) == 0
    assert [r.status for r in replies] == [200]
    assert replies[0].json()["cards"]
    assert not counting_folders(server.process.pid)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_over_capacity_is_503_with_retry_after_at_once_and_all_is_well_afterwards(tmp_path: Path) -> None:
    event = threading.Event()
    limits = {"ILIAC_CDS_MAX_RUNNING": "1", "ILIAC_CDS_MAX_WAITING": "1", "ILIAC_CDS_MAX_WAIT": "30"}
    with (
        running(slow_chart(event)) as fake,
        served(tmp_path, ILIAC_CDS_FHIR_SERVERS=fake.base, ILIAC_CDS_FHIR_DEADLINE="60", **limits) as server,
    ):
        first = in_background(lambda: server.call(body=slow_call(fake)))
        until(lambda: bool(fake.calls))
        burst = [in_background(lambda: server.call(body=BODY)) for _ in range(21)]
        until(lambda: sum(len(r) for _, r in burst) == 20)  # and one that waits
        away = [r for _, replies in burst for r in replies]
        assert {r.status for r in away} == {503}
        assert {r.headers["retry-after"] for r in away} == {"1"}
        assert {r.json()["issue"][0]["code"] for r in away} == {"throttled"}
        assert server.call("/healthz").status == 200
        assert server.count("iliac_cds_shed_total") == 20
        event.set()
        for thread, _ in [first, *burst]:
            thread.join(PATIENCE)
        assert [r.status for r in first[1]] == [200]
        assert sorted(r.status for _, replies in burst for r in replies) == [200, *[503] * 20]
        assert server.call(body=BODY).status == 200
        until(lambda: server.count("iliac_cds_in_flight") == 1)


def test_a_call_that_waited_too_long_for_its_turn_is_sent_away(tmp_path: Path) -> None:
    event = threading.Event()
    limits = {"ILIAC_CDS_MAX_RUNNING": "1", "ILIAC_CDS_MAX_WAITING": "5", "ILIAC_CDS_MAX_WAIT": "0.1"}
    with (
        running(slow_chart(event)) as fake,
        served(tmp_path, ILIAC_CDS_FHIR_SERVERS=fake.base, ILIAC_CDS_FHIR_DEADLINE="60", **limits) as server,
    ):
        call, replies = in_background(lambda: server.call(body=slow_call(fake)))
        until(lambda: bool(fake.calls))
        assert server.call(body=BODY).status == 503
        event.set()
        call.join(PATIENCE)
    assert [r.status for r in replies] == [200]


STALLED = [
    b"POST " + CHARGE.encode(),
    b"POST " + CHARGE.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n",
    b"POST "
    + CHARGE.encode()
    + b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{",
]


def test_clients_that_stall_lose_their_connection_and_the_others_are_served(tmp_path: Path) -> None:
    limits = {"ILIAC_CDS_MAX_RUNNING": "1", "ILIAC_CDS_MAX_WAITING": "1", "ILIAC_CDS_RECEIVE_SECONDS": "1"}
    with served(tmp_path, **limits) as server:
        stalled = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(RECEIVING + 10)]
        try:
            for number, connection in enumerate(stalled):
                connection.settimeout(PATIENCE)
                connection.sendall(STALLED[number % len(STALLED)])
            assert server.call(body=BODY).status == 200
            assert all(ended(c) for c in stalled)
        finally:
            for connection in stalled:
                connection.close()
        assert server.call(body=BODY).status == 200
        assert "Worker exiting" not in server.log.read_text()


def ended(connection: socket.socket) -> bool:
    """Whether the server closes the connection, with or without a word."""
    try:
        while connection.recv(4096):
            pass
    except ConnectionError:
        return True
    return True


def test_the_counts_of_all_workers_are_one_sum_and_outlive_a_worker(tmp_path: Path) -> None:
    with served(tmp_path, workers=2) as server:
        for _ in range(20):
            assert server.call(body=BODY).status == 200
        assert server.count(SUM) == 20
        assert len(counting_folders(server.process.pid)) == 1
        victim = worker_of(server)
        os.kill(victim, signal.SIGKILL)
        until(lambda: f"(pid:{victim})" in server.log.read_text())
        assert server.call(body=BODY).status == 200
        assert server.count(SUM) == 21
        assert server.count("iliac_cds_in_flight") == 1
        assert server.stop() == 0
        assert not counting_folders(server.process.pid)


def worker_of(server: Served) -> int:
    """The worker that answered last."""
    return int([line["process"] for line in server.lines() if line["event"] == "request"][-1])


def test_the_folder_of_a_killed_server_is_swept_by_the_next_one() -> None:
    left = Path(memory_directory() or tempfile.gettempdir(), "iliac-cds-counts-999999999-left")
    left.mkdir()
    counts = SharedCounts()
    assert not left.exists()
    assert counting_folders(os.getpid())
    counts.remove()
    assert not counting_folders(os.getpid())
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ


COUNTING = """
import os
from cds_service.counts import hold_room
folder = os.environ["PROMETHEUS_MULTIPROC_DIR"]
hold_room()
held = {f.name: f.stat().st_size for f in os.scandir(folder)}
from cds_service.web import metrics
for metric in [m for m in vars(metrics).values() if isinstance(m, metrics.Metric)]:
    metrics.one(metric, *metric._labelnames) if metric._labelnames else metric
assert len(held) == 4 and held == {f.name: f.stat().st_size for f in os.scandir(folder)}
"""


def test_room_is_held_for_every_kind_of_count_before_the_first(tmp_path: Path) -> None:
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", COUNTING], env=environment, check=True)


def test_metrics_at_an_address_of_their_own_are_there_and_nothing_else_is(tmp_path: Path) -> None:
    own = free_port()
    with served(tmp_path, ILIAC_CDS_METRICS=f"127.0.0.1:{own}") as server:
        apart = Served(port=own, process=server.process, log=server.log)
        assert apart.call("/metrics").status == 200
        assert [apart.call(p).status for p in ("/cds-services", "/healthz")] == [404, 404]
        assert apart.call(body=BODY).status == 404
        assert server.call("/metrics").status == 404
        assert server.call(body=BODY).status == 200
        assert apart.count(SUM) == 1
