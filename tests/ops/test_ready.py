"""Health and readiness: the process lives; what it needs is there."""

from collections.abc import Callable

import pytest
from flask import Flask

from cds_service.app import create_app
from cds_service.settings import Settings
from cds_service.web.ops import Readiness, ops_blueprint
from tests.ops.listening import listening


def gone() -> bool:
    raise ConnectionError("postgresql://miller:secret@db/iliac")


CHECKS: list[tuple[Callable[[], bool], int, str, str]] = [
    (lambda: True, 200, "ok", "the store answers"),
    (lambda: False, 503, "failed", "the store says no"),
    (gone, 503, "failed", "the store raises"),
]


@pytest.mark.parametrize(("check", "status", "said", "why"), CHECKS, ids=[c[3] for c in CHECKS])
def test_a_check_that_fails_makes_the_service_unready(
    check: Callable[[], bool], status: int, said: str, why: str
) -> None:
    readiness = Readiness()
    readiness.add("knowledge", lambda: True)
    readiness.add("store", check)
    app = Flask("probe")
    app.register_blueprint(ops_blueprint(readiness, Settings(), {}))
    with listening() as heard:
        answer = app.test_client().get("/readyz")
    assert answer.status_code == status, why
    assert answer.get_json()["checks"] == {"knowledge": "ok", "store": said}
    assert "secret" not in heard.text + answer.get_data(as_text=True)
    assert app.test_client().get("/healthz").status_code == 200


def test_the_service_is_ready_with_its_knowledge() -> None:
    answer = create_app(Settings()).test_client().get("/readyz")
    assert answer.get_json() == {"status": "ready", "checks": {"knowledge": "ok"}}


def test_metrics_can_be_switched_off() -> None:
    assert create_app(Settings(metrics="off")).test_client().get("/metrics").status_code == 404


@pytest.mark.parametrize("value", ["yes", "9100", "host:", "host:port"])
def test_an_address_for_metrics_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="metrics"):
        Settings(metrics=value)
