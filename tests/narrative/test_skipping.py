"""What is left unread changes nothing: reading all of a note, and all cues in it, tells what skipping reading tells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from re import Match
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.fhir import narrative
from cds_service.fhir.narrative import read_narrative
from cds_service.fhir.notes import matter, rare
from cds_service.fhir.notes.layout import passages
from cds_service.fhir.notes.told import Told
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import load_lexicon
from tests.narrative.asides import ASIDES, COMPLETION, VEINS
from tests.narrative.generator import note
from tests.narrative.scoring import SETS, wordings
from tests.narrative.test_any_text import WORDS

SAMPLE = settings(deadline=None, derandomize=True, max_examples=400, database=None)
SEEDS = st.integers(0, 2**40)
# Paragraphs of a chart: prose, short lines, headings of every kind, tables, and words that can matter to a note.
PARAGRAPHS = (
    "Patient seen and examined, in no acute distress. Vital signs stable, afebrile, blood pressure\n132/78, heart rate 72.",
    "Vitals: BP 120/80, HR 72\nLabs: Na 140, K 4.1\nMeds: aspirin",
    "The patient slept well, ate most of her breakfast, walked the length of the corridor twice and asked about going home",
    "RIGHT LEG",
    "LEFT LEG:\nWarm, brisk capillary refill.",
    "PLAN\nContinue heparin. Physical therapy twice daily.",
    "Assessment and plan: stable",
    "Indication: rest pain. Under sedation the groin was accessed. Stable throughout.",
    "History of present illness: 70-year-old, walks with a cane.\nLives alone.",
    "Neuro\n- intact\n- no deficits",
    "| Lab | Value | Unit |\n| Na | 140 | mmol |\n| Hct | 38 % | |",
    "Drug      Dose      Route\nASA       81 mg     PO\nHeparin   5000      IV",
    "Physical exam - no edema. Pulses: palpable. Results: pending",
    "Laterality not recorded.",
    "It is unclear which device was used; count not recorded.",
    "There was a dissection.",
    "No dissection.",
    "Nothing was done today.",
    "The case was cancelled.",
    "DEVICES",
    "RESULTS:\nHemoglobin 12",
    "The second lesion was handled in the same way. The upper one was left bare.",
    "It could not be crossed.",
    "Not instrumented.",
    "- wound care\n\n\nsee above",
    "Impression\nStable",
    "Lesion 1:\nuntouched",
    "Leg treated: left",
    "Brought back to the suite the same evening.",
    "The booking sheet said left.",
    "This report was entered in error.",
    "Now to lesion 2.",
    "A: crossed easily",
    "1) -> passed\n2) => passed",
    "Imaging:\nGood runoff.",
    "Upper lesion:\nleft as it was",
    "Stents used: 2",
    "No stents.",
)


@dataclass(frozen=True, slots=True)
class EverywhereCues(rare.Cues):
    """Every rare cue, looked for in every place."""

    def within(self, start: int, end: int) -> rare.Places:
        return dict.fromkeys(rare.NAMES, range(start, end))

    def matches(self, wanted: rare.Rare, text: str) -> Iterator[Match[str]]:
        return wanted.pattern.finditer(text)


def read(text: str) -> tuple[Told, ...]:
    """The reading that skips what cannot matter, in short texts too."""
    with patch.object(matter, "SHORT", 0):
        return read_narrative(text, load_lexicon(notes=True))


def read_in_full(text: str) -> tuple[Told, ...]:
    """The reading that skips nothing: every place matters, every cue is tried."""
    with (
        patch.object(narrative, "places_that_matter", lambda *_: range(len(text) + 1)),
        patch.object(narrative, "is_heard_in_vain", lambda *_: False),
        patch.object(narrative, "cues_in", lambda _: EverywhereCues((), (), {})),
    ):
        return read(text)


def among_paragraphs(blocks: Sequence[str], random: Random) -> str:
    """The blocks of a note in their order, among paragraphs of a chart."""
    out = []
    for block in blocks:
        others = random.choices((*PARAGRAPHS, *ASIDES, *COMPLETION, *VEINS), k=random.randrange(4))
        out += [*others, block]
    out += random.choices(PARAGRAPHS, k=random.randrange(4))
    return "".join(block + random.choice(("\n\n", "\n\n", "\n", "\n \n", " ")) for block in out)


@SAMPLE
@given(SEEDS)
def test_skipping_changes_nothing_in_a_note_among_other_paragraphs(seed: int) -> None:
    made = note(seed)
    text = among_paragraphs((*made.before, *made.body, *made.after), Random(seed))
    assert read(text) == read_in_full(text)


@SAMPLE
@given(SEEDS)
def test_skipping_changes_nothing_in_a_chart_of_lines_in_any_order(seed: int) -> None:
    random = Random(seed)
    lines = among_paragraphs((*note(seed).body, *note(seed + 1).body), random).split("\n")
    random.shuffle(lines)
    text = "\n".join(lines)
    assert read(text) == read_in_full(text)


@SAMPLE
@given(
    st.lists(
        st.sampled_from(
            (*WORDS, *PARAGRAPHS, "not", "side", "untouched", "flap", "the second", "lesion 1", "2)", "A:")
        ),
        max_size=40,
    )
)
def test_skipping_changes_nothing_in_any_order_of_words(words: list[str]) -> None:
    text = " ".join(words)
    assert read(text) == read_in_full(text)


@pytest.mark.parametrize("name", SETS)
def test_skipping_changes_nothing_in_the_wordings_with_known_truth(name: str) -> None:
    assert [w["id"] for w in wordings(name) if read(w["text"]) != read_in_full(w["text"])] == []


@pytest.mark.parametrize("name", rare.NAMES)
def test_a_rare_cue_stands_only_where_it_may_begin(name: str) -> None:
    texts = [*PARAGRAPHS, *(w["text"] for s in SETS if s != "held_apart" for w in wordings(s))]
    found = 0
    for text in texts:
        starts = [start for start, names in _places(text) if name in names]
        for match in cue(name).finditer(text):
            found += 1
            assert match.start() in starts, match.group()
    assert found


def _places(text: str) -> list[tuple[int, tuple[str, ...]]]:
    cues = rare.cues_in(text)
    return list(zip(cues.starts, cues.names, strict=True))


def test_what_cannot_matter_is_left_unread() -> None:
    prose = PARAGRAPHS[2] + ".\n\n"
    text = prose * 20 + "The right external iliac artery was occluded. It was stented.\n\n" + prose * 20
    with patch.object(narrative, "passages", side_effect=passages) as watched:
        told = read(text)
        layout = list(passages(*watched.call_args.args, **watched.call_args.kwargs))
    assert [text[p.start : p.end] for p in layout] == [
        "The right external iliac artery was occluded.",
        "It was stented.",
    ]
    assert told == read_in_full(text)
