"""The stores as the rest of the service sees them, and the one way in which they fail.

Knows records. Implementations stand in `memory`, `sql` and `bounded`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from cds_service.stores.records import Feedback, ShownCard
from cds_service.stores.sealing import Seal

KEPT_AFTER_EXPIRY = timedelta(days=1)  # a clock that is set back, to another time zone say, makes old tokens good again


class StoreUnavailable(Exception):
    """The store could not be asked, or not in time. What was to be written may or may not have been."""


class StoreFault(Exception):
    """The store cannot be used as it is set up; the message is one line and says how to mend that."""


class CardStore(Protocol):
    """What was shown and how it was answered. Every method may raise `StoreUnavailable`."""

    def seal(self) -> Seal:
        """The keyed digest by which this store tells encounters and readers apart."""

    def record(self, cards: Sequence[ShownCard]) -> None:
        """Remember cards; one that is known already is left as it is."""

    def answered(self, fingerprints: Iterable[bytes], reader: bytes) -> frozenset[bytes]:
        """Those whose card was accepted or overridden, by anybody or, where only that counts, by this reader."""

    def keep(self, items: Sequence[Feedback]) -> None:
        """Keep feedback so that nothing can lose it once this returns; what is kept already is left as it is."""


class TokenStore(Protocol):
    """Which tokens were used."""

    def first_use(self, issuer: str, token_id: str, expires: datetime) -> bool:
        """True for exactly one caller for each issuer and token id, over all processes and restarts, until it expires.

        Raises:
            StoreUnavailable: it cannot be told.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What a running service remembers. `warning` is a line for whoever started it, empty when all is well.

    `prepare` is called once in each process before its first request: it connects, and fails silently.
    """

    cards: CardStore
    tokens: TokenStore
    warning: str = ""
    prepare: Callable[[], None] = lambda: None
