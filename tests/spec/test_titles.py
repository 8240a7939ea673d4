"""A title, a body site or another text that names one leg, beside a text that tells of the work in the other."""

from typing import Any

import pytest

from tests.charts import EXTERNAL, RIGHT, coding, condition, procedure, snomed
from tests.notes import (
    BOTH,
    LEFT,
    NO_LEG,
    UNCODED,
    YES,
    answers,
    chart,
    document,
    questions,
    report,
    silent,
    stent,
    visit,
)

REVIEW = ["03-04 review"]
OTHER_LEG = (
    "Right iliac intervention",
    "Right iliac artery revascularization",
    "IR ANGIOPLASTY ILIAC RIGHT",
    "PR ILIAC STENT RT",
    "Right lower extremity angiogram with intervention",
)
SAME_OR_NONE = (
    "Left iliac intervention",
    "Iliac intervention",
    "Bilateral iliac intervention",
    "Left iliac intervention, right femoral access",
    "Iliac revascularization via right CFA",
    "Right lower extremity angiogram",
    "History of right iliac stent",
)


@pytest.mark.parametrize("title", OTHER_LEG)
def test_a_title_of_the_other_leg_puts_the_leg_in_question(title: str) -> None:
    act = {**UNCODED, "code": {"text": title}}
    for sent in (
        chart({**act, "note": [{"text": LEFT}]}),
        chart(act, document(LEFT)),
        chart(UNCODED, document(f"{title}\n\n{LEFT}")),
        chart(UNCODED, document(f"Procedure: {title}\nDescription: {LEFT}")),
        chart(UNCODED, document(LEFT, description=title)),
    ):
        assert answers(sent) == REVIEW
        assert "conflict" in {q.split()[0] for q in questions(sent)}


@pytest.mark.parametrize("title", SAME_OR_NONE)
def test_a_title_of_the_same_leg_of_both_or_of_none_changes_nothing(title: str) -> None:
    assert answers(chart({**UNCODED, "code": {"text": title}}, document(LEFT))) == YES


SITES: list[list[dict[str, Any]]] = [
    [snomed(RIGHT)],
    [{"text": "right leg"}],
    [{"text": "Right iliac artery"}],
    [snomed("10293006"), snomed(RIGHT)],
]


@pytest.mark.parametrize("sites", SITES)
def test_a_body_site_of_the_other_leg_puts_the_leg_in_question(sites: list[dict[str, Any]]) -> None:
    act = {**UNCODED, "bodySite": sites}
    assert answers(chart({**act, "note": [{"text": LEFT}]})) == REVIEW
    assert answers(chart(act, document(LEFT))) == REVIEW
    assert answers(chart(act, document(BOTH))) == YES
    assert answers(chart(act, document(LEFT + " " + BOTH)))[0].startswith("03-04 yes")


def test_a_site_that_is_a_way_in_names_no_leg_of_iliac_work() -> None:
    femoral = [{"text": "Femoral artery"}, snomed(RIGHT)]
    assert answers(chart({**UNCODED, "bodySite": femoral, "note": [{"text": LEFT}]})) == YES


def test_the_site_of_another_procedure_of_the_day_says_nothing_of_a_text_that_names_none() -> None:
    knee = procedure("knee", code={"text": "Knee arthroplasty"}, bodySite=[snomed(RIGHT)])
    assert answers(chart(UNCODED, knee, document(LEFT))) == YES


def test_two_texts_that_give_acts_without_a_leg_another_leg_each_contradict() -> None:
    acts = procedure("a", code={"text": "Common iliac stent"}), procedure("b", code={"text": "External iliac balloon"})
    sent = chart(*acts, report(LEFT), document(BOTH))
    assert answers(sent) == REVIEW
    assert questions(sent) >= {"conflict common", "conflict external"}
    assert answers(chart(*acts, report(LEFT), document(NO_LEG))) == YES


def test_an_occlusion_code_that_names_no_vessel_is_one_of_the_artery_and_leg_of_its_body_site() -> None:
    """I70.92 says only that some artery of the limbs is occluded; the body site says which."""
    code = coding("http://hl7.org/fhir/sid/icd-10-cm", "I70.92")
    sites = [[snomed(EXTERNAL), snomed(RIGHT)], [snomed(RIGHT)], []]
    given = [condition("c", code, bodySite=site) for site in sites]
    acts = stent(), silent(reasonReference=[{"reference": "Condition/c"}])
    assert [answers(chart(*acts, found)) for found in given] == [YES, REVIEW, REVIEW]


@pytest.mark.parametrize(("day", "answered"), [("2025-03-18", YES), ("2026-02-20", REVIEW)])
def test_only_a_study_of_late_contradicts_the_lesion_of_the_day(day: str, answered: list[str]) -> None:
    study = report("Right external iliac artery 70% stenosis.", day=day, encounter={"reference": "Encounter/e7"})
    acts = stent(), silent(reasonCode=[snomed("2929001")])
    assert answers(chart(*acts, study)) == answered


def test_a_summary_that_dates_other_work_too_is_of_the_day_of_its_iliac_work() -> None:
    words = (
        f"On 2026-03-04 {BOTH[0].lower()}{BOTH[1:]} 2026-03-06 coronary angiography. 2026-03-07 amputation of a toe."
    )
    heart = procedure("h", code={"text": "Coronary angiography"}, performedDateTime="2026-03-06")
    sent = chart(
        stent(), silent(), heart, document(words, day="2026-03-09"), encounter=visit("2026-03-04", "2026-03-09")
    )
    assert answers(sent) == YES
