"""Connections and transactions: an embedded SQLite file or a PostgreSQL server behind the same two contexts.

Knows dialects, pragmas and time limits, and that every failure of a database is a `StoreUnavailable`. Knows no table.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError

from cds_service.stores.processes import PerProcess
from cds_service.stores.protocols import StoreFault, StoreUnavailable

_BUSY_SECONDS = 2.0
_SWITCH_PAUSE = 0.02
_PATIENT_SECONDS = 60.0  # for a schema that another process is changing at the moment
_STATEMENT_LIMIT = "SET LOCAL statement_timeout = '3s'"
_CONNECT = {
    "connect_timeout": 3,
    "application_name": "iliac-cds",
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 5000,
}


class Database:
    """One database; connects when it is first used, in each process for itself."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self._access = PerProcess(lambda: _Access(engine=_engine(url)))

    @property
    def embedded(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def name(self) -> str:
        """How the database is called in a message: without its password."""
        return str(self.url.database) if self.embedded else self.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self, *, unlimited: bool = False) -> Iterator[Connection]:
        """A transaction that only reads, and may take its time if `unlimited`."""
        with self._transaction("BEGIN", unlimited=unlimited) as connection:
            yield connection

    @contextmanager
    def writing(self, *, power_safe: bool = True) -> Iterator[Connection]:
        """A transaction that writes. Once it has ended, no kill undoes it and, if `power_safe`, no loss of power."""
        with self._alone(), self._transaction("BEGIN IMMEDIATE", power_safe=power_safe) as connection:
            yield connection

    @contextmanager
    def maintaining(self) -> Iterator[Connection]:
        """A transaction that may change the schema, and may take its time."""
        with self._transaction("BEGIN IMMEDIATE", unlimited=True) as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: str, **options: bool) -> Iterator[Connection]:
        try:
            opened = self._access.get().engine.connect().execution_options(begin=begin, **options)
            with opened as connection, connection.begin():
                yield connection
        except (SQLAlchemyError, OSError) as error:
            raise StoreUnavailable(_told(error)) from None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One writer at a time in this process, in order: SQLite itself lets waiting writers starve."""
        writers = self._access.get().writers
        if self.embedded and not writers.acquire(timeout=_BUSY_SECONDS):
            raise StoreUnavailable("too many writers")
        try:
            yield
        finally:
            if self.embedded:
                writers.release()

    def close(self) -> None:
        """Let go of this process's connections; the next use connects again."""
        access = self._access.made()
        if access is not None:
            access.engine.dispose()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Access:
    """One process's way to the database."""

    engine: Engine
    writers: Lock = field(default_factory=Lock)


def postgres_url(text: str) -> URL:
    """The address of a PostgreSQL database, spoken to by psycopg.

    Raises:
        StoreFault: it is none.
    """
    try:
        url = make_url(text)
    except (SQLAlchemyError, ValueError):
        raise StoreFault("ILIAC_CDS_DATABASE_URL is no database URL: postgresql://user:password@host/name") from None
    return url.set(drivername="postgresql+psycopg")


def _told(error: Exception) -> str:
    """A fault in words that hold no value: the driver's text where no statement ran yet, else the name of its kind."""
    original = getattr(error, "orig", None)
    if original is not None and getattr(error, "statement", None) is None:
        return str(original).partition("\n")[0]
    code = getattr(original, "sqlstate", None) or getattr(original, "sqlite_errorname", None)
    return f"{type(error).__name__} ({code})" if code else type(error).__name__


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS}, pool_timeout=_BUSY_SECONDS)
        event.listen(engine, "connect", _embedded_connection)
        event.listen(engine, "begin", _embedded_begin)
        return engine
    wanted = {k: v for k, v in _CONNECT.items() if k not in url.query}
    engine = create_engine(
        url, connect_args={**wanted, "prepare_threshold": None}, pool_pre_ping=True, pool_timeout=_BUSY_SECONDS
    )
    event.listen(engine, "begin", _server_begin)
    return engine


def _embedded_connection(connection: Any, _: Any) -> None:
    """Readers and one writer at a time, without the driver's own idea of when a transaction begins."""
    connection.isolation_level = None
    end = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except connection.OperationalError as error:
            # Of two that switch a new file at once SQLite sends one away at once, without the wait of other statements.
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > end:
                raise
            time.sleep(_SWITCH_PAUSE)


def _embedded_begin(connection: Connection) -> None:
    """A writer takes its lock at once: one that began as a reader could not wait for another writer.

    In WAL mode NORMAL survives the end of a process, FULL also that of the machine.
    """
    options = connection.get_execution_options()
    begin = options.get("begin", "BEGIN IMMEDIATE")
    wanted = {"busy_timeout": f"{(_PATIENT_SECONDS if options.get('unlimited') else _BUSY_SECONDS) * 1000:.0f}"}
    if begin != "BEGIN":
        wanted["synchronous"] = "FULL" if options.get("power_safe", True) else "NORMAL"
    for pragma, value in wanted.items():
        if connection.info.get(pragma) != value:  # `info` lives as long as the connection to the file
            connection.exec_driver_sql(f"PRAGMA {pragma} = {value}")
            connection.info[pragma] = value
    connection.exec_driver_sql(begin)


def _server_begin(connection: Connection) -> None:
    """Limits and durability of this transaction, whatever the server's own settings are."""
    unlimited = connection.get_execution_options().get("unlimited", False)
    limit = "SET LOCAL statement_timeout = 0" if unlimited else _STATEMENT_LIMIT
    connection.exec_driver_sql(f"{limit}; SET LOCAL synchronous_commit = on")
