"""How a short phrase is parted into clauses, and what colours a clause."""

import pytest

from cds_service.fhir.phrases import read_clauses
from cds_service.knowledge.terms import load_lexicon

SPLITS = [
    ("CIA and EIA stenting", 1),
    ("CIA stent and EIA PTA", 2),
    ("Stent CIA, EIA and PTA IIA", 2),
    ("PTA and stent of the right CIA", 1),
    ("Stent of right CIA; PTA of left EIA", 2),
    ("Stent of right CIA. PTA of right EIA.", 2),
    ("R. ext. iliac a. PTA", 1),
]


@pytest.mark.parametrize(("text", "count"), SPLITS)
def test_a_phrase_is_parted_only_where_both_parts_are_whole(text: str, count: int) -> None:
    assert len(read_clauses(text, load_lexicon())) == count


@pytest.mark.parametrize(
    ("text", "lesions"),
    [
        ("no occlusion of the EIA", set()),
        ("without evidence of occlusion", set()),
        ("history of occlusion of the EIA", set()),
        ("not a stenosis but an occlusion", {"occlusion"}),
        ("EIA 100% occluded", {"occlusion"}),
        ("EIA 100 % stenosis", {"occlusion"}),
        ("EIA 70% stenosis", {"stenosis"}),
        ("near-total occlusion", {"subtotal"}),
        ("occlusion balloon", set()),
        ("peripheral arterial occlusive disease", set()),
    ],
)
def test_lesion_words_count_only_where_they_are_affirmed(text: str, lesions: set[str]) -> None:
    clauses = read_clauses(text, load_lexicon())
    assert {x for c in clauses for x in c.lesions} == lesions


def test_right_and_left_in_one_phrase_bind_to_the_vessel_they_precede() -> None:
    (clause,) = read_clauses("right CIA and left EIA stents", load_lexicon())
    assert [(v, [s.value for s in sides]) for _, v, sides in clause.places] == [
        ("common-iliac", ["right"]),
        ("external-iliac", ["left"]),
    ]


def test_a_text_without_any_known_word_has_no_clause() -> None:
    assert read_clauses("Colonoscopy with biopsy", load_lexicon()) == ()
    assert read_clauses("", load_lexicon()) == ()
