"""Every error as an OperationOutcome: our own problems, Werkzeug's, and what nobody foresaw.

Knows status codes. Nothing of an exception reaches a caller on 500.
"""

import logging

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from cds_service.course import COURSE
from cds_service.logs import what_and_where
from cds_service.problems import Issue, Problem, outcome

_RETRY_AFTER = "1"
_log = logging.getLogger("cds_service.web")
_TEXTS = {
    404: ("not-found", "There is nothing at this address. Discovery is at /cds-services."),
    405: ("not-supported", "This address does not take this method."),
    413: ("too-long", "The body is too large."),
    415: ("not-supported", "The Content-Type must be application/json."),
}


def install(app: Flask) -> None:
    """Put the handlers on an app."""
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def _problem(error: Exception) -> Response:
    assert isinstance(error, Problem)
    response = response_of(error.status, outcome(error.issues))
    if error.status == 503:
        response.headers["Retry-After"] = _RETRY_AFTER if error.retry_after is None else str(error.retry_after)
    return response


def _http(error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = error.code or 500
    code, text = _TEXTS.get(status, ("processing", "The request cannot be served."))
    response = response_of(status, outcome([Issue(code=code, text=text)]))
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _unforeseen(error: Exception) -> Response:
    course = COURSE.get()
    fields = {"request": course.id} if course else {}
    _log.error("unforeseen %s", what_and_where(error), extra={"fields": fields})
    text = "The service failed on this request. Nothing was stored."
    return response_of(500, outcome([Issue(code="exception", text=text)]))


def response_of(status: int, body: dict[str, object]) -> Response:
    """A JSON answer with a status."""
    response = jsonify(body)
    response.status_code = status
    return response
