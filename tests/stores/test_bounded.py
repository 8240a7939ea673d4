"""Nobody waits for a database longer than they can afford, and what was shown is written behind their back."""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from cds_service.stores.bounded import BoundedCardStore, BoundedTokenStore
from cds_service.stores.database import Database
from cds_service.stores.memory import MemoryCardStore
from cds_service.stores.opening import open_stores
from cds_service.stores.patience import Patience
from cds_service.stores.place import Place
from cds_service.stores.processes import PerProcess
from cds_service.stores.protocols import StoreUnavailable
from cds_service.stores.recorder import Recorder
from cds_service.stores.records import ShownCard
from cds_service.stores.sql import SqlCardStore
from cds_service.stores.tokens import SqlTokenStore
from tests.stores.samples import NOW, item, shown, written

A, READER = b"a" * 32, b"r" * 32


def until(true: Callable[[], Any]) -> Any:
    for _ in range(600):
        found = true()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come true in time")


def told(question: Callable[[], Any]) -> Any:
    """An answer, or None where a busy machine did not give it in time."""
    try:
        return question()
    except StoreUnavailable:
        return None


@pytest.fixture
def hanging() -> Iterator[Event]:
    """Set at the end, so that no thread waits for ever."""
    event = Event()
    yield event
    event.set()


def test_a_late_answer_is_given_up_and_nothing_more_is_asked_until_it_has_come(hanging: Event) -> None:
    patience, asked = Patience(0.01), []

    def late() -> None:
        asked.append(1)
        hanging.wait(60)

    with pytest.raises(StoreUnavailable, match="no answer within"):
        patience.ask(late)
    for _ in range(50):
        with pytest.raises(StoreUnavailable, match="still to come"):
            patience.ask(late)
    assert len(asked) <= 1
    hanging.set()
    patient = Patience(60)
    assert patient.ask(lambda: 7) == 7

    assert until(lambda: told(lambda: patience.ask(lambda: 8))) == 8


def test_what_the_store_says_of_itself_is_passed_on() -> None:
    def away() -> None:
        raise StoreUnavailable("away")

    patience = Patience(60)
    for _ in range(3):
        with pytest.raises(StoreUnavailable, match="away"):
            patience.ask(away)
    assert patience.ask(lambda: 1) == 1


def test_a_store_that_hangs_is_unavailable_to_all_who_ask_it(hanging: Event) -> None:
    class Hanging(MemoryCardStore):
        def answered(self, *_: Any) -> Any:
            hanging.wait(60)

        def keep(self, *_: Any) -> None:
            hanging.wait(60)

        def first_use(self, *_: Any) -> bool:
            return hanging.wait(60)

    store = BoundedCardStore(Hanging())
    with pytest.raises(StoreUnavailable):
        store.answered([A], READER)
    with pytest.raises(StoreUnavailable):
        store.keep([item(1)])
    with pytest.raises(StoreUnavailable):
        BoundedTokenStore(Hanging()).first_use("i", "t", NOW)


def test_what_was_shown_is_written_soon_and_tokens_are_used_once(database: Database) -> None:
    store, tokens = BoundedCardStore(SqlCardStore(database)), BoundedTokenStore(SqlTokenStore(database))
    store.prepare()
    store.record([shown(1, A)])
    store.keep([item(1)])
    until(lambda: told(lambda: store.answered([A], READER)) == {A})
    assert until(lambda: told(store.seal)) == SqlCardStore(database).seal()
    assert until(lambda: told(lambda: [tokens.first_use("i", "t", NOW)])) == [True]
    assert until(lambda: told(lambda: [tokens.first_use("i", "t", NOW)])) == [False]


def test_a_store_that_is_away_does_not_keep_a_process_from_starting() -> None:
    class Away(MemoryCardStore):
        def seal(self) -> Any:
            raise StoreUnavailable("away")

    BoundedCardStore(Away()).prepare()


def test_cards_wait_for_a_store_that_is_away_for_a_moment(caplog: pytest.LogCaptureFixture) -> None:
    written: list[ShownCard] = []
    failures = [StoreUnavailable("away")]

    def write(cards: Sequence[ShownCard]) -> None:
        if failures:
            raise failures.pop()
        written.extend(cards)

    recorder = Recorder(write)
    recorder.put([shown(1), shown(2)])
    until(lambda: len(written) == 2)
    assert caplog.text == ""


def test_a_note_that_cannot_be_written_does_not_end_the_writing_of_others(caplog: pytest.LogCaptureFixture) -> None:
    written: list[ShownCard] = []

    def write(cards: Sequence[ShownCard]) -> None:
        if any(c.card == shown(1).card for c in cards):
            raise ValueError("planted secret")
        written.extend(cards)

    recorder = Recorder(write)
    recorder.put([shown(1)])
    until(lambda: "1 shown cards are not recorded" in caplog.text)
    recorder.put([shown(2)])
    until(lambda: written)
    assert "ValueError" in caplog.text
    assert "planted secret" not in caplog.text


def test_too_many_waiting_cards_are_dropped_and_the_log_says_so(
    hanging: Event, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    recorder = Recorder(lambda _: hanging.wait(60) and None)
    for number in range(60):
        recorder.put([shown(100 * number + n) for n in range(100)])
    assert "too many shown cards wait" in caplog.text


def test_what_waits_is_written_when_the_process_ends(place: Place, database: Database) -> None:
    program = (
        "from cds_service.stores.opening import open_stores; from tests.stores.samples import shown;"
        "from cds_service.stores.place import Place;"
        f"store = open_stores({written(place)}).cards;"
        "[store.record([shown(n, n.to_bytes(32, 'big'))]) for n in range(300)]"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
    store = SqlCardStore(database)
    store.keep([item(n) for n in range(300)])
    assert len(store.answered([n.to_bytes(32, "big") for n in range(300)], READER)) == 300


def test_a_thing_is_made_once_in_each_process() -> None:
    numbers = PerProcess(os.getpid)
    assert numbers.made() is None
    assert numbers.get() == numbers.get() == numbers.made() == os.getpid()


FORKED = """
import os, sys
from cds_service.stores.opening import open_stores
from cds_service.stores.place import Place
from tests.stores.samples import card_id, item, shown
stores = open_stores({place})
stores.cards.record([shown(1, b"1" * 32)])
stores.cards.keep([item(1)])
children = []
for number in (2, 3):
    child = os.fork()
    if not child:
        stores.cards.record([shown(number, bytes([48 + number]) * 32)])
        stores.cards.keep([item(number)])
        sys.exit(0)
    children.append(child)
stores.cards.keep([item(4)])
sys.exit(any(os.waitpid(child, 0)[1] for child in children))
"""


def test_a_process_forked_from_one_that_used_the_store_has_connections_and_threads_of_its_own(
    place: Place, database: Database
) -> None:
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORKED.format(place=written(place))], check=True, timeout=120)
    store = SqlCardStore(database)
    assert store.answered([b"1" * 32, b"2" * 32, b"3" * 32], READER) == {b"1" * 32, b"2" * 32, b"3" * 32}


def test_a_locked_file_makes_the_store_unavailable_and_nothing_is_half_kept(tmp_path: Path) -> None:
    import sqlite3

    place = Place(directory=str(tmp_path))
    cards = open_stores(place).cards
    blocker = sqlite3.connect(place.file, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable):
        cards.keep([item(1), item(2)])
    blocker.execute("ROLLBACK")
    blocker.close()
    cards.keep([item(1), item(2)])
