"""The fields of a form in a text: "segment[1]: R common iliac", "art1.tx = balloon ; art1.num_stents = 0".

Knows keys and what they ask for, not what is answered. A key's number tells whose field it is.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cds_service.fhir.notes.lines import Span
from cds_service.knowledge.cues import cue


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A key and its value at [start, end) of the text, in the line that begins at `line`, `indent` from its margin.

    `role` is what the key asks for, empty where that is not known; `index` the number of the vessel it is about.
    """

    key: str
    role: str
    index: str
    start: int
    value: Span
    line: int
    indent: int


_KEY = r"[A-Za-z][A-Za-z0-9_.\[\]()#/%?-]*(?: [A-Za-z0-9_.\[\]()#/%?-]+){0,5}"
_FIELD = re.compile(
    rf"[ \t]*(?:[-*•{{]\s{{0,3}})?[\"']?(?P<key>{_KEY})[\"']?"
    r"(?:\s{0,9}[:=](?!/)\s*|\s{0,9}_{3,}\s*|\s{0,3}\.{3,}\s*| {2,}(?=\S))"
)
_NEXT = re.compile(
    rf"\s{{0,9}}[;|,]\s{{0,9}}(?=[\"']?{_KEY}[\"']?\s{{0,9}}[:=])|\s{{1,9}}(?=[A-Za-z][A-Za-z0-9_.]{{0,30}}=\S)"
)
_MARGIN = re.compile(r"[ \t]*(?:[-*•{]\s{0,3})?")
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|%")
_RANKS = {"first": "1", "second": "2", "third": "3", "fourth": "4"}
_ENDS = " \t\"',;|}{"
_PLACE, _NUMBERED = cue("form-place"), cue("form-numbered")
_KEYS = tuple(
    (role if role != "pre" else "before", cue(f"form-{role}"))
    for role in (
        "side",
        "plan",
        "past",
        "case",
        "history",
        "after",
        "success",
        "size",
        "pre",
        "stent",
        "lithotripsy",
        "atherectomy",
        "balloon",
        "treatment",
        "occlusion",
        "stenosis",
        "before",
        "other",
    )
)


def role_of(key: str) -> tuple[str, str]:
    """What a key asks for, and the number of the vessel that it is about; either empty where it does not tell."""
    words = [w.lower() for w in _WORDS.findall(key)]
    words = [_RANKS.get(w, w) for w in words]
    index = next((w for w in words if w.isdigit()), "")
    phrase = " ".join(w for w in words if not w.isdigit())
    if not index and (lettered := _NUMBERED.fullmatch(phrase)):
        phrase, index = lettered.group(1), lettered.group(2)
    if _PLACE.fullmatch(phrase):
        return "place", index
    return next((role for role, pattern in _KEYS if pattern.search(phrase)), ""), index


def fields_of(text: str, line: Span) -> Iterator[Field]:
    """The fields of one line, in order; none where it does not open with one."""
    at, end = line
    while (match := _FIELD.match(text, at, end)) is not None:
        following = _NEXT.search(text, match.end(), end)
        stop = following.start() if following else end
        role, index = role_of(match.group("key"))
        value = trimmed(text, match.end(), stop)
        indent = _MARGIN.match(text, *line).end() - line[0]  # type: ignore[union-attr]
        yield Field(
            key=match.group("key"),
            role=role,
            index=index,
            start=match.start("key"),
            value=value,
            line=line[0],
            indent=indent,
        )
        if following is None:
            return
        at = following.end()


def trimmed(text: str, start: int, end: int) -> Span:
    """A value without blanks and quotes around it, nor a rule of signs in the lines below it."""
    if (below := text.find("\n", start, end)) >= 0 and not any(sign.isalnum() for sign in text[below:end]):
        end = below
    while start < end and text[start] in _ENDS:
        start += 1
    while end > start and text[end - 1] in _ENDS:
        end -= 1
    return start, end


def separated(text: str, line: Span, sign: str) -> Sequence[Span]:
    """The cells of a line whose cells a sign separates, without quotes around them."""
    out, at = [], line[0]
    while True:
        found = text.find(sign, at, line[1])
        out.append(trimmed(text, at, found if found >= 0 else line[1]))
        if found < 0:
            return out
        at = found + 1
