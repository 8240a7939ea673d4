"""Whether a treatment that a sentence names was done, denied, thought of, tried in vain, or done long ago."""

import pytest

from cds_service.fhir.notes.occasions import is_long_ago
from cds_service.fhir.notes.polarity import How, how
from cds_service.knowledge.terms import load_lexicon

ROWS = [
    ("the CIA was stented", [How.DONE], "a plain statement"),
    ("the stent was deployed", [How.DONE], "the stent may be the subject"),
    ("was stented without difficulty", [How.DONE], "the negation is of something else"),
    ("stent: [x] yes [ ] no", [How.DONE], "yes is ticked"),
    ("bail-out stent was placed", [How.DONE], "a stent placed after a dissection is one"),
    ("PTA alone", [How.DONE], "alone denies others, not itself"),
    ("no stent was placed", [How.DENIED], "denied before its name"),
    ("bail-out stent: no", [How.DENIED], "a field answered with no"),
    ("a balloon-expandable stent was not used", [How.DENIED], "its name has a balloon in it, and none was inflated"),
    ("a stent was not needed", [How.DENIED], "denied after its name"),
    ("without stenting", [How.DENIED], "without denies"),
    ("not stented", [How.DENIED], "not denies"),
    ("stent: none", [How.DENIED], "a label answered with none"),
    ("stent: [ ] yes [x] no", [How.DENIED], "no is ticked"),
    ("stent-free", [How.DENIED], "free of a stent"),
    ("stent withheld", [How.DENIED], "withheld"),
    ("a stent was considered but not placed", [How.DENIED], "a thought that was not followed"),
    ("stent was opened but not used", [How.DENIED], "opened is not placed"),
    ("no need for a stent", [How.DENIED], "what is not needed was not done"),
    ("PTA was performed without a stent", [How.DONE, How.DENIED], "each treatment has its own answer"),
    ("ballooned rather than stented", [How.DONE, How.DENIED], "rather than denies what follows"),
    ("stenting was considered", [How.THOUGHT_OF], "considered is not done"),
    ("if there is recoil a stent will be placed", [How.THOUGHT_OF], "a condition"),
    ("plan: stent the left side", [How.THOUGHT_OF], "a plan"),
    ("the patient may need a stent", [How.THOUGHT_OF], "a possibility"),
    ("risks of stenting were explained", [How.THOUGHT_OF], "consent"),
    ("stenting was attempted but failed", [How.FAILED], "tried and failed"),
    ("PTA was tried in vain", [How.FAILED], "tried in vain"),
    ("unable to advance the stent", [How.FAILED], "it did not get there"),
    ("previous CIA stent", [How.OLD], "a stent from before"),
    ("stent placed in 2019", [How.OLD], "a year that is past"),
    ("history of stenting", [How.OLD], "history"),
    ("s/p stent", [How.OLD], "status post"),
    ("two stents in total", [How.REFERRED], "a sum of what was told before"),
    ("the stent extends into the EIA", [How.REFERRED], "where a stent lies, not that another was placed"),
]


@pytest.mark.parametrize(("sentence", "expected", "reason"), ROWS)
def test_every_treatment_is_read_as_its_sentence_means_it(sentence: str, expected: list[How], reason: str) -> None:
    tokens = list(load_lexicon(notes=True).scan(sentence))
    found = [how(t, tokens, (0, len(sentence)), sentence) for t in tokens if t.kind == "treatment"]
    assert found == expected, reason


@pytest.mark.parametrize(
    ("sentence", "expected", "reason"),
    [
        ("stented three weeks ago", True, "weeks ago"),
        ("stented in 2019", True, "a year"),
        ("stented at another hospital", True, "another hospital"),
        ("stented today", False, "today"),
        ("stented with an 8 x 39 mm stent", False, "a size is no year"),
    ],
)
def test_another_time_or_place_is_named_in_words(sentence: str, expected: bool, reason: str) -> None:
    assert is_long_ago(sentence) is expected, reason
