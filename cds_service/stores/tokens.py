"""Used tokens in a database.

Knows one table. Token ids are kept as digests: they come from the caller and have no other use.
"""

from datetime import UTC, datetime, timedelta
from threading import Lock

from sqlalchemy import Connection, delete

from cds_service.stores.database import Database
from cds_service.stores.protocols import KEPT_AFTER_EXPIRY
from cds_service.stores.schema import TOKEN
from cds_service.stores.sealing import fixed_digest
from cds_service.stores.sql import insertion

_PURGED_EVERY = timedelta(minutes=1)


class SqlTokenStore:
    """The `TokenStore` in a database: the primary key lets one caller in."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._purged = datetime.min.replace(tzinfo=UTC)
        self._purging = Lock()

    def first_use(self, issuer: str, token_id: str, expires: datetime) -> bool:
        row = {"digest": fixed_digest(issuer, token_id), "issuer": issuer, "expires": expires + KEPT_AFTER_EXPIRY}
        with self._database.writing(power_safe=False) as connection:
            if issuer:  # a probe's time is this machine's alone
                self._purge(connection, min(datetime.now(UTC), expires))
            added = insertion(connection, TOKEN).values(row).returning(TOKEN.c.digest)
            return connection.execute(added).first() is not None

    def _purge(self, connection: Connection, now: datetime) -> None:
        """Now and then, the rows no token can need any more.

        `now` is by this clock and by that of a client: one that is ahead on its own drops nothing that was used. It
        may go back.
        """
        with self._purging:
            due = abs(now - self._purged) >= _PURGED_EVERY
            self._purged = now if due else self._purged
        if due:
            connection.execute(delete(TOKEN).where(TOKEN.c.expires < now))
