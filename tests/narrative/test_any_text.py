"""What holds of reading any text at all: quotes stand where they say, the same text reads the same, nothing raises."""

import functools
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.fhir.narrative import read_narrative
from cds_service.fhir.notes.plain import plain
from cds_service.fhir.notes.saying import Quote
from cds_service.fhir.notes.told import Told
from cds_service.knowledge.terms import load_lexicon
from tests.charts import explained
from tests.narrative.generator import Note, note
from tests.narrative.scoring import chart_of

SAMPLE = settings(deadline=None, derandomize=True, max_examples=300, database=None)
SEEDS = st.integers(0, 2**40)
# The characters that are read as another one, each in its own place.
ODD = ("\u00a0", "\u202f", "\u2010", "\u2011", "\u2012", "\u200b", "\u2013", "é", "½", "→", "\U0001f9b5")
WORDS = (
    "|",
    *(
        [
            "right",
            "left",
            "R",
            "LEFT LEG:",
            "CIA",
            "EIA",
            "common iliac artery",
            "external iliac",
            "SFA",
            "artery",
            "vein",
            "CTO",
            "occluded",
            "80% stenosis",
            "100%",
            "99 %",
            "stent",
            "stented",
            "PTA",
            "balloon",
            "8 x 39",
            "iCast",
            "no",
            "not",
            "without",
            "was",
            "and",
            "then",
            "it",
            "this",
            "both",
            "respectively",
            "previously",
            "2019",
            "plan",
            ".",
            ",",
            ";",
            ":",
            "-",
            "->",
            "(",
            ")",
            "[x]",
            "[ ]",
            "\n",
            "\n\n",
            "\t",
            "1.",
            "FINDINGS:",
            "PROCEDURE:",
        ]
    ),
)


def read(text: str) -> tuple[Told, ...]:
    return read_narrative(text, load_lexicon(notes=True))


def quotes_of(told: Told) -> list[Quote]:
    said = [*told.quotes, *(x.quote for x in told.lesions), told.failed, told.bridging, told.other_side]
    return [q for q in said if q is not None]


@functools.cache
def _evidence(seed: int) -> tuple[Note, tuple[dict[str, Any], ...]]:
    made = note(seed)
    sessions = explained(chart_of(made.wording()))["sessions"]
    return made, tuple(e for s in sessions for t in s["treated"] for e in t["evidence"])


@SAMPLE
@given(SEEDS)
def test_evidence_from_a_note_quotes_it_where_it_says(seed: int) -> None:
    made, found = _evidence(seed)
    told = [e for e in found if e.get("offset") is not None]
    assert len(told) == len(found)
    for e in told:
        assert made.text[e["offset"] :].startswith(e["quote"]), e


@SAMPLE
@given(SEEDS, st.sampled_from(ODD))
def test_quotes_keep_their_place_among_odd_characters(seed: int, odd: str) -> None:
    text = note(seed).text.replace(" ", odd, 3) + odd
    for told in read(text):
        for q in quotes_of(told):
            assert plain(text).startswith(q.words, q.start)


@SAMPLE
@given(SEEDS)
def test_a_note_reads_the_same_every_time(seed: int) -> None:
    text = note(seed).text
    assert read(text) == read(text)
    assert read(text) == read(str(text.encode(), "utf-8"))


@SAMPLE
@given(st.text(max_size=300))
def test_no_text_makes_reading_fail(text: str) -> None:
    assert all(told.quotes for told in read(text))


@settings(SAMPLE, max_examples=600)
@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_no_order_of_clinical_words_makes_reading_fail(words: list[str]) -> None:
    text = " ".join(words)
    for told in read(text):
        assert all(text.startswith(q.words, q.start) for q in quotes_of(told))


@SAMPLE
@given(SEEDS, st.floats(0, 1))
def test_a_note_cut_off_anywhere_reads_without_failing(seed: int, share: float) -> None:
    text = note(seed).text
    explained(chart_of({"source": "report", "text": text[: int(len(text) * share)] or "."}))


@SAMPLE
@given(SEEDS)
def test_a_shuffled_note_reads_without_failing(seed: int) -> None:
    random = Random(seed)
    text = note(seed).text
    for parts, joint in ((text.split("\n"), "\n"), (text.split(" "), " "), (list(text), "")):
        random.shuffle(parts)
        assert all(told.quotes for told in read(joint.join(parts)))
