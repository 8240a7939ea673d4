"""Regular expressions that fail fast: a look at one character spares the rest of a long alternation.

Knows how an expression can begin. What it matches is the same as without the look.
"""

import re
from functools import cached_property

from cds_service.knowledge.expression import Expression
from cds_service.knowledge.prefixes import DIGIT, SPACE, prefixes_of

_SIGNS = {SPACE: r"\s", DIGIT: r"\d"}
_ALSO = {"i": "\u0130\u0131", "k": "\u212a", "s": "\u017f"}  # what else is the same letter without regard to case


def quick(pattern: str) -> Expression:
    """The expression, without regard to case, tried only where a character stands that it can begin with."""
    return _Quick(pattern, re.IGNORECASE)


class _Quick(Expression):
    @cached_property
    def pattern(self) -> str:
        first = prefixes_of(self.written, most=1)
        if "" in first:
            return self.written
        signs = "".join(_SIGNS.get(c) or re.escape(c) + re.escape(c.upper()) + _ALSO.get(c, "") for c in sorted(first))
        return f"(?-i:(?=[{signs}]))(?:{self.written})"
