"""The layout of a note: sections, labels, sentences and table rows, each with its place in the text.

Knows headings and labels. Knows no vessel; what a label means is for others to read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from cds_service.fhir.notes.headings import (
    is_capital,
    is_plan,
    is_prose,
    key_of,
    label_of,
    own_label,
    section_of,
    skip,
    unended,
)
from cds_service.fhir.notes.lines import MARK, PROSE, Span, sentences
from cds_service.fhir.notes.rare import Cues, Places
from cds_service.fhir.notes.records import Aside, Items
from cds_service.fhir.notes.sections import PASSING, ends_section, for_its_line, is_label, kind_of
from cds_service.fhir.notes.standing import Standing
from cds_service.fhir.notes.tables import Row, rows_of
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Lexicon

_HEADING = re.compile(r"([A-Za-z][A-Za-z0-9 /&,'’().-]{0,70}?)[ \t]*(?:[:：]|[-–—]{1,2}(?=[ \t]|$)|$)")
_INLINE = re.compile(r"(?:(?<=[.;!?)])|(?<=[.;!?)]\s)|(?<=[.;!?)]\s\s))([A-Z][A-Za-z/&' -]{1,40}):(?=\s)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A sentence, a line or a table row at [start, end) of the text.

    `section` is the kind of the section it stands in; `head`, `block` and `line` are the spans of the labels it stands
    under: the section's heading, a sub-heading, and that of its own line. `line_number` tells the lines apart,
    `paragraph` the paragraphs. `cues` are the rare cues that may stand in it.
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
    cues: Places = field(default_factory=dict, compare=False)


def passages(
    text: str,
    lexicon: Lexicon,
    lines: Sequence[Span],
    cues: Cues,
    *,
    content: Sequence[int],
    matter: Sequence[int],
    records: Items,
) -> Iterator[Passage]:
    """The passages of a text in its `lines`, in order, less those that cannot matter.

    `content` and `matter` are places, sorted: of words that say what was found or done, and of anything that can change
    what the text tells. A line that holds content is no label. `records` are read in place of their lines.
    """
    state = Standing(text=text, lexicon=lexicon, cues=cues, content=content, matter=matter)
    tables: dict[int, list[Row]] = {}
    for row in rows_of(text) if not records else ():
        tables.setdefault(row.line, []).append(row)
    skip_to = 0
    for start, end in lines:
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
                section = "" if state.section == "result" and _tells_before(row) else state.section
                yield Passage(start=row.start, end=row.end, section=section, row=row, paragraph=state.paragraph,
                              line_number=state.number, block=state.block, head=state.head, leg=state.leg,
                              line=row.label, cues=cues.within(row.start, row.end))  # fmt: skip
            continue
        state.number += 1
        if start in records:
            yield from _records(state, records[start])
            continue
        if end - start < _LONGEST_HEADING or not state.is_idle(start, end) or not is_prose(text, start, end):
            yield from _line(state, start, end)


def _tells_before(row: Row) -> bool:
    """True for a row of "Segment | Before | Intervention | After": under "Result", it tells of more than that."""
    return any(role == "before" for role, _ in row.cells)


def _records(state: Standing, items: Sequence[Row | Aside]) -> Iterator[Passage]:
    """The records of a form; a heading in a line of its own text holds for that line alone."""
    if state.inline:
        state.section, state.inline = "", False
    for item in items:
        row, line = (None, item.label) if isinstance(item, Aside) else (item, None)
        yield Passage(start=item.start, end=item.end, section=state.section, row=row, paragraph=state.paragraph,
                      line_number=state.number, head=state.head, leg=state.leg, line=line,
                      lead=item.start, cues=state.cues.within(item.start, item.end))  # fmt: skip


def _line(state: Standing, start: int, end: int) -> Iterator[Passage]:
    text, lexicon = state.text, state.lexicon
    mark = MARK.match(text, start, end)
    begin = mark.end() if mark else start
    if state.inline and ends_section(state, begin, end, marked=bool(text[start:begin].strip())):
        state.section, state.inline = "", False
    state.mark = key_of(text[start:begin], text[begin : begin + 4])
    found = _run_in(state, begin, end) or _HEADING.match(text, begin, unended(text, begin, end))
    kind = kind_of(state, found.group(1)) if found else ""
    if found and kind and (found.end() < end or len(found.group(1)) < PROSE):
        rest = skip(text, found.end(), end)
        within = kind if text[found.end() - 1] == "." and kind != "devices" else for_its_line(state, kind, rest, end)
        if within:
            yield from _parts(state, rest, end, within=within)
            return
        state.section, state.inline = kind, rest < end
        state.stand_under(head=(begin, found.end(1)), leg=None, block=None)
        begin = rest
    elif found and found.end() >= end - 1 and text[begin:end].rstrip().endswith(":") and is_plan(found.group(1)):
        state.section, state.inline = "plan", False
        return
    elif (
        found
        and found.group(0).rstrip().endswith(":")
        and is_capital(found.group(1))
        and not _LEG_HEADING.fullmatch(text, begin, end)
        and not (state.section == "findings" and _PLACE_LIKE.search(found.group(1)))
    ):
        state.section, state.inline = "", False
    elif found and found.end() >= end - 1 and not _TITLE.match(text, begin, end) and is_label(state, begin, end):
        leg = (begin, end) if _LEG.search(text, begin, end) else state.leg
        state.stand_under(head=state.head, leg=leg, block=(begin, end))
        if state.section == "result" or (state.section in PASSING and not _PLACE_LIKE.search(text, begin, end)):
            state.section = ""
        return
    if begin >= end or (":" not in text[begin:end] and state.is_idle(start, end)):
        return
    column = _COLUMN.match(text, begin, end)
    aside = section_of(column.group(1), lexicon) if column else ""
    if column and aside in PASSING:
        yield from _parts(state, column.end(), end, within=aside)
        return
    yield from _parts(state, begin, end)


def _run_in(state: Standing, begin: int, end: int) -> re.Match[str] | None:
    """The heading of "Equipment. Mustang 5x80; ..." or "Background. Claudication, ..."."""
    found = _RUN_IN.match(state.text, begin, end)
    told_before = found and found.group(1).split()[0].lower() in ("background", "indication", "indications", "history")
    return found if told_before or (found and section_of(found.group(1), state.lexicon) == "devices") else None


_RUN_IN = re.compile(r"([A-Z][A-Za-z /&-]{3,40})\.(?=[ \t]+[A-Z0-9])")
_PLACE_LIKE, _LEG, _LEG_HEADING = cue("place-like"), cue("leg"), cue("leg-heading")
_COLUMN = re.compile(r"([A-Za-z][A-Za-z /-]{2,30}?)(?: {2,}|\t+)(?=\S)")
_LONGEST_HEADING = 92  # a mark, 71 letters, and no gap as wide as that of an opening


def _parts(state: Standing, start: int, end: int, *, within: str = "") -> Iterator[Passage]:
    """The sentences of a line, each under the line's label; a heading within the line opens its section."""
    text = state.text
    before, part_start = state.section, start
    for part_start, part_end in _at_headings(state, start, end):
        section = within or state.section
        if state.is_idle(part_start, part_end):
            continue
        label, opening = label_of(text, part_start, part_end), None
        passage = partial(
            Passage,
            head=state.head,
            block=state.block,
            mark=state.mark,
            paragraph=state.paragraph,
            line_number=state.number,
        )
        lead = part_start
        for number, (a, b) in enumerate(sentences(text, part_start, part_end)):
            if number and state.inline and state.is_at_work(section, a, b):
                section = state.section = ""
            turned = _OPENING_LEG.match(text, a, b)
            opening, label = turned or opening, label if not (turned and number) else None
            label = (own_label(text, a, b) if number and ":" in text[a:b] else None) or label
            if state.labelled or state.matters(a, b) or (label and state.matters(*label)):
                cues = state.cues.within(a, b)
                leg = opening.span(1) if opening else state.leg
                yield passage(start=a, end=b, section=section, line=label, leg=leg, lead=lead, cues=cues)
                state.labelled = state.labelled and section in PASSING
            lead = lead if text[a:b].endswith(";") else b
    if state.section == "result" and before != "result" and part_start > start:
        state.section = before


_TITLE = re.compile(
    r"(?:re-?canali[sz]ation|re-?vasculari[sz]ation)\s+(?:of\s+)?(?:the\s+)?(?:left|right|[LR]t?)\b[^:]*$", re.I
)
_OPENING_LEG = re.compile(
    r"\W{0,4}((?:right|left|[RL]t?)\.?(?:\s+(?:leg|side|limb))?)(?:\s?:|\s+[-\u2013\u2014]\s(?!\s*(?:right|left|[RL])\b))",
    re.I,
)
_VESSEL_LINE, _VESSEL_FIELD = cue("place"), cue("vessel-field")
_DEVICE = re.compile(r"devices?", re.IGNORECASE)
_EACH_ILIAC = re.compile(r"\b(?:common|external|internal)\b|(?<=[RL])[CEI](?=IA\b)|\b[CEI](?=IA\b)", re.IGNORECASE)
_SHORT = 160


def _at_headings(state: Standing, start: int, end: int) -> Iterator[Span]:
    text, at = state.text, start
    for match in _INLINE.finditer(text, start, end):
        kind = section_of(match.group(1), state.lexicon)
        if not kind or match.start() <= at:
            continue
        if (
            _DEVICE.fullmatch(match.group(1))
            and match.start() - start < _SHORT
            and _VESSEL_LINE.search(text, start, match.start())
            and len({m.group()[0].lower() for m in _EACH_ILIAC.finditer(text, start, match.start())}) < 2
        ):
            continue
        yield at, match.start()
        told = kind == "indication" and _VESSEL_FIELD.search(text, start, match.start())
        state.section, state.inline = "findings" if told else kind, True
        state.stand_under(head=state.head, leg=state.leg, block=None)
        at = skip(text, match.end(), end)
    if at < end:
        yield at, end
