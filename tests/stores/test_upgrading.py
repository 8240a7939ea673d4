"""Migrations: from nothing and from every earlier revision, all or nothing, one at a time; and who may start on what."""

import multiprocessing
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, inspect, select, text, update

from cds_service.stores.database import Database
from cds_service.stores.opening import database_at, existing_database_at, open_stores, upgraded_database_at
from cds_service.stores.place import Place
from cds_service.stores.protocols import StoreFault, StoreUnavailable
from cds_service.stores.schema import FEEDBACK, HEAD, METADATA, SECRET, VERSION
from cds_service.stores.sql import SqlCardStore
from cds_service.stores.upgrading import Schema, alembic_config, schema_of, upgrade
from tests.stores.samples import item, shown, written


def revisions() -> list[str]:
    """Every revision, the first one first."""
    script = ScriptDirectory.from_config(alembic_config(None))
    return [s.revision for s in script.walk_revisions()][::-1]


REVISIONS = revisions()


def test_the_revision_the_program_works_with_is_the_last_one_and_they_can_be_compared() -> None:
    assert REVISIONS[-1] == HEAD
    assert sorted(REVISIONS) == REVISIONS


def test_the_migrations_add_up_to_the_tables_of_the_program(database: Database) -> None:
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


@pytest.mark.parametrize("start", REVISIONS)
def test_what_an_earlier_version_kept_is_there_after_the_upgrade(place: Place, start: str) -> None:
    if not place.url:
        place.file.parent.mkdir()
    with closing(database_at(place)) as database:
        assert upgrade(database, start) == ("", start)
        store = SqlCardStore(database)
        store.record([shown(1)])
        store.keep([item(1)])
        key = store.seal().key
        assert upgrade(database) == (start, HEAD)
        assert schema_of(database) is Schema.CURRENT
        after = SqlCardStore(database)
        assert after.answered([b"f" * 32], b"r" * 32) == {b"f" * 32}
        assert after.seal().key == key
        with database.reading() as connection:
            assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_an_upgrade_of_what_is_current_changes_nothing(database: Database) -> None:
    SqlCardStore(database).keep([item(1)])
    assert upgrade(database) == (HEAD, HEAD)
    with database.reading() as connection:
        assert len(connection.execute(select(FEEDBACK)).all()) == 1
        assert len(connection.execute(select(SECRET)).all()) == 1


def test_a_migration_that_fails_leaves_nothing_behind(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import op

    def broken(*_: Any) -> None:
        raise OSError("the disk is full")

    if not place.url:
        place.file.parent.mkdir()
    monkeypatch.setattr(op, "create_index", broken)
    with closing(database_at(place)) as database:
        with pytest.raises(StoreUnavailable):
            upgrade(database)
        with database.reading() as connection:
            assert inspect(connection).get_table_names() == []


def bring_up(place: Place, answers: Any) -> None:
    database, before, after = upgraded_database_at(place)
    answers.put((before, after))
    database.close()


def test_two_that_upgrade_at_once_do_it_one_after_the_other(place: Place) -> None:
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    processes = [context.Process(target=bring_up, args=(place, answers)) for _ in range(2)]
    for process in processes:
        process.start()
    found = sorted(answers.get(timeout=120) for _ in processes)
    for process in processes:
        process.join(120)
    assert found == [("", HEAD), (HEAD, HEAD)]


def test_an_upgrade_waits_for_another_one_however_long_others_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of two on a slow machine takes longer than a call of the service may wait."""
    monkeypatch.setattr("cds_service.stores.database._BUSY_SECONDS", 0.1)
    place = Place(directory=str(tmp_path))
    with closing(database_at(place)) as first, first.maintaining():
        other = threading.Thread(target=upgraded_database_at, args=[place])
        other.start()
        other.join(0.5)
        assert other.is_alive()
        with pytest.raises(StoreUnavailable), closing(database_at(place)) as impatient, impatient.writing():
            pass
    other.join(30)
    with closing(database_at(place)) as database:
        assert schema_of(database) is Schema.CURRENT


@contextmanager
def locked(place: Place) -> Iterator[sqlite3.Connection]:
    """A new file, not in WAL mode yet, that another process is about to change."""
    with closing(sqlite3.connect(place.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def test_a_new_file_that_another_process_is_changing_is_waited_for(tmp_path: Path) -> None:
    place = Place(directory=str(tmp_path))
    with locked(place) as other, ThreadPoolExecutor() as pool:
        second = pool.submit(upgraded_database_at, place)
        assert wait([second], 0.3).not_done
        other.execute("COMMIT")
        database, *revisions = second.result(60)
    assert revisions == ["", HEAD]
    with closing(database), database.reading() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"


def test_a_new_file_that_stays_locked_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cds_service.stores.database._BUSY_SECONDS", 0.1)
    place = Place(directory=str(tmp_path))
    with locked(place), pytest.raises(StoreFault, match="database is locked"):
        upgraded_database_at(place)


def test_the_embedded_store_is_made_on_opening_for_its_user_alone(tmp_path: Path) -> None:
    place = Place(directory=str(tmp_path / "a" / "b"))
    stores = open_stores(place)
    stores.cards.keep([item(1)])
    assert stores.warning == ""
    assert stat.S_IMODE(place.file.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(f.stat().st_mode) for f in place.file.parent.iterdir()} == {0o600}


def test_a_server_is_not_upgraded_by_the_way(place: Place) -> None:
    if not place.url:
        pytest.skip("an embedded store is upgraded on opening")
    with pytest.raises(StoreFault, match="iliac-cds db upgrade"):
        open_stores(place)
    upgraded_database_at(place)[0].close()
    assert open_stores(place).warning == ""


def test_a_server_that_is_away_is_a_warning_without_the_password() -> None:
    stores = open_stores(Place(url="postgresql://cds:planted-password@127.0.0.1:9/cds"))
    assert "cannot be reached" in stores.warning
    assert "planted-password" not in stores.warning


def test_a_store_of_a_later_version_is_refused(place: Place, database: Database) -> None:
    with database.writing() as connection:
        connection.execute(update(VERSION).values(version_num="9999"))
    for use in (open_stores, existing_database_at, upgraded_database_at):
        with pytest.raises(StoreFault, match="later version"):
            use(place)


UNUSABLE: list[tuple[str, str, str]] = [
    ("missing", "there is no store at", "nothing is there"),
    ("folder", "cannot be read", "a folder in its place"),
    ("garbage", "cannot be read", "another kind of file"),
    ("empty", "iliac-cds db upgrade", "an empty file"),
]


@pytest.mark.parametrize(("kind", "expected", "why"), UNUSABLE, ids=[u[2] for u in UNUSABLE])
def test_what_is_no_store_is_said_in_one_line(tmp_path: Path, kind: str, expected: str, why: str) -> None:
    place = Place(directory=str(tmp_path))
    if kind == "folder":
        place.file.mkdir()
    elif kind != "missing":
        place.file.write_bytes(b"no database " * 1000 if kind == "garbage" else b"")
    with pytest.raises(StoreFault, match=expected) as fault:
        existing_database_at(place)
    assert "\n" not in str(fault.value), why


def test_a_place_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFault, match="cannot be written"):
        open_stores(Place(directory=str(tmp_path / "file")))


@pytest.mark.parametrize("url", ["nonsense", "postgresql://host:port/x"])
def test_a_url_that_is_none_is_said(url: str) -> None:
    with pytest.raises(StoreFault, match="ILIAC_CDS_DATABASE_URL"):
        open_stores(Place(url=url))


def test_alembic_is_not_loaded_where_there_is_nothing_to_upgrade(place: Place, database: Database) -> None:
    program = (
        "import sys; from cds_service.stores.opening import open_stores; from tests.stores.samples import item;"
        "from cds_service.stores.place import Place;"
        f"open_stores({written(place)}).cards.keep([item(1)]); print('alembic' in sys.modules, 'sqlalchemy' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "True"]


def test_a_key_is_never_made_twice(database: Database) -> None:
    with pytest.raises(StoreUnavailable), database.writing() as connection:
        connection.execute(insert(SECRET).values(name="seal", value=b"other"))
