"""A JWK Set (RFC 7517) as public keys by key id and algorithm; what cannot verify a client's token is left out.

Knows JSON and PyJWT's keys; fetches nothing.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK, PyJWTError

KeySet = Mapping[tuple[str, str], PyJWK]
MOST_BYTES = 256 * 1024
_MOST_KEYS = 200
_RSA_BITS = range(2048, 8192 + 1)  # below: too weak; above: a verification takes too long


class UnusableKeys(Exception):
    """What was read is no JWK Set; the message says what it lacks, without a word of it."""


def read_keys(raw: bytes, algorithms: Sequence[str]) -> KeySet:
    """The keys of a JWK Set by (kid, alg). A key without `alg` stands under each of `algorithms` that its type fits.

    Raises:
        UnusableKeys: it is no JWK Set.
    """
    found: dict[tuple[str, str], PyJWK] = {}
    for key in _listed(raw):
        for algorithm in algorithms:
            made = _key(key, algorithm) if _fits(key, algorithm) else None
            if made is not None:
                found.setdefault((key["kid"], algorithm), made)
    return found


def has_private_key(raw: bytes) -> bool:
    """True when a key of the set holds its private part, or is a shared secret: such a file must not lie about.

    Raises:
        UnusableKeys: it is no JWK Set.
    """
    return any("d" in key or "k" in key for key in _listed(raw))


def _listed(raw: bytes) -> Iterator[dict[str, Any]]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise UnusableKeys("it is not JSON") from None
    keys = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(keys, list):
        raise UnusableKeys("it is not a JWK Set: an object with a list named keys")
    if len(keys) > _MOST_KEYS:
        raise UnusableKeys(f"it has more than {_MOST_KEYS} keys")
    return (key for key in keys if isinstance(key, dict))


def _fits(key: dict[str, Any], algorithm: str) -> bool:
    """Whether a JWK is a public signing key, with an id, of the type an algorithm needs; PyJWT checks its curve."""
    kid, operations = key.get("kid"), key.get("key_ops")
    if not isinstance(kid, str) or not kid or "d" in key:
        return False
    if key.get("use", "sig") != "sig" or key.get("alg", algorithm) != algorithm:
        return False
    if operations is not None and not (isinstance(operations, list) and "verify" in operations):
        return False
    return key.get("kty") == ("EC" if algorithm.startswith("ES") else "RSA")


def _key(key: dict[str, Any], algorithm: str) -> PyJWK | None:
    try:
        made = PyJWK(key, algorithm)
    except PyJWTError:
        return None
    if isinstance(made.key, RSAPublicKey) and made.key.key_size not in _RSA_BITS:
        return None
    return made
