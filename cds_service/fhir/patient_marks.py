"""The marks that tell who the patient is: what a card may quote from a chart, but never with these in it.

Knows the Patient resource. Words that name a vessel, a side or a treatment stay readable even where a patient bears
them as a name.
"""

from collections.abc import Iterator
from datetime import date

from cds_service.fhir.bundle import Chart
from cds_service.fhir.elements import Json, objects, text
from cds_service.knowledge.terms import Lexicon

_SHORTEST = 3
_FORMS = ("%m/%d/%Y", "%m-%d-%Y", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%y")


def marks_of(chart: Chart, lexicon: Lexicon) -> tuple[str, ...]:
    """Names, numbers, addresses and birth date of the patient of a chart, each once, in a stable order."""
    found = {mark for entry in chart.of("Patient") for mark in _marks(entry.raw)}
    kept = {m for m in found if len(m) >= _SHORTEST and not (m.isalpha() and lexicon.scan(m))}
    return tuple(sorted(kept))


def _marks(patient: Json) -> Iterator[str]:
    for name in objects(patient.get("name")):
        given = name.get("given")
        written = [text(name.get("text")), text(name.get("family")), *(given if isinstance(given, list) else [])]
        for part in (text(w) for w in written):
            yield part
            yield from part.split()
    for number in objects(patient.get("identifier")):
        yield text(number.get("value"))
    for contact in objects(patient.get("telecom")):
        yield text(contact.get("value"))
    for address in objects(patient.get("address")):
        lines = address.get("line")
        yield from (text(x) for x in (lines if isinstance(lines, list) else []))
    yield from _dates(text(patient.get("birthDate")))


def _dates(written: str) -> Iterator[str]:
    """A birth date as notes write it."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return
    yield written
    yield from (day.strftime(form) for form in _FORMS)
    yield from (f"{day.month}/{day.day}/{day.year}", f"{day.month}-{day.day}-{day.year}")
    for month in (day.strftime("%B"), day.strftime("%b")):
        yield from (f"{day.day} {month} {day.year}", f"{month} {day.day}, {day.year}")
