"""Headings and labels of a note: what kind of section a heading opens, where a label ends, what a list's mark says.

Knows single lines and their words; which section holds is the layout's business.
"""

import re

from cds_service.fhir.notes.lines import Span
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Lexicon

_LABEL = re.compile(r"([^:.;!?|\n]{1,60}?)[ \t]{0,30}(?::(?!\d)|[ \t][-–—]{1,2}(?=[ \t])|=(?=[ \t])|\.(?=[ \t]+[A-Z]))")


_ARROW = re.compile(r"\s*(?:->|→|=>|=|:)")


def unended(text: str, start: int, end: int) -> int:
    """Where a line ends, less the full stop of a heading in capitals."""
    line = text[start:end].rstrip()
    return start + len(line) - 1 if line.endswith(".") and line.isupper() and len(line) < 70 else end


def key_of(mark: str, rest: str) -> str:
    """The number or letter of a list's mark that a note can refer to: "(1)", "#1", "a.", and "1)" before an arrow.

    Of any other "1)" the bracket is kept: it names, and refers to nothing.
    """
    found = re.search(r"\((\d)\)|#(\d)|\(?\b([a-dA-D])[.)]|\b(\d\))", mark)
    key = next((g.upper() for g in found.groups() if g), "") if found else ""
    return key.rstrip(")") if _ARROW.match(rest) else key


def section_of(words: str, lexicon: Lexicon) -> str:
    """The kind of section a heading opens; empty for none that is known."""
    return lexicon.section_of(_IN_BRACKETS.sub("", words.strip().lower()))


_IN_BRACKETS = re.compile(r"\s*\([^)]*\)$")


def is_plan(words: str) -> bool:
    """True for a heading over what is still to be done."""
    return bool(_PLAN_HEADING.search(words))


def is_capital(words: str) -> bool:
    """True for a heading in capitals, known or not."""
    return words.isupper() and len(words) > 3


_PLAN_HEADING = cue("plan-heading")


def is_short(line: str) -> bool:
    """True for a line short and open enough to be a heading."""
    line = line.strip()
    ended = line.endswith((",", ";")) or (line.endswith(".") and not line.isupper())
    return len(line) <= 64 and not ended and len(line.split()) <= 9


def skip(text: str, start: int, end: int) -> int:
    """Where the words after a heading begin."""
    while start < end and text[start] in " \t:-–—":
        start += 1
    return start


def label_of(text: str, start: int, end: int) -> Span | None:
    """The label that a line or sentence opens with."""
    match = _LABEL.match(text, start, end)
    if match is None or (match.group(0).endswith(".") and len(match.group(1).split()) > 4):
        return None
    return match.start(1), match.end(1)


def own_label(text: str, start: int, end: int) -> Span | None:
    """The label of a sentence within a line that names a vessel or a leg: "L: EIA stenosis ..."."""
    own = label_of(text, start, end)
    if own is None or text[own[1] : own[1] + 3].lstrip()[:1] != ":":
        return None
    return own if _PLACE_LIKE.search(text, *own) or _SIDE.fullmatch(text, *own) else None


_PLACE_LIKE = cue("place-like")
_SIDE = re.compile(r"\s*(?:[RL]t?|right|left)\s*", re.IGNORECASE)


_OPENING = re.compile(r"[:：–—-]|[ \t]{9}")
_NUMBERED = re.compile(r"(?i)[^a-z]|section")


def is_prose(text: str, start: int, end: int) -> bool:
    """True for a long line that has nothing of a heading: no sign after it, and no mark before it but a letter's."""
    return not _NUMBERED.match(text, start) and not _OPENING.search(text, start, end)
