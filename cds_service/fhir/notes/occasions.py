"""When a sentence is about: this procedure, an earlier one, an old study.

Knows words of times and occasions. What that makes of a treatment is the polarity's business.
"""

import re

from cds_service.knowledge.cues import cue

PERIOD = cue("period")
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
SINCE = re.compile(
    r"\bsince\s+(?:at\s+least\s+|about\s+)?(?:(?:the|his|her|an?|that)\s+)?(?:(?:CTA?|MRA?|duplex|scan|imaging|study|angio\w*)\s+)?"
    rf"(?:(?:in|of|from|on|last)\s+)?(?:(?:\w+\s+)?(?:19|20)\d\d|{_MONTHS})\b",
    re.IGNORECASE,
)
"""How long a lesion has been there, which dates no work."""


def is_long_ago(sentence: str) -> bool:
    """True when the sentence names another time: a year, "three weeks ago", another hospital."""
    return bool(PERIOD.search(sentence))


_OLD_STUDY = cue("old-study")
SPOKEN_OF_THEN = cue("spoken-of-then")


def is_of_old_study(sentence: str) -> bool:
    """True for "Prior angiogram 2022 recorded ...": what was found at another time."""
    return bool(_OLD_STUDY.match(sentence))


_STUDY_BEFORE = re.compile(
    r"\W*(?:\w[\w ]{0,25}:\s*)?(?:(?:on|in|by|the|an?|his|her)\s+){0,2}"
    rf"(?:(?:(?:{_MONTHS})(?:['\u2019]s)?|pre-?\w*|outside|prior|previous|earlier|referr\w+|recent|last|clinic)\s+){{0,3}}"
    r"(?:CTA?|MRA?|duplex|ultrasound|scan)\b(?:\s+(?:angio\w*|scan))?(?![^.;]{0,25}\btoday\b)"
    r"[^.;]{0,60}\b(?:called|shows?|showed|shown|suggested|described|reported|read|label?led|graded|had|given|spoke\s+of"
    r"|used\s+the\s+(?:words?|terms?))\b",
    re.IGNORECASE,
)
_DATED_STUDY = re.compile(
    r"\W*(?:\w[\w ]{1,25}:\s*)?(?:(?:the|pre-?op\w*|prior|previous|outside|recent|last)\s+){0,2}"
    rf"(?:CTA?|MRA?|duplex|ultrasound|scan)\b(?:\s+(?:angio\w*|report|study|exam\w*))?\s*(?:\(|of\s+|from\s+|dated\s+|on\s+|in\s+)?"
    rf"(?:\d{{1,2}}/(?:\d{{1,2}}/)?(?:20)?\d\d\b|(?:{_MONTHS})\b)(?![^.;]{{0,60}}\b(?:today|confirmed)\b)",
    re.IGNORECASE,
)


def is_of_dated_study(sentence: str) -> bool:
    """True for "Duplex 01/2026: right EIA occluded": what an imaging study of another day saw."""
    return bool(_DATED_STUDY.match(sentence))


_FOUND_NOW = re.compile(
    r"\btoday\b|\bon\s+(?:the\s+)?table\b|\bin\s+fact\b|\bhas\s+since\b|\bnow\b|\bat\s+angiogra\w+|\b(?:first|initial)\s+run\b",
    re.IGNORECASE,
)


def is_of_study_before(sentence: str) -> bool:
    """True for "CTA in December called the EIA a severe stenosis": what was seen before the work, on no day told."""
    return bool(_STUDY_BEFORE.match(sentence))


def found_now(sentence: str, at: int = 0) -> int:
    """Where words begin that tell of what was found at the work itself; -1 for none."""
    found = _FOUND_NOW.search(sentence, at)
    return found.start() if found else -1


_JUST_DONE = re.compile(r"\b(?:s/p|status\s+post)\s+(?:\w+\s+){0,3}$", re.IGNORECASE)
_STATUS_TODAY = re.compile(
    r"\b(?:s/p|status\s+post)\b[^.;]*(?:\b(?:performed|done)\s+(?:during|in|at)\s+today['’]s\b|\b(?:performed|done)\s+"
    r"(?:(?:in|at)\s+(?:the\s+)?(?:same|one)\s+(?:sitting|session|setting)\s*)?"
    r"(?:today|this\s+(?:morning|afternoon|evening))\b|,\s+today\s*(?=[,.;]|$)|\btoday {2,})",
    re.IGNORECASE,
)
_TODAY = re.compile(r"[^.;,]{0,30}\btoday\b", re.IGNORECASE)


_SAME_OCCASION = cue("same-occasion")
_BEFORE_THAT = cue("before-that")
_OTHER_OCCASION = cue("another-occasion")
_ONCE_DONE = cue("once-done")
_DAY_ZERO = cue("day-zero")
_SIZED = cue("device-size")
_MUCH_EARLIER = re.compile(
    r"\b(?:previous|prior|old|existing|known|indwelling|remote|pre-?existing|elsewhere)\b", re.IGNORECASE
)


_FIRST = re.compile(r"\s*first\b(?!\s+(?:in|with|at|by)\b)", re.IGNORECASE)
_WORKED_AFTER = re.compile(
    r"^(?![^.;]*\b(?:develop\w*|present\w*|return\w*|occurr\w*|recur\w*|again|found|seen)\b)"
    r"[^.;]*\b(?:balloon\w*|dilat\w+|angioplast\w+|PTA|POBA|reopened|recanali[sz]ed)\b[^.;]*\b(?:after|once)\b"
    r"[^.;]*\bhad\s+(?:just\s+|been\s+)*(?:received|got|taken|stented|ballooned|dilated|treated|angioplastied|lined)\b",
    re.IGNORECASE,
)


def is_of_this_occasion(sentence: str, before: str, after: str) -> bool:
    """True for words that put what "had been done" into the procedure that is told of."""
    if _JUST_DONE.search(before) and _TODAY.match(after):
        return True
    if PERIOD.search(SINCE.sub(" ", sentence)) or _MUCH_EARLIER.search(before):
        return False
    if _STATUS_TODAY.search(sentence):
        return True
    if _SAME_OCCASION.search(after) or _DAY_ZERO.search(sentence):
        return True
    if not _OTHER_OCCASION.search(sentence) and (_FIRST.match(after) or _WORKED_AFTER.match(sentence)):
        return True
    if not (_BEFORE_THAT.match(sentence) or _ONCE_DONE.match(sentence)) or _OTHER_OCCASION.search(sentence):
        return False
    return bool(_SIZED.search(before) or _SIZED.search(after))


_IN_ITS_LESION = re.compile(
    r"(?:occlusion|occl\.?|CTO|stenosis|\d ?%\)?)\s*,?\s+(?:s/p|status\s+post)\s+(?:\w+\s+){0,2}$", re.IGNORECASE
)
_STILL_OPEN = re.compile(r"\b(?:still|patent|open|previous\w*|elsewhere)\b|\d/\d\d", re.IGNORECASE)


def is_of_no_day(before: str, after: str) -> bool:
    """True for the treatment of "L EIA CTO s/p POBA": of today, or of any day before."""
    return bool(_IN_ITS_LESION.search(before)) and not (is_long_ago(after) or _STILL_OPEN.search(after))


_ON_A_DAY = re.compile(
    r"\s+(?:(?:was|were)\s+(?:done|placed|performed|put\s+in)\s+(?:on\s+)?\d{1,2}/\d{1,2}\b"
    r"|(?:on\s+|next\s+|for\s+)?(?:mon|tues|wednes|thurs|fri|satur|sun)day\b)",
    re.IGNORECASE,
)


def is_on_a_day(after: str) -> bool:
    """True for "... was done 2/18", "... Friday": on a day that may be another."""
    return bool(_ON_A_DAY.match(after))


_FOR_LATER = re.compile(
    r"(?:\s{1,3}of\s{1,3}(?:the\s{1,3})?\w+)?,?\s{1,3}(?:to\s+follow\b|tomorrow"
    r"|(?:the\s+)?next\s+(?:week|month|visit|time|session|stage|admission)"
    r"|later\s+(?:this|in\s+the)\s+(?:week|month|admission)"
    r"|in\s+(?:\d{1,2}|one|two|three|four|six|a\s+few)\s+(?:days|weeks|wks|months))\b",
    re.IGNORECASE,
)
_STILL_TO_DO = re.compile(
    r"\s[-\u2013\u2014]\s+to\s+(?:cross|balloon|stent|treat|dilate|open|angioplasty)\b[^.;]*$", re.IGNORECASE
)


def is_for_later(before: str, after: str) -> bool:
    """True for "POBA tomorrow", "balloon next week", and for "R EIA CTO - to cross w/ Glidewire and balloon"."""
    return bool(_FOR_LATER.match(after) or _STILL_TO_DO.search(before))


def found_as_known(words: str, section: str) -> bool:
    """True for "Angiography confirms: left EIA remains ..." among the findings: as a study had found it."""
    return section == "findings" and _CONFIRMED.match(words) is not None


_CONFIRMED = re.compile(r"^\W*(?:angio\w*|arteriogra\w*|DSA|run)\s+(?:re-?)?confirm(?:s|ed)\s*:", re.IGNORECASE)


def tells_no_time(sentence: str, at: int, section: str) -> bool:
    """True for "thereafter occlusion down to ..." and "Angiography confirms: ... remains": no later state is told."""
    return bool(_ALONG_IT.match(sentence, at)) or found_as_known(sentence[:at], section)


_ALONG_IT = re.compile(
    r"there\s?after,?\s+(?:(?:an?|the|complete|total|chronic|long|short)\s+){0,3}(?:occlu\w+|CTO)\s+"
    r"(?:(?:down|up)\s+)?(?:to|until|as\s+far\s+as|over|for|through(?:out)?)\b",
    re.IGNORECASE,
)
"""How far an occlusion reaches beyond an open part: a place, not a time."""
