"""What every card store promises: in memory, in SQLite and in PostgreSQL."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import func, select

from cds_service.stores.database import Database
from cds_service.stores.memory import MemoryCardStore
from cds_service.stores.opening import upgraded_database_at
from cds_service.stores.place import Place
from cds_service.stores.protocols import CardStore
from cds_service.stores.records import Feedback, OverrideReason, ShownCard
from cds_service.stores.schema import FEEDBACK, SHOWN
from cds_service.stores.sql import SqlCardStore
from tests.stores.conftest import KINDS
from tests.stores.postgres import new_url
from tests.stores.samples import NOW, card_id, item, shown

A, B, READER, OTHER = b"a" * 32, b"b" * 32, b"r" * 32, b"o" * 32


@pytest.fixture(params=("memory", *KINDS))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CardStore]:
    if request.param == "memory":
        yield MemoryCardStore()
        return
    place = Place(directory=str(tmp_path)) if request.param == "sqlite" else Place(url=new_url())
    database = upgraded_database_at(place)[0]
    yield SqlCardStore(database)
    database.close()


ANSWERS: list[tuple[list[ShownCard], list[Feedback], frozenset[bytes], str]] = [
    ([shown(1, A)], [], frozenset(), "nobody has answered"),
    ([shown(1, A)], [item(1)], frozenset({A}), "overridden"),
    ([shown(1, A)], [item(1, outcome="accepted", suggestions=(card_id(900),))], frozenset({A}), "accepted"),
    ([shown(1, A), shown(2, B)], [item(2)], frozenset({B}), "another card is left alone"),
    ([shown(1, A, B)], [item(1)], frozenset({A, B}), "all that the card rests on"),
    ([shown(1, A), shown(2, A)], [item(2)], frozenset({A}), "one of several cards on the same"),
    ([], [item(1)], frozenset(), "an unknown card silences nothing"),
    ([shown(1, A, issuer="https://a.example")], [item(1)], frozenset(), "feedback of another issuer"),
    ([shown(1, A)], [item(1, once_per_reader=True)], frozenset({A}), "an answer for this reader alone"),
    ([shown(1, A, reader=OTHER)], [item(1, once_per_reader=True)], frozenset(), "an answer for another reader alone"),
    ([shown(1, A, reader=OTHER)], [item(1)], frozenset({A}), "an answer for everybody"),
    ([shown(1, A)], [item(1, card=card_id(1).upper())], frozenset({A}), "the id in capitals"),
    ([shown(1, A)], [item(1, card=f"urn:uuid:{card_id(1)}")], frozenset({A}), "the id as a URN"),
]


@pytest.mark.parametrize(("cards", "items", "expected", "why"), ANSWERS, ids=[a[3] for a in ANSWERS])
def test_what_was_answered_is_told_by_fingerprint(
    store: CardStore, cards: list[ShownCard], items: list[Feedback], expected: frozenset[bytes], why: str
) -> None:
    store.record(cards)
    store.keep(items)
    assert store.answered([A, B], READER) == expected, why


def test_feedback_that_arrives_before_its_card_is_written_counts_all_the_same(store: CardStore) -> None:
    store.keep([item(1)])
    store.record([shown(1, A)])
    assert store.answered([A], READER) == {A}


def test_a_card_shown_again_is_the_same_card(store: CardStore) -> None:
    store.record([shown(1, A), shown(1, A)])
    store.record([shown(1, A, at=NOW + timedelta(days=1))])
    store.keep([item(1)])
    assert store.answered([A], READER) == {A}


def test_the_key_stays_the_same_and_differs_between_stores(place: Place, database: Database) -> None:
    first = SqlCardStore(database).seal().digest("Encounter/e1")
    with closing(upgraded_database_at(place)[0]) as again:
        assert SqlCardStore(again).seal().digest("Encounter/e1") == first
    assert first != MemoryCardStore().seal().digest("Encounter/e1")


def test_a_sites_own_key_takes_the_place_of_the_stored_one(database: Database) -> None:
    own, stored = SqlCardStore(database, b"k" * 32), SqlCardStore(database)
    assert own.seal().digest("x") == SqlCardStore(database, b"k" * 32).seal().digest("x")
    assert own.seal().digest("x") != stored.seal().digest("x")


def test_a_digest_tells_where_one_text_ends_and_the_next_begins() -> None:
    seal = MemoryCardStore().seal()
    assert seal.digest("ab", "c") != seal.digest("a", "bc")
    assert "key" not in repr(seal)


def count(database: Database) -> int:
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(FEEDBACK)) or 0


SAME: list[tuple[Feedback, bool, str]] = [
    (item(1), True, "the very same"),
    (item(1, received=NOW + timedelta(hours=1)), True, "sent again later"),
    (item(1, card=f"urn:uuid:{card_id(1)}"), True, "the id as a URN"),
    (item(1, at=NOW + timedelta(microseconds=1)), False, "acted on again"),
    (item(2), False, "another card"),
    (item(1, outcome="accepted", suggestions=("s",)), False, "another outcome"),
    (item(1, reason=OverrideReason(code="policy-differs", system="s")), False, "another reason"),
    (item(1, commented=True), False, "a comment was added"),
    (item(1, issuer="https://other.example"), False, "another issuer"),
    (item(1, service="iliac-order-sign"), False, "another service"),
]


@pytest.mark.parametrize(("again", "same", "why"), SAME, ids=[s[2] for s in SAME])
def test_an_item_that_is_sent_again_is_kept_once(database: Database, again: Feedback, same: bool, why: str) -> None:
    store = SqlCardStore(database)
    store.keep([item(1)])
    store.keep([again, again])
    assert count(database) == (1 if same else 2), why


def test_what_is_kept_is_read_as_it_was_and_in_utc(database: Database) -> None:
    store = SqlCardStore(database)
    reason = OverrideReason(system="https://iliac-cds.org/CodeSystem/override-reason", code="policy-differs")
    east = NOW.astimezone().replace(tzinfo=None).astimezone()
    store.record([shown(1)])
    store.keep([item(1, reason=reason, commented=True, at=east)])
    with database.reading() as connection:
        kept, card = connection.execute(select(FEEDBACK)).one(), connection.execute(select(SHOWN)).one()
    assert (kept.reason_system, kept.reason_code, kept.commented) == (reason.system, reason.code, True)
    assert kept.at == card.at == NOW
    assert (kept.at.tzinfo, card.rules, card.topics) == (NOW.tzinfo, ["R-LESION", "R-PAIR"], ["missing-line"])


def test_an_id_that_is_no_uuid_is_kept_as_its_digest_and_still_finds_itself(database: Database) -> None:
    store, odd = SqlCardStore(database), item(1, outcome="accepted", card="Zebulon Q.", suggestions=("MRN 4711", "x"))
    store.keep([odd])
    store.keep([replace(odd, received=NOW + timedelta(hours=1))])
    with database.reading() as connection:
        (kept,) = connection.execute(select(FEEDBACK)).all()
    assert kept.card.startswith("sealed:")
    assert len(kept.suggestions) == 2
    assert not any(w in str(kept) for w in ("Zebulon", "4711"))


def test_eight_threads_keep_two_hundred_items_each_and_none_is_lost_or_doubled(database: Database) -> None:
    """Every item is sent twice, by two threads."""
    store, faults = SqlCardStore(database), []

    def send(thread: int) -> None:
        try:
            for number in range(200):
                store.keep([item((thread // 2) * 1000 + number), item(10_000 + thread * 1000 + number)])
        except Exception as error:
            faults.append(error)

    threads = [Thread(target=send, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert faults == []
    assert count(database) == 4 * 200 + 8 * 200
