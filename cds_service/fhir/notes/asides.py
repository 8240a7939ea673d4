"""Treatments a sentence names without telling of work: proposed ones, what something came before, headings by a way in.

Knows the words of one sentence.
"""

import re

from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Token

_PROPOSED = cue("proposed")
_BEFORE = re.compile(r"\W*before\s+", re.IGNORECASE)
_OF_VESSEL = re.compile(
    r"\s+(?:the\s+)?(?:(?:left|right)\s+)?(?:common|external|internal|iliac|[CEI]IA)\b", re.IGNORECASE
)
_VIA = re.compile(r"\s+via\s[^;\d]*", re.IGNORECASE)
_YEAR = re.compile(r"s?\s+(?:of|from)\s+(?:19|20)\d\d\b", re.IGNORECASE)
_LENGTH = re.compile(r"\s+(?:length|segment|portion|stretch|section|zone)\b", re.IGNORECASE)
_IN_STENT = re.compile(r"\bin-?stent\b", re.IGNORECASE)


def is_proposed(sentence: str, at: int) -> bool:
    """True for "I propose to dilate this with a balloon"."""
    return bool(_PROPOSED.search(sentence[:at]))


def comes_after(sentence: str, token: Token) -> bool:
    """True for "Before stenting the common iliac we ...": the stent is told of elsewhere."""
    return bool(_BEFORE.fullmatch(sentence[: token.start]) and _OF_VESSEL.match(sentence[token.end :]))


def names_way_in_only(sentence: str, token: Token) -> bool:
    """True for "PTA via a. femoralis com. dx.": a heading that names no vessel it was done in."""
    return bool(_VIA.fullmatch(sentence[token.end :])) and not sentence[: token.start].strip(" -*")


def is_of_year(after: str) -> bool:
    """True for "the stent of 2019"."""
    return bool(_YEAR.match(after))


def is_length_of_old(after: str, sentence: str) -> bool:
    """True for "in-stent occlusion along the stented length"."""
    return bool(_LENGTH.match(after) and _IN_STENT.search(sentence))


_BALLOON_UP = cue("balloon-up")
_RESULT = re.compile(r"\s+(?:angioplasty\s+)?(?:results?|outcome|response|effect)\b", re.IGNORECASE)
_BROUGHT = re.compile(
    r"\b(?:exchanged|swapped|changed|switched)\s+(?:it\s+|out\s+|over\s+)?(?:for|to)\s+(?:an?\s+|the\s+)?$",
    re.IGNORECASE,
)
_INFLATED = re.compile(
    r"\b(?:inflat\w+|dilat\w+|atm\w*|bar|blown|min\w*|sec\w*|angioplast\w+|balloon\w+|treat\w+)\b", re.IGNORECASE
)


def is_only_brought(near: str, after: str, sentence: str) -> bool:
    """True for a balloon that waits, or that something was exchanged for in a sentence that tells of no inflation."""
    return bool(_BALLOON_UP.match(after) or (_BROUGHT.search(near) and not _INFLATED.search(sentence)))


def is_result(after: str) -> bool:
    """True for "the balloon result was so good that ...": what is said of it is not said of a treatment."""
    return bool(_RESULT.match(after))
