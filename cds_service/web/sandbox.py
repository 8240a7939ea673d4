"""The try-it pages: a gallery of scenarios, and a bench where any request is shown, edited and answered.

Knows Flask, the routes, and the headers of pages that load nothing but their own files. Reading, deciding and the words
of the cards are the same calls the service makes. Nothing that is pasted is kept; of a card that is answered here the
service remembers what it does of any.
"""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from cds_service import __version__
from cds_service.advice import NEITHER, Adviser, as_request, response
from cds_service.coding.document import document
from cds_service.fhir.elements import Json
from cds_service.picture import picture, style_sheet
from cds_service.problems import Problem, refused
from cds_service.settings import Settings
from cds_service.web import editor
from cds_service.web.bench import Advised, advice_on, advised
from cds_service.web.ehr import Outcome, accept, override
from cds_service.web.fixtures import Scenario, grouped, scenarios
from cds_service.web.markdown import rendered, rendered_line
from cds_service.web.services import Service, offered
from cds_service.web.wire import parse, too_large

_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # its own style is all a picture holds
_WIDEST_FORM = 3  # a form writes a byte as %7B at worst
_MOST_JSON = 200_000
_MOST_INLINE = 20_000


def sandbox_blueprint(adviser: Adviser, settings: Settings) -> Blueprint:
    """The pages, their style sheets and script under /sandbox-static/, and the headers on all of them."""
    pages = _Pages(adviser=adviser, settings=settings, services=offered(patient_view=settings.patient_view))
    routes = Blueprint(
        "sandbox", __name__, template_folder="templates", static_folder="static", static_url_path="/sandbox-static"
    )
    routes.add_url_rule("/", "gallery", pages.gallery)
    routes.add_url_rule("/scenario/<name>", "scenario", pages.scenario)
    routes.add_url_rule("/scenario/<name>/request.json", "request_json", pages.request_json)
    routes.add_url_rule("/scenario/<name>/picture.svg", "picture_svg", pages.picture_svg)
    routes.add_url_rule("/try", "attempt", pages.attempt, methods=["POST"])
    routes.add_url_rule("/play", "play", pages.play, methods=["POST"])
    for path in ("/try", "/play"):
        routes.add_url_rule(path, f"back-from-{path[1:]}", lambda: redirect(url_for("sandbox.gallery")))
    routes.add_url_rule("/picture.css", "picture_css", lambda: Response(style_sheet(), mimetype="text/css"))
    routes.add_url_rule("/favicon.ico", "favicon", lambda: Response(status=204))
    routes.after_request(_guarded)
    return routes


def _guarded(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", _POLICY)
    response.headers["Cache-Control"] = "no-store"  # Flask lets style sheets be kept
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
            return self._bench(self._parsed(found.body), scenario=found)
        except Problem as problem:
            return self._gallery(problem=problem, body=found.body.decode("utf-8", "replace"))

    def request_json(self, name: str) -> Response:
        """A scenario's request as it stands in its file, for curl."""
        found = scenarios().get(name)
        return Response(found.body, mimetype="application/json") if found else self._page("missing.html", 404)

    def picture_svg(self, name: str) -> Response:
        """A scenario's picture by itself, as `explain --svg` prints it."""
        found = scenarios().get(name)
        if found is None:
            return self._page("missing.html", 404)
        svg = picture(document(self.adviser.decide(self._parsed(found.body))[1]))
        return Response(svg, mimetype="image/svg+xml", headers={"Content-Security-Policy": _PICTURE_POLICY})

    def attempt(self) -> Response:
        """What was pasted or uploaded, shown as a scenario is."""
        text = ""
        try:
            text = self._pasted()
            return self._bench(self._parsed(text.encode("utf-8", "replace")))
        except Problem as problem:
            return self._gallery(problem=problem, body=text)

    def play(self) -> Response:
        """A chart after a click: edited, or with a card accepted or overridden."""
        text = ""
        try:
            text = self._pasted()
            sent = self._parsed(text.encode("utf-8", "replace"))
            scenario = scenarios().get(request.form.get("scenario", ""))
            step, _, rest = request.form.get("do", "").partition(":")
            if step in ("accept", "override"):
                return self._answered(sent, step, rest, scenario)
            sheet = editor.posted(request.form, sorted(self.adviser.knowledge.codes))
            return self._bench(editor.written(sheet, sent), scenario=scenario, sheet=sheet, edited=True)
        except Problem as problem:
            return self._gallery(problem=problem, body=text)

    def _answered(self, sent: Json, step: str, rest: str, scenario: Scenario | None) -> Response:
        """The chart after a card was answered, with what the EHR does and sends."""
        card, _, choice = rest.partition(":")
        answer = response(advice_on(sent, self.adviser).said)
        if step == "accept":
            outcome = accept(sent, answer, card, choice)
        else:
            comment = request.form.get(f"comment-{card}", "")[:500].strip()
            outcome = override(sent, answer, card, reason=choice, comment=comment)
        stored = self._stored(sent, outcome)
        gone = card if step == "override" else ""
        return self._bench(outcome.request, scenario=scenario, outcome=outcome, stored=stored, gone=gone, edited=True)

    def _stored(self, sent: Json, outcome: Outcome) -> str:
        """What the feedback endpoint answered, after the call that shows the card; empty without a service."""
        service = next((s.id for s in self.services if s.hook == sent.get("hook")), "")
        if not service:
            return ""
        client = current_app.test_client()
        client.post(f"/cds-services/{service}", json=sent)
        return client.post(f"/cds-services/{service}/feedback", json=outcome.feedback).status

    def _pasted(self) -> str:
        """The form's file or text; a form too large to be within the limits is not read."""
        request.max_content_length = request.max_form_memory_size = self.settings.max_body_bytes * _WIDEST_FORM
        try:
            file = request.files.get("file")
            uploaded = file.read().decode("utf-8", "replace") if file and file.filename else ""
            return uploaded or request.form.get("request", "")
        except RequestEntityTooLarge:
            raise too_large(self.settings.max_body_bytes) from None

    def _parsed(self, body: bytes) -> Json:
        """A hook request; a Bundle or a resource counts as one that carries nothing else.

        Raises:
            Problem: it is neither, or no JSON object, or too large, or too deep.
        """
        limits = self.settings
        sent = parse(body, "application/json", most_bytes=limits.max_body_bytes, most_depth=limits.max_depth)
        found = as_request(sent)
        if found is None:
            raise refused(f"This {NEITHER}.", code="structure")
        return found

    def _bench(self, sent: Json, *, scenario: Scenario | None = None, sheet: editor.Sheet | None = None,
               edited: bool = False, **more: Any) -> Response:  # fmt: skip
        shown = advised(sent, self.adviser, self.services)
        written = json.dumps(sent, ensure_ascii=False, separators=(",", ":"))
        state = written if len(written) <= _MOST_JSON else ""
        return self._page(
            "bench.html",
            scenario=scenario,
            shown=shown,
            sheet=sheet or editor.sheet_of(shown.decision),
            edited=edited,
            state=state,
            curl=self._curl_of(shown, scenario, state, edited=edited),
            editor=editor,
            codes=[(c, c) for c in sorted(self.adviser.knowledge.codes)],
            **more,
        )

    def _curl_of(self, shown: Advised, scenario: Scenario | None, state: str, *, edited: bool) -> str:
        if scenario is not None and not edited:
            return self._curl(scenario)
        if shown.objection:
            return ""
        return self._post(shown.service, shlex.quote(state) if 0 < len(state) <= _MOST_INLINE else "@request.json")

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
        asked = request.args.get("q", "")[:100]
        first = next(iter(found.values()), None)
        return self._page(
            "gallery.html",
            problem.status if problem else 200,
            groups=grouped(found, asked.split()),
            count=len(found),
            asked=asked,
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
