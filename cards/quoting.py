"""What of a chart's words a card shows: the part that tells, and nothing that identifies the patient.

Knows texts and marks to leave out. Making a quote safe for Markdown is `text`'s.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

LONGEST = 90
MASK = "[...]"
_LESION = r"occlu\w*|stenos\w*|ctos?\b|subtotal\w*|string sign|\d+\s?(?:%|per ?cent)|lesions?\b|patent\w*|narrow\w*"
_SIDE = r"right|left|bilateral\w*|both|\b[RL]T?\b"
_DEVICE = r"stent\w*|atherect\w*|lithotrip\w*|angioplast\w*|ptas?\b|poba\b|balloon\w*|dilat\w*"
_DONE = r"deploy\w*|treat\w*|cross\w*|attempt\w*|abandon\w*|fail\w*|unsuccess\w*"
_TELLING = {"lesion": (_LESION, _DEVICE), "side": (_SIDE,), "treatment": (_DEVICE, _DONE), "done": (_DONE, _DEVICE)}
_ANY = (_LESION, _DEVICE, _DONE, _SIDE)
# Labels after which a person's mark follows, and numbers that are one by their shape.
_LABELLED = re.compile(
    r"\b((?i:MRN|DOB|D\.O\.B\.|SSN|(?:account|acct|medical record)(?:\s+(?:no|number))?\.?)\s*[:#]?\s*)"
    r"[\w/.-]*\d[\w/.-]*"
    r"|\b((?i:(?:patient )?name)\s*:\s*)[A-Z][\w'-]+(?:,?\s+[A-Z][\w'-]+){0,2}"
)
_TITLED = re.compile(r"\b((?:Mr|Mrs|Ms|Miss)\.?\s+)[A-Z][\w'-]+(?:\s+[A-Z][\w'-]+)?")
_SHAPED = re.compile(r"\b\d{3}-\d{2}-\d{4}\b|\(?\b\d{3}\)?[-. ]\d{3}[-. ]\d{4}\b")


def tells(text: str, about: str) -> bool:
    """True when a text holds a word on that subject: lesion, side, treatment or done."""
    return any(re.search(rf"\b(?:{pattern})", text, re.IGNORECASE) for pattern in _TELLING.get(about, _ANY)[:1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoting:
    """How the chart is quoted in one call. `marks` are the patient's own: names, numbers, addresses, the birth date."""

    marks: tuple[str, ...] = ()

    def excerpt(self, text: str, about: str = "", longest: int = LONGEST) -> str:
        """One line of the text without the patient's marks, cut around the first word that tells of `about`."""
        flat = " ".join(str(text).split())
        return _cut(self._without_marks(flat), about, longest)

    def _without_marks(self, text: str) -> str:
        text = _pattern(self.marks).sub(MASK, text) if self.marks else text
        text = _LABELLED.sub(lambda m: f"{m.group(1) or m.group(2)}{MASK}", text)
        return _SHAPED.sub(MASK, _TITLED.sub(rf"\1{MASK}", text))


@lru_cache(maxsize=64)
def _pattern(marks: tuple[str, ...]) -> re.Pattern[str]:
    words = sorted({" ".join(m.split()) for m in marks if m.strip()}, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(w) for w in words)})(?!\w)", re.IGNORECASE)


def _cut(text: str, about: str, longest: int) -> str:
    """At most `longest` characters, at word borders, around what tells."""
    if len(text) <= longest:
        return text
    start, end = _telling(text, about)
    if end <= longest - 1:
        return text[: longest - 1].rsplit(" ", 1)[0] + "\u2026"
    first = min(max(0, start - (longest - 2) // 2), len(text) - longest + 1)
    first = text.find(" ", first) + 1 if first and text[first - 1] != " " else first
    last = first + longest - 2
    if last >= len(text):
        return "\u2026" + text[first:]
    return "\u2026" + text[first:last].rsplit(" ", 1)[0] + "\u2026"


def _telling(text: str, about: str) -> tuple[int, int]:
    for pattern in _TELLING.get(about, _ANY):
        found = re.search(rf"\b(?:{pattern})", text, re.IGNORECASE)
        if found:
            return found.span()
    return 0, 0
