"""The access token of a request: taken out of `fhirAuthorization`, shown to nobody.

Knows OAuth's Bearer tokens. Keeps nothing beyond the request.
"""

import re
from typing import Any

_BEARER = re.compile(r"[A-Za-z0-9\-._~+/]{1,16384}=*")


class Unusable(Exception):
    """A `fhirAuthorization` that cannot be used; the message says why, without a word of it."""


class Token:
    """A Bearer token. It goes into one header and shows itself nowhere else, neither printed nor pickled."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def header(self) -> dict[str, str]:
        """The header of a call to the server that the token came with."""
        return {"Authorization": f"Bearer {self._value}"}

    def __repr__(self) -> str:
        return "Token(...)"

    def __reduce__(self) -> str:
        raise TypeError("a token is not stored")


def token_of(authorization: Any) -> Token | None:
    """The token of a `fhirAuthorization`; None when there is none and the server is called without.

    Raises:
        Unusable: it is of another type than Bearer, has expired, or is no token.
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
    return Token(value)


def _has_expired(expires_in: Any) -> bool:
    """Seconds that are left; when nobody says how many, the server knows."""
    try:
        return expires_in is not None and not float(expires_in) > 0
    except (TypeError, ValueError):
        return False
