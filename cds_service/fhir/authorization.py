"""The access token of a request: taken out of `fhirAuthorization`, shown to nobody.

Knows OAuth's Bearer tokens. Keeps nothing beyond the request.
"""

import re
from typing import Any

from cds_service.fhir.elements import last_id

# SMART's scopes for data, of its first and second version, such as user/Procedure.read and patient/*.rs?category=x.
_SCOPE = re.compile(r"(patient|user|system)/(\*|[a-z]+)\.(\*|read|write|[cruds]+)(?:\?\S*)?", re.IGNORECASE)
_BEARER = re.compile(r"[A-Za-z0-9\-._~+/]{1,16384}=*")


class Unusable(Exception):
    """A `fhirAuthorization` that cannot be used; the message says why, without a word of it."""


class Token:
    """A Bearer token. It goes into one header and shows itself nowhere else, neither printed nor pickled."""

    __slots__ = ("_scope", "_value")

    def __init__(self, value: str, scope: str = "") -> None:
        self._value, self._scope = value, scope

    def covers(self, kind: str) -> bool:
        """False when its scopes name what may be read, and this type of resource is not among it."""
        granted = [g for s in self._scope.split() if (g := _SCOPE.fullmatch(s))]
        readable = [g[2].lower() for g in granted if _reads(g[3].lower())]
        return not granted or "*" in readable or kind.lower() in readable

    def header(self) -> dict[str, str]:
        """The header of a call to the server that the token came with."""
        return {"Authorization": f"Bearer {self._value}"}

    def __repr__(self) -> str:
        return "Token(...)"

    def __reduce__(self) -> str:
        raise TypeError("a token is not stored")


def token_of(authorization: Any, patient: str = "") -> Token | None:
    """The token of a `fhirAuthorization`; None when there is none and the server is called without.

    `subject` is the client's name for this service, and nothing depends on it.

    Raises:
        Unusable: it is of another type than Bearer, has expired, is for another patient than the request's, or is none.
    """
    if authorization is None:
        return None
    if not isinstance(authorization, dict):
        raise Unusable("fhirAuthorization is no object")
    value, kind = authorization.get("access_token"), authorization.get("token_type")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise Unusable("fhirAuthorization.token_type is not Bearer")
    if not isinstance(value, str) or not _BEARER.fullmatch(value):
        raise Unusable("fhirAuthorization.access_token is no Bearer token")
    if _has_expired(authorization.get("expires_in")):
        raise Unusable("the token of fhirAuthorization has expired")
    bound, scope = authorization.get("patient"), authorization.get("scope")
    if isinstance(bound, str) and bound.strip() and patient and last_id(bound.strip()) != last_id(patient):
        raise Unusable("the token of fhirAuthorization is for another patient")
    return Token(value, scope if isinstance(scope, str) else "")


def _reads(access: str) -> bool:
    return access in ("*", "read") or (access != "write" and bool({"r", "s"} & set(access)))


def _has_expired(expires_in: Any) -> bool:
    """Seconds that are left; when nobody says how many, the server knows."""
    try:
        return expires_in is not None and not float(expires_in) > 0
    except (TypeError, ValueError, OverflowError):
        return False
