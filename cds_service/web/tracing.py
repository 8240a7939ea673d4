"""Traces by OpenTelemetry, where its extra is installed and its standard OTEL_* variables name a collector.

Knows the course of a request once it is over: one span for it and one for each stage, with their true times. Names and
attributes come from the closed lists that the log is written with; of the caller's headers only `traceparent` is used.
"""

import logging
import os
from typing import TYPE_CHECKING, Any

from cds_service import __version__
from cds_service.course import Course

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_log = logging.getLogger("cds_service.tracing")
_provider: "TracerProvider | None" = None


def start_tracing(exporter: "SpanExporter | None" = None) -> None:
    """Trace from now on in this process, if the environment asks for it; a forked process calls this for itself."""
    global _provider
    asked = any(os.environ.get(name) for name in _ENDPOINTS)
    off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or os.environ.get("OTEL_TRACES_EXPORTER") == "none"
    if exporter is None and (off or not asked):
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        _log.warning("OTEL_* asks for traces; they need the extra: pip install 'iliac-cds[otel]'")
        return
    name = os.environ.get("OTEL_SERVICE_NAME", "iliac-cds")
    resource = Resource.create({"service.name": name, "service.version": __version__})
    _provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    _provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))


def stop_tracing() -> None:
    """Send what has not been sent yet, and trace no more."""
    global _provider
    if _provider is not None:
        _provider.shutdown()
        _provider = None


def record(course: Course, status: int, seconds: float, traceparent: str = "") -> None:
    """The spans of a request that took so many seconds, below the caller's span where it named one."""
    if _provider is None:
        return
    from opentelemetry.trace import SpanKind, set_span_in_context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    tracer = _provider.get_tracer("cds_service", __version__)
    caller = TraceContextTextMapPropagator().extract({"traceparent": traceparent})
    attributes: dict[str, Any] = {"http.response.status_code": status}
    attributes |= {"cds.hook": course.hook} if course.hook else {}
    whole = tracer.start_span(
        course.service, caller, kind=SpanKind.SERVER, attributes=attributes, start_time=course.began
    )
    last = course.start
    for stage, end in course.marks:
        span = tracer.start_span(stage, set_span_in_context(whole), start_time=_at(course, last))
        span.end(_at(course, end))
        last = end
    whole.end(course.began + int(seconds * 1e9))


def _at(course: Course, moment: float) -> int:
    """A moment of the course's clock as nanoseconds since 1970."""
    return course.began + int((moment - course.start) * 1e9)
