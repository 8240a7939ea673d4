"""What an operator's machines ask for: does the process live, is it ready, what has it counted.

Knows no request but these. Needs no authentication and holds nothing of a chart.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask import Blueprint, Response, abort, jsonify, request

from cds_service.logs import what_and_where
from cds_service.settings import Settings
from cds_service.web import metrics

Check = Callable[[], bool]
_log = logging.getLogger("cds_service.ops")


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What must hold for the service to answer, by name: the knowledge, a store. Each check is quick and may raise."""

    checks: dict[str, Check] = field(default_factory=dict)

    def add(self, name: str, check: Check) -> None:
        self.checks[name] = check

    def failing(self) -> list[str]:
        """The names of what does not hold now."""
        return [name for name, check in self.checks.items() if not _holds(name, check)]


def _holds(name: str, check: Check) -> bool:
    try:
        return check()
    except Exception as error:  # whatever a driver raises means the same here
        _log.warning("not ready", extra={"fields": {"check": name, "error": what_and_where(error)}})
        return False


def ops_blueprint(readiness: Readiness, settings: Settings, document: Mapping[str, object]) -> Blueprint:
    """/healthz, /readyz, the interface's own `document` and, unless switched off, /metrics.

    /metrics is answered beside the service, or at an address of its own.
    """
    routes = Blueprint("ops", __name__)

    @routes.get("/healthz")
    def health() -> Response:
        return jsonify(status="alive")

    @routes.get("/readyz")
    def ready() -> tuple[Response, int]:
        failing = readiness.failing()
        checks = {name: "failed" if name in failing else "ok" for name in readiness.checks}
        return jsonify(status="not ready" if failing else "ready", checks=checks), 503 if failing else 200

    @routes.get("/openapi.json")
    def interface() -> Response:
        return jsonify(document)

    if settings.metrics != "off":
        routes.add_url_rule("/metrics", "metrics", _exposed)
    if settings.metrics_port:
        routes.before_app_request(lambda: _on_its_port(str(settings.metrics_port)))
    return routes


def _exposed() -> Response:
    return Response(metrics.exposition(), content_type=metrics.CONTENT_TYPE)


def _on_its_port(port: str) -> None:
    """/metrics is answered at its own address, and nothing else is answered there."""
    if (request.environ.get("SERVER_PORT") == port) != (request.endpoint == "ops.metrics"):
        abort(404)
