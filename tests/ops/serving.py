"""The real server for tests: started, asked, stopped, its log read."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.charts import bundle, mission
from tests.client.fake import Answer, Fake, fhir
from tests.ports import free_port

CHARGE = "/cds-services/iliac-charge-review"
PATIENCE = 60


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, kw_only=True)
class Served:
    """A running server; its log is what it wrote on both streams."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def call(self, path: str = CHARGE, body: bytes | None = None, **headers: str) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            sent = {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
            connection.request("GET" if body is None else "POST", path, body, sent)
            answer = connection.getresponse()
            return Reply(
                status=answer.status,
                headers={k.lower(): v for k, v in answer.getheaders()},
                body=answer.read(),
            )
        finally:
            connection.close()

    def count(self, sample: str) -> float:
        """The value of a sample of /metrics; 0 when it is not there."""
        for line in self.call("/metrics").body.decode().splitlines():
            if line.startswith(f"{sample} "):
                return float(line.rpartition(" ")[2])
        return 0.0

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@contextmanager
def served(
    folder: Path, *, workers: int = 1, port: int = 0, within: Sequence[str] = (), **environment: str
) -> Iterator[Served]:
    """The server with its log and, unless told otherwise, its store in a folder; `within`: a command that becomes it."""
    folder.mkdir(exist_ok=True)
    port = port or free_port()
    known = {k: v for k, v in os.environ.items() if not k.startswith(("ILIAC_CDS_", "OTEL_"))}
    words = ["serve", "--port", str(port), "--workers", str(workers)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*within, sys.executable, "-c", "from cds_service.cli import main; main()", *words],
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**known, "ILIAC_CDS_AUTH": "off", "ILIAC_CDS_DATA_DIR": str(folder), **environment},
        )
    found = Served(port=port, process=process, log=folder / "log")
    try:
        until(lambda: _answers(found))
        yield found
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(PATIENCE)


def _answers(server: Served) -> bool:
    assert server.process.poll() is None, server.log.read_text()
    try:
        return server.call("/readyz").status == 200
    except OSError:
        return False


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that is about to hold."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def in_background(work: Callable[[], Reply]) -> tuple[threading.Thread, list[Reply]]:
    """A call under way, and the place where its reply will be."""
    replies: list[Reply] = []
    thread = threading.Thread(target=lambda: replies.append(work()), daemon=True)
    thread.start()
    return thread, replies


def held(event: threading.Event, answer: Answer) -> Answer:
    """An answer that a FHIR server gives only once it is allowed to."""

    def hold(connection: Any) -> None:
        event.wait(PATIENCE)
        answer(connection)

    return hold


def slow_chart(event: threading.Event) -> dict[str, Answer | list[Answer]]:
    """The FHIR server behind `slow_call`: the Procedures come when the event is set."""
    return {"Procedure?encounter=Encounter/e1": held(event, fhir(mission()["prefetch"]["procedures"]))}


def slow_call(fake: Fake) -> bytes:
    """A hook request that lacks its Procedures; all else it brings along."""
    rest: dict[str, Any] = {k: bundle() for k in ("conditions", "charges", "coverage", "reports")}
    sent = mission()
    prefetch = {"patient": {"resourceType": "Patient", "id": "p"}, "encounter": sent["prefetch"]["encounter"], **rest}
    return json.dumps({**sent, "fhirServer": fake.base, "prefetch": prefetch}).encode()
