"""The layout of a note: sections, labels, sentences and table rows, each with its place in the text.

Knows lines, headings and punctuation. Knows no vessel; what a label means is for others to read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cds_service.fhir.tables import Row, rows_of
from cds_service.knowledge.terms import Lexicon

Span = tuple[int, int]

_MARK = re.compile(r"[ \t]*(?:(?:[-*•·▪●>]+|\d{1,2}(?:\.\d{1,2})*[.)]|\d{1,2}(?:\.\d{1,2})+(?= )|\(\d{1,2}\)|[a-zA-Z][.)]|\.)[ \t]+)?")
_HEADING = re.compile(r"([A-Za-z][A-Za-z0-9 /&,'’().-]{0,58}?)[ \t]*(?:[:：]|[-–—]{1,2}(?=[ \t]|$)|$)")
_INLINE = re.compile(r"(?:(?<=[.;!?)])|(?<=[.;!?)]\s)|(?<=[.;!?)]\s\s))([A-Z][A-Za-z/&' -]{2,40}):(?=\s)")
_LABEL = re.compile(r"([^:.;!?|\n]{1,60}?)[ \t]*(?::(?!\d)|[ \t][-–—]{1,2}(?=[ \t])|=(?=[ \t])|\.(?=[ \t]+[A-Z]))")
_STOP = re.compile(r"[.!?](?=[\s\"')\]]|$)|;")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[a-zA-Z]|art|com|comm|ext|int|rt|lt|bilat|vs|approx|dr|mr|mrs|ms|st|no|max|min|occl?|sten|fig|e\.g|i\.e"
    r"|prox|dist|mod|sev|pt|pts|resp|incl|ca|cf|predil|postdil|ang|inf|sup|post|ant)\.$",
    re.IGNORECASE,
)
_PROSE = 55
_LONGEST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A sentence, a line or a table row at [start, end) of the text.

    `section` is the kind of the section it stands in; `block` and `line` are the spans of the labels it stands under:
    a sub-heading's, and that of its own line. `line_number` tells the lines apart, `paragraph` the paragraphs.
    """

    start: int
    end: int
    section: str
    block: Span | None = None
    line: Span | None = None
    row: Row | None = None
    paragraph: int = 0
    line_number: int = 0


@dataclass(slots=True)
class _State:
    section: str = ""
    inline: bool = False
    block: Span | None = None
    paragraph: int = 0
    number: int = 0


def passages(text: str, lexicon: Lexicon) -> Iterator[Passage]:
    """The passages of a text, in order."""
    state = _State()
    tables = {row.start: row for row in rows_of(text)}
    skip_to = 0
    for start, end in _lines(text):
        if start < skip_to:
            continue
        if not text[start:end].strip():
            state.paragraph += 1
            if state.inline:
                state.section, state.inline = "", False
            continue
        if start in tables:
            state.number += 1
            row = tables[start]
            skip_to = row.end
            yield Passage(start=row.start, end=row.end, section=state.section, row=row, paragraph=state.paragraph,
                          line_number=state.number, block=state.block)  # fmt: skip
            continue
        yield from _line(text, start, end, state, lexicon)


def _lines(text: str) -> Iterator[Span]:
    """The lines of a text, lines that only wrap joined to what they continue."""
    raw = [(m.start(), m.end()) for m in re.finditer(r"[^\n]*", text) if m.end() > m.start() or m.start() < len(text)]
    raw = [r for i, r in enumerate(raw) if r[0] != r[1] or i == 0 or raw[i - 1][1] != r[0]]
    start: int | None = None
    for index, (begin, end) in enumerate(raw):
        start = begin if start is None else start
        following = raw[index + 1] if index + 1 < len(raw) else None
        if following is None or not _wraps(text[begin:end], text[following[0] : following[1]]):
            yield start, end
            start = None


def _wraps(line: str, following: str) -> bool:
    """True when the next line goes on with this one's sentence."""
    this, then = line.rstrip(), following.lstrip()
    if not this.strip() or not then or "|" in this or "\t" in this.strip() or this[-1] in ".:!?":
        return False
    if _MARK.match(following).end() > len(following) - len(then) or _HEADING_START.match(then):  # type: ignore[union-attr]
        return False
    if then[0].islower() or this[-1] in ",(/&+-" or this.split()[-1].lower() in _OPEN_WORDS:
        return not re.search(r"\S {3,}\S", this)
    return len(this) >= _PROSE and not re.search(r"\S {3,}\S", this + following)


_HEADING_START = re.compile(r"[A-Za-z][A-Za-z0-9 /&'().-]{0,40}:(?:\s|$)")
_OPEN_WORDS = frozenset("the a an of in to and with for at by from was were is are right left common external internal".split())


def _line(text: str, start: int, end: int, state: _State, lexicon: Lexicon) -> Iterator[Passage]:
    state.number += 1
    mark = _MARK.match(text, start, end)
    begin = mark.end() if mark else start
    found = _HEADING.match(text, begin, end)
    kind = _section(found.group(1), lexicon) if found else ""
    if found and kind and (found.end() < end or len(found.group(1)) < _PROSE):
        rest = _skip(text, found.end(), end)
        state.section, state.block = kind, None
        state.inline = rest < end
        begin = rest
    elif found and found.group(0).rstrip().endswith(":") and _is_capital(found.group(1)):
        state.section, state.inline = "", False
    elif found and found.end() >= end and _is_short(text[begin:end]):
        state.block = (begin, end)
        if state.section == "result":
            state.section = ""
        return
    if begin >= end:
        return
    yield from _parts(text, begin, end, state, lexicon)


def _section(words: str, lexicon: Lexicon) -> str:
    words = words.strip().lower()
    for kind, pattern in lexicon.sections:
        if pattern.fullmatch(words):
            return kind
    return ""


def _is_capital(words: str) -> bool:
    return words.isupper() and len(words) > 3


def _is_short(line: str) -> bool:
    return len(line.strip()) <= 60 and not line.rstrip().endswith((".", ",", ";")) and len(line.split()) <= 7


def _skip(text: str, start: int, end: int) -> int:
    while start < end and text[start] in " \t:-–—":
        start += 1
    return start


def _parts(text: str, start: int, end: int, state: _State, lexicon: Lexicon) -> Iterator[Passage]:
    """The sentences of a line, each under the line's label; a heading within the line opens its section."""
    for part_start, part_end in _at_headings(text, start, end, state, lexicon):
        label = _label(text, part_start, part_end)
        base = Passage(start=part_start, end=part_end, section=state.section, block=state.block, line=label,
                       paragraph=state.paragraph, line_number=state.number)  # fmt: skip
        for a, b in sentences(text, part_start, part_end):
            yield replace(base, start=a, end=b)


def _at_headings(text: str, start: int, end: int, state: _State, lexicon: Lexicon) -> Iterator[Span]:
    at = start
    for match in _INLINE.finditer(text, start, end):
        kind = _section(match.group(1), lexicon)
        if not kind or match.start() <= at:
            continue
        yield at, match.start()
        state.section, state.block, state.inline = kind, None, True
        at = _skip(text, match.end(), end)
    if at < end:
        yield at, end


def _label(text: str, start: int, end: int) -> Span | None:
    match = _LABEL.match(text, start, end)
    return (match.start(1), match.end(1)) if match else None


def sentences(text: str, start: int, end: int) -> Iterator[Span]:
    """The sentences of a stretch of text; abbreviations and decimals end none."""
    at = start
    for match in _STOP.finditer(text, start, end):
        stop = match.end()
        if match.group() == "." and _ABBREVIATION.search(text[max(at, stop - 12) : stop]) and stop < end:
            continue
        if text[at:stop].strip():
            yield _trim(text, at, stop)
        at = stop
    if text[at:end].strip():
        yield _trim(text, at, end)


def _trim(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
