"""Which client tokens were used already, so that one that was overheard is worth nothing.

Knows issuers, ids and times; nothing of signatures.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from typing import Protocol


class TokenStore(Protocol):
    """Remembers token ids. Whatever it raises is taken to mean that it is not available."""

    def first_use(self, issuer: str, token_id: str, expires: datetime) -> bool:
        """True when this issuer's token id was not used before; it is remembered until `expires` (with a time zone)."""


class MemoryTokenStore:
    """The ids of one process; another process and the next start know nothing of them."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._lock = Lock()
        self._used: dict[tuple[str, str], datetime] = {}
        self._swept = now()

    def first_use(self, issuer: str, token_id: str, expires: datetime) -> bool:
        with self._lock:
            now = self._now()
            if (now - self._swept).total_seconds() > 60:
                self._used = {k: e for k, e in self._used.items() if e > now}
                self._swept = now
            if (issuer, token_id) in self._used:
                return False
            self._used[issuer, token_id] = expires
            return True
