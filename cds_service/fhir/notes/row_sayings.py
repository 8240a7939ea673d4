"""What a row of a table in a note says: one place, its lesion before and its treatment, not what it looked like after.

Knows cells and their roles. Everything else is as in a sentence.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cds_service.coding.anatomy import Side
from cds_service.fhir.notes.clauses import Part
from cds_service.fhir.notes.layout import Passage
from cds_service.fhir.notes.legs import sides_in
from cds_service.fhir.notes.lesion_words import is_slight
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.saying import Saying
from cds_service.fhir.notes.sayings import saying_of
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Token

_RIGHT, _LEFT = cue("form-right"), cue("form-left")
_SAID_NOT = cue("said-not")
_SAID = re.compile(r"\s*(?:y|yes|ja|x|\+|1)\s*", re.IGNORECASE)
_DEVICE_SIZE = cue("device-size")
_WHOLE = cue("whole")
_SOME = cue("some")
_FIGURE = re.compile(r"\s*[1-9]\d\s*")


def row_sayings(passage: Passage, tokens: Sequence[Token], text: str) -> Iterator[Saying]:
    """The saying of a row; a row that names no place of its own stands under the labels above it."""
    row = passage.row
    if row is None:
        return
    kept: list[Token] = []
    flags: set[tuple[str, How]] = set()
    lesion = ""
    treated = False
    for role, (start, end) in row.cells:
        cell = text[start:end]
        inside = [t for t in tokens if start <= t.start and t.end <= end]
        if role in ("after", "other") or (not role and treated and _SOME.fullmatch(cell)):
            continue
        if role in ("", "before") and not lesion and not any(t.kind == "lesion" for t in inside):
            figure = f"{cell.strip()}%" if role == "before" and _FIGURE.fullmatch(cell) else cell.strip()
            narrowed = _SOME.fullmatch(figure) and not is_slight(figure)
            lesion = "occlusion" if _WHOLE.fullmatch(cell) else "stenosis" if narrowed else lesion
        if role == "stent" and (_SAID_NOT.fullmatch(cell) or _SAID.fullmatch(cell)):
            flags.add(("stent", How.DONE if _SAID.fullmatch(cell) else How.DENIED))
            continue
        if role in ("stent", "balloon") and not inside and _DEVICE_SIZE.search(cell):
            flags.add(("stent" if role == "stent" else "angioplasty", How.DONE))
            continue
        if role in ("treatment", "balloon") and _SAID_NOT.fullmatch(cell):
            continue
        treated = treated or any(t.kind == "treatment" for t in inside)
        kept += inside
    places = [t for t in kept if t.kind in ("vessel", "short")]
    sentence = _of_one_leg(passage, row.cells, text)
    moved = [t.within(passage.start) for t in kept]
    anchors = tuple(m for m, t in zip(moved, kept, strict=True) if t in places[:1])
    part = Part(tokens=tuple(m for m, t in zip(moved, kept, strict=True) if t not in places[1:]), anchors=anchors)
    said = saying_of(passage, sentence, part, moved)
    sides = sides_in(moved) or _spelt(row.cells, text)
    if len(sides) == 1:
        said = replace(said, places=tuple((where, vessel, found or sides) for where, vessel, found in said.places))
    said = replace(said, treatments=said.treatments | (flags if places else frozenset()))
    yield replace(said, lesions=said.lesions | {lesion}) if lesion and not said.lesions else said


def _of_one_leg(passage: Passage, cells: Sequence[tuple[str, tuple[int, int]]], text: str) -> str:
    """The words of a row; where a column is one leg's, as its header says, with blanks for the other one's."""
    if all(passage.start <= start for _, (start, _) in cells):
        return text[passage.start : passage.end]
    out = [" "] * (passage.end - passage.start)
    for start, end in (span for _, span in cells if span[0] >= passage.start):
        out[start - passage.start : end - passage.start] = text[start:end]
    return "".join(out)


def _spelt(cells: Sequence[tuple[str, tuple[int, int]]], text: str) -> tuple[Side, ...]:
    """The leg of a row that its column for the side names in another tongue: "links"."""
    words = [text[slice(*span)] for role, span in cells if role == "side"]
    if len(words) != 1:
        return ()
    return (Side.RIGHT,) if _RIGHT.fullmatch(words[0]) else (Side.LEFT,) if _LEFT.fullmatch(words[0]) else ()
