"""Which section of a note a line opens, ends or stands in, and which line is a label for those below it.

Knows headings and where a reader stands. What is read in a section is the layout's business.
"""

import re

from cds_service.fhir.notes.headings import is_short, section_of
from cds_service.fhir.notes.standing import Standing
from cds_service.knowledge.cues import cue

PASSING = ("history", "indication", "plan", "consent")
_PLACE_LIKE = cue("place-like")
_RESULTS = re.compile(r"results?", re.IGNORECASE)
_WORK_AHEAD = re.compile(
    r"\n\W{0,4}(?:interventions?|procedures?|techniques?|treatments?|description)\b[^\n]{0,30}(?::|\n)", re.I
)
_IMAGING = re.compile(r"imaging", re.IGNORECASE)
_VESSEL_LABEL = cue("vessel-label")
_TOLD_ONCE = ("indication", "consent")
_ONE_LINE = ("diagnosis", "devices", "other", "result")
_NO_LABEL = cue("no-label")
_LEG = cue("leg")
_WAY_IN = cue("way-in")
_ATTRIBUTES = ("findings", "result", "done", "devices", "other", "diagnosis", "impression")
_SITE = cue("site")
_WORK_BEGINS, _WORK_TOLD = cue("work-begins"), cue("work-told")
_LEG_HEADING = cue("leg-heading")
_VESSEL_LINE = cue("place")
_BRIEF = 40


def for_its_line(state: Standing, kind: str, rest: int, end: int) -> str:
    """The section of the rest of a heading's line, where the heading holds for that line alone; else empty."""
    if rest >= end:
        return ""
    of_vessel = state.block is not None and bool(_PLACE_LIKE.search(state.text, *state.block))
    if of_vessel and kind in _ATTRIBUTES and state.section not in ("plan", "history", "consent"):
        return kind
    if kind == "indication" and state.block and _VESSEL_LINE.search(state.text, *state.block):
        return "findings"
    return kind if kind == "consent" and end - rest <= _BRIEF else ""


def is_label(state: Standing, begin: int, end: int) -> bool:
    """True for a line of its own that names a leg, a vessel or the like for the lines to come."""
    text = state.text
    return bool(
        (is_short(text[begin:end]) or _LEG_HEADING.fullmatch(text, begin, end))
        and not _WAY_IN.search(text, begin, end)
        and not _NO_LABEL.search(text, begin, end)
        and (_SITE.fullmatch(text, begin, end) or not state.holds_content(begin, end))
    )


def kind_of(state: Standing, heading: str) -> str:
    """The kind of section a heading opens; imaging after the way in is of the day, before it the indication's.

    Results ahead of the section on the work are what was found.
    """
    kind = section_of(heading, state.lexicon)
    state.begun = state.begun or (kind == "other" and bool(_WAY_IN.match(heading)))
    if kind == "result" and _RESULTS.fullmatch(heading) and _WORK_AHEAD.search(state.text, state.text.find(heading)):
        return "findings"
    return "findings" if state.begun and _IMAGING.fullmatch(heading) else kind


def _is_item(state: Standing) -> bool:
    """True when the heading that holds is an item of a list itself: "- Access: right groin" has no items below it."""
    if state.head is None:
        return False
    return bool(state.text[state.text.rfind("\n", 0, state.head[0]) + 1 : state.head[0]].strip())


def ends_section(state: Standing, begin: int, end: int, *, marked: bool) -> bool:
    """True for a line that no longer belongs to what a heading on a line of its own text ("Indication: ...") opened."""
    if state.section in _ONE_LINE and (not marked or _is_item(state)):
        return True
    told = state.section == "indication" and not marked and _WORK_TOLD.match(state.text, begin, end)
    if told or (state.section in PASSING and _WORK_BEGINS.match(state.text, begin, end)):
        return True
    return state.section in _TOLD_ONCE and bool(_VESSEL_LABEL.match(state.text, begin, end))
