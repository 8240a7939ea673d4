"""No nagging: which cards of an answer are new to their reader, and the note that they were shown.

Knows advice and the store's promise. A store that is away is no reason to keep a card back, or to let a call wait.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cds_service.advice import Advice, Said
from cds_service.stores import CardStore, StoreUnavailable
from cds_service.stores.records import ShownCard
from cds_service.stores.sealing import Seal

_log = logging.getLogger("cds_service.shown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """The call an answer is for: service and hook, who sent it and for which FHIR server, and for which user."""

    service: str
    hook: str
    issuer: str
    server: str
    user: str


class ShownCards:
    """Compares the cards of an answer with those that were accepted or overridden, and remembers what is shown."""

    def __init__(self, store: CardStore, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store = store
        self._now = now

    def new_in(self, advice: Advice, call: Occurrence) -> tuple[Said, ...]:
        """The cards to show: all but those whose every part was answered for this encounter."""
        if not advice.said:
            return ()
        try:
            return self._new_in(advice, call)
        except StoreUnavailable as error:
            _log.warning("shown cards are neither compared nor recorded: %s", error)
            return advice.said

    def _new_in(self, advice: Advice, call: Occurrence) -> tuple[Said, ...]:
        seal = self._store.seal()
        reader = seal.digest("user", call.issuer, call.server, call.user)
        prints = [_fingerprints(said, advice, call, seal) for said in advice.said]
        answered = self._answered(prints, reader)
        new = [(s, p) for s, p in zip(advice.said, prints, strict=True) if not p or not answered.issuperset(p)]
        self._store.record([_record(s, p, advice, call, reader=reader, at=self._now()) for s, p in new])
        return tuple(said for said, _ in new)

    def _answered(self, prints: Sequence[tuple[bytes, ...]], reader: bytes) -> frozenset[bytes]:
        try:
            return self._store.answered([f for p in prints for f in p], reader)
        except StoreUnavailable as error:
            _log.warning("shown cards are not compared: %s", error)
            return frozenset()


def _fingerprints(said: Said, advice: Advice, call: Occurrence, seal: Seal) -> tuple[bytes, ...]:
    """The digests of a card's parts for one encounter; none where nobody says whom the call is about.

    Ids are unique within a server only, so that counts too.
    """
    if not (advice.patient or advice.encounter):
        return ()
    about = (call.issuer, call.server, advice.patient, advice.encounter)
    return tuple(seal.digest("card", said.substance.audience, *about, part) for part in said.substance.parts)


def _record(
    said: Said, prints: tuple[bytes, ...], advice: Advice, call: Occurrence, *, reader: bytes, at: datetime
) -> ShownCard:
    return ShownCard(
        card=said.card.uuid,
        fingerprints=prints,
        reader=reader,
        service=call.service,
        hook=call.hook,
        audience=said.substance.audience,
        rules=said.substance.rules,
        topics=said.substance.topics,
        verdict=said.substance.verdict,
        suggestions=tuple(s.uuid for s in said.card.suggestions),
        knowledge=advice.knowledge,
        issuer=call.issuer,
        at=at,
    )
