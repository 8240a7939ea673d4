"""Arteries that a sentence names in brackets and tells nothing of today: sound ones, and what was done years ago.

Knows words and their places. What the sentence tells of the others is for others to read.
"""

import re
from collections.abc import Sequence

from cds_service.knowledge.terms import Token


def less_bracketed(sentence: str, named: Sequence[Token]) -> list[Token]:
    """The named places less such ones in brackets, where any stand outside of them."""
    aside = [m.span() for kind in (_SOUND_ASIDE, _OLD_ASIDE) for m in kind.finditer(sentence)]
    outside = [t for t in named if not any(a < t.start < b for a, b in aside)]
    return outside or list(named)


_SOUND_ASIDE = re.compile(
    r"\((?:the\s+)?(?:(?:left|right|[RL])\s+)?[\w.]+(?:\s+iliac)?(?:\s+artery)?\s+(?:is\s+|was\s+)?"
    r"(?:fine|ok|okay|normal|clean|clear|healthy|unaffected|spared|unremarkable)(?:,?\s+(?:and\s+)?(?:not\s+|un)treated)?\)",
    re.IGNORECASE,
)

_OLD_ASIDE = re.compile(
    r"\([^()]{0,60}\b(?:coiled|emboli[sz]ed|plugged|ligated|sacrificed|stented|ballooned|bypassed|repaired|occluded|lost)\b"
    r"[^()]{0,60}\b(?:in\s+(?:19|20)\d\d|(?:years?|months?)\s+ago|previously)\b[^()]{0,60}\)",
    re.IGNORECASE,
)
