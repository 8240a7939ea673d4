"""What a commit has survived when it returns: asked of the databases themselves, whatever their own settings are."""

from sqlalchemy import text

from cds_service.stores.database import Database
from cds_service.stores.opening import upgraded_database_at
from cds_service.stores.place import Place


def setting(database: Database, *, power_safe: bool) -> object:
    name = "PRAGMA synchronous" if database.embedded else "SHOW synchronous_commit"
    with database.writing(power_safe=power_safe) as connection:
        return connection.scalar(text(name))


def test_feedback_is_committed_to_the_disk_itself(place: Place, database: Database) -> None:
    """SQLite: 2 is FULL, 1 NORMAL, which in WAL mode outlives a kill but not the machine."""
    if not database.embedded:
        with database.writing() as connection:
            connection.execute(text(f"ALTER DATABASE {database.url.database} SET synchronous_commit = off"))
        database.close()
        again = upgraded_database_at(place)[0]
        assert setting(again, power_safe=True) == "on"
        again.close()
        return
    for _ in range(2):
        assert setting(database, power_safe=True) == 2
        assert setting(database, power_safe=False) == 1
    with database.reading() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"


def test_a_statement_of_a_call_has_an_end_and_one_of_a_report_may_take_its_time(database: Database) -> None:
    if database.embedded:
        with database.reading() as connection:
            assert connection.scalar(text("PRAGMA busy_timeout")) == 2000
        return
    with database.reading() as connection:
        assert connection.scalar(text("SHOW statement_timeout")) == "3s"
    with database.reading(unlimited=True) as connection:
        assert connection.scalar(text("SHOW statement_timeout")) == "0"
