"""The layout of a note: sections, labels, sentences and table rows, each with its place in the text.

Knows headings and labels. Knows no vessel; what a label means is for others to read.
"""

import bisect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cds_service.fhir.notes.lines import MARK, PROSE, Span, lines_of, sentences
from cds_service.fhir.notes.tables import Row, rows_of
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Lexicon

_HEADING = re.compile(r"([A-Za-z][A-Za-z0-9 /&,'’().-]{0,70}?)[ \t]*(?:[:：]|[-–—]{1,2}(?=[ \t]|$)|$)")
_INLINE = re.compile(r"(?:(?<=[.;!?)])|(?<=[.;!?)]\s)|(?<=[.;!?)]\s\s))([A-Z][A-Za-z/&' -]{1,40}):(?=\s)")
_LABEL = re.compile(r"([^:.;!?|\n]{1,60}?)[ \t]*(?::(?!\d)|[ \t][-–—]{1,2}(?=[ \t])|=(?=[ \t])|\.(?=[ \t]+[A-Z]))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A sentence, a line or a table row at [start, end) of the text.

    `section` is the kind of the section it stands in; `head`, `block` and `line` are the spans of the labels it stands
    under: the section's heading, a sub-heading, and that of its own line. `line_number` tells the lines apart,
    `paragraph` the paragraphs.
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
    for start, end in lines_of(text):
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


def _line(text: str, start: int, end: int, state: _State, lexicon: Lexicon) -> Iterator[Passage]:
    state.number += 1
    mark = MARK.match(text, start, end)
    begin = mark.end() if mark else start
    if state.inline and state.section in _ONE_LINE and begin == start:
        state.section, state.inline = "", False
    if state.inline and state.section in _PASSING and _WORK_BEGINS.match(text, begin, end):
        state.section, state.inline = "", False
    if state.inline and state.section in _TOLD_ONCE and _VESSEL_LABEL.match(text, begin, end):
        state.section, state.inline = "", False
    state.mark = _key_of(text[start:begin])
    found = _HEADING.match(text, begin, _unended(text, begin, end))
    kind = _section(found.group(1), lexicon) if found else ""
    if found and kind and (found.end() < end or len(found.group(1)) < PROSE):
        rest = _skip(text, found.end(), end)
        if (
            state.block
            and rest < end
            and kind in _ATTRIBUTES
            and _PLACE_LIKE.search(text, *state.block)
            and state.section not in ("plan", "history", "consent")
        ):
            yield from parts_of_sentence(text, rest, end, state, lexicon, within=kind)
            return
        state.section, state.block, state.head, state.leg = kind, None, (begin, found.end(1)), None
        state.inline = rest < end
        begin = rest
    elif found and found.end() >= end - 1 and text[begin:end].rstrip().endswith(":") and _is_plan(found.group(1)):
        state.section, state.inline = "plan", False
        return
    elif (
        found
        and found.group(0).rstrip().endswith(":")
        and _is_capital(found.group(1))
        and not _LEG_HEADING.fullmatch(text, begin, end)
    ):
        state.section, state.inline = "", False
    elif (
        found
        and found.end() >= end - 1
        and (_is_short(text[begin:end]) or _LEG_HEADING.fullmatch(text, begin, end))
        and not _WAY_IN.search(text, begin, end)
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
    column = _COLUMN.match(text, begin, end)
    aside = _section(column.group(1), lexicon) if column else ""
    if column and aside in _PASSING:
        yield from parts_of_sentence(text, column.end(), end, state, lexicon, within=aside)
        return
    yield from parts_of_sentence(text, begin, end, state, lexicon)


_PASSING = ("history", "indication", "plan", "consent")
_PLACE_LIKE = cue("place-like")
_VESSEL_LABEL = cue("vessel-label")
_TOLD_ONCE = ("indication", "consent")
_ONE_LINE = ("diagnosis", "devices", "other", "result")
_LEG = cue("leg")
_WAY_IN = cue("way-in")
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


def _is_plan(words: str) -> bool:
    return bool(_PLAN_HEADING.search(words))


def _is_capital(words: str) -> bool:
    return words.isupper() and len(words) > 3


_SITE = cue("site")
_WORK_BEGINS = cue("work-begins")
_PLAN_HEADING = cue("plan-heading")
_COLUMN = re.compile(r"([A-Za-z][A-Za-z /-]{2,30}?)(?: {2,}|\t+)(?=\S)")
_LEG_HEADING = cue("leg-heading")


def _is_short(line: str) -> bool:
    line = line.strip()
    ended = line.endswith((",", ";")) or (line.endswith(".") and not line.isupper())
    return len(line) <= 64 and not ended and len(line.split()) <= 9


def _skip(text: str, start: int, end: int) -> int:
    while start < end and text[start] in " \t:-–—":
        start += 1
    return start


def parts_of_sentence(
    text: str, start: int, end: int, state: _State, lexicon: Lexicon, *, within: str = ""
) -> Iterator[Passage]:
    """The sentences of a line, each under the line's label; a heading within the line opens its section."""
    before, part_start = state.section, start
    for part_start, part_end in _at_headings(text, start, end, state, lexicon):
        section = within or state.section
        label = _label(text, part_start, part_end)
        base = Passage(
            start=part_start,
            end=part_end,
            section=section,
            head=state.head,
            leg=state.leg,
            block=state.block,
            line=label,
            mark=state.mark,
            paragraph=state.paragraph,
            line_number=state.number,
        )
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
_VESSEL_LINE = cue("place")
_DEVICE = re.compile(r"devices?", re.IGNORECASE)
_SHORT = 160


def _at_headings(text: str, start: int, end: int, state: _State, lexicon: Lexicon) -> Iterator[Span]:
    at = start
    for match in _INLINE.finditer(text, start, end):
        kind = _section(match.group(1), lexicon)
        if not kind or match.start() <= at:
            continue
        if (
            _DEVICE.fullmatch(match.group(1))
            and match.start() - start < _SHORT
            and _VESSEL_LINE.search(text, start, match.start())
        ):
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
