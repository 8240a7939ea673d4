"""Days as people write them: figures in any order, names of months, with or without their year.

Knows forms of dates only. A date that may be read in two ways has both readings.
"""

import re
from collections.abc import Iterator
from datetime import date

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ANY_YEAR = 2000
"""The year of dates without one, where only their day and month are asked for."""
_ANY_DATE = re.compile(
    r"(?<![\w/.-])(?:(?P<iso>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?![\w-])"
    rf"|(?P<name>(?:{'|'.join(MONTHS)})[a-z]{{0,6}})\.? (?P<on>\d{{1,2}})(?:st|nd|rd|th)?\b"
    r"(?:,? (?P<named>\d{4})\b)?"
    r"|(?P<first>\d{1,2})(?:st|nd|rd|th)?[ -](?:of )?"
    rf"(?P<after>(?:{'|'.join(m for m in MONTHS if m != 'may')})[a-z]{{0,6}}|(?-i:May|MAY))\b"
    r"\.?(?:,?[ -](?P<then>\d{4})\b)?"
    r"|(?P<a>\d{1,2})/(?P<b>\d{1,2})(?:/(?P<year>\d{4}|\d{2}))?(?![\w/-]|\.\d|\s*(?:mm|fr)\b))",
    re.IGNORECASE,
)


def partial_days(said: str, year: int) -> Iterator[tuple[int, int, tuple[date, ...]]]:
    """Every date of a text, full or without its year, which is taken to be `year`: its span and its readings."""
    for found in _ANY_DATE.finditer(said):
        numbers = found["a"], found["b"]
        days = list(day_of(found["iso"] or "", found["month"] or "", found["day"] or ""))
        if found["name"]:
            days = list(day_of(found["named"] or str(year), month_of(found["name"]), found["on"]))
        elif found["after"]:
            days = list(day_of(found["then"] or str(year), month_of(found["after"]), found["first"]))
        elif numbers[0]:
            given = found["year"] or str(year)
            full = given if len(given) == 4 else f"20{given}"
            days = [*day_of(full, *numbers), *day_of(full, *reversed(numbers))]
        if days:
            yield found.start(), found.end(), tuple(dict.fromkeys(days))


def month_of(name: str) -> str:
    """The number of a month by its name, "0" for what is none."""
    short = name[:3].lower()
    return str(MONTHS.index(short) + 1) if short in MONTHS else "0"


def day_of(year: str, month: str, day: str) -> Iterator[date]:
    """The day of three numbers, where there is such a day."""
    try:
        yield date(int(year), int(month), int(day))
    except ValueError:
        return
