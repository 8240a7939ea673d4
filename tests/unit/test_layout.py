"""How a note falls into passages: sections, labels, wrapped lines, abbreviations, headings within a line."""

import pytest

from cds_service.fhir.notes.layout import Passage, passages
from cds_service.fhir.notes.lines import apart, lines_of, sentences
from cds_service.fhir.notes.rare import cues_in
from cds_service.fhir.notes.records import records_of
from cds_service.knowledge.terms import load_lexicon

SECTIONS = [
    ("FINDINGS:\nCIA occluded.", ["findings"], "a heading on its own line opens its section"),
    ("Findings: CIA occluded.", ["findings"], "a heading may stand before its text"),
    ("FINDINGS\nCIA occluded.\nPROCEDURE\nCIA stented.", ["findings", "done"], "the next heading ends a section"),
    (
        "Plan: stent next month.\n\nThe CIA was stented.",
        ["plan", ""],
        "a blank line ends a section begun within a line",
    ),
    ("PLAN\nStent the left CIA.", ["plan"], "a heading needs no colon"),
    ("Indication: claudication. PROCEDURE: CIA stented.", ["indication", "done"], "a heading may stand within a line"),
    ("HISTORY OF PRESENT ILLNESS:\nCIA stent 2019", ["history"], "what was done before is history"),
    ("Consent: risks were explained.", ["consent"], "consent tells of nothing done"),
    ("Completion angiogram: patent.", ["result"], "what was seen afterwards is a result"),
    ("Pre-op diagnosis: PAD", ["diagnosis"], "a diagnosis is no finding"),
    ("DEVICES:\n8 x 39 stent", ["devices"], "a list of devices has a section of its own"),
    ("The CIA was stented.", [""], "a note needs no heading"),
]
LABELS = [
    ("Right CIA: occlusion. Stented.", "line", "Right CIA", "a label holds for every sentence of its line"),
    ("RIGHT LEG\nCIA: stented", "leg", "RIGHT LEG", "a heading that names a leg holds for what follows"),
    ("Right leg:\n- CIA stented", "leg", "Right leg:", "a heading may end in a colon"),
    ("Right common iliac artery\nOccluded.", "block", "Right common iliac artery", "a heading may name a vessel"),
    ("FINDINGS:\nCIA occluded.", "head", "FINDINGS", "a passage knows the heading of its section"),
    ("The CIA was stented.", "line", None, "a sentence is no label"),
    ("CIA stented\nEIA ballooned", "block", None, "a line that says what was done is no heading"),
]
LINES = [
    ("The right common iliac artery was\noccluded.", 1, "a line that ends in an open word goes on"),
    ("The CIA was stented\nand then dilated.", 1, "a line that begins in lower case goes on with the one before"),
    ("- CIA stented\n- EIA ballooned", 2, "items of a list stand apart"),
    ("1. CIA stented.\n2. EIA ballooned.", 2, "numbered items stand apart"),
    ("CIA stented.\nEIA ballooned.", 2, "a full stop ends a line"),
    ("CIA stented.\n\nEIA ballooned.", 2, "a blank line parts paragraphs"),
]
SENTENCES = [
    ("The R. ext. iliac a. was stented. It opened.", 2, "abbreviated vessels end no sentence"),
    ("Dr. X came. Done.", 2, "a title ends no sentence"),
    ("A 3.5 mm balloon was used.", 1, "a decimal point ends no sentence"),
    ("Used e.g. a balloon.", 1, "for example ends no sentence"),
    ("Crossed; dilated! Open? Yes.", 4, "semicolons and marks end sentences"),
    ("Size was 8 mm. It opened.", 2, "a unit before a capital ends its sentence"),
    ("", 0, "an empty text has no sentence"),
]


def read(text: str) -> list[Passage]:
    lexicon = load_lexicon(notes=True)
    lines = lines_of(text)
    tokens = lexicon.scan(apart(text, lines))
    content = [t.start for t in tokens if t.kind in ("treatment", "lesion", "state")]
    matter, records = range(len(text)), records_of(text, lines, tokens)
    return list(passages(text, lexicon, lines, cues_in(text), content=content, matter=matter, records=records))


@pytest.mark.parametrize(("text", "sections", "reason"), SECTIONS)
def test_a_passage_stands_in_the_section_above_it(text: str, sections: list[str], reason: str) -> None:
    assert [p.section for p in read(text)] == sections, reason


@pytest.mark.parametrize(("text", "kind", "words", "reason"), LABELS)
def test_every_passage_stands_under_its_label(text: str, kind: str, words: str | None, reason: str) -> None:
    spans = {getattr(p, kind) for p in read(text)}
    assert {text[slice(*s)] if s else None for s in spans} == {words}, reason


@pytest.mark.parametrize(("text", "count", "reason"), LINES)
def test_lines_that_only_wrap_are_one_passage(text: str, count: int, reason: str) -> None:
    assert len(read(text)) == count, reason


@pytest.mark.parametrize(("text", "count", "reason"), SENTENCES)
def test_a_text_is_parted_where_sentences_end(text: str, count: int, reason: str) -> None:
    assert len(list(sentences(text, 0, len(text)))) == count, reason


def test_the_mark_of_a_list_is_kept_where_a_note_can_refer_to_it() -> None:
    assert [p.mark for p in read("(1) CIA stented\n(2) EIA ballooned")] == ["1", "2"]
    assert [p.mark for p in read("a) CIA stented\nb) EIA ballooned")] == ["A", "B"]


def test_no_word_reaches_over_the_end_of_a_line_that_does_not_wrap() -> None:
    text = "CIA stented.\nEIA ballooned"
    assert len(apart(text, lines_of(text))) == len(text)
    assert "\n" not in apart(text, lines_of(text))
    assert apart("was\noccluded", [(0, 12)]) == "was\noccluded"
    assert lines_of("was\noccluded") == [(0, 12)]
