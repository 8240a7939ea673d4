"""A token is used once: over threads, processes and restarts."""

import multiprocessing
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import func, select

from cds_service.stores import TokenStore
from cds_service.stores.database import Database
from cds_service.stores.memory import MemoryTokenStore
from cds_service.stores.opening import database_at, upgraded_database_at
from cds_service.stores.place import Place
from cds_service.stores.schema import TOKEN
from cds_service.stores.tokens import SqlTokenStore
from tests.stores.conftest import KINDS
from tests.stores.postgres import new_url

ISSUER = "https://ehr.example.org"


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=5)


@pytest.fixture(params=("memory", *KINDS))
def tokens(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TokenStore]:
    if request.param == "memory":
        yield MemoryTokenStore()
        return
    place = Place(directory=str(tmp_path)) if request.param == "sqlite" else Place(url=new_url())
    database = upgraded_database_at(place)[0]
    yield SqlTokenStore(database)
    database.close()


def test_the_second_use_is_told_and_issuers_do_not_share_their_ids(tokens: TokenStore) -> None:
    assert tokens.first_use(ISSUER, "t", soon())
    assert not tokens.first_use(ISSUER, "t", soon())
    assert not tokens.first_use(ISSUER, "t", soon() + timedelta(days=1))
    assert tokens.first_use("https://other.example", "t", soon())
    assert tokens.first_use(ISSUER, "T", soon())
    assert tokens.first_use(ISSUER, "\x00 \U0001f600 " + "x" * 5000, soon())


def test_a_token_that_has_just_expired_is_still_known(tokens: TokenStore) -> None:
    """Whoever checks tokens allows clocks to differ by some seconds."""
    past = datetime.now(UTC) - timedelta(seconds=90)
    assert tokens.first_use(ISSUER, "t", past)
    assert not tokens.first_use(ISSUER, "t", past)


def test_one_of_many_threads_is_let_in(tokens: TokenStore) -> None:
    let_in: list[bool] = []
    threads = [Thread(target=lambda: let_in.append(tokens.first_use(ISSUER, "t", soon()))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(let_in) == [False] * 15 + [True]


def uses(place: Place, answers: Any) -> None:
    with closing(database_at(place)) as database:
        tokens = SqlTokenStore(database)
        answers.put([tokens.first_use(ISSUER, f"t{n}", soon()) for n in range(50)])


def test_one_of_two_processes_is_let_in_for_each_token(place: Place, database: Database) -> None:
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    processes = [context.Process(target=uses, args=(place, answers)) for _ in range(2)]
    for process in processes:
        process.start()
    first, second = answers.get(timeout=120), answers.get(timeout=120)
    for process in processes:
        process.join(120)
    assert [a + b for a, b in zip(first, second, strict=True)] == [1] * 50


def test_rows_no_token_can_need_are_dropped_and_the_others_stay(place: Place, database: Database) -> None:
    old = datetime.now(UTC) - timedelta(days=1)
    assert SqlTokenStore(database).first_use(ISSUER, "old", old)
    assert SqlTokenStore(database).first_use(ISSUER, "new", soon())
    assert not SqlTokenStore(database).first_use(ISSUER, "new", soon())
    with database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(TOKEN)) == 1


def test_the_token_itself_is_not_kept(database: Database) -> None:
    assert SqlTokenStore(database).first_use(ISSUER, "planted-token-id", soon())
    with database.reading() as connection:
        assert "planted-token-id" not in str(connection.execute(select(TOKEN)).all())
