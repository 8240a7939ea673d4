"""Keyed digests: how the store recognises an encounter, a reader or a foreign id without holding it.

Ids are short and can be guessed one by one, so a plain hash of one gives it away. HMAC-SHA-256 needs its key for that.
"""

import hmac
import json
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Digests under one key."""

    key: bytes = field(repr=False)

    def digest(self, *parts: str) -> bytes:
        """The digest of some texts, 32 bytes; where one ends and the next begins makes a difference."""
        return hmac.digest(self.key, json.dumps(parts).encode(), "sha256")

    def identifier(self, text: str) -> str:
        """An id a client sent, fit to be kept: a UUID in its usual form, anything else as its digest."""
        try:
            return str(UUID(text))
        except ValueError:
            return f"sealed:{self.digest('id', text).hex()}"


def fixed_digest(*parts: str) -> bytes:
    """The digest of texts that are no secret, 32 bytes."""
    return sha256(json.dumps(parts).encode()).digest()
