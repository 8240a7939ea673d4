"""The wordings with known truth: never a yes that is not due, and README.md tells what is really answered."""

import pytest

from tests.narrative.scoring import HERE, SETS, scored, section, wordings

README = (HERE / "README.md").read_text("utf-8")
SEEN = [name for name in SETS if name != "held_apart"]


UNTOLD = {
    (
        "development_6",
        "m111",
    ),  # an atherectomy before the balloon in the occluded vessel: R-SEPARATE reports it by itself
    ("opened_15", "d096"),  # a name and an age in the text that are not those of its header
    ("opened_15", "d164"),  # one vessel called tight in one clause and occluded in the next: an occluded one
    ("opened_19", "b137"),  # a side stamped otherwise than the body has it
    ("opened_20", "d006"),  # a second stent among the stock used
    ("opened_20", "d028"),  # an occlusion told of no artery, after the one that was ballooned
    ("opened_20", "d115"),  # a way in that does not lead to the artery
    ("opened_22", "f003"),  # work of another month, told by the date of a duplex after it
    ("opened_22", "f005"),  # an old stent with its size among the findings
    ("opened_22", "f017"),  # an occlusion of another artery, by landmarks only
    ("opened_22", "f040"),  # an occlusion that closing the puncture made
    ("opened_22", "f092"),  # an occlusion below the ligament, crossed from the external iliac
    ("opened_25", "k114"),  # a second stent among the implants, "site not recorded"
    ("opened_27", "n091"),  # an artery found open and, in the next section, called occluded
    ("opened_34", "f101"),  # an occlusion of the profunda, ballooned through the external iliac
    ("opened_34", "f104"),  # a stent in the aorta, brought there through the common iliac
    ("opened_34", "f118"),  # an old stent, told only as a "mesh tube" on the scout film
    ("opened_37", "x036"),  # two legs, told only as "the ulcer side" and "the thigh pain side"
    ("opened_43", "g538"),  # a balloon brought into the lesion, the rest of the dictation lost
    ("opened_44", "h610"),  # the other leg, told as "the other side"
    ("opened_44", "h689"),  # the options that were weighed, of which the first was done
    ("opened_44", "h690"),  # boxes left unticked before a stent whose size is ticked
    ("opened_47", "l036"),  # "the ipsilateral EIA" after a way in on the other side
    ("opened_47", "l096"),  # an occlusion opened by lithotripsy alone
    ("opened_47", "l108"),  # a stent over a hole that the sheath had made
    ("opened_48", "q065"),  # an external iliac named without its leg, in a note on the right one
    ("opened_49", "s062"),  # an artery ballooned in one leg, its result told of the other
    ("opened_50", "u080"),  # the same, "good result" of the other leg
    ("opened_55", "x046"),  # an operator's words on tape, against the sheet that has an occlusion
    ("opened_55", "x053"),  # a stent told by "stented kissing with L", after the balloon of its occlusion
    ("opened_55", "x057"),  # work under the label of a day without its year
    ("opened_66", "td114"),  # an occlusion of one artery before the work and of another one in it
}
"""Answered yes though a careful coder would ask; README.md says so."""


@pytest.mark.parametrize("name", SEEN)
def test_no_wording_that_was_looked_at_is_answered_yes_unless_it_is_due(name: str) -> None:
    too_much = {(name, w["id"]) for w, verdict, units in scored(name) if verdict == "yes" and units > w["units"]}
    assert too_much == {known for known in UNTOLD if known[0] == name}


@pytest.mark.parametrize("name", SETS)
def test_the_published_table_is_the_measured_one(name: str) -> None:
    assert section(name) in README


def test_every_wording_is_written_once() -> None:
    texts = [w["text"] for name in SETS for w in wordings(name)]
    assert len(texts) == len(set(texts))
    assert len(wordings("held_apart")) >= 150
