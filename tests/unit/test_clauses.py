"""Which words of a sentence stand together when it names several vessels."""

import pytest

from cds_service.fhir.notes.clauses import parts_of
from cds_service.knowledge.terms import load_lexicon

KINDS = ("vessel", "short", "lesion", "treatment", "state")
PARTS = [
    ("CIA stented", [["CIA", "stented"]], "one vessel needs no parting"),
    ("CIA stented, EIA ballooned", [["CIA", "stented"], ["EIA", "ballooned"]], "a comma parts two vessels"),
    ("CIA and EIA stented", [["CIA", "EIA", "stented"]], "a list shares what follows"),
    ("stented CIA and EIA", [["stented", "CIA", "EIA"]], "a list shares what stands before"),
    ("CIA, EIA and IIA ballooned", [["CIA", "EIA", "IIA", "ballooned"]], "a list may be of three"),
    (
        "the CIA was occluded and the EIA was stenotic",
        [["CIA", "occluded"], ["EIA", "stenotic"]],
        "no vessel has two lesions where each can have one",
    ),
    ("occluded CIA and stenotic EIA", [["occluded", "CIA"], ["stenotic", "EIA"]], "like stands beside like"),
    (
        "stent of the CIA and balloon of the EIA",
        [["stent", "CIA"], ["balloon", "EIA"]],
        "of ties a treatment to the vessel after it",
    ),
    (
        "occlusion of the CIA, stenosis of the EIA",
        [["occlusion", "CIA"], ["stenosis", "EIA"]],
        "of ties a lesion to the vessel after it",
    ),
    ("CIA occlusion; EIA stenosis", [["CIA", "occlusion"], ["EIA", "stenosis"]], "a semicolon parts"),
    ("CIA stented then EIA ballooned", [["CIA", "stented"], ["EIA", "ballooned"]], "then parts"),
    ("CIA stented while EIA was ballooned", [["CIA", "stented"], ["EIA", "ballooned"]], "while parts"),
    (
        "CIA: CTO, stent; EIA: stenosis, PTA",
        [["CIA", "CTO", "stent"], ["EIA", "stenosis", "PTA"]],
        "lesion and treatment stay with the vessel they follow",
    ),
    (
        "CIA and EIA stenosed, IIA occluded",
        [["CIA", "EIA", "stenosed"], ["IIA", "occluded"]],
        "a list may stand beside a single vessel",
    ),
    ("CIA and EIA", [["CIA", "EIA"]], "without a lesion or a treatment there is nothing to part"),
]


@pytest.mark.parametrize(("sentence", "expected", "reason"), PARTS)
def test_every_vessel_stands_with_its_own_words(sentence: str, expected: list[list[str]], reason: str) -> None:
    tokens = [t for t in load_lexicon(notes=True).scan(sentence) if t.kind in KINDS]
    anchors = [t for t in tokens if t.kind in ("vessel", "short")]
    parts = parts_of(sentence, tokens, anchors)
    assert [[sentence[t.start : t.end] for t in p.tokens] for p in parts] == expected, reason
    assert [a for p in parts for a in p.anchors] == anchors, "no vessel is lost"
