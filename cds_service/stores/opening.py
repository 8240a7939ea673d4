"""The stores of a running service: whether they can be used, and everything they need set up.

Knows what to tell whoever starts a service. Loads the database's libraries.
"""

import os
from pathlib import Path

from sqlalchemy import URL

from cds_service.stores.bounded import BoundedCardStore, BoundedTokenStore
from cds_service.stores.database import Database, postgres_url
from cds_service.stores.place import Place
from cds_service.stores.protocols import StoreFault, Stores, StoreUnavailable
from cds_service.stores.sql import SqlCardStore
from cds_service.stores.tokens import SqlTokenStore
from cds_service.stores.upgrading import Schema, made_later, schema_of, upgrade


def database_at(place: Place) -> Database:
    """The database of a place; nothing is opened yet.

    Raises:
        StoreFault: the URL is none.
    """
    if place.url:
        return Database(postgres_url(place.url))
    return Database(URL.create("sqlite", database=str(place.file)))


def existing_database_at(place: Place) -> Database:
    """The database of a place, ready to be read.

    Raises:
        StoreFault: there is none, it is of another revision, or it cannot be read.
    """
    if not place.url and not place.file.exists():
        raise StoreFault(f"there is no store at {place.file}; is ILIAC_CDS_DATA_DIR that of the service?")
    database = database_at(place)
    try:
        _demand_current(database)
    except StoreUnavailable as error:
        raise StoreFault(f"the store {database.name} cannot be read: {error}") from None
    return database


def upgraded_database_at(place: Place) -> tuple[Database, str, str]:
    """The database of a place with its schema brought up to date, and its revisions before and after.

    Raises:
        StoreFault: it cannot be made or changed.
    """
    database = database_at(place)
    try:
        if database.embedded:
            _make_private(place.file)
        before, after = upgrade(database)
    except (StoreUnavailable, OSError) as error:
        raise StoreFault(f"the store {database.name} cannot be written: {error}") from None
    finally:
        database.close()
    return database, before, after


def open_stores(place: Place, key: str = "") -> Stores:
    """The stores for `serve`. An embedded file is made and upgraded; a server's schema must be up to date.

    A server that cannot be reached is no reason not to start: it is asked again by each call that needs it.

    Raises:
        StoreFault: the store cannot be used.
    """
    warning = ""
    database = database_at(place)
    if database.embedded:
        database = upgraded_database_at(place)[0]
    else:
        try:
            _demand_current(database)
        except StoreUnavailable as error:
            refused = "Until it can, feedback is refused, and so are calls that bring a token"
            warning = f"the store {database.name} cannot be reached now: {error}. {refused}."
    cards = BoundedCardStore(SqlCardStore(database, key.encode()))
    tokens = BoundedTokenStore(SqlTokenStore(database))
    return Stores(cards=cards, tokens=tokens, warning=warning, prepare=cards.prepare)


def _demand_current(database: Database) -> None:
    try:
        schema = schema_of(database)
    finally:
        database.close()
    match schema:
        case Schema.BEHIND:
            raise StoreFault(f"the schema of the store {database.name} is not up to date; run `iliac-cds db upgrade`")
        case Schema.AHEAD:
            raise StoreFault(made_later(database))


def _make_private(file: Path) -> None:
    """The folder and the file, for this user's eyes only; SQLite gives its other files the same mode."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
