"""The real servers on the loopback address: what they print, answer and leave behind."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cds_service.cli import main
from tests.charts import mission
from tests.ports import free_port

pytestmark = [pytest.mark.server, pytest.mark.enable_socket]
CHARGE = "/cds-services/iliac-charge-review"


@contextmanager
def started(*words: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A command with a data directory of its own, in a process group of its own."""
    command = [sys.executable, "-c", "from cds_service.cli import main; main()", *words]
    known = {k: v for k, v in os.environ.items() if not k.startswith("ILIAC_CDS_")}
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**known, "ILIAC_CDS_DATA_DIR": folder, **environment},
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT if words[0] == "sandbox" else signal.SIGTERM)
                process.wait(60)
            assert process.stdout is not None
            process.stdout.close()


def call(port: int, path: str, body: bytes | None = None, method: str = "POST") -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        raw = answer.read()
        kind = answer.getheader("Content-Type", "")
        return answer.status, json.loads(raw) if kind.startswith("application/json") else raw.decode()
    finally:
        connection.close()


def until_ready(port: int, process: subprocess.Popen[str]) -> None:
    for _ in range(900):
        assert process.poll() is None, process.stdout.read() if process.stdout else ""
        try:
            if call(port, "/cds-services", method="GET")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not answer in time")


def test_sandbox_prints_its_address_and_answers_like_check(tmp_path: Path) -> None:
    request = tmp_path / "request.json"
    request.write_text(json.dumps(mission()))
    with started("sandbox", "--port", "0") as process:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", process.stdout.readline())
        assert found
        status, answer = call(int(found[1]), CHARGE, request.read_bytes())
        page = call(int(found[1]), "/", method="GET")
    assert status == 200
    assert answer == json.loads(CliRunner().invoke(main, ["check", "--json", str(request)]).output)
    assert page[0] == 200
    assert "mission" in page[1]


def test_a_taken_port_is_said_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with started("sandbox", "--port", str(taken.getsockname()[1])) as process:
            output = process.communicate(timeout=60)[0]
    assert process.returncode == 2
    assert "in use" in output
    assert "Traceback" not in output


def test_a_setting_that_cannot_be_used_is_said_in_one_line() -> None:
    with started("serve", ILIAC_CDS_AUTH="off", ILIAC_CDS_FHIR_SERVERS="http://fhir.example.org/r4") as process:
        output = process.communicate(timeout=60)[0]
    assert process.returncode == 2
    assert "ILIAC_CDS_FHIR_SERVERS" in output
    assert "must be https" in output
    assert "Traceback" not in output


def test_serve_answers_shouts_about_authentication_and_stops_cleanly() -> None:
    port = free_port()
    with started("serve", "--port", str(port), "--workers", "2", ILIAC_CDS_AUTH="off") as process:
        until_ready(port, process)
        status, answer = call(port, CHARGE, json.dumps(mission()).encode())
        assert (status, len(answer["cards"])) == (200, 1)
        assert call(port, CHARGE, b"[" * 10_000)[0] == 400
        assert call(port, CHARGE, b"x" * 20_000_000)[0] == 413
        assert call(port, CHARGE, json.dumps(mission()).encode())[1] == answer
        process.send_signal(signal.SIGTERM)
        output = process.communicate(timeout=60)[0]
    assert process.returncode == 0
    assert "does NOT authenticate" in output
    assert "Traceback" not in output
