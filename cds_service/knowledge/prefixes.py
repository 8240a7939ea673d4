"""How the matches of a regular expression can begin: what lets a reader try only what a word can start.

Knows the parsed form of Python's regular expressions. What it does not understand it leaves open, which costs time
and never a match.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

LONGEST = 6
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
    known: frozenset[str] = frozenset({""})
    shorter, longer = 0, most + 1  # of how many characters there are few enough, and too many
    longest = most
    while longer - shorter > 1:
        try:
            known, shorter = _of(parsed, longest), longest
        except _TooManyError:
            longer = longest
        longest = (shorter + longer) // 2
    return known


class _TooManyError(Exception):
    """An expression begins in more ways than help."""


def _of(parsed: Iterable[Any], longest: int) -> frozenset[str]:
    ways = _Ways(longest)
    begun = ways.after(parsed, {""}) | ways.ended
    return frozenset(text.rstrip(SPACE) or text for text in begun)


@dataclass(frozen=True, slots=True)
class _Ways:
    """How an expression begins: beginnings of at most `longest` characters, `ended` those that grow no more."""

    longest: int
    ended: set[str] = field(default_factory=set)

    def after(self, items: Iterable[Any], begun: set[str]) -> set[str]:
        """The beginnings that still grow after these items."""
        for op, argument in items:
            if not begun:
                break
            begun = self._step(str(op), argument, begun)
        return begun

    def _step(self, name: str, argument: Any, begun: set[str]) -> set[str]:
        if name in ("AT", "ASSERT", "ASSERT_NOT"):
            return begun
        if name == "LITERAL":
            return self._grown(begun, chr(argument))
        if name == "IN":
            return self._grown(begun, _members(argument))
        if name == "BRANCH":
            return self._branched(argument[1], begun)
        if name == "SUBPATTERN":
            return self.after(argument[-1], begun)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            return self._repeated(argument, begun)
        return self._grown(begun, None)

    def _branched(self, branches: Sequence[Any], begun: set[str]) -> set[str]:
        out: set[str] = set()
        for branch in branches:
            out = self._few(out | self.after(branch, begun))
        return out

    def _repeated(self, argument: Sequence[Any], begun: set[str]) -> set[str]:
        least, most, inner = argument
        out = set(begun) if least == 0 else set()
        for turn in range(1, min(int(most), self.longest) + 1):
            begun = self.after(inner, begun)
            if turn >= least:
                out = self._few(out | begun)
        if not out:
            self.ended.update(begun)
        return out

    def _grown(self, begun: set[str], characters: str | None) -> set[str]:
        if characters is None:
            self.ended.update(begun)
            return self._few(set())
        signs = set(map(sign_of, characters))
        self.ended.update(text for text in begun if len(text) >= self.longest)
        growing = [text for text in begun if len(text) < self.longest]
        return self._few({t if s == SPACE == t[-1:] else t + s for t in growing for s in signs})

    def _few(self, begun: set[str]) -> set[str]:
        if len(begun) + len(self.ended) > _MOST:
            raise _TooManyError
        return begun


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
