"""Who sends a request. Knows where authentication leaves its finding: `g.issuer`."""

from flask import g


def issuer() -> str:
    """The issuer of the token a request was let in with; empty where nobody checks tokens here."""
    return str(g.get("issuer", ""))
