"""What of a chart's words a card shows: the part that tells, and nothing that identifies the patient.

Knows texts and marks to leave out. Making a quote safe for Markdown is `text`'s.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

LONGEST = 90
MASK = "[...]"
_LESION = r"occlu\w*|stenos\w*|ctos?\b|subtotal\w*|string sign|\d+\s?(?:%|per ?cent)"
_FLOW = r"lesions?\b|patent\w*|narrow\w*"
_SIDE = r"right|left|bilateral\w*|both|\b[RL]T?\b"
_DEVICE = r"stent\w*|atherect\w*|lithotrip\w*|angioplast\w*|ptas?\b|poba\b|balloon\w*|dilat\w*"
_DONE = r"deploy\w*|treat\w*|cross\w*|attempt\w*|abandon\w*|fail\w*|unsuccess\w*"
_TELLING = {
    "lesion": (_LESION, _FLOW, _DEVICE),
    "side": (_SIDE,),
    "treatment": (_DEVICE, _DONE),
    "done": (_DONE, _DEVICE),
}
_ANY = (_LESION, _FLOW, _DEVICE, _DONE, _SIDE)
_SUBJECT = {"lesion": f"{_LESION}|{_FLOW}", "side": _SIDE, "treatment": _DEVICE, "done": _DONE}
_DENIED = re.compile(
    r"\b(?:no|not|never|none|non|without|den(?:y|ies|ied)|negative|exclude[sd]?|rule[sd]? out|free of)\b", re.IGNORECASE
)
_CLAUSE = re.compile(r"[.;:]\s")
# With these begins the name of a vessel or a device.
_TRADE = re.compile(rf"(?:{_LESION}|{_FLOW}|{_DEVICE}|{_SIDE}|iliac\w*|arter\w*|vessel\w*)", re.IGNORECASE)


def _any(words: Sequence[str]) -> str:
    return f"(?:{'|'.join(map(re.escape, words))})"


# Labels after which a person's mark follows, and numbers that are one by their shape. What each of these patterns
# needs is looked for first: hardly any quote has it.
_NUMBERS, _NAME = ("mrn", "dob", "d.o.b.", "ssn", "account", "acct", "medical record"), "name"
_LABELS = (*_NUMBERS, _NAME)
_FOUR_DIGITS = re.compile(r"\d{4}")
_LABELLED = re.compile(
    rf"\b((?i:{_any(_NUMBERS)}\.?(?:\s*(?:no|number)\b\.?)?)[\s:#]*)[\w/.-]*\d[\w/.-]*"
    rf"|((?i:\bpatient {_NAME}|(?<![\w ] )\b{_NAME})\s*:\s*)[A-Z][\w'-]+(?:,?\s+[A-Z][\w'-]+){{0,2}}"
)
_TITLED = re.compile(r"\b((?:Mr|Mrs|Ms|Miss)\.?\s+)[A-Z][\w'-]+(?:\s+[A-Z][\w'-]+)?")
_SHAPED = re.compile(r"\b\d{3}-\d{2}-\d{4}\b|\(?\b\d{3}\)?[-. ]\d{3}[-. ]\d{4}\b")


def tells(text: str, about: str) -> bool:
    """True when a text holds a word on that subject: lesion, side, treatment or done."""
    return re.search(rf"\b(?:{_SUBJECT.get(about, _SUBJECT['lesion'])})", text, re.IGNORECASE) is not None


@dataclass(frozen=True, kw_only=True)
class Quoting:
    """How the chart is quoted in one call. `marks` are the patient's own: names, numbers, addresses, the birth date."""

    marks: tuple[str, ...] = ()

    @cached_property
    def _words(self) -> list[tuple[str, str]]:
        """The marks in one line each, beside them in small letters, the longest first."""
        words = {" ".join(m.split()) for m in self.marks}
        return [(w, w.lower()) for w in sorted(words, key=lambda w: (-len(w), w)) if w]

    def excerpt(self, text: str, about: str = "", longest: int = LONGEST) -> str:
        """One line of the text without the patient's marks, cut around the first word that tells of `about`."""
        return cut(self.masked(text), about, longest)

    def masked(self, text: str) -> str:
        """The text in one line, without the patient's marks."""
        text = " ".join(str(text).split())
        small = text.lower() if text.isascii() else text.translate(_LIKE_ASCII).lower()
        # Hardly ever one does, and a pattern is dear to make.
        found = [w for w, lower in self._words if lower in small or not w.isascii()]
        text = _pattern(found).sub(MASK, text) if found else text
        if any(label in small for label in _LABELS):
            text = _LABELLED.sub(_without_name, text)
        if "M" in text:
            text = _TITLED.sub(rf"\1{MASK}", text)
        return _SHAPED.sub(MASK, text) if _FOUR_DIGITS.search(text) else text


# What `re.IGNORECASE` takes for an ASCII letter, beside its capital.
_LIKE_ASCII = str.maketrans({"\u0130": "i", "\u0131": "i", "\u017f": "s", "\u212a": "k"})


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){_any(words)}(?!\w)", re.IGNORECASE)


def _without_name(found: re.Match[str]) -> str:
    label = found.group(1) or found.group(2)
    of_a_thing = label.casefold().startswith("name") and _TRADE.match(found.group(0), len(label))
    return found.group(0) if of_a_thing else f"{label}{MASK}"


def cut(text: str, about: str, longest: int) -> str:
    """At most `longest` characters, at word borders, around what tells; from what denies it on, where it is denied."""
    if len(text) <= longest:
        return text
    start, end = _with_denial(text, _telling(text, about), longest - 2)
    if end <= longest - 1:
        return text[: longest - 1].rsplit(" ", 1)[0] + "\u2026"
    beside = max(0, longest - 2 - (end - start)) // 2
    first = min(max(0, start - beside), len(text) - longest + 1)
    if first and text[first - 1] != " ":
        first = min(text.find(" ", first) + 1 or start, start)
    last = first + longest - 2
    if last >= len(text):
        return "\u2026" + text[first:]
    piece = text[first:last]
    return "\u2026" + (piece if text[last] == " " else piece.rsplit(" ", 1)[0]) + "\u2026"


def _telling(text: str, about: str) -> tuple[int, int]:
    for pattern in _TELLING.get(about, _ANY):
        found = re.search(rf"\b(?:{pattern})", text, re.IGNORECASE)
        if found:
            return found.span()
    return 0, 0


def _with_denial(text: str, told: tuple[int, int], room: int) -> tuple[int, int]:
    """A word's place with what denies it in its clause: always what stands before it, and behind it where it fits."""
    start, end = told
    clause = max((m.end() for m in _CLAUSE.finditer(text, 0, start)), default=0)
    stop = _CLAUSE.search(text, end)
    start = max((m.start() for m in _DENIED.finditer(text, clause, start)), default=start)
    behind = (m.end() for m in _DENIED.finditer(text, end, stop.start() if stop else len(text)))
    return start, max((e for e in behind if e - start <= room), default=end)
