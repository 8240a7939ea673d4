"""A store that nobody waits for longer than they can afford, whatever its database does.

Knows time limits and threads. A hook call waits a tenth of a second at most; what was shown is written behind its
back; feedback waits for its own end, and for no other's.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime

from cds_service.stores.patience import Patience
from cds_service.stores.protocols import CardStore, StoreUnavailable, TokenStore
from cds_service.stores.recorder import Recorder
from cds_service.stores.records import Feedback, ShownCard
from cds_service.stores.sealing import Seal

_LOOKUP_SECONDS = 0.1
_WRITE_SECONDS = 3.0
_TOKEN_SECONDS = 1.0


class BoundedCardStore:
    """A `CardStore` around another one."""

    def __init__(self, inner: CardStore) -> None:
        self._inner = inner
        self._lookups = Patience(_LOOKUP_SECONDS)
        self._writes = Patience(_WRITE_SECONDS)
        self._recorder = Recorder(inner.record)
        self._seal: Seal | None = None

    def prepare(self) -> None:
        """Connect, so that the first call need not wait for that."""
        with suppress(StoreUnavailable):
            self.seal()
            self.answered([], b"")

    def seal(self) -> Seal:
        if self._seal is None:
            self._seal = self._lookups.ask(self._inner.seal)
        return self._seal

    def record(self, cards: Sequence[ShownCard]) -> None:
        """Hand cards over to be written soon; returns at once."""
        self._recorder.put(cards)

    def answered(self, fingerprints: Iterable[bytes], reader: bytes) -> frozenset[bytes]:
        return self._lookups.ask(lambda: self._inner.answered(fingerprints, reader))

    def keep(self, items: Sequence[Feedback]) -> None:
        self._writes.ask(lambda: self._inner.keep(items))


class BoundedTokenStore:
    """A `TokenStore` around another one."""

    def __init__(self, inner: TokenStore) -> None:
        self._inner = inner
        self._uses = Patience(_TOKEN_SECONDS)

    def first_use(self, issuer: str, token_id: str, expires: datetime) -> bool:
        return self._uses.ask(lambda: self._inner.first_use(issuer, token_id, expires))
