"""Who sends a request, as authentication found it.

Knows where that finding is kept for the request under way.
"""

from flask import g

from cds_service.clients.verification import Caller


def let_in(found: Caller) -> None:
    """Keep who was let in, for the rest of the request."""
    g.caller = found


def caller() -> Caller | None:
    """The client that sent the current request; None where clients are not authenticated."""
    found: Caller | None = g.get("caller")
    return found


def issuer() -> str:
    """The issuer of the token a request was let in with; empty where nobody checks tokens here."""
    known = caller()
    return known.issuer if known else ""
