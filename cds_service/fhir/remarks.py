"""The notes on a Procedure, and which of them cannot tell of the act itself.

Knows when a note was written and which day its head names. Reads no clinical word.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from cds_service.fhir.dates import service_days
from cds_service.fhir.elements import Json, moment, objects, text

SHORT = 300
SOON = timedelta(days=7)


def notes_of(raw: Json) -> Iterator[tuple[str, str, Json]]:
    """The notes of an act: path, words, and the Annotation itself."""
    for index, note in enumerate(objects(raw.get("note"))):
        if said := text(note.get("text")):
            yield f"note[{index}].text", said, note


def is_before(note: Json, day: date | None) -> bool:
    """True for a note written before the act: it can only look ahead."""
    on = moment(text(note.get("time"))).day
    return on is not None and day is not None and on < day


def short_notes(raw: Json, day: date | None) -> list[tuple[str, str]]:
    """Notes short enough to be one phrase about this act, with their paths; none of another day's."""
    rows = [(path, said) for path, said, note in notes_of(raw) if not is_before(note, day)]
    return [(path, said) for path, said in rows if len(said) <= SHORT and not _is_of_another_day(said, day)]


def _is_of_another_day(said: str, day: date | None) -> bool:
    days = service_days(said)
    return day is not None and bool(days) and all(abs(d - day) > SOON for d in days)
