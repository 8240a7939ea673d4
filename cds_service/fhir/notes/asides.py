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
