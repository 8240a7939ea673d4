"""Stores as releases left them: `python -m tests.upgrades.stores` writes down one of this program's revision.

Run it once when a revision is released; what lies in `stores/` is never written again. The dumps are loaded as they are,
by no code of ours, so that a migration that was edited later is found out. They hold one day of the service: a card that
was shown and overridden, one that was accepted, one nobody answered, feedback on a card nobody remembers, a used token.
"""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from sqlalchemy import insert

from cds_service.stores.database import Database
from cds_service.stores.opening import database_at
from cds_service.stores.place import Place
from cds_service.stores.schema import HEAD, SECRET
from cds_service.stores.sql import KEY_NAME, SqlCardStore
from cds_service.stores.tokens import SqlTokenStore
from cds_service.stores.upgrading import upgrade
from tests.stores.postgres import new_url, server
from tests.stores.samples import item, shown

FOLDER = Path(__file__).with_name("stores")
KEY = bytes(range(32))
OVERRIDDEN, ACCEPTED, SILENT = b"o" * 32, b"a" * 32, b"s" * 32
USED, ISSUER = "a used token", "https://ehr.example.org"
EXPIRES = datetime(2999, 1, 1, tzinfo=UTC)
KINDS = ("sqlite", "postgresql")


def releases() -> list[str]:
    """The revisions of which there is a dump."""
    return sorted({p.name.partition(".")[0] for p in FOLDER.glob("*.sql")})


def load(revision: str, place: Place) -> None:
    """A store as a release of this revision left it."""
    kind = "postgresql" if place.url else "sqlite"
    script = (FOLDER / f"{revision}.{kind}.sql").read_text("utf-8")
    if place.url:
        with psycopg.connect(place.url, autocommit=True) as connection:
            connection.execute(script.encode())
        return
    place.file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(place.file)) as connection:
        connection.executescript(script)


def write(revision: str, place: Place) -> None:
    """One day of the service at a revision, in an empty place."""
    with closing(database_at(place)) as database:
        upgrade(database, revision)
        with database.writing() as connection:
            connection.execute(SECRET.delete())
            connection.execute(insert(SECRET).values(name=KEY_NAME, value=KEY))
        _a_day(database, revision)


def _a_day(database: Database, revision: str) -> None:
    cards = SqlCardStore(database)
    cards.record([shown(1, OVERRIDDEN), shown(2, ACCEPTED), shown(3, SILENT)])
    cards.keep([item(1), item(2, outcome="accepted", suggestions=(shown().suggestions[0],)), item(99)])
    if revision >= "0002":
        SqlTokenStore(database).first_use(ISSUER, USED, EXPIRES)


def dumped(place: Place) -> str:
    """All that a store is, as SQL."""
    if not place.url:
        with closing(sqlite3.connect(place.file)) as connection:
            return "\n".join(connection.iterdump()) + "\n"
    tool = server().bin_path / "pg_dump"
    command = [str(tool), "--inserts", "--no-owner", "--no-privileges", place.url]
    return "\n".join(_statements(subprocess.run(command, check=True, capture_output=True, text=True).stdout)) + "\n"


def _statements(dump: str) -> Iterator[str]:
    """A dump without what is only for its own client: settings, comments, empty lines."""
    for line in dump.splitlines():
        if line and not line.startswith(("--", "\\", "SET ", "SELECT pg_catalog.set_config")):
            yield line


def main() -> None:
    if HEAD in releases():
        raise SystemExit(f"revision {HEAD} is written down already, and stays as it is")
    for kind in KINDS:
        with TemporaryDirectory() as folder:
            place = Place(url=new_url()) if kind == "postgresql" else Place(directory=folder)
            write(HEAD, place)
            (FOLDER / f"{HEAD}.{kind}.sql").write_text(dumped(place), "utf-8")
            sys.stdout.write(f"wrote {HEAD}.{kind}.sql\n")


if __name__ == "__main__":
    main()
