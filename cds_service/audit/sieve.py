"""Sieves over whole blocks of lines as they are written: what no sieve catches needs no closer look.

Knows bytes, Hyperscan (Vectorscan) and how JSON may write a sign. A sieve may catch too much, never too little.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

import hyperscan

# Where a line may not be one object: an end of line that does not part two objects, or two objects on a line.
_ODD_LINE = rb"[^}]\n|\n[^{]|\}[ \t\r{]"
# A letter, digit, hyphen or dot written by its number.
_ESCAPE = rb"\\u00[2-7]"
# What may stand before a code: anything that is no part of it, the end of an escape among it.
_BEFORE = rb"(?:[^A-Za-z0-9]|\\[bfnrt]|\\u[0-9A-Fa-f]{4})"
_SHAPE = 0


class Sieve:
    """Tells blocks that may be read at once, and finds codes in them; without codes it finds none."""

    def __init__(self, codes: Iterable[str] = ()) -> None:
        found = b"|".join(sorted(re.escape(c).encode() for c in codes))
        self._lines = _database(_ODD_LINE, *([_BEFORE + b"(?:" + found + b")"] if found else []))
        self._escapes = _database(_ESCAPE)

    def ends(self, block: bytes) -> list[int] | None:
        """Where codes end in a block; None when its lines may not be one object each, or when it hides signs.

        A block without odd lines that decodes as JSON, one value after another, has exactly one object on each line:
        an end of line that parts two objects can stand within none.
        """
        found = _caught(self._lines, block)
        if (_SHAPE in (number for number, _ in found)) or (b"\\" in block and _caught(self._escapes, block)):
            return None
        return [end for _, end in found]


@lru_cache(maxsize=8)
def _database(*patterns: bytes) -> hyperscan.Database:
    """Patterns to be run at once; of the first, one match is enough."""
    found = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = [hyperscan.HS_FLAG_CASELESS] * len(patterns)
    flags[0] |= hyperscan.HS_FLAG_SINGLEMATCH
    found.compile(expressions=list(patterns), ids=list(range(len(patterns))), elements=len(patterns), flags=flags)
    return found


def _caught(database: hyperscan.Database, block: bytes) -> list[tuple[int, int]]:
    """Number of the pattern and end of every match."""
    found: list[tuple[int, int]] = []

    def note(number: int, _start: int, end: int, *_rest: object) -> None:
        found.append((number, end))

    database.scan(block, match_event_handler=note)
    return found
