"""A report from beginning to end: read the store, count, print, and write the page.

Knows the order of the steps and what to tell whoever asked when there is no report.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cds_service.knowledge.loader import load
from cds_service.outcomes.page import as_html
from cds_service.outcomes.printed import as_csv, as_text
from cds_service.outcomes.tally import tally
from cds_service.stores import StoreFault, StoreUnavailable
from cds_service.stores.database import Database
from cds_service.stores.history import History, history
from cds_service.stores.opening import existing_database_at
from cds_service.stores.place import Place

_BEGINNING, _END = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


class NoReport(Exception):
    """There is no report; the message is one line and says why."""


def report_on(
    place: Place, *, since: datetime | None, until: datetime | None, as_rows: bool = False, page: str | None = None
) -> str:
    """The report on a store as text or, with `as_rows`, as CSV; a `page` is written to that file too.

    `since` and `until` are days without a time zone, taken as days of UTC, and both belong to the report.

    Raises:
        NoReport: the days are the wrong way round, the store cannot be read, or the page cannot be written.
    """
    if since and until and until < since:
        raise NoReport("--until lies before --since")
    found = _history(place, since, until)
    counted, title = tally(found), _title(since, until)
    if page:
        meanings = {rule.id: rule.text for rule in load().rules.values()}
        _write(page, as_html(counted, title, meanings=meanings, made=datetime.now(UTC)))
    return as_csv(found) if as_rows else as_text(counted, title)


def _history(place: Place, since: datetime | None, until: datetime | None) -> History:
    start = since.replace(tzinfo=UTC) if since else _BEGINNING
    end = (until or _END).replace(hour=23, minute=59, second=59, microsecond=999_999, tzinfo=UTC)
    with opened(place) as database:
        return history(database, since=start, until=end)


@contextmanager
def opened(place: Place) -> Iterator[Database]:
    """The store of a place while it is read.

    Raises:
        NoReport: there is none, or it cannot be read.
    """
    try:
        database = existing_database_at(place)
    except StoreFault as error:
        raise NoReport(str(error)) from None
    try:
        yield database
    except StoreUnavailable as error:
        raise NoReport(f"the store {database.name} cannot be read: {error}") from None
    finally:
        database.close()


def _title(since: datetime | None, until: datetime | None) -> str:
    parts = [f"from {since.date()}" if since else "", f"to {until.date()}" if until else ""]
    return " ".join(["Feedback", *(p for p in parts if p)])


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise NoReport(f"{path}: cannot be written ({error.strerror})") from None
