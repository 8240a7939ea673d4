"""The marks that tell who the patient is: what a card may quote from a chart, but never with these in it.

Knows the Patient resource. Words that name a vessel, a side or a treatment stay readable even where a patient bears
them as a name.
"""

from collections.abc import Container, Iterator
from datetime import date

from cds_service.fhir.bundle import Chart
from cds_service.fhir.elements import Json, objects, text
from cds_service.knowledge.terms import Lexicon

_SHORTEST = 3
_FEWEST_DIGITS = 4
_FORMS = ("%m/%d/%Y", "%m-%d-%Y", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%y")


def marks_of(chart: Chart, lexicon: Lexicon, codes: Container[str] = ()) -> tuple[str, ...]:
    """Names, numbers, addresses and birth date of the patient of a chart, each once, in a stable order.

    A number that is one of `codes` (some are postal codes too) and one of few digits, which a percentage or a length
    may be, stay readable.
    """
    found = {mark for entry in chart.of("Patient") for mark in _marks(entry.raw)}
    return tuple(sorted(m for m in found if m not in codes and _tells_who(m, lexicon)))


def _tells_who(mark: str, lexicon: Lexicon) -> bool:
    if mark.isdigit():
        return len(mark) >= _FEWEST_DIGITS
    return len(mark) >= _SHORTEST and not (mark.isalpha() and lexicon.scan(mark))


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
        yield from (text(address.get(part)) for part in ("city", "postalCode"))
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
