"""The try-it pages: packaged scenarios and pasted requests with their chart, cards, decision and JSON.

Knows Flask, the templates and the headers of a page that runs no script. Reading, deciding and the words of the
cards are the same calls the service makes; nothing that is pasted outlives its answer.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from cds_service import __version__
from cds_service.advice import Adviser
from cds_service.coding.document import document
from cds_service.fhir.elements import Json
from cds_service.problems import Problem, refused
from cds_service.settings import Settings
from cds_service.web.chart_tables import chart_tables
from cds_service.web.decision_tables import SessionView, session_views, unread_table
from cds_service.web.fixtures import Scenario, scenarios
from cds_service.web.markdown import rendered, rendered_line
from cds_service.web.services import Service, offered
from cds_service.web.tables import Table
from cds_service.web.wire import check_envelope, check_needed, parse, too_large

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_WIDEST_FORM = 3  # a form writes a byte as %7B at worst
_MOST_JSON = 200_000
_log = logging.getLogger("cds_service.web")


@dataclass(frozen=True, slots=True, kw_only=True)
class Advised:
    """Everything a page shows about one request. `objection`: why /cds-services would not take it as it is."""

    request: Json
    answer: dict[str, Any]
    chart: tuple[Table, ...]
    sessions: tuple[SessionView, ...]
    unread: Table
    service: str
    objection: str


def sandbox_blueprint(adviser: Adviser, settings: Settings) -> Blueprint:
    """The pages, their style sheet under /sandbox-static/, and the headers on all of them."""
    pages = _Pages(adviser=adviser, settings=settings, services=offered(patient_view=settings.patient_view))
    routes = Blueprint(
        "sandbox", __name__, template_folder="templates", static_folder="static", static_url_path="/sandbox-static"
    )
    routes.add_url_rule("/", "gallery", pages.gallery)
    routes.add_url_rule("/scenario/<name>", "scenario", pages.scenario)
    routes.add_url_rule("/scenario/<name>/request.json", "request_json", pages.request_json)
    routes.add_url_rule("/try", "attempt", pages.attempt, methods=["POST"])
    routes.add_url_rule("/try", "back", lambda: redirect(url_for("sandbox.gallery")))
    routes.add_url_rule("/favicon.ico", "favicon", lambda: Response(status=204))
    routes.after_request(_guarded)
    return routes


def _guarded(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers[name] = value
    return response


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pages:
    """The views; all they share is what the app was made with."""

    adviser: Adviser
    settings: Settings
    services: Sequence[Service]

    def gallery(self) -> Response:
        return self._gallery()

    def scenario(self, name: str) -> Response:
        found = scenarios().get(name)
        if found is None:
            return self._page("missing.html", 404)
        try:
            advised = self._advise(self._parsed(found.body))
        except Problem as problem:
            return self._gallery(problem=problem, body=found.body.decode("utf-8", "replace"))
        return self._page("advised.html", scenario=found, shown=advised, curl=self._curl(found))

    def request_json(self, name: str) -> Response:
        """A scenario's request as it stands in its file, for curl."""
        found = scenarios().get(name)
        return Response(found.body, mimetype="application/json") if found else self._page("missing.html", 404)

    def attempt(self) -> Response:
        """What was pasted, shown as a scenario is."""
        text = ""
        try:
            text = self._pasted()
            advised = self._advise(self._parsed(text.encode("utf-8", "replace")))
        except Problem as problem:
            return self._gallery(problem=problem, body=text)
        curl = "" if advised.objection else self._post(advised.service, "@request.json")
        return self._page("advised.html", scenario=None, shown=advised, curl=curl)

    def _pasted(self) -> str:
        """The form's text; a form too large to be within the limits is not read."""
        request.max_content_length = request.max_form_memory_size = self.settings.max_body_bytes * _WIDEST_FORM
        try:
            return request.form.get("request", "")
        except RequestEntityTooLarge:
            raise too_large(self.settings.max_body_bytes) from None

    def _parsed(self, body: bytes) -> Json:
        """A hook request; a Bundle or a resource counts as one that carries nothing else.

        Raises:
            Problem: it is neither, or no JSON object, or too large, or too deep.
        """
        limits = self.settings
        sent = parse(body, "application/json", most_bytes=limits.max_body_bytes, most_depth=limits.max_depth)
        if "resourceType" in sent:
            return {"context": {}, "prefetch": {"procedures": sent}}
        if not any(key in sent for key in ("hook", "context", "prefetch")):
            raise refused(
                "This is neither a hook request (hook, context, prefetch) nor a FHIR resource (resourceType).",
                code="structure",
            )
        return sent

    def _advise(self, sent: Json) -> Advised:
        try:
            decision, answer = document(self.adviser.decide(sent)[1]), self.adviser.answer(sent)
        except Exception as error:
            # Whatever was pasted gets a page. The name of the fault goes to the log, as the service itself does it.
            _log.error("unforeseen %s", type(error).__name__)
            raise refused("The service failed on this request. Nothing was stored.", status=422) from None
        service, objection = self._objection(sent)
        return Advised(
            request=sent,
            answer=answer,
            chart=chart_tables(sent, self.adviser.vocabulary.terminology),
            sessions=session_views(decision),
            unread=unread_table(decision),
            service=service,
            objection=objection,
        )

    def _objection(self, sent: Json) -> tuple[str, str]:
        """The service that serves the request's hook, and why it would refuse the request; both may be empty."""
        serving = [s for s in self.services if s.hook == sent.get("hook")]
        if not serving:
            hooks = ", ".join(s.hook for s in self.services)
            return "", f"It names no hook that is served here ({hooks})."
        try:
            check_envelope(sent, serving[0])
            check_needed(sent, serving[0])
        except Problem as problem:
            return serving[0].id, f"The service would answer {problem.status}: {problem}"
        return serving[0].id, ""

    def _curl(self, scenario: Scenario) -> str:
        """One line for a shell that sends a scenario's request."""
        service = next((s.id for s in self.services if s.hook == scenario.hook), self.services[-1].id)
        source = url_for("sandbox.request_json", name=scenario.name, _external=True)
        return f"curl -sS {source} | {self._post(service, '@-')}"

    def _post(self, service: str, data: str) -> str:
        url = f"{request.host_url}cds-services/{service}"
        return f'curl -sS -H "Content-Type: application/json" --data-binary {data} {url}'

    def _gallery(self, problem: Problem | None = None, body: str = "") -> Response:
        found = scenarios()
        first = next(iter(found.values()), None)
        return self._page(
            "gallery.html",
            problem.status if problem else 200,
            scenarios=list(found.values()),
            curl=self._curl(first) if first else "",
            problem=problem,
            body=body if len(body) <= _MOST_JSON else "",
        )

    def _page(self, template: str, status: int = 200, **values: Any) -> Response:
        html = render_template(
            f"sandbox/{template}",
            version=__version__,
            knowledge=self.adviser.knowledge.version,
            notice=self.adviser.notice,
            markdown=rendered,
            line=rendered_line,
            pretty=_pretty,
            **values,
        )
        return Response(html.encode("utf-8", "replace"), status=status, mimetype="text/html")


def _pretty(value: Any) -> str:
    """JSON for a reader, cut where a page could not show it."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return text if len(text) <= _MOST_JSON else f"{text[:_MOST_JSON]}\n\u2026 cut here"
