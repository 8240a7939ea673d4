"""The marks that tell who the patient is: what a card may quote from a chart, but never with these in it.

Knows the Patient resource. Words that name a vessel, a side or a treatment stay readable even where a patient bears
them as a name.
"""

import re
from collections.abc import Container, Iterator
from datetime import date

from cds_service.fhir.bundle import Chart
from cds_service.fhir.elements import Json, objects, text
from cds_service.knowledge.terms import Lexicon

_SHORTEST = 3
_FEWEST_DIGITS = 4
_MONTHS = tuple((date(2000, m, 1).strftime("%B"), date(2000, m, 1).strftime("%b")) for m in range(1, 13))


_JOINED = re.compile(r"[\s\u2010-\u2015-]+")  # either half of a double name tells who somebody is


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
            yield from _JOINED.split(part)
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
    year, month, number = day.year, day.month, day.day
    yield from (f"{month:02}/{number:02}/{year}", f"{month:02}-{number:02}-{year}", f"{number:02}.{month:02}.{year}")
    yield from (f"{number:02}/{month:02}/{year}", f"{month:02}/{number:02}/{year % 100:02}")
    yield from (f"{month}/{number}/{year}", f"{month}-{number}-{year}")
    for name in _MONTHS[month - 1]:
        yield from (f"{number} {name} {year}", f"{name} {number}, {year}")
