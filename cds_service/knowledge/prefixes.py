"""How the matches of a regular expression can begin: what lets a lexicon try only the terms a word can start.

Knows the parsed form of Python's regular expressions. What it does not understand it leaves open, which costs time
and never a match.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

LONGEST = 5
_MOST = 400
_SHORT = 2


def prefixes_of(pattern: str) -> frozenset[str]:
    """The lower-case beginnings, up to five characters long, of whatever the pattern matches.

    A beginning is cut short where the pattern leaves open what follows; the empty one stands for anything.
    """
    parser: Any = getattr(re, "_parser", None)
    if parser is None:
        return frozenset({""})
    begun = _sequence(parser.parse(pattern, re.IGNORECASE), {("", True)})
    found = {text for text, _ in begun}
    return frozenset(found) if len(found) <= _MOST else frozenset(text[:1] for text in found)


Begun = set[tuple[str, bool]]  # a beginning, and whether it may still grow


def _sequence(items: Iterable[Any], begun: Begun) -> Begun:
    for name, argument in ((str(op), value) for op, value in items):
        if not any(growing for _, growing in begun):
            break
        if len(begun) > _MOST:
            begun = {(text[:_SHORT], growing and len(text) < _SHORT) for text, growing in begun}
        begun = _step(name, argument, begun)
    return begun


def _step(name: str, argument: Any, begun: Begun) -> Begun:
    if name in ("AT", "ASSERT", "ASSERT_NOT"):
        return begun
    if name == "LITERAL":
        return _grown(begun, chr(argument))
    if name == "IN":
        return _grown(begun, _members(argument))
    if name == "BRANCH":
        return {b for branch in argument[1] for b in _sequence(branch, begun)}
    if name == "SUBPATTERN":
        return _sequence(argument[-1], begun)
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return _repeated(argument, begun)
    return {(text, False) for text, _ in begun}


def _repeated(argument: Sequence[Any], begun: Begun) -> Begun:
    least, most, inner = argument
    out: Begun = set(begun) if least == 0 else set()
    for turn in range(1, min(int(most), LONGEST) + 1):
        begun = _sequence(inner, begun)
        if turn >= least:
            out |= begun
    return out or {(text, False) for text, _ in begun}


def _grown(begun: Begun, characters: str | None) -> Begun:
    out: Begun = set()
    for text, growing in begun:
        if not growing or len(text) >= LONGEST or characters is None:
            out.add((text, False))
        else:
            out |= {(text + c, True) for c in characters.lower()}
    return out


def _members(items: Iterable[Any]) -> str | None:
    out = ""
    for name, argument in ((str(op), value) for op, value in items):
        if name == "LITERAL":
            out += chr(argument)
        elif name == "RANGE" and argument[1] - argument[0] < 40:
            out += "".join(map(chr, range(argument[0], argument[1] + 1)))
        else:
            return None
    return out
