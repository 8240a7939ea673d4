"""What a note calls its lesions: numbers, letters, "the upper one".

Knows names only; what they stand for is the discourse's business.
"""

import re

from cds_service.fhir.notes.rare import rare
from cds_service.knowledge.quick import quick

_KEY = re.compile(
    r"(?:\b(?:level|lesion|site|segment|target|stenosis|occlusion|vessel|no\.?|number)\s*#?\s*\(?([1-9A-D]|one|two|three)\)?(?![\w.%])|#([1-9])\b|^\s*\(?([A-D1-9])\)?\s*[:=]\s|\(([a-d1-9])\)(?!\s*(?:mm|cm)))",
    re.IGNORECASE,
)


def key_in(words: str) -> str:
    """The number a note gives a lesion ("lesion (1)", "Level 2"), so that it can be spoken of by it."""
    match = _KEY.search(words)
    found = next((g.upper() for g in match.groups() if g), "") if match else ""
    return {"ONE": "1", "TWO": "2", "THREE": "3"}.get(found, found)


SAME_AGAIN = rare("same-again")
NAMED_BY = rare("named-by")


def names_in(words: str) -> tuple[str, ...]:
    """What a lesion is called by its place in a row: "the upper one", "the second lesion"."""
    same = {"proximal": "upper", "distal": "lower"}
    return tuple(dict.fromkeys(same.get(w.lower(), w.lower()) for w in NAMED_BY.pattern.findall(words)))


_HEIGHT = quick(r"\bthe\s+(?:more\s+)?(proximal|upper|distal|lower)\s+(?:one|lesion|occlusion|stenosis)\b")


def height_in(words: str) -> str:
    """Upper or lower, for "the proximal one" and "the distal lesion"."""
    match = _HEIGHT.search(words)
    return "" if match is None else "upper" if match.group(1).lower() in ("proximal", "upper") else "lower"


ORDINAL = rare("ordinal")
