"""What a whole note says of its own standing: several days, several hands, several patients, stents denied on its line.

Knows the text as one. Doubt is its answer, never a vessel.
"""

import re
from collections.abc import Collection, Sequence

from cds_service.coding.anatomy import Side
from cds_service.fhir.dates import days_in
from cds_service.fhir.notes.memory import Statement
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.rare import Cues, rare
from cds_service.fhir.notes.saying import Quote, clause_of, quoted
from cds_service.fhir.notes.stents_found import is_stent
from cds_service.knowledge.cues import cue

_OPERATOR = rare("operator")
_WE = re.compile(r"\b(?:I|we)\s+(?:then\s+)?(?:stented|ballooned|dilated|treated|placed|deployed)\b")
_DATED_WORK = rare("dated-work")


def several_days(text: str, cues: Cues) -> Quote | None:
    """Words on a second day's work, where lines are labelled with the days of the work they tell."""
    found = list(cues.matches(_DATED_WORK, text))
    if len({m.group(1).lower() for m in found}) < 2:
        return None
    return quoted(found[-1])


def several_operators(text: str, cues: Cues) -> Quote | None:
    """Words on a second hand's work, where the note names two who treated: whose the add-on is, is a question."""
    found = list(cues.matches(_OPERATOR, text))
    names = list(dict.fromkeys((m.group(1) or m.group(2)).lower() for m in found))
    if len(names) < 2 and not (names and _WE.search(text)):
        return None
    return quoted(found[-1])


_SECOND_PATIENT = rare("second-patient")
_NONE_USED = rare("none-used")


def second_patient(text: str, cues: Cues) -> Quote | None:
    """Words on a second patient in one note."""
    found = next(cues.matches(_SECOND_PATIENT, text), None)
    return quoted(found) if found else None


def none_used_after_all(text: str, cues: Cues, statements: Sequence[Statement]) -> Quote | None:
    """ "Stents used: none" on the very line that tells of a stent."""
    found = next(cues.matches(_NONE_USED, text), None)
    if found is None:
        return None
    start, end = text.rfind("\n", 0, found.start()) + 1, text.find("\n", found.end())
    line = range(start, len(text) if end < 0 else end)
    if not any(is_stent(s) and s.saying.start in line for s in statements):
        return None
    return quoted(found)


_CLOCK = re.compile(r"(?<![\d:.])([01]?\d|2[0-3]):([0-5]\d)(?!:?\d)")
_HOURS_APART, _LINE = 180, 120


def hours_apart(text: str, statements: Sequence[Statement]) -> Quote | None:
    """The words on work that a note tells, by its clock, hours from other work: perhaps a second sitting."""
    timed: dict[int, Statement] = {}
    for statement in statements:
        said = statement.saying
        if any(h is How.DONE for _, h in said.treatments):
            begin = max(text.rfind("\n", 0, said.start), said.start - _LINE)
            clock = _CLOCK.search(said.sentence) or _CLOCK.search(text, begin + 1, said.end)
            if clock is not None:
                timed.setdefault(60 * int(clock[1]) + int(clock[2]), statement)
    if not timed or max(timed) - min(timed) <= _HOURS_APART:
        return None
    last = timed[max(timed)].saying
    return clause_of(last)


_ON_A_DAY = rare("work-of-a-day")
_BACK_TODAY = re.compile(r"\b(?:today|returns|(?:is|comes)\s+back|second\s+(?:session|stage))\b", re.IGNORECASE)


def same_on_another_day(statements: Sequence[Statement], years: Collection[int]) -> Quote | None:
    """Words that give the work in a vessel another day of these years, which others tell as this day's."""
    done = {(s.vessel, s.side, t) for s in statements for t, h in s.saying.treatments if h is How.DONE}
    for statement in statements:
        old = {t for t, h in statement.saying.treatments if h is How.OLD}
        same = {
            t
            for v, side, t in done
            if v is statement.vessel and (None in (side, statement.side) or side is statement.side)
        }
        if (
            old & same
            and not _STUDIED.search(statement.saying.sentence)
            and any(days_in(statement.saying.sentence, years))
        ):
            return clause_of(statement.saying)
    return None


_STUDIED = re.compile(r"\b(?:CTA?|MRA?|duplex|imaging|angiogram|study|scan)\s+(?:of|on|from|dated)\s+\d", re.IGNORECASE)


def work_of_a_day_before(text: str, cues: Cues) -> Quote | None:
    """ "On 02/11/2026 we recanalized ... He returns today": which of the two a sentence tells of is to be asked."""
    found = next(cues.matches(_ON_A_DAY, text), None)
    if found is None or not _BACK_TODAY.search(text, found.end()):
        return None
    return quoted(found)


_LABELLED_DAY = rare("labelled-day")


def labelled_for_another_day(text: str, cues: Cues) -> Quote | None:
    """ "Date of procedure: 02/25/2026" where the date of service is the day of the work: which is right is asked."""
    found = list(cues.matches(_LABELLED_DAY, text))
    others = [m for m in found if m[1].lower() != "today"]
    return quoted(others[0]) if others and len(others) < len(found) else None


_SWOLLEN = rare("swollen-leg")
_OF_ARTERY = re.compile(
    r"arter|\b[CEI]IA\b|claudica|\bABI|\bABPI|isch(?:a?)em|\bPAD\b|athero|plaque|rutherford|gangrene|ulcer",
    re.IGNORECASE,
)


def perhaps_venous(text: str, cues: Cues) -> Quote | None:
    """Words on a swollen leg in a note that speaks of no artery at all: "left common iliac" may be the vein."""
    found = next(cues.matches(_SWOLLEN, text), None)
    return None if found is None or _OF_ARTERY.search(text) else quoted(found)


_ACUTE = rare("acute-limb")
_CHRONIC = re.compile(
    r"\bCTOs?\b|\bchronic(?:ally)?\s+(?:total(?:ly)?\s+)?occlu|\b(?:old|long-?standing)\s+occlu", re.IGNORECASE
)
_DENIED = re.compile(
    r"(?:\b(?:no|not|without|denies|never|previous|prior|past|history\s+of|risk\s+of)\b[^.;:\n]{0,30}|\[ ?\]\s*)$", re.I
)


def acute_limb(text: str, cues: Cues) -> Quote | None:
    """Words on a leg that lost its blood of late, in a note that calls no occlusion chronic: perhaps it is fresh."""
    for found in cues.matches(_ACUTE, text):
        if not _DENIED.search(text, max(0, found.start() - 45), found.start()) and not _CHRONIC.search(text):
            return quoted(found)
    return None


_BROKEN_OFF = cue("broken-off")
_LAST_WORDS = 40


def broken_off(text: str) -> Quote | None:
    """The last words of a text that ends within a sentence: what was still to be told is not known."""
    match = _BROKEN_OFF.search(text, max(0, len(text) - _LAST_WORDS))
    return quoted(match) if match else None


_PAGE = re.compile(r"\bp(?:age|g|p)?\.?\s*(\d{1,2})\s*(?:of|/)\s*(\d{1,2})\b", re.IGNORECASE)


def missing_page(text: str) -> Quote | None:
    """The number of a page of a text that does not hold all its pages."""
    found = list(_PAGE.finditer(text))
    total = max((int(m.group(2)) for m in found), default=0)
    return quoted(found[-1]) if {int(m.group(1)) for m in found} < set(range(1, total + 1)) else None


_SPAN = re.compile(
    r"(?<![\d:])([01]?\d|2[0-3]):?([0-5]\d)\s?[-\u2013]\s?([01]?\d|2[0-3]):?([0-5]\d)(?![\d:])(?!\s*(?:mm|cm|ml|u\b|units))"
)
_TO_AN_HOUR = re.compile(r"[0-5]\d\s?[-\u2013]\s?[012]?\d:?[0-5]\d")


def two_times(text: str) -> Quote | None:
    """The second of two spans of time in a room of treatment that are hours apart: perhaps two sittings."""
    ends = -1
    for match in _SPAN.finditer(text) if _TO_AN_HOUR.search(text) else ():
        line_end = text.find("\n", match.end())
        told = text[match.end() : line_end if line_end >= 0 else len(text)]
        if not _ROOM.search(told):
            continue
        begin, end = (60 * int(match.group(i)) + int(match.group(i + 1)) for i in (1, 3))
        if ends >= 0 and begin - ends > _HOURS_APART:
            return quoted(match)
        ends = end
    return None


_FLOWS = re.compile(
    r"\b(?:flow|run-?off|fill\w*|opacif\w*)\s+(?:\w+\s+){0,4}?(?:in|into|to|of|down)\s+(?:the\s+)?(?:(right|R)|left|L)\b\.?\s+"
    r"(?:profunda|SFA|superficial|common\s+femoral|CFA|leg|foot)\b",
    re.IGNORECASE,
)


def flows_into_other_leg(statements: Sequence[Statement]) -> Quote | None:
    """ "The left one dilated, good flow into the right profunda": in which leg the work was is to be asked."""
    for statement in statements:
        said = statement.saying
        if statement.side is None or not any(h is How.DONE for _, h in said.treatments):
            continue
        found = _FLOWS.search(said.sentence)
        if found is not None and (Side.RIGHT if found[1] else Side.LEFT) is not statement.side:
            return clause_of(said)
    return None


_ROOM = re.compile(r"\b(?:suite|theatre|theater|lab\w*|room|OR|angio\w*|cath\w*)\b", re.IGNORECASE)


def unsettled_as_a_whole(
    text: str, cues: Cues, statements: Sequence[Statement], years: Collection[int] = ()
) -> Quote | None:
    """Words that put the whole note in question, where there are any; `years` are those its work may be of."""
    found = several_operators(text, cues) or several_days(text, cues) or second_patient(text, cues)
    found = found or same_on_another_day(statements, years) or hours_apart(text, statements) or acute_limb(text, cues)
    found = found or none_used_after_all(text, cues, statements) or work_of_a_day_before(text, cues)
    found = found or labelled_for_another_day(text, cues) or flows_into_other_leg(statements)
    return found or broken_off(text) or missing_page(text) or two_times(text) or perhaps_venous(text, cues)
