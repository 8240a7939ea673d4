"""Stores that end with their process: for the sandbox and for tests.

Knows what the SQL stores promise, within one process. Forgets the oldest beyond a bound.
"""

import secrets
import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from cds_service.stores.protocols import KEPT_AFTER_EXPIRY
from cds_service.stores.records import Feedback, ShownCard
from cds_service.stores.sealing import Seal

_MOST = 10_000
_Key = tuple[str, str]
_Value = TypeVar("_Value")


class MemoryCardStore:
    """Cards and feedback in dictionaries by card and issuer."""

    def __init__(self) -> None:
        self._seal = Seal(key=secrets.token_bytes(32))
        self._lock = threading.Lock()
        self._shown: dict[_Key, ShownCard] = {}
        self._kept: dict[_Key, set[Feedback]] = {}

    def seal(self) -> Seal:
        return self._seal

    def record(self, cards: Sequence[ShownCard]) -> None:
        with self._lock:
            for card in cards:
                self._shown.setdefault((card.card, card.issuer), card)
            _bound(self._shown)

    def answered(self, fingerprints: Iterable[bytes], reader: bytes) -> frozenset[bytes]:
        with self._lock:
            ended = {f for key, items in self._kept.items() for f in self._ended(key, items, reader)}
        return frozenset(ended.intersection(fingerprints))

    def _ended(self, key: _Key, items: Iterable[Feedback], reader: bytes) -> tuple[bytes, ...]:
        card = self._shown.get(key)
        if card is None:
            return ()
        heard = any(not item.once_per_reader or card.reader == reader for item in items)
        return card.fingerprints if heard else ()

    def keep(self, items: Sequence[Feedback]) -> None:
        with self._lock:
            for item in items:
                self._kept.setdefault((self._seal.identifier(item.card), item.issuer), set()).add(item)
            _bound(self._kept)


def _bound(kept: dict[_Key, _Value]) -> None:
    while len(kept) > _MOST:
        del kept[next(iter(kept))]


class MemoryTokenStore:
    """Used tokens in a dictionary."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[_Key, datetime] = {}
        self._purge_at = _MOST

    def first_use(self, issuer: str, token_id: str, expires: datetime) -> bool:
        with self._lock:
            if (issuer, token_id) in self._seen:
                return False
            self._seen[issuer, token_id] = expires + KEPT_AFTER_EXPIRY
            if len(self._seen) >= self._purge_at:
                now = datetime.now(UTC)
                self._seen = {k: until for k, until in self._seen.items() if until > now}
                self._purge_at = 2 * len(self._seen) + _MOST
            return True
