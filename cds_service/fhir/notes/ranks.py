"""Words that mean vessels by their order: "respectively", "in that order", "the last two", "the first of these".

Knows how rows are spoken of. Which vessels stand in a row is the memory's business.
"""

import re
from collections.abc import Sequence

from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Token

_IN_ORDER = cue("in-order")
_LAST_TWO = cue("last-two")
_FIRST_OF = cue("first-of")
_TWICE = cue("twice-sized")
_SECOND_OF_TWO = cue("second-of-two")
_EACH = re.compile(r"\W*(?:each|both)\b", re.IGNORECASE)
_APART = re.compile(r"\band\b|[;,&+/]", re.IGNORECASE)


def treatments_in_order(sentence: str, tokens: Sequence[Token], anchors: Sequence[Token]) -> list[Token]:
    """The treatments of "they got a stent, a balloon and a balloon, respectively"; empty for any other sentence."""
    named = [t for t in tokens if t.kind == "treatment"]
    if anchors or len(named) < 2 or any(t.kind == "lesion" for t in tokens) or not _IN_ORDER.search(sentence):
        return []
    if _EACH.match(sentence):
        return []  # "each was ballooned (5x40 and 6x60 respectively)": only the sizes differ
    return [t for i, t in enumerate(named) if not i or _APART.search(sentence[named[i - 1].end : t.start])]


def turn_of_two(sentence: str, tokens: Sequence[Token], at: int) -> int:
    """Where "the second" begins in "the first was stented, the second ballooned", which names no vessel; else 0.

    The sentence begins `at` in the text of the tokens.
    """
    if len(tokens) < 2 or any(t.kind in ("vessel", "short") for t in tokens):
        return 0
    found = _SECOND_OF_TWO.search(sentence)
    turn = found.start(found.lastindex or 0) if found else 0
    done = [t.start - at < turn for t in tokens if t.kind == "treatment"]
    return turn if True in done and False in done else 0


def of_three(words: str) -> slice | None:
    """Which of three the words mean: "the last two", "the first of these"."""
    if _LAST_TWO.search(words):
        return slice(1, None)
    return slice(0, 1) if _FIRST_OF.search(words) else None


def is_twice(words: str) -> bool:
    """True for "POBA x2 (8 & 6)": one size for each of two lesions."""
    return bool(_TWICE.search(words))
