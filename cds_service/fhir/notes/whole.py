"""What a whole note says of its own standing: several days, several hands, several patients, stents denied on its line.

Knows the text as one. Doubt is its answer, never a vessel.
"""

import re
from collections.abc import Iterable

from cds_service.fhir.notes.memory import Statement
from cds_service.fhir.notes.rare import Cues, rare
from cds_service.fhir.notes.saying import Quote
from cds_service.fhir.notes.stents_found import is_stent

_OPERATOR = rare("operator")
_WE = re.compile(r"\b(?:I|we)\s+(?:then\s+)?(?:stented|ballooned|dilated|treated|placed|deployed)\b")
_DATED_WORK = rare("dated-work")


def several_days(text: str, cues: Cues) -> Quote | None:
    """Words on a second day's work, where lines are labelled with the days of the work they tell."""
    found = list(cues.matches(_DATED_WORK, text))
    if len({m.group(1).lower() for m in found}) < 2:
        return None
    return Quote(start=found[-1].start(), end=found[-1].end(), words=found[-1].group())


def several_operators(text: str, cues: Cues) -> Quote | None:
    """Words on a second hand's work, where the note names two who treated: whose the add-on is, is a question."""
    found = list(cues.matches(_OPERATOR, text))
    names = list(dict.fromkeys((m.group(1) or m.group(2)).lower() for m in found))
    if len(names) < 2 and not (names and _WE.search(text)):
        return None
    return Quote(start=found[-1].start(), end=found[-1].end(), words=found[-1].group())


_SECOND_PATIENT = rare("second-patient")
_NONE_USED = rare("none-used")


def second_patient(text: str, cues: Cues) -> Quote | None:
    """Words on a second patient in one note."""
    found = next(cues.matches(_SECOND_PATIENT, text), None)
    return Quote(start=found.start(), end=found.end(), words=found.group()) if found else None


def none_used_after_all(text: str, cues: Cues, statements: Iterable[Statement]) -> Quote | None:
    """ "Stents used: none" on the very line that tells of a stent."""
    found = next(cues.matches(_NONE_USED, text), None)
    if found is None:
        return None
    start, end = text.rfind("\n", 0, found.start()) + 1, text.find("\n", found.end())
    line = range(start, len(text) if end < 0 else end)
    if not any(is_stent(s) and s.saying.start in line for s in statements):
        return None
    return Quote(start=found.start(), end=found.end(), words=found.group())


_ON_A_DAY = rare("work-of-a-day")
_BACK_TODAY = re.compile(r"\b(?:today|returns|(?:is|comes)\s+back|second\s+(?:session|stage))\b", re.IGNORECASE)


def work_of_a_day_before(text: str, cues: Cues) -> Quote | None:
    """ "On 02/11/2026 we recanalized ... He returns today": which of the two a sentence tells of is to be asked."""
    found = next(cues.matches(_ON_A_DAY, text), None)
    if found is None or not _BACK_TODAY.search(text, found.end()):
        return None
    return Quote(start=found.start(), end=found.end(), words=found.group())


def unsettled_as_a_whole(text: str, cues: Cues, statements: Iterable[Statement]) -> Quote | None:
    """Words that put the whole note in question, where there are any."""
    found = several_operators(text, cues) or several_days(text, cues) or second_patient(text, cues)
    return found or none_used_after_all(text, cues, statements) or work_of_a_day_before(text, cues)
