"""Who calls: a Bearer token checked against the trusted clients, step by step, the cheap and the harmless first.

Knows JSON Web Tokens (RFC 7519, RFC 8725) as CDS Hooks 2.0.1 uses them, "Trusting CDS Clients". A refusal has a
stable code for the log and never a word of the token; nobody but the log gets to see it.
"""

import math
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import jwt

from cds_service.clients.key_sources import FetchedKeys, KeySource, PinnedKeys
from cds_service.clients.registry import Profile, TrustedClient
from cds_service.stores.tokens import TokenStore

MOST_CHARACTERS = 8192
_MOST_ID = 256
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
# Keys that come with the token, and members that change what is signed or how it is to be understood.
_FORBIDDEN = ("jwk", "x5u", "x5c", "crit", "b64", "zip")
_CLAIMS = ["iss", "aud", "exp", "iat", "jti"]


class Reason(StrEnum):
    """Why a caller was refused; stable codes, for the log."""

    ABSENT = "no-token"
    LENGTH = "too-long"
    FORM = "malformed"
    HEADER = "header"
    ALGORITHM = "algorithm"
    CLIENT = "unknown-client"
    JKU = "jku"
    KEY = "no-key"
    SIGNATURE = "signature"
    AUDIENCE = "audience"
    EXPIRED = "expired"
    EARLY = "not-yet-valid"
    LIFETIME = "lifetime"
    CLAIMS = "claims"
    REPLAY = "replay"


_REASONS: tuple[tuple[type[Exception], Reason], ...] = (
    (jwt.InvalidSignatureError, Reason.SIGNATURE),
    (jwt.InvalidAlgorithmError, Reason.ALGORITHM),
    (jwt.InvalidKeyError, Reason.KEY),
    (jwt.InvalidAudienceError, Reason.AUDIENCE),
    (jwt.ExpiredSignatureError, Reason.EXPIRED),
    (jwt.InvalidIssuedAtError, Reason.CLAIMS),
    (jwt.exceptions.InvalidJTIError, Reason.CLAIMS),
    (jwt.exceptions.InvalidSubjectError, Reason.CLAIMS),
    (jwt.ImmatureSignatureError, Reason.EARLY),
    (jwt.MissingRequiredClaimError, Reason.CLAIMS),
)


class NotAuthenticated(Exception):
    """A caller that is not let in. `client`: whose token it claims to be, a name of the clients' file; or empty."""

    def __init__(self, reason: Reason, client: str = "") -> None:
        super().__init__(reason)
        self.reason, self.client = reason, client


class CannotTell(Exception):
    """Nobody is let in, because the store of used tokens is not available; the message is the kind of error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An authenticated client: its name and profile of the clients' file, and its issuer."""

    name: str
    issuer: str
    profile: Profile | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What tokens must keep: algorithms, the service's public URL, and in seconds the leeway and the longest life."""

    algorithms: tuple[str, ...]
    public_url: str
    leeway: int
    lifetime: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A client with its sources of keys, by `jku`; one without a `jku` may use any of them."""

    client: TrustedClient
    sources: dict[str, KeySource]

    def key(self, header: dict[str, Any]) -> jwt.PyJWK:
        """The key a token names; a `jku` is looked up, never followed, and without weight where keys are pinned."""
        chosen, jku = list(self.sources.values()), header.get("jku")
        if self.client.pinned is None and jku is not None:
            chosen = [source for url, source in self.sources.items() if url == jku]
            if not chosen:
                raise NotAuthenticated(Reason.JKU, self.client.name)
        found = (source.key(header["kid"], header["alg"]) for source in chosen)
        key = next((k for k in found if k is not None), None)
        if key is None:
            raise NotAuthenticated(Reason.KEY, self.client.name)
        return key


class Authentication:
    """The trusted clients, their keys, and the tokens that were used; shared by all requests of a process."""

    def __init__(self, clients: Sequence[TrustedClient], demands: Demands, tokens: TokenStore) -> None:
        self._demands, self._tokens = demands, tokens
        self._known = [_Known(client=c, sources=_sources(c, demands.algorithms)) for c in clients]

    def warm(self) -> None:
        """Fetch all keys. Nothing is under way afterwards: a server forks its processes then."""
        sources = [source for known in self._known for source in known.sources.values()]
        with ThreadPoolExecutor(max_workers=8) as threads:
            list(threads.map(lambda source: source.warm(), sources))

    def caller(self, authorization: str, path: str) -> Caller:
        """Who calls the endpoint at this path (`/cds-services...`) with this Authorization header.

        Raises:
            NotAuthenticated: nobody who is trusted.
            CannotTell: the token store is not available.
        """
        token = _token(authorization)
        header = self._header(token)
        known = self._client(token)
        claims = self._verified(token, known, known.key(header), f"{self._demands.public_url}{path}")
        self._use(known.client, claims)
        return Caller(name=known.client.name, issuer=known.client.issuer, profile=known.client.profile)

    def _header(self, token: str) -> dict[str, Any]:
        header = _decoded(lambda: jwt.get_unverified_header(token))
        kind, kid = header.get("typ"), header.get("kid")
        if header.get("alg") not in self._demands.algorithms:
            raise NotAuthenticated(Reason.ALGORITHM)
        if not isinstance(kind, str) or kind.upper() != "JWT" or not isinstance(kid, str) or not kid:
            raise NotAuthenticated(Reason.HEADER)
        if any(name in header for name in _FORBIDDEN):
            raise NotAuthenticated(Reason.HEADER)
        return header

    def _client(self, token: str) -> _Known:
        """Whose token it claims to be; its signature says later whether it is."""
        claims = _decoded(lambda: jwt.decode(token, options={"verify_signature": False}))
        for known in self._known:
            client = known.client
            same = (client.subject in (None, claims.get("sub")), client.tenant in (None, claims.get("tenant")))
            if client.issuer == claims.get("iss") and all(same):
                return known
        raise NotAuthenticated(Reason.CLIENT)

    def _verified(self, token: str, known: _Known, key: jwt.PyJWK, endpoint: str) -> dict[str, Any]:
        demands, client = self._demands, known.client
        claims = _decoded(
            lambda: jwt.decode(
                token,
                key,
                algorithms=demands.algorithms,
                audience=[endpoint, demands.public_url] if client.base_audience else [endpoint],
                issuer=client.issuer,
                leeway=demands.leeway,
                options={"require": _CLAIMS, "enforce_minimum_key_length": True},
            ),
            client.name,
        )
        if not all(_is_time(claims[n]) for n in ("exp", "iat", "nbf") if n in claims) or not _is_id(claims["jti"]):
            raise NotAuthenticated(Reason.CLAIMS, client.name)
        if not 0 < claims["exp"] - claims["iat"] <= demands.lifetime:
            raise NotAuthenticated(Reason.LIFETIME, client.name)
        return claims

    def _use(self, client: TrustedClient, claims: dict[str, Any]) -> None:
        """Only a token that is good in all else is remembered, and for as long as it would be taken."""
        expires = datetime.fromtimestamp(math.ceil(claims["exp"]) + self._demands.leeway, UTC)
        try:
            first = self._tokens.first_use(client.issuer, claims["jti"], expires)
        except Exception as error:  # whatever fails in a store, a token that may be a repeat is not taken
            raise CannotTell(type(error).__name__) from None
        if not first:
            raise NotAuthenticated(Reason.REPLAY, client.name)


def _sources(client: TrustedClient, algorithms: Sequence[str]) -> dict[str, KeySource]:
    if client.pinned is not None:
        return {"": PinnedKeys(keys=client.pinned)}
    return {a.url: FetchedKeys(client.name, a, algorithms) for a in client.addresses}


def _token(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise NotAuthenticated(Reason.ABSENT)
    if len(token) > MOST_CHARACTERS:
        raise NotAuthenticated(Reason.LENGTH)
    if not _TOKEN.fullmatch(token):
        raise NotAuthenticated(Reason.FORM)
    return token


def _decoded(decode: Callable[[], dict[str, Any]], client: str = "") -> dict[str, Any]:
    """What a step of PyJWT yields; what it raises becomes a reason."""
    try:
        return decode()
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        reason = next((r for kind, r in _REASONS if isinstance(error, kind)), Reason.FORM)
        raise NotAuthenticated(reason, client) from None


def _is_time(value: object) -> bool:
    """Seconds since 1970: a number of usual size, which `True`, `"1"` and NaN are not."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**53


def _is_id(value: object) -> bool:
    """An id that every store can hold."""
    return isinstance(value, str) and 0 < len(value) <= _MOST_ID and value.isprintable()
