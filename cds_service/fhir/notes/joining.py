"""Words that join two iliac arteries into one lesion or one device.

Knows vessels and the words between them.
"""

import re
from collections.abc import Sequence

from cds_service.fhir.notes.clauses import is_content
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Token

_FROM_TO = cue("from-to")
_JUNCTION = cue("junction")
_ONE_LONG = cue("one-long")
_PORTION = cue("portion-of-one")
_ORIGIN_AFTER = re.compile(r"\s+(?:artery\s+)?(?:origin|ostium)\b", re.IGNORECASE)


def _masked(sentence: str, places: Sequence[Token]) -> str:
    """The sentence with every vessel as one sign."""
    out, at = "", 0
    for token in places:
        out += sentence[at : token.start] + "@"
        at = token.end
    return out + sentence[at:]


_APART = cue("apart")
_ACROSS = re.compile(
    r"\b(?:occlusions?|lesions?|plaques?|disease|stenosis|CTO)\b(?![^.;]{0,60}\b(?:wire|sheath|catheter)\b)[^.;]{0,60}"
    r"\bacross\s+(?:the\s+)?(?:iliac\s+)?bifurcation\s+(?:and\s+)?(?:in)?to\b",
    re.IGNORECASE,
)
_LESION = re.compile(r"\b(?:lesions?|plaques?|disease)\b", re.IGNORECASE)


def is_bridging(sentence: str, tokens: Sequence[Token]) -> bool:
    """True for words that join two iliac arteries, or one and an artery below, into one lesion, or one device."""
    places = [
        t for t in tokens if t.kind in ("vessel", "short") and t.value.startswith("iliac/") and t.value != "iliac/"
    ]
    told = any(t.kind in ("lesion", "treatment") for t in tokens) or _LESION.search(sentence)
    if not places or not told:
        return False
    masked = _masked(sentence, places)
    if _PORTION.search(masked) or _ACROSS.search(sentence):
        return True
    joining = [t for t in tokens if t.kind == "bridge"]
    below = any(t.kind == "vessel" and "/" in t.value and not t.value.startswith("iliac/") for t in tokens)
    several = len({t.value for t in places}) > 1
    if (several or below) and any(t.value == "bridging" for t in joining):
        return True
    if not several:
        return False
    if any(_runs_on(t, tokens, places) for t in joining):
        return True
    if _JUNCTION.search(masked) or _ONE_LONG.search(masked):
        return True
    return bool(_FROM_TO.search(masked)) and not _APART.search(sentence)


def _runs_on(word: Token, tokens: Sequence[Token], places: Sequence[Token]) -> bool:
    """True when "extending into" stands between two vessels with nothing of the second one's own before it."""
    following = next((p for p in places if p.start >= word.end), None)
    if following is None or not any(p.end <= word.start for p in places):
        return False
    return not any(is_content(t) for t in tokens if word.end <= t.start < following.start)


def runs_past_origin(sentence: str, named: Sequence[Token], lesions: Sequence[Token]) -> bool:
    """ "Beginning below the common iliac origin and reaching the external": where it begins is no mere landmark."""
    places = [t for t in named if t.value in ("iliac/common-iliac", "iliac/external-iliac")]
    first = places[0] if len({t.value for t in places}) == 2 and lesions else None
    if first is None or first.value != "iliac/common-iliac" or not _ORIGIN_AFTER.match(sentence, first.end):
        return False
    return bool(_FROM_TO.search(_masked(sentence, places))) and not _APART.search(sentence)
