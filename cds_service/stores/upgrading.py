"""The schema of a database: which revision it has, and bringing it up to this program's.

Knows revisions. Alembic is loaded only where there is something to do: it takes a second or two.
"""

import secrets
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, select, text

from cds_service.stores.database import Database
from cds_service.stores.protocols import StoreFault
from cds_service.stores.schema import HEAD, SECRET, VERSION
from cds_service.stores.sql import KEY_NAME, insert_new

if TYPE_CHECKING:
    from alembic.config import Config

_ONE_AT_A_TIME = 7_310_372_570_001  # any number that no other program locks in this database


class Schema(StrEnum):
    """How a database's revision stands to this program's."""

    CURRENT = "current"
    BEHIND = "behind"
    AHEAD = "ahead"


def schema_of(database: Database) -> Schema:
    """How the schema of a database stands.

    Raises:
        StoreUnavailable: it cannot be asked.
    """
    with database.reading() as connection:
        found = _revision(connection)
    return Schema.CURRENT if found == HEAD else Schema.AHEAD if found > HEAD else Schema.BEHIND


def _revision(connection: Connection) -> str:
    """The revision, empty where there are no tables yet. Revisions are numbered, so they can be compared."""
    if not inspect(connection).has_table(VERSION.name):
        return ""
    return connection.scalar(select(VERSION.c.version_num)) or ""


def upgrade(database: Database, revision: str = HEAD) -> tuple[str, str]:
    """Bring a database up to a revision, in one transaction: the revisions before and after.

    Several that do this at once do it one after the other; all but the first find nothing left to do.

    Raises:
        StoreFault: a later version of this program made the database.
        StoreUnavailable: it cannot be changed.
    """
    with database.maintaining() as connection:
        if not database.embedded:
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _ONE_AT_A_TIME})
        before = _revision(connection)
        if before > HEAD:
            raise StoreFault(made_later(database))
        if before < revision:
            _run(connection, revision)
        insert_new(connection, SECRET, [{"name": KEY_NAME, "value": secrets.token_bytes(32)}])
        return before, _revision(connection)


def made_later(database: Database) -> str:
    """The one line on a database that is ahead."""
    return f"the store {database.name} was made by a later version of iliac-cds; run that version"


def _run(connection: Connection, revision: str) -> None:
    from alembic import command

    command.upgrade(alembic_config(connection), revision)


def alembic_config(connection: Connection | None) -> "Config":
    """What alembic needs to know: the packaged migrations, and the connection to run them on, if they are to run."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "cds_service.stores:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
