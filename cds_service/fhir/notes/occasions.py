"""When a sentence is about: this procedure, an earlier one, an old study.

Knows words of times and occasions. What that makes of a treatment is the polarity's business.
"""

import re

from cds_service.knowledge.cues import cue

PERIOD = cue("period")


def is_long_ago(sentence: str) -> bool:
    """True when the sentence names another time: a year, "three weeks ago", another hospital."""
    return bool(PERIOD.search(sentence))


_OLD_STUDY = cue("old-study")
SPOKEN_OF_THEN = cue("spoken-of-then")


def is_of_old_study(sentence: str) -> bool:
    """True for "Prior angiogram 2022 recorded ...": what was found at another time."""
    return bool(_OLD_STUDY.match(sentence))


_JUST_DONE = re.compile(r"\b(?:s/p|status\s+post)\s+(?:\w+\s+){0,3}$", re.IGNORECASE)
_STATUS_TODAY = re.compile(
    r"\b(?:s/p|status\s+post)\b[^.;]*(?:\b(?:performed|done)\s+today\b|,\s+today\s*(?=[,.;]|$)|\btoday {2,})",
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


def is_of_this_occasion(sentence: str, before: str, after: str) -> bool:
    """True for words that put what "had been done" into the procedure that is told of."""
    if _JUST_DONE.search(before) and _TODAY.match(after):
        return True
    if PERIOD.search(sentence) or _MUCH_EARLIER.search(before):
        return False
    if _STATUS_TODAY.search(sentence):
        return True
    if _SAME_OCCASION.search(after) or _DAY_ZERO.search(sentence):
        return True
    if not (_BEFORE_THAT.match(sentence) or _ONCE_DONE.match(sentence)) or _OTHER_OCCASION.search(sentence):
        return False
    return bool(_SIZED.search(before) or _SIZED.search(after))
