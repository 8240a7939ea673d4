"""Words that only seem to tell of another day: "s/p" in the hours after the work, the date of an addendum.

Knows the words of wards and recovery rooms. Every character stays in its place.
"""

import re

_STATUS_POST = re.compile(r"\b(?:s/p|status[ -]post)\b", re.IGNORECASE)
_HOURS_AFTER = re.compile(
    r"\b(?:TR\s?bands?|bed\s?rest|PACU|POD\s?#?\s?0|just\s+now|same\s+(?:sitting|session)|this\s+(?:am|a\.m\.|morning|afternoon)"
    r"|back\s+(?:on\s+the\s+ward\s+)?from\s+(?:the\s+)?(?:cath|angio|IR|theatre|procedure)|flat\s+(?:for|x|until)"
    r"|sheaths?\s+(?:(?:is|was|were)\s+)?(?:out|pulled|removed)|post-?procedure(?=\s*:)"
    r"|(?:groin|site|access)\s+(?:\([^()\n]{1,9}\)\s+)?(?:soft|c/d/i|clean|dry|intact))\b",
    re.IGNORECASE,
)
_ANOTHER_DAY = re.compile(
    r"\b(?:19|20)\d\d\b|['\u2019]\d\d\b|\bago\b|\b(?:last|yesterday|days?|weeks?|wks?|months?|mos?|years?|yrs?)\b"
    r"|\b(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\b|\b\d{1,2}/\d{1,2}",
    re.IGNORECASE,
)
_TODAY = re.compile(
    r"(?<!seen )(?<!here )(?<!presents )(?<!back )(?<!visit )(?<!reviewed )(?<!well )(?<!angiogram )\btoday"
    r"(?=\s*(?:[,.;)]|$))",
    re.IGNORECASE,
)
_SEEN_LATER = re.compile(
    r"\b(?:clinic|office|follow-?\s?up\s+visit|returns?|recurren\w+|surveillance)\b|(?:^|[.;]\s)today\b", re.IGNORECASE
)


def of_this_day(text: str) -> str:
    """The text without words that seem to take its work to another day, blanks in their place."""
    if "addend" in text.lower():
        text = _DATED_ADDENDUM.sub(lambda m: m[1] + " " * len(m[2]), text)
    return _with_work_of_today(text)


def _with_work_of_today(text: str) -> str:
    """The text without "s/p" where it says so of today, or a note of the hours after says it of no other day."""
    if not _STATUS_POST.search(text):
        return text
    fresh = _HOURS_AFTER.search(text) is not None and not _SEEN_LATER.search(text)
    return _STATUS_POST.sub(lambda m: " " * len(m[0]) if _is_of_today(text, m.end(), fresh) else m[0], text)


def _is_of_today(text: str, at: int, fresh: bool) -> bool:
    """True where the rest of the sentence names this day, or no other one in a note that is of it (`fresh`)."""
    end = min((place for stop in (". ", "\n", ";") if (place := text.find(stop, at)) >= 0), default=len(text))
    today = _TODAY.search(text, at, end)
    if today is not None and not _ANOTHER_DAY.search(text, at, today.start()):
        return True
    return fresh and not _ANOTHER_DAY.search(text, at, end)


_DATED_ADDENDUM = re.compile(
    r"(?im)((?:^|(?<=[.;] )|(?<=[.;]\n))\W{0,4}(?:late\s+)?addend(?:um|a))"
    r"(\s*(?:[(,\u2013-]\s*|dated\s+|of\s+|on\s+)?\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}(?:,?\s+\d{1,2}:\d{2}(?:\s*[ap]m)?)?\)?)"
    r"(?=\s*[:\u2013-])"
)
"""The day on which something was added is not that of the work it adds to."""
