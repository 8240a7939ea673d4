"""Who may call: every request under /cds-services is authenticated before anything of it is looked at.

Knows Flask requests and the answers 401 and 503, which say nothing of why; the log gets a stable code.
"""

import logging
from urllib.parse import quote

from flask import Flask, Response, request

from cds_service.clients.verification import Authentication, CannotTell, NotAuthenticated
from cds_service.course import mark, note
from cds_service.problems import Issue, Problem, outcome
from cds_service.web.caller import let_in
from cds_service.web.errors import response_of

_ROOT = "cds-services"
_UNKNOWN = Issue(code="login", text="The caller could not be authenticated.")
_UNAVAILABLE = Issue(code="transient", text="The service is not available at the moment. Try again soon.")
_log = logging.getLogger("cds_service.web")


def install_authentication(app: Flask, authentication: Authentication) -> None:
    """Let nobody in who is not a trusted client. Preflights carry no token and get no data.

    Unknown addresses, wrong methods and faulty bodies are refused the same way, so that a stranger learns nothing
    from the difference; a body is not read.
    """

    @app.before_request
    def authenticate() -> Response | None:
        if request.method == "OPTIONS" or not request.path.lstrip("/").startswith(_ROOT):
            return None
        try:
            found = authentication.caller(request.headers.get("Authorization", ""), quote(request.path))
        except NotAuthenticated as refusal:
            _log.warning("caller refused: %s, client %s", refusal.reason, refusal.client or "unknown")
            refused = response_of(401, outcome([_UNKNOWN]))
            refused.headers["WWW-Authenticate"] = "Bearer"
            return refused
        except CannotTell as error:
            _log.error("callers cannot be authenticated: the token store failed, %s", error)
            raise Problem(503, [_UNAVAILABLE]) from None
        finally:
            mark("auth")
        let_in(found)
        note(issuer=found.issuer)
        return None
