"""Gaps of thousands of blanks or lines in a note: read as a gap of a hundred is, and quoted where they stand."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.fhir.notes.plain import plain
from tests.narrative.generator import note
from tests.narrative.test_any_text import quotes_of, read

PARTED = st.sampled_from([" ", "\t", "\n", "\n\n", " \n ", "\r\n"])
SAMPLE = settings(deadline=None, derandomize=True, max_examples=200, database=None)


@SAMPLE
@given(st.integers(0, 500), st.lists(st.integers(0, 400), min_size=1, max_size=4), st.sampled_from([140, 3000]))
def test_a_longer_gap_tells_the_same(seed: int, at: list[int], length: int) -> None:
    words = note(seed).text.split(" ")
    gaps = {i % len(words) for i in at}

    def spaced(gap: str) -> str:
        return "".join(f"{w}{gap if i in gaps else ' '}" for i, w in enumerate(words))

    short, long = read(spaced(" " * 120)), read(spaced(" " * length))
    assert [(t.vessel, t.side, t.treatment, t.unclear) for t in long] == [
        (t.vessel, t.side, t.treatment, t.unclear) for t in short
    ]
    assert [[(x.lesion, x.doubt) for x in t.lesions] for t in long] == [
        [(x.lesion, x.doubt) for x in t.lesions] for t in short
    ]
    assert [[q.words.split()[:4] for q in quotes_of(t)] for t in long] == [
        [q.words.split()[:4] for q in quotes_of(t)] for t in short
    ]


@SAMPLE
@given(st.integers(0, 500), st.integers(0, 400), PARTED)
def test_what_stands_beside_a_long_gap_is_quoted_where_it_stands(seed: int, at: int, sign: str) -> None:
    words = note(seed).text.split(" ")
    place = at % len(words)
    text = " ".join(words[:place]) + sign * 2000 + " ".join(words[place:])
    for told in read(text):
        for quote in quotes_of(told):
            assert plain(text).startswith(quote.words, quote.start)
            assert plain(text)[quote.start : quote.end].startswith(quote.words)


def test_a_gap_of_lines_parts_what_lines_part() -> None:
    lines = "Right common iliac stenosis: stent.{0}Right external iliac occlusion: balloon, no stent."
    found = [read(lines.format(gap)) for gap in ("\n\n", "\n" * 20_000, " " * 500 + "\n" + " " * 500)]
    assert [[(t.vessel, t.treatment, [x.lesion for x in t.lesions]) for t in told] for told in found] == [
        [(t.vessel, t.treatment, [x.lesion for x in t.lesions]) for t in found[0]]
    ] * 3
    assert len(found[0]) == 2
