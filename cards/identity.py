"""Names of cards, suggestions and charges: UUIDs that the same words always give.

Knows RFC 9562, version 5. What the words are is for whoever names something.
"""

from uuid import UUID, uuid5

_NAMESPACE = UUID("6f0f3a0e-52a1-5b7e-9d0c-2f6f6a1f7c11")


def name_of(words: str) -> str:
    """The UUID of these words."""
    return str(uuid5(_NAMESPACE, words))
