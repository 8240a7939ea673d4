"""Names of cards, suggestions and charges: UUIDs that the same words always give.

Knows RFC 9562, version 5. What the words are is for whoever names something.
"""

from hashlib import sha1
from uuid import UUID

_NAMESPACE = UUID("6f0f3a0e-52a1-5b7e-9d0c-2f6f6a1f7c11").bytes


def name_of(words: str) -> str:
    """The UUID of these words, as `uuid.uuid5` makes it, without an object for it."""
    name = bytearray(sha1(_NAMESPACE + words.encode(), usedforsecurity=False).digest()[:16])
    name[6], name[8] = name[6] & 0x0F | 0x50, name[8] & 0x3F | 0x80
    digits = name.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
