"""What a note calls its lesions: numbers, letters, "the upper one".

Knows names only; what they stand for is the discourse's business.
"""

import re

from cds_service.fhir.notes.rare import rare
from cds_service.knowledge.cues import cue
from cds_service.knowledge.quick import quick

_KEY = re.compile(
    r"(?:\b(?:TL(?=\d)|level|lesion|site|segment|target|stenosis|occlusion|vessel|no\.?|number)\s*#?\s*\(?([1-9A-D]|one|two|three)\)?(?![\w.%])|#([1-9])\b|^\s*\(?([A-D1-9])\)?\s*[:=]\s|\(([a-d1-9])\)(?!\s*(?:mm|cm))|^\s*([1-9])\)\s*(?:->|→|=>|=|:)|^\W*(?-i:([A-D]))(?=\s+(?:was|got|received)\b))",
    re.IGNORECASE,
)


def key_in(words: str) -> str:
    """The number a note gives a lesion ("lesion (1)", "Level 2"), so that it can be spoken of by it."""
    match = _KEY.search(words)
    found = next((g.upper() for g in match.groups() if g), "") if match else ""
    return {"ONE": "1", "TWO": "2", "THREE": "3"}.get(found, found)


_LISTED = re.compile(r"(?:^|[:;,.])\s*([1-9])\)\s")
_ONE_OTHER = cue("one-other")


def listed_in(words: str) -> str:
    """The number or rank a list gives what it names: "2) EIA", "one was ..., the other was ..."."""
    match = _LISTED.search(words)
    if match is not None:
        return match.group(1)
    spoken = _ONE_OTHER.match(words)
    return "" if spoken is None else "second" if spoken.group(1) else "first"


def label_key(words: str) -> str:
    """What a label calls a lesion: its number, or its rank as in "Upper occlusion"."""
    return key_in(words) or next(iter(names_in(words)), "")


NUMBER = rare("number")
SAME_AGAIN = rare("same-again")
NAMED_BY = rare("named-by")
NAMED_FIRST = rare("named-first")
_OPENING = re.compile(r"\W*")


def names_in(words: str) -> tuple[str, ...]:
    """What a lesion is called by its place in a row: "the upper one", "the second lesion"."""
    same = {"proximal": "upper", "distal": "lower"}
    opening = NAMED_FIRST.pattern.match(words, _OPENING.match(words).end())  # type: ignore[union-attr]
    found = ([opening.group(1)] if opening else []) + NAMED_BY.pattern.findall(words)
    return tuple(dict.fromkeys(same.get(w.lower(), w.lower()) for w in found))


_HEIGHT = quick(
    r"\bthe\s+(?:more\s+)?(proximal|upper|distal|lower)\s+"
    r"(?:one|lesion|occlusion|stenosis|of\s+(?:the|these)\s+(?:two|pair))\b"
)


def height_in(words: str) -> str:
    """Upper or lower, for "the proximal one" and "the distal lesion"."""
    match = _HEIGHT.search(words) or _HIGHER.search(words)
    return "" if match is None else "upper" if match.group(1).lower() in _UPPER else "lower"


_HIGHER = quick(
    r"\bthe\s+(?:one|plaque|lesion|occlusion|stenosis|narrowing)\s+(above|upstream|higher\s+up|below|downstream|lower\s+down|further\s+down)"
    r"\s+(?=(?:was|is|got|received|needed|had|then)\b)"
)
_UPPER = ("proximal", "upper", "above", "upstream", "higher up")


ORDINAL = rare("ordinal")
ANOTHER = rare("another")
