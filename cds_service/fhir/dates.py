"""The days of a text: when the act was by the text's own head or by its resource, and when it was written down.

Knows how days are written and which elements hold them. Decides nothing where they differ.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, timedelta

from cds_service.fhir.elements import Json, When, moment, obj, objects, text
from cds_service.fhir.written_days import ANY_YEAR, MONTHS, day_of, month_of, partial_days
from cds_service.knowledge.expression import Expression
from cds_service.knowledge.quick import quick

Span = tuple[date, date]
_HEAD = 4000
_LABEL = quick(
    r"\b(?:date\s+of\s+(?:the\s+)?(?:procedure|service|operation|surgery|intervention|exam(?:ination)?)"
    r"|(?:procedure|service|operation|operative|surgery|surgical|intervention|exam(?:ination)?)\s+date"
    r"|date\s+performed|D\.?O\.?S\.?)\s*[:\-]?\s*",
)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_NUMBERS = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?!\d)")
_DAY_NAME = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ -]([A-Za-z]{3,9})\.?,?[ -](\d{4})")
_NAME_DAY = re.compile(r"([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_DATE_STARTS = re.compile(
    r"(?<![\w/.-])(?:\d{1,4}[-/. ]|\d{1,2}(?:st|nd|rd|th) "
    rf"|(?:{'|'.join(MONTHS)})[a-z]{{0,6}}\.? {{1,2}}\d)",
    re.IGNORECASE,
)
_PART_OF_DATE = re.compile(r"(?<![\w/.-])\d{1,2}/\d{1,2}(?![\w/.-]|\s*(?:mm|fr)\b)(?!\.\d)", re.I)
_OF_THE_STAY = re.compile(
    r"(?:admi\w+|discharged?|birth|born|DOB|dictated|transcribed|signed|printed)\W{1,3}(?:(?:on|date|of|the)\W{1,3}){0,2}$",
    re.I,
)
_OTHER_DAY = quick(
    r"\b(?:today|yesterday|tomorrow|tonight|POD|HD|(?:post-?(?:operative|procedure|procedural|op)?|hospital)\s+day"
    r"|(?:next|following|same|previous|second|third|other)\s+(?:day|morning|evening|night)|staged?|days?\s+(?:later|after|before|prior|earlier)"
    r"|weeks?\s+(?:later|after|before|prior|earlier|ago)|(?:mon|tues|wednes|thurs|fri|satur|sun)day|later|subsequent(?:ly)?"
    r"|before\s+(?:discharge|going\s+home)|(?:further|additional|another|separate|repeat)\s+(?:\w+\s+)?(?:session|sitting|stage|procedure|intervention|operation)"
    r"|return(?:ed)?(?!\s+of\b)|second\s+(?:sitting|session|stage|procedure|intervention))\b"
)
_NEAR = 30
_SENTENCE = re.compile(r"[^.;\n]*(?:[.;\n]|$)")
_ONE_DAY = timedelta(days=1)


def service_days(said: str) -> tuple[date, ...]:
    """The day of the procedure by a text's head; both readings where month or day may come first."""
    for label in _LABEL.finditer(said[:_HEAD]):
        found = tuple(dict.fromkeys(_days_at(said, label.end())))
        if found:
            return found
    return ()


def only_day(said: str, *, of: Expression) -> tuple[date, ...]:
    """The one day that a text names in full beside those of admission, discharge and birth; both its readings.

    Sentences that date something else than what is asked `of` do not count. Empty for a text that names several days,
    or that tells of another one by any other word.
    """
    found = _days_of(said, of)
    return found.pop() if found is not None and len(found) == 1 else ()


def names_no_day(said: str, *, of: Expression) -> bool:
    """True for a text that tells of what is asked `of` without naming a day of it by any word."""
    return _days_of(said, of) == set()


def _days_of(said: str, of: Expression) -> set[tuple[date, ...]] | None:
    """The days that a text names in full, as `only_day` has it; None where it tells of a day by another word."""
    sentences: list[str] = _SENTENCE.findall(said)
    said = "".join(s for s in sentences if of.search(s) or not any(partial_days(s, ANY_YEAR)))
    if _OTHER_DAY.search(said):
        return None
    found: set[tuple[date, ...]] = set()
    for start in _DATE_STARTS.finditer(said):
        days = tuple(dict.fromkeys(_days_at(said, start.start())))
        if days and not _OF_THE_STAY.search(said[max(0, start.start() - _NEAR) : start.start()]):
            found.add(days)
    return None if _PART_OF_DATE.search(said) else found


_TODAY = "today"
_WEEKDAY = re.compile(r"\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+(?:the\s+)?$", re.IGNORECASE)
_PAIR = re.compile(r"\d/\d{1,2}|\d{1,2}/\d")


def days_in(said: str, years: Collection[int]) -> Iterator[tuple[int, int, date]]:
    """The readings of the dates of a text in these years, or of none, with their spans.

    A pair of numbers with one of a single digit, such as 3/4, may be a fraction and is none, unless it is "on 3/4".
    """
    for year in years:
        for start, end, readings in partial_days(said, year):
            if said[max(0, start - 3) : start].lower() == "on " or not _PAIR.fullmatch(said, start, end):
                yield from ((start, end, day) for day in readings if day.year == year)


def with_today(said: str, days: Collection[date]) -> str:
    """The text with "today" for the day of its work, every other character in its place.

    That is the only one of `days` that the text names in more than a few signs.
    """
    named = [(a, b, d) for a, b, d in days_in(said, {d.year for d in days}) if d in days]
    found = [(_with_on(said, a, b), b, d) for a, b, d in named]
    found = [(a, b, d) for a, b, d in found if b - a >= len(_TODAY)]
    if len({day for _, _, day in found}) != 1:
        return said
    parts, at = [], 0
    for start, end, _ in found:
        weekday = _WEEKDAY.search(said, max(at, start - _NEAR), start)
        begin = weekday.start() if weekday is not None else start
        parts += [said[at:begin], _TODAY.ljust(end - begin)]
        at = end
    return "".join((*parts, said[at:]))


def _with_on(said: str, start: int, end: int) -> int:
    """Where a date too short for "today" begins with the word before it: "on 3/4"."""
    return start - 3 if end - start < len(_TODAY) and said[max(0, start - 3) : start].lower() == "on " else start


def _days_at(said: str, at: int) -> Iterator[date]:
    if match := _YEAR_FIRST.match(said, at):
        yield from day_of(match[1], match[2], match[3])
    elif match := _NUMBERS.match(said, at):
        year = match[3] if len(match[3]) == 4 else f"20{match[3]}"
        yield from day_of(year, match[1], match[2])
        yield from day_of(year, match[2], match[1])
    elif match := _DAY_NAME.match(said, at):
        yield from day_of(match[3], month_of(match[2]), match[1])
    elif match := _NAME_DAY.match(said, at):
        yield from day_of(match[3], month_of(match[1]), match[2])


def served(raw: Json, context: Json) -> tuple[When, Span | None]:
    """When the act of a report or document was; several days are a span, of which at most the year is known.

    A period that has begun, of which no end is told, lasted until its document was written, later on the same day.
    """
    period = obj(raw.get("effectivePeriod")) or obj(context.get("period")) or obj(raw.get("period"))
    period = period or next((p for e in objects(raw.get("event")) if (p := obj(e.get("period")))), {})
    start, end = text(raw.get("effectiveDateTime")) or text(period.get("start")), text(period.get("end"))
    found, last = moment(start, end), moment(end).day
    if not end and not raw.get("effectiveDateTime"):
        found = _until(found, written(raw))
    if found.day is None or last is None or last <= found.day or _overnight(found):
        return found, None
    return When(year=found.year if last.year == found.year else None), (found.day, last)


def _until(found: When, told: When) -> When:
    """What began at an hour of a day, up to when it was told, later on that day."""
    if found.start is None or told.start is None or found.day != told.day:
        return found
    later = found.start.replace(tzinfo=None) < told.start.replace(tzinfo=None)
    return replace(found, end=told.start) if later else found


def _overnight(found: When) -> bool:
    """True for a period of hours that runs past midnight."""
    if found.start is None or found.end is None:
        return False
    if (found.start.tzinfo is None) != (found.end.tzinfo is None):
        return False
    return found.end - found.start < _ONE_DAY


def written(raw: Json) -> When:
    """When a report or document was written down."""
    for name in ("issued", "date", "created"):
        found = moment(text(raw.get(name)))
        if found.day is not None:
            return found
    return When()


def by_its_head(days: tuple[date, ...], when: When) -> tuple[When, bool]:
    """The day of an act by its text's head and its resource; True where they lie in different years.

    The head is the closer witness, but a day in another year may be a slip of the pen or an old note filed anew.
    """
    if not days or when.day in days:
        return when, False
    if when.year is not None and all(d.year != when.year for d in days):
        return when, True
    near = [d for d in days if when.year in (None, d.year)]
    return When(year=near[0].year, day=near[0]), False
