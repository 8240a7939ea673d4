"""A store that an earlier release wrote: it opens, nothing in it is lost, and all of it still counts.

The dumps of `stores/` are loaded as they are. Upgrades from nothing, failures in their middle without a kill, and who may
start on what: `tests/stores/test_upgrading.py`.
"""

import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from click.testing import CliRunner
from sqlalchemy import func, inspect, select, update

from cds_service.cli import main
from cds_service.stores.history import history
from cds_service.stores.opening import database_at, upgraded_database_at
from cds_service.stores.place import Place
from cds_service.stores.schema import FEEDBACK, HEAD, METADATA, SECRET, SHOWN, VERSION
from cds_service.stores.sql import SqlCardStore
from cds_service.stores.tokens import SqlTokenStore
from tests.ops.serving import until
from tests.stores.postgres import new_url
from tests.stores.samples import card_id, item, written
from tests.upgrades.stores import ACCEPTED, EXPIRES, ISSUER, KEY, KINDS, OVERRIDDEN, SILENT, USED, load, releases

READER, ALL = b"r" * 32, [OVERRIDDEN, ACCEPTED, SILENT]
BEGINNING, END = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where nothing is yet."""
    return Place(directory=str(tmp_path)) if request.param == "sqlite" else Place(url=new_url())


def test_there_is_a_store_of_every_revision_up_to_this_one() -> None:
    assert releases() == [f"{n + 1:04}" for n in range(len(releases()))]
    assert releases()[-1] == HEAD, "run `python -m tests.upgrades.stores` when the revision is released"


def holds_all(place: Place, revision: str) -> None:
    """What the store held is there, row for row, and is heeded."""
    with closing(database_at(place)) as database:
        with database.reading() as connection:
            assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
            counted = [connection.scalar(select(func.count()).select_from(t)) for t in (SHOWN, FEEDBACK, SECRET)]
        assert counted == [3, 3, 1]
        store = SqlCardStore(database)
        assert store.seal().key == KEY
        assert store.answered(ALL, READER) == {OVERRIDDEN, ACCEPTED}
        found = history(database, since=BEGINNING, until=END)
        assert [c.answer.outcome if c.answer else "" for c in found.cases] == ["overridden", "accepted", ""]
        assert [(c.audience, c.rules, c.topics) for c in found.cases] == [
            ("coding", ("R-LESION", "R-PAIR"), ("missing-line",))
        ] * 3
        assert [s.outcome for s in found.strays] == ["overridden"]
        tokens = SqlTokenStore(database)
        assert tokens.first_use(ISSUER, USED, EXPIRES) is (revision < "0002")
        assert tokens.first_use(ISSUER, "another token", EXPIRES)


@pytest.mark.parametrize("revision", releases())
def test_what_a_release_kept_is_there_after_the_upgrade_and_counts(empty: Place, revision: str) -> None:
    load(revision, empty)
    assert upgraded_database_at(empty)[1:] == (revision, HEAD)
    holds_all(empty, revision)
    with closing(database_at(empty)) as database:
        SqlCardStore(database).keep([item(1), item(3)])
        with database.reading() as connection:
            kept = list(connection.scalars(select(FEEDBACK.c.card)))
    assert sorted(kept) == sorted(card_id(n) for n in (1, 2, 3, 99)), "what is sent again is known, what is new is kept"


def environment(place: Place) -> dict[str, str]:
    return {"ILIAC_CDS_DATABASE_URL": place.url, "ILIAC_CDS_DATA_DIR": place.directory}


COMMAND = [sys.executable, "-c", "from cds_service.cli import main; main()", "db", "upgrade"]


def test_two_that_upgrade_an_old_store_at_once_do_it_once(empty: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    load(releases()[0], empty)
    for name, value in environment(empty).items():
        monkeypatch.setenv(name, value)
    started = [subprocess.Popen(COMMAND, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [p.communicate(timeout=120)[0] for p in started]
    assert [p.returncode for p in started] == [0, 0]
    assert sorted("is up to date" in s for s in said) == [False, True]
    assert sorted(f"went from revision {releases()[0]} to revision {HEAD}" in s for s in said) == [False, True]
    holds_all(empty, releases()[0])


KILLED = """
import pathlib, time
from alembic import op
from cds_service.stores.opening import upgraded_database_at
from cds_service.stores.place import Place

def wait(*_):
    pathlib.Path({mark!r}).touch()
    time.sleep(600)

op.create_index = wait
upgraded_database_at({place})
"""


def test_an_upgrade_killed_in_its_middle_has_done_nothing_and_is_done_by_the_next_one(
    empty: Place, tmp_path: Path
) -> None:
    first = releases()[0]
    load(first, empty)
    mark = tmp_path / "in the middle"
    program = KILLED.format(mark=str(mark), place=written(empty))
    with subprocess.Popen([sys.executable, "-c", program]) as process:
        until(mark.exists)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    with closing(database_at(empty)) as database, database.reading() as connection:
        assert connection.scalar(select(VERSION.c.version_num)) == first
        assert "seen_token" not in inspect(connection).get_table_names()
    assert upgraded_database_at(empty)[1:] == (first, HEAD)
    holds_all(empty, first)


COMMANDS: list[Sequence[str]] = [["serve", "--port", "0"], ["db", "upgrade"], ["feedback", "report"]]


@pytest.mark.parametrize("words", COMMANDS, ids=[" ".join(c[:2]) for c in COMMANDS])
def test_a_store_of_a_later_version_is_refused_in_one_clear_line(empty: Place, words: Sequence[str]) -> None:
    load(HEAD, empty)
    with closing(database_at(empty)) as database, database.writing() as connection:
        connection.execute(update(VERSION).values(version_num="9999"))
    done = CliRunner().invoke(main, words, env=environment(empty))
    assert done.exit_code == 2
    assert done.output.count("\n") == 1
    assert "was made by a later version of iliac-cds; run that version" in done.output
