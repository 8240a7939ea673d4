"""The layout of a note: sections, labels, sentences and table rows, each with its place in the text.

Knows lines, headings and punctuation. Knows no vessel; what a label means is for others to read.
"""

import bisect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cds_service.fhir.tables import Row, rows_of
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Lexicon

Span = tuple[int, int]

_MARK = re.compile(
    r"(?i)[ \t]*(?:section[ \t]+\d{1,2}[ \t]*[-–:.][ \t]*)?(?:(?:[-*•·▪●>]+|\d{1,2}(?:\.\d{1,2})*[.)]|\d{1,2}(?:\.\d{1,2})+(?= )|\(\d{1,2}\)|[a-zA-Z][.)]|\.)[ \t]+|#(?=[a-zA-Z]))?"
)
_HEADING = re.compile(r"([A-Za-z][A-Za-z0-9 /&,'’().-]{0,70}?)[ \t]*(?:[:：]|[-–—]{1,2}(?=[ \t]|$)|$)")
_INLINE = re.compile(r"(?:(?<=[.;!?)])|(?<=[.;!?)]\s)|(?<=[.;!?)]\s\s))([A-Z][A-Za-z/&' -]{1,40}):(?=\s)")
_LABEL = re.compile(r"([^:.;!?|\n]{1,60}?)[ \t]*(?::(?!\d)|[ \t][-–—]{1,2}(?=[ \t])|=(?=[ \t])|\.(?=[ \t]+[A-Z]))")
_STOP = re.compile(r"[.!?](?=[\s\"')\]]|$)|;")
_ABBREVIATION = cue("abbreviation")
_BOUND = cue("bound")
_PROSE = 55
_LONGEST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A sentence, a line or a table row at [start, end) of the text.

    `section` is the kind of the section it stands in; `head`, `block` and `line` are the spans of the labels it stands
    under: the section's heading, a sub-heading, and that of its own line. `line_number` tells the lines apart, `paragraph` the paragraphs.
    """

    start: int
    end: int
    section: str
    head: Span | None = None
    leg: Span | None = None
    block: Span | None = None
    line: Span | None = None
    row: Row | None = None
    paragraph: int = 0
    line_number: int = 0
    mark: str = ""
    lead: int = 0


@dataclass(slots=True)
class _State:
    section: str = ""
    inline: bool = False
    head: Span | None = None
    leg: Span | None = None
    block: Span | None = None
    paragraph: int = 0
    number: int = 0
    content: Sequence[int] = ()
    mark: str = ""

    def holds_content(self, start: int, end: int) -> bool:
        """True when a word of a lesion or a treatment stands there."""
        at = bisect.bisect_left(self.content, start)
        return at < len(self.content) and self.content[at] < end


def passages(text: str, lexicon: Lexicon, content: Sequence[int] = ()) -> Iterator[Passage]:
    """The passages of a text, in order. `content`: the places of words that say what was found or done, sorted.

    A line that holds such a word is no label.
    """
    state = _State(content=content)
    tables: dict[int, list[Row]] = {}
    for row in rows_of(text):
        tables.setdefault(row.line, []).append(row)
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
            for row in tables[start]:
                skip_to = row.end
                yield Passage(start=row.start, end=row.end, section=state.section, row=row, paragraph=state.paragraph,
                              line_number=state.number, block=state.block, head=state.head, leg=state.leg)  # fmt: skip
            continue
        yield from _line(text, start, end, state, lexicon)


def apart(text: str) -> str:
    """The text as long as it is, with a mark no word goes over at the end of every line that does not wrap."""
    found = list(text.replace("\t", _END))
    for _, end in _lines(text):
        if end < len(found):
            found[end] = _END
    return "".join(found)


_END = "\x00"


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
    if re.fullmatch(r"[\s|+:=._-]*", this) or (then.isupper() and len(then) < 40 and not this.isupper()):
        return False
    if not this.strip() or not then or "|" in this or "\t" in this.strip() or this[-1] in ".:!?":
        return False
    if _MARK.match(following).end() > len(following) - len(then) or _HEADING_START.match(then):  # type: ignore[union-attr]
        return False
    if then[0].islower() or this[-1] in ",(/&+-" or this.split()[-1].lower() in _OPEN_WORDS:
        return not re.search(r"\S {3,}\S", this)
    return len(this) >= _PROSE and not re.search(r"\S {3,}\S", this + following)


_HEADING_START = re.compile(r"[A-Za-z][A-Za-z0-9 /&'().-]{0,40}(?::(?:\s|$)|\s+[-–—]{1,2}\s)")
_OPEN_WORDS = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "in",
        "to",
        "and",
        "with",
        "for",
        "at",
        "by",
        "from",
        "was",
        "were",
        "is",
        "are",
        "no",
        "not",
        "without",
        "one",
        "this",
        "that",
        "per",
        "then",
        "right",
        "left",
        "common",
        "external",
        "internal",
    ]
)


def _line(text: str, start: int, end: int, state: _State, lexicon: Lexicon) -> Iterator[Passage]:
    state.number += 1
    mark = _MARK.match(text, start, end)
    begin = mark.end() if mark else start
    if state.inline and state.section in _ONE_LINE and begin == start:
        state.section, state.inline = "", False
    state.mark = _key_of(text[start:begin])
    found = _HEADING.match(text, begin, _unended(text, begin, end))
    kind = _section(found.group(1), lexicon) if found else ""
    if found and kind and (found.end() < end or len(found.group(1)) < _PROSE):
        rest = _skip(text, found.end(), end)
        if (
            state.block
            and rest < end
            and kind in _ATTRIBUTES
            and _PLACE_LIKE.search(text, *state.block)
            and state.section not in ("plan", "history", "consent")
        ):
            yield from _parts(text, rest, end, state, lexicon, within=kind)
            return
        state.section, state.block, state.head, state.leg = kind, None, (begin, found.end(1)), None
        state.inline = rest < end
        begin = rest
    elif found and found.group(0).rstrip().endswith(":") and _is_capital(found.group(1)):
        state.section, state.inline = "", False
    elif (
        found
        and found.end() >= end - 1
        and _is_short(text[begin:end])
        and (_SITE.fullmatch(text, begin, end) or not state.holds_content(begin, end))
    ):
        state.block = (begin, end)
        if _LEG.search(text, begin, end):
            state.leg = (begin, end)
        if state.section == "result" or (state.section in _PASSING and not _PLACE_LIKE.search(text, begin, end)):
            state.section = ""
        return
    if begin >= end:
        return
    yield from _parts(text, begin, end, state, lexicon)


_PASSING = ("history", "indication", "plan", "consent")
_PLACE_LIKE = cue("place-like")
_ONE_LINE = ("diagnosis", "devices", "other", "result")
_LEG = cue("leg")
_ATTRIBUTES = ("findings", "result", "done", "devices", "other", "diagnosis", "impression")


def _unended(text: str, start: int, end: int) -> int:
    """Where a line ends, less the full stop of a heading in capitals."""
    line = text[start:end].rstrip()
    return start + len(line) - 1 if line.endswith(".") and line.isupper() and len(line) < 70 else end


def _key_of(mark: str) -> str:
    """The number or letter of a list's mark that a note can refer to: "(1)", "#1", "a."."""
    found = re.search(r"\((\d)\)|#(\d)|\b([a-dA-D])[.)]", mark)
    return next((g.upper() for g in found.groups() if g), "") if found else ""


def _section(words: str, lexicon: Lexicon) -> str:
    words = re.sub(r"\s*\([^)]*\)$", "", words.strip().lower())
    for kind, pattern in lexicon.sections:
        if pattern.fullmatch(words):
            return kind
    return ""


def _is_capital(words: str) -> bool:
    return words.isupper() and len(words) > 3


_SITE = cue("site")


def _is_short(line: str) -> bool:
    line = line.strip()
    ended = line.endswith((",", ";")) or (line.endswith(".") and not line.isupper())
    return len(line) <= 64 and not ended and len(line.split()) <= 9


def _skip(text: str, start: int, end: int) -> int:
    while start < end and text[start] in " \t:-–—":
        start += 1
    return start


def _parts(text: str, start: int, end: int, state: _State, lexicon: Lexicon, *, within: str = "") -> Iterator[Passage]:
    """The sentences of a line, each under the line's label; a heading within the line opens its section."""
    before, part_start = state.section, start
    for part_start, part_end in _at_headings(text, start, end, state, lexicon):
        section = within or state.section
        label = _label(text, part_start, part_end)
        base = Passage(start=part_start, end=part_end, section=section, head=state.head, leg=state.leg, block=state.block, line=label, mark=state.mark,
                       paragraph=state.paragraph, line_number=state.number)  # fmt: skip
        lead = part_start
        for number, (a, b) in enumerate(sentences(text, part_start, part_end)):
            if (
                number
                and state.inline
                and section in ("history", "indication", "consent")
                and _AT_WORK.search(text, a, b)
            ):
                section = state.section = ""
            own = _label(text, a, b) if number else None
            if own is not None and _PLACE_LIKE.search(text, *own) and text[own[1] : own[1] + 3].lstrip()[:1] == ":":
                label = own
            yield replace(base, start=a, end=b, section=section, line=label, lead=lead)
            lead = lead if text[a:b].endswith(";") else b
    if state.section == "result" and before != "result" and part_start > start:
        state.section = before


_AT_WORK = cue("at-work")


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
    if match is None or (match.group(0).endswith(".") and len(match.group(1).split()) > 4):
        return None
    return match.start(1), match.end(1)


def sentences(text: str, start: int, end: int) -> Iterator[Span]:
    """The sentences of a stretch of text; abbreviations and decimals end none."""
    at = start
    for match in _STOP.finditer(text, start, end):
        stop = match.end()
        if match.group() == "." and stop < end and _goes_on(text[max(at, stop - 12) : stop], text[stop : stop + 3]):
            continue
        if text[at:stop].strip():
            yield _trim(text, at, stop)
        at = stop
    if text[at:end].strip():
        yield _trim(text, at, end)


def _goes_on(before: str, after: str) -> bool:
    """True for the full stop of an abbreviation; before a capital only for one that never ends a sentence."""
    capital = after.strip()[:1].isupper()
    if capital and re.search(r"\d\s*[a-zA-Z]\.$", before):
        return False
    return bool((_BOUND if capital else _ABBREVIATION).search(before))


def _trim(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
