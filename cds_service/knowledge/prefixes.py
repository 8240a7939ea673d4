"""How the matches of a regular expression can begin: what lets a reader try only what a word can start.

Knows the parsed form of Python's regular expressions. What it does not understand it leaves open, which costs time
and never a match.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

LONGEST = 8
SPACE, DIGIT = " ", "0"  # in a beginning: any white space, and any of the ten digits
_MOST = 300


@cache
def prefixes_of(pattern: str, *, most: int = LONGEST) -> frozenset[str]:
    """The lower-case beginnings, up to `most` characters long, of whatever the pattern matches.

    A blank stands for a run of white space, "0" for any digit. A beginning is cut short where the pattern leaves open
    what follows; the empty one stands for anything.
    """
    parser: Any = getattr(re, "_parser", None)
    if parser is None:
        return frozenset({""})
    parsed = parser.parse(pattern, re.IGNORECASE)
    for longest in range(most, 0, -1):
        begun = _sequence(parsed, {("", True)}, longest)
        if len(begun) <= _MOST:
            return frozenset(text.rstrip(SPACE) or text for text, _ in begun)
    return frozenset({""})


Begun = set[tuple[str, bool]]  # a beginning, and whether it may still grow


def _sequence(items: Iterable[Any], begun: Begun, longest: int) -> Begun:
    for name, argument in ((str(op), value) for op, value in items):
        if len(begun) > _MOST or not any(growing for _, growing in begun):
            break
        begun = _step(name, argument, begun, longest)
    return begun


def _step(name: str, argument: Any, begun: Begun, longest: int) -> Begun:
    if name in ("AT", "ASSERT", "ASSERT_NOT"):
        return begun
    if name == "LITERAL":
        return _grown(begun, chr(argument), longest)
    if name == "IN":
        return _grown(begun, _members(argument), longest)
    if name == "BRANCH":
        return {b for branch in argument[1] for b in _sequence(branch, begun, longest)}
    if name == "SUBPATTERN":
        return _sequence(argument[-1], begun, longest)
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return _repeated(argument, begun, longest)
    return {(text, False) for text, _ in begun}


def _repeated(argument: Sequence[Any], begun: Begun, longest: int) -> Begun:
    least, most, inner = argument
    out: Begun = set(begun) if least == 0 else set()
    for turn in range(1, min(int(most), longest) + 1):
        begun = _sequence(inner, begun, longest)
        if turn >= least:
            out |= begun
        if len(out) > _MOST:
            break
    return out or {(text, False) for text, _ in begun}


def _grown(begun: Begun, characters: str | None, longest: int) -> Begun:
    out: Begun = set()
    for text, growing in begun:
        if not growing or len(text) >= longest or characters is None:
            out.add((text, False))
            continue
        for character in set(map(sign_of, characters)):
            out.add((text, True) if character == SPACE == text[-1:] else (text + character, True))
    return out


def sign_of(character: str) -> str:
    """How a character is written in a beginning."""
    if character.isspace():
        return SPACE
    return DIGIT if character.isdecimal() else character.lower()


def _members(items: Iterable[Any]) -> str | None:
    """The characters of a set; None for one that is open."""
    out = ""
    for name, argument in ((str(op), value) for op, value in items):
        if name == "LITERAL":
            out += chr(argument)
        elif name == "RANGE" and argument[1] - argument[0] < 40:
            out += "".join(map(chr, range(argument[0], argument[1] + 1)))
        elif name == "CATEGORY" and str(argument) == "CATEGORY_SPACE":
            out += SPACE
        elif name == "CATEGORY" and str(argument) == "CATEGORY_DIGIT":
            out += DIGIT
        else:
            return None
    return out
