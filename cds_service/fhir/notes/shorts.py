"""Short names of arteries, "the common" and "the external": when a note means the iliac ones by them.

Knows vessels and the words that tell a leg from a neck.
"""

from collections.abc import Sequence

from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Token

_LEG, _NECK = cue("of-a-leg"), cue("of-the-neck")
_PAIR = {"iliac/common-iliac", "iliac/external-iliac"}


def short_names_are_iliac(text: str, tokens: Sequence[Token]) -> bool:
    """True for a note that names an iliac artery, and for one on a leg that names the common and the external."""
    if any(t.kind == "vessel" and t.value.startswith("iliac/") for t in tokens):
        return True
    short = {t.value for t in tokens if t.kind == "short"}
    small = text.lower()
    named = short >= _PAIR and "common" in small and "external" in small
    return named and bool(_LEG.search(text)) and not _NECK.search(text)
