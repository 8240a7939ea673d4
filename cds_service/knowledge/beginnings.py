"""Where in a text any of many expressions may begin: one pass over the text for all of them.

Knows how expressions begin, and words. Whether one really stands there is for its owner to try: what is found here is
never too little, often too much.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from cds_service.knowledge.prefixes import DIGIT, SPACE, prefixes_of, sign_of

Owner = TypeVar("Owner")
_KEPT = 8192  # spellings remembered, such as "common   i" beside "common i"


@dataclass(frozen=True, slots=True)
class Beginnings(Generic[Owner]):
    """The owners of expressions, found by how these begin.

    An expression begins with a word, at the word's start or after a side written close to a vessel ("RCIA"), or with
    a sign, which counts anywhere.
    """

    words: re.Pattern[str]
    close: re.Pattern[str]
    signs: re.Pattern[str]
    owners: Callable[[str], tuple[Owner, ...]]

    def places(self, text: str) -> list[tuple[int, tuple[Owner, ...]]]:
        """Every place where something may begin, in order, with the owners of what may.

        The time taken grows with the length of the text, hardly with the number of expressions.
        """
        small, owners = lowered(text), self.owners
        found = [(m.end() - 1, owners(m[1])) for m in self.words.finditer(f"\n{small}")]
        others = [(m.end(), owners(m[1])) for m in self.close.finditer(small)]
        others += [(m.start(), owners(m[1])) for m in self.signs.finditer(small)]
        return sorted(found + others, key=lambda place: place[0]) if others else found


def lowered(text: str) -> str:
    """The text in lower case, every character in its place, with the letters `re.IGNORECASE` takes for an i or an s."""
    return text.replace("\u0130", "i").replace("\u0131", "i").replace("\u017f", "s").lower()


def beginnings(expressions: Iterable[tuple[str, Owner]]) -> Beginnings[Owner]:
    """The index of (pattern, owner) pairs; the owners of a place come in the order they are given here."""
    known: dict[str, dict[int, Owner]] = {}
    for number, (pattern, owner) in enumerate(expressions):
        for prefix in prefixes_of(pattern):
            known.setdefault("" if prefix[:1] == SPACE else prefix, {})[number] = owner

    @lru_cache(maxsize=_KEPT)
    def owners(spelling: str) -> tuple[Owner, ...]:
        prefix = _MANY_SPACES.sub(SPACE, "".join(map(sign_of, spelling)))
        found = {n: o for size in range(len(prefix) + 1) for n, o in known.get(prefix[:size], {}).items()}
        return tuple(found[number] for number in sorted(found))

    words = _expression(p for p in known if p[:1].isalnum() or not p)
    vessels = _expression(p for p in known if _CLOSE.fullmatch(p[:3]))
    signs = _expression(p for p in known if not p[:1].isalnum())
    first = "".join(sorted({re.escape(p[0]) for p in known if p and not p[0].isalnum()}))
    if "" in known:  # asked at every word and every sign
        words, vessels, first = f"(?=[a-z0-9]){words}", f"(?=[a-z0-9]){vessels}", r"^a-z0-9\s"
    return Beginnings(
        words=re.compile(rf"[^a-z0-9](?=({words}))"),
        close=re.compile(rf"[rl](?=[a-z]{{2}}a)(?=({vessels}))"),
        # The first sign is consumed, so that a search can leap to it, and then looked back on.
        signs=re.compile(rf"[{first}](?<=(?=({signs})).)" if first else "(?!)"),
        owners=owners,
    )


_MANY_SPACES = re.compile(f"{SPACE}+")
_CLOSE = re.compile("[a-z]{0,2}|[a-z]{2}a")  # how the first three signs may be of what is looked for after a side
_Tree = dict[str, "_Tree"]


def _expression(prefixes: Iterable[str]) -> str:
    """An expression for the longest of these that stands at a place; one that never matches where there is none."""
    root: _Tree = {}
    for prefix in prefixes:
        node = root
        for sign in prefix:
            node = node.setdefault(sign, {})
        node[_END] = {}
    return _branches(root) if root else "(?!)"


_END = ""
_SIGNS = {SPACE: r"\s+", DIGIT: r"\d"}


def _branches(tree: _Tree) -> str:
    ways = [_SIGNS.get(sign, re.escape(sign)) + _branches(rest) for sign, rest in sorted(tree.items()) if sign != _END]
    if not ways:
        return ""
    return f"(?:{'|'.join(ways)})" + ("?" if _END in tree else "")
