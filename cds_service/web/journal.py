"""One log line and one count for every request: what was asked, what was answered, how long each stage took.

Knows Flask's hooks around a request. Writes names from closed lists and numbers only: no path, no query, and no header
but a request id of a form that cannot hold words.
"""

import logging
import re
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from flask import Flask, Response, g, request

from cds_service.course import COURSE, STAGES, Course
from cds_service.web import metrics, tracing

REQUEST_ID = "X-Request-Id"
_ID = re.compile(r"[0-9a-fA-F]{8}(-?)[0-9a-fA-F]{4}\1[0-9a-fA-F]{4}\1[0-9a-fA-F]{4}\1[0-9a-fA-F]{12}")
_NAMES = {"hooks.discover": "discovery", "feedback.take": "feedback"}
_log = logging.getLogger("cds_service.requests")


def keep_journal(app: Flask) -> None:
    """Watch every request of an app. To be called before anything else hooks into its requests."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)


def _begin() -> None:
    sent = request.headers.get(REQUEST_ID, "")
    g.around = COURSE.get()  # the sandbox sends a request while it serves one
    COURSE.set(Course(id=sent if _ID.fullmatch(sent) else str(uuid4())))
    metrics.IN_FLIGHT.inc()


def _end(response: Response) -> Response:
    course = COURSE.get()
    assert course is not None
    response.headers[REQUEST_ID] = course.id
    if (request.endpoint or "").startswith("ops."):
        _log.debug("probe", extra={"fields": {"request": course.id, "status": response.status_code}})
        return response
    course.service = course.service or _NAMES.get(request.endpoint or "", "other")
    seconds = time.monotonic() - course.start
    stages = course.stages()
    _count(course, stages, response.status_code, seconds)
    tracing.record(course, response.status_code, seconds, request.headers.get("traceparent", ""))
    _log.info("request", extra={"fields": _fields(course, stages, response, seconds)})
    return response


def _forget(_: BaseException | None) -> None:
    metrics.IN_FLIGHT.dec()
    COURSE.set(g.pop("around", None))


def _count(course: Course, stages: Mapping[str, float], status: int, seconds: float) -> None:
    metrics.one(metrics.REQUESTS, course.service, course.hook or "none", str(status)).inc()
    metrics.one(metrics.DURATION, course.service).observe(seconds)
    for stage, taken in stages.items():
        metrics.one(metrics.STAGE, stage).observe(taken)
    for card in course.cards:
        metrics.one(metrics.CARDS, card.audience, card.verdict or "none").inc()
        for rule in card.rules:
            metrics.one(metrics.RULES, rule, card.verdict).inc()


def _fields(course: Course, stages: Mapping[str, float], response: Response, seconds: float) -> dict[str, Any]:
    """The line's fields; what does not apply is left out. Times are milliseconds."""
    fields = {
        "request": course.id,
        "method": request.method if request.method in ("GET", "POST", "OPTIONS", "HEAD") else "other",
        "service": course.service,
        "hook": course.hook,
        "issuer": course.issuer,
        "status": response.status_code,
        "cards": [c.audience for c in course.cards],
        "verdicts": list(dict.fromkeys(c.verdict for c in course.cards if c.verdict)),
        "rules": list(dict.fromkeys(r for c in course.cards for r in c.rules)),
        "bytes_in": request.content_length or 0,
        "bytes_out": response.content_length or 0,
    }
    times = {"ms": _ms(seconds), "stages": {s: _ms(stages[s]) for s in STAGES if s in stages}}
    return {**{k: v for k, v in fields.items() if v not in ("", [])}, **times}


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
