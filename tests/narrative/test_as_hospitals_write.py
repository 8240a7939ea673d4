"""Habits of hospitals' notes: headings with a full stop, targets by number, questions with answers, what was told before.

Due texts are answered yes, their twins never.
"""

import pytest

from tests.narrative.scoring import answer

CIA = "Left CIA 80% stenosis, stented 8x29."
EIA = "The left external iliac was ballooned 6x60, no stent."
FORM = (
    "Side treated: left only\nARTERY 1\n  Which artery? common iliac\n  Occluded? No - 80% stenosis\n"
    "  Device: stent, covered, 8 x 59 mm\nARTERY 2\n  Which artery? external iliac\n  Occluded? {}\n"
    "  Device: plain balloon 5 x 60 mm\n  Stent? {}\nTechnical result: successful"
)
HABITS = (
    ("a form of questions", FORM.format("Yes", "None"), FORM.format("Unknown", "None")),
    ("a stent in a form of questions", FORM.format("Yes - 5 cm", "None"), FORM.format("Yes - 5 cm", "Yes, 7 x 40")),
    (
        "targets by number",
        "Target 1. Left common iliac artery, 80% stenosis.\nTarget 2. Left external iliac artery, 100% occlusion.\n\n"
        "Target 1 stented 8x37. Target 2 treated with DCB 6x60, no stent.",
        "Target 1. Left common iliac artery, 80% stenosis.\nTarget 2. Left external iliac artery, 100% occlusion.\n\n"
        "Target 1 treated with DCB 7x40. Target 2 stented 6x60.",
    ),
    (
        "legs that head a paragraph",
        "LEFT LEG. Common iliac artery: 80%, stented. External iliac artery: occluded, 6x40 balloon, no stent.\n"
        "RIGHT LEG. Common iliac artery: normal.",
        "RIGHT LEG. Common iliac artery: 80%, stented.\n"
        "LEFT LEG. External iliac artery: occluded, 6x40 balloon, no stent.",
    ),
    (
        "where an occlusion begins",
        f"Left EIA – CTO (flush at hypog; 6 cm)\nLeft hypog – ok\n{CIA} {EIA}",
        f"Left EIA – ok\nLeft hypog – CTO (flush at its origin; 1 cm)\n{CIA} {EIA}",
    ),
    (
        "short names after a leg",
        "L iliacs : L com 85% stenosis , L ext iliac OCCLUDED , L int ok . PTA L ext with 6x40 , no stent . L com stented w/ 8x37 .",
        "L iliacs : L com 85% stenosis , L ext iliac OCCLUDED , L int ok . PTA L int with 6x40 , no stent . L com stented w/ 8x37 .",
    ),
    (
        "recanalization of what a CT had found closed",
        f"Indication: CTA: left EIA occluded.\nProcedure: {CIA} Left external iliac recanalization and balloon, no stent.",
        f"Indication: CTA: left EIA occluded.\nProcedure: {CIA} Left external iliac balloon of a stenosis, no stent.",
    ),
    (
        "a complication told with its stent",
        f"{CIA} Left EIA occlusion ballooned 6x60. Left IIA 7x20 balloon >> recoil & dissection, hence Zilver 7x18.",
        f"{CIA} Left EIA occlusion ballooned 6x60. There was a dissection, hence the stent 7x58.",
    ),
    (
        "stents that came later",
        "We dealt with the left hypogastric occlusion before covering the bifurcation with stents. A 5x20 balloon was "
        "inflated in the left hypogastric, no stent there. Then 8x38 iCast in the left common iliac for 80% stenosis.",
        "We dealt with the left hypogastric occlusion by covering it with stents. A 5x20 balloon was held in the left "
        "hypogastric. Then 8x38 iCast in the left common iliac for 80% stenosis.",
    ),
    (
        "what was found after stenting",
        f"{CIA} Left EIA occlusion ballooned 6x60, no stent. The external was rechecked after stenting and remained open.",
        f"{CIA} Left EIA occlusion ballooned 6x60. The external was rechecked after stenting it and remained open.",
    ),
    (
        "coils of earlier years",
        f"Prior left hypogastric coiling, so the left external is what counts. {CIA} Left EIA occlusion. {EIA}",
        f"Left hypogastric occlusion. {CIA} Left hypogastric coiled and the left external iliac protected.",
    ),
    (
        "a device in the cell after its treatment",
        "| Segment | Finding | Treatment | Device |\n|---|---|---|---|\n| L common iliac | 85% stenosis | stent | 8x40 |\n"
        "| L internal iliac | occlusion | balloon angioplasty, no stent | Chocolate 5x40 |",
        "| Segment | Finding | Treatment | Device |\n|---|---|---|---|\n| L common iliac | 85% stenosis | stent | 8x40 |\n"
        "| L internal iliac | occlusion | stent, no balloon | Innova 5x40 |",
    ),
    (
        "a percentage in letters",
        "L EIA lesion 100 pct, balloon 6x80, no stent. L CIA 80 pct, stented.",
        "L EIA lesion 80 pct, balloon 6x80, no stent. L CIA 100 pct, stented.",
    ),
    (
        "balloons that occlude on purpose",
        f"{CIA} Left EIA occlusion. {EIA} Occlusion balloons were not used.",
        f"{CIA} Occlusion balloons were placed in the left internal iliac and inflated.",
    ),
)


@pytest.mark.parametrize(("habit", "due", "twin"), HABITS, ids=[h[0] for h in HABITS])
def test_a_habit_is_read_and_its_twin_is_not(habit: str, due: str, twin: str) -> None:
    assert answer({"text": due, "source": "document"})[0] == "yes"
    assert answer({"text": twin, "source": "document"})[0] != "yes"


@pytest.mark.parametrize(
    "words",
    [
        "Whether contrast passes through the track or through the collaterals I cannot be certain.",
        "Duplex in the morning to see if the external iliac is open or not.",
        "Two planes never met in the external iliac.",
        "Angiography confirmed that the left EIA remains occluded.",
        "Angiography confirms: left EIA remains occluded.",
    ],
)
def test_an_opening_that_nobody_saw_is_asked_about(words: str) -> None:
    text = f"{CIA} Left EIA occlusion, 6x60 balloon inflated, no stent. {words}"
    assert answer({"text": text, "source": "document"})[0] != "yes"


def test_a_label_that_looks_through_a_catheter_names_no_leg() -> None:
    text = (
        "On the right the external iliac was occluded, on the left the common iliac 75% narrowed. Angiogram through a "
        "left-sided catheter: fine. The external was ballooned 6x60, no stent. Left common iliac stented."
    )
    assert answer({"text": text, "source": "document"}) == ("no", 0)
