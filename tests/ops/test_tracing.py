"""Traces: a span for a request and one for each of its stages, with true times and nothing of a chart."""

import builtins
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from cds_service.app import create_app
from cds_service.settings import Settings
from cds_service.web import tracing
from tests.charts import mission
from tests.ops.listening import listening
from tests.ops.serving import CHARGE, served
from tests.ops.test_nothing_leaks import BODY, GRANT, MARK, nothing_in

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    found = InMemorySpanExporter()
    tracing.start_tracing(found)
    yield found
    tracing.stop_tracing()


def spans(exporter: InMemorySpanExporter, body: Any, url: str = CHARGE, **headers: str) -> list[ReadableSpan]:
    create_app(Settings()).test_client().post(url, json=body, headers=headers)
    tracing.stop_tracing()
    return list(exporter.get_finished_spans())


def test_a_request_is_a_span_with_its_stages_below_it(exporter: InMemorySpanExporter) -> None:
    *stages, whole = spans(exporter, mission(), traceparent=CALLER)
    assert whole.name == "iliac-charge-review"
    assert dict(whole.attributes or {}) == {"http.response.status_code": 200, "cds.hook": "org.iliac-cds.charge-review"}
    assert whole.parent is not None
    assert f"{whole.parent.trace_id:032x}-{whole.parent.span_id:016x}" == CALLER[3:-3]
    assert {s.name for s in stages} == {"receive", "wait", "parse", "fetch", "read", "decide", "cards", "compare"}
    for span, following in zip(stages, [*stages[1:], whole], strict=True):
        assert span.parent is not None
        assert span.parent.span_id == whole.context.span_id  # type: ignore[union-attr]
        assert span.start_time <= span.end_time <= following.end_time  # type: ignore[operator]
    assert stages[0].start_time == whole.start_time


def test_spans_hold_nothing_of_a_request(exporter: InMemorySpanExporter) -> None:
    body = {**mission(), "hookInstance": MARK, "fhirAuthorization": GRANT, "fhirServer": MARK}
    found = spans(exporter, body, f"/cds-services/{MARK}", traceparent=MARK, tracestate=MARK, baggage=MARK)
    assert [s.name for s in found][-1] == "other"
    nothing_in("".join(s.to_json() for s in found))


def test_without_the_extra_it_is_said_and_nothing_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name.startswith("opentelemetry"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    monkeypatch.setattr(builtins, "__import__", missing)
    with listening() as heard:
        tracing.start_tracing()
    assert "iliac-cds[otel]" in heard.text
    assert create_app(Settings()).test_client().post(CHARGE, json=mission()).status_code == 200


OFF: list[tuple[dict[str, str], str]] = [
    ({}, "no collector is named"),
    ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"}, "switched off"),
    ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_TRACES_EXPORTER": "none"}, "no traces wanted"),
]


@pytest.mark.parametrize(("environment", "why"), OFF, ids=[o[1] for o in OFF])
def test_nothing_is_traced_unless_the_environment_asks(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], why: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    started: list[str] = []
    monkeypatch.setattr("opentelemetry.sdk.trace.TracerProvider.__init__", lambda *_, **__: started.append(why))
    tracing.start_tracing()
    assert started == []


@pytest.mark.server
@pytest.mark.enable_socket
def test_the_server_sends_its_traces_to_the_collector(tmp_path: Path) -> None:
    received: list[tuple[str, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        where = f"http://127.0.0.1:{collector.server_port}"
        with served(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=where, OTEL_EXPORTER_OTLP_COMPRESSION="none") as server:
            assert server.call(f"{CHARGE}?name={MARK.replace(' ', '-')}", BODY.encode()).status == 200
            assert server.stop() == 0
        collector.shutdown()
    assert {path for path, _ in received} == {"/v1/traces"}
    sent = b"".join(body for _, body in received)
    assert b"iliac-charge-review" in sent
    assert b"decide" in sent
    nothing_in(sent.decode("latin-1"))
