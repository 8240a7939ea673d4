"""The service in process: the same routes and the same answers as over a socket, for the command line.

Knows the app's test client and how to say a refusal in one line.
"""

from functools import lru_cache
from typing import Any

from flask import Flask

from cds_service.app import create_app
from cds_service.problems import Problem
from cds_service.settings import Settings
from cds_service.web.services import offered
from cds_service.web.wire import parse


class Refused(Exception):
    """The service did not take the request; the message is its first reason."""


@lru_cache(maxsize=1)
def _app(settings: Settings) -> Flask:
    return create_app(settings)


def parsed(body: bytes, settings: Settings) -> dict[str, Any]:
    """A request file as a JSON object.

    Raises:
        Refused: it is none, or too large, or too deep.
    """
    try:
        return parse(body, "application/json", most_bytes=settings.max_body_bytes, most_depth=settings.max_depth)
    except Problem as problem:
        raise Refused(str(problem)) from None


def call(body: bytes, settings: Settings) -> dict[str, Any]:
    """The response to a hook request, by the service that serves its hook.

    Raises:
        Refused: the service answered an error.
        KnowledgeProblem: the site's code map is faulty.
    """
    hook = parsed(body, settings).get("hook")
    ids = {s.hook: s.id for s in offered(patient_view=True)}
    if not isinstance(hook, str) or hook not in ids:
        raise Refused(f"hook must be one of {', '.join(ids)}")
    url = f"/cds-services/{ids[hook]}"
    client = _app(settings.model_copy(update={"patient_view": True, "auth": "off"})).test_client()
    answer = client.post(url, data=body, content_type="application/json")
    found: dict[str, Any] = answer.get_json()
    if answer.status_code != 200:
        texts = [str(i.get("diagnostics", "")) for i in found.get("issue", [])]
        raise Refused(f"{answer.status_code}: {' '.join(texts)}")
    return found
