"""What ordinary charts say in places and words of their own, beside counterfeits of the same shape."""

from typing import Any

import pytest

from tests.charts import BALLOON, COMMON, EXTERNAL, LEFT, RIGHT, STENT, condition, treated
from tests.notes import OTHER_VISIT, answers, chart, procedure, ref, report, silent, stent

YES, REVIEW = ["03-04 yes"], ["03-04 review"]


def said(key: str, words: str, *notes: str, **more: Any) -> dict[str, Any]:
    """An act that has only words, and short notes."""
    return procedure(key, code={"text": words}, note=[{"text": n} for n in notes], **more)


WORDS = "Stent, right common iliac artery", "Balloon angioplasty, right external iliac artery"


def noted(first: str, second: str) -> dict[str, Any]:
    return chart(said("a", WORDS[0], first), said("b", WORDS[1], second))


INDICATIONS = [
    ("Indication: 80% stenosis", "Indication: total occlusion, recanalized", YES),
    ("Indications: high-grade stenosis", "Indication was a chronic total occlusion", YES),
    ("Indication: 80% stenosis", "Indication: suspected total occlusion", REVIEW),
    ("Indication: 80% stenosis", "Indication: claudication", REVIEW),
    ("Indication: 80% stenosis", "Indication: no occlusion", REVIEW),
    ("Indication: 80% stenosis", "Indication: total occlusion. Angiogram showed a 90% stenosis.", REVIEW),
    ("Indication: 80% stenosis", "Indication: occlusion of the superficial femoral artery", REVIEW),
    ("Indication: total occlusion", "Indication: 80% stenosis", ["03-04 no"]),
]


@pytest.mark.parametrize(("first", "second", "answered"), INDICATIONS)
def test_the_indication_noted_on_an_act_in_one_vessel_is_its_reason(
    first: str, second: str, answered: list[str]
) -> None:
    assert answers(noted(first, second)) == answered


TWO = "Right CIA stent and right EIA balloon angioplasty"
OF_BOTH = [
    ("Indication: CIA 80% stenosis, EIA total occlusion", YES),
    ("Indication: right CIA stenosis and right EIA occlusion", YES),
    ("Indication: occlusion", REVIEW),
    ("Indication: CIA stenosis, possible EIA occlusion", REVIEW),
    ("Indication: CIA stenosis. No EIA occlusion.", REVIEW),
    ("Indication: left CIA stenosis, left EIA occlusion", REVIEW),
    ("Indication: occlusion of CIA, stenosis of EIA", ["03-04 no"]),
]


@pytest.mark.parametrize(("note", "answered"), OF_BOTH)
def test_the_indication_noted_on_an_act_in_two_vessels_is_of_those_it_names(note: str, answered: list[str]) -> None:
    assert answers(chart(said("a", TWO, note))) == answered


def contained(lesion: str, **more: Any) -> dict[str, Any]:
    held = {"resourceType": "Condition", "id": "c", "subject": ref("Patient/p"), "code": {"text": lesion}, **more}
    return {"contained": [held], "reasonReference": [ref("#c")]}


@pytest.mark.parametrize(
    ("second", "answered"),
    [
        (contained("Total occlusion"), YES),
        (contained("Stenosis"), ["03-04 no"]),
        (contained("Total occlusion", verificationStatus={"coding": [{"code": "refuted"}]}), REVIEW),
    ],
)
def test_findings_that_acts_contain_are_theirs_alone_though_they_have_one_name(
    second: dict[str, Any], answered: list[str]
) -> None:
    acts = treated("a", STENT, COMMON, RIGHT, **contained("Stenosis")), treated("b", BALLOON, EXTERNAL, RIGHT, **second)
    assert answers(chart(*acts)) == answered


def test_a_finding_that_two_acts_point_at_is_of_neither_where_it_names_no_vessel() -> None:
    found = condition("c", text="Total occlusion")
    why = {"reasonReference": [ref("Condition/c")]}
    acts = treated("a", STENT, COMMON, RIGHT, **why), treated("b", BALLOON, EXTERNAL, RIGHT, **why)
    assert answers(chart(*acts, found)) == REVIEW


@pytest.mark.parametrize(
    ("gone", "answered"),
    [
        ({"abatementDateTime": "2026-03-04"}, YES),
        ({"abatementDateTime": "2026-03-10"}, YES),
        ({"abatementDateTime": "2026-03-03"}, REVIEW),
        ({"abatementDateTime": "2026"}, REVIEW),
        ({"abatementString": "after treatment"}, REVIEW),
        ({}, REVIEW),
    ],
)
def test_a_lesion_resolved_on_the_day_of_its_treatment_was_there_until_then(
    gone: dict[str, str], answered: list[str]
) -> None:
    found = condition(
        "c", text="Right external iliac artery occlusion", clinicalStatus={"coding": [{"code": "resolved"}]}
    )
    act = silent(reasonReference=[ref("Condition/c")])
    assert answers(chart(stent(), act, {**found, **gone})) == answered


def timed(clock: str) -> dict[str, Any]:
    return {"performedDateTime": f"2026-03-04T{clock}:00Z"}


OWN = [ref("DiagnosticReport/r1")]
ANGIOGRAPHY = {"code": {"text": "Catheter angiography of pelvis and leg"}, "day": "2026-03-04T11:00:00Z"}
FOUND = "Occlusion of the right external iliac artery and 80 % stenosis of the right common iliac artery"
OWN_REPORTS = [
    (f"{FOUND}, both successfully treated.", OWN, YES),
    (f"{FOUND}. Both lesions were treated.", OWN, YES),
    (f"{FOUND}.", OWN, REVIEW),
    (f"{FOUND}, both treated.", [], REVIEW),
    (f"{FOUND} after both were treated.", OWN, REVIEW),
    (f"Completion study: {FOUND}, which were treated.", OWN, REVIEW),
    (f"{FOUND}, previously treated.", OWN, REVIEW),
    (f"{FOUND}. Successful endovascular treatment of both lesions.", OWN, YES),
    ("Occlusion of the right external iliac artery. The stenosis of the right common iliac was treated.", OWN, REVIEW),
    (f"{FOUND}. Two superficial femoral stenoses were treated.", OWN, REVIEW),
    (f"{FOUND}. Both superficial femoral stenoses were treated.", OWN, REVIEW),
    (f"{FOUND} (reocclusion); both were treated.", OWN, REVIEW),
]


@pytest.mark.parametrize(("words", "own", "answered"), OWN_REPORTS)
def test_the_acts_own_report_of_lesions_treated_tells_what_was_found_before(
    words: str, own: list[dict[str, Any]], answered: list[str]
) -> None:
    """It is dated after the act; so is a report on what is left, which tells nothing of the lesion treated."""
    acts = (
        treated("a", STENT, COMMON, RIGHT, report=own, **timed("10:10")),
        treated("b", BALLOON, EXTERNAL, RIGHT, report=own, **timed("10:30")),
    )
    assert answers(chart(*acts, report(words, **ANGIOGRAPHY))) == answered


def test_a_completion_study_says_nothing_of_the_lesion_treated() -> None:
    acts = treated("a", STENT, COMMON, RIGHT, report=OWN, **timed("10:10")), silent(report=OWN, **timed("10:30"))
    study = {**ANGIOGRAPHY, "code": {"text": "Completion angiography"}}
    assert answers(chart(*acts, report(f"{FOUND}, both treated.", **study))) == REVIEW


@pytest.mark.parametrize(
    ("value", "answered"),
    [
        ("Occlusion 100%, TIMI 0 flow", YES),
        ("Occluded (TIMI flow grade 0)", YES),
        ("100% occlusion, length 70 mm, calcified", YES),
        ("Occluded, reconstituted via collaterals", YES),
        ("Patent, filled via collaterals", REVIEW),
        ("Occlusion, TIMI 3 flow", REVIEW),
        ("Stenosis 85%, TIMI 0 flow", REVIEW),
        ("Post: occlusion, TIMI 0 flow", REVIEW),
    ],
)
def test_a_measured_occlusion_without_flow_is_one(value: str, answered: list[str]) -> None:
    found = {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "subject": ref("Patient/p"),
        "encounter": ref("Encounter/e1"),
        "code": {"text": "Pre-intervention lesion, right external iliac artery"},
        "effectiveDateTime": "2026-03-04",
        "valueString": value,
    }
    assert answers(chart(stent(), silent(), found)) == answered


CTA = (
    "Right common iliac artery: severe calcified stenosis at the origin. Right external iliac artery: occluded from origin "
    "to the inguinal ligament with collateral filling of the common femoral artery."
)
PAST = {"day": "2026-02-17", "encounter": OTHER_VISIT["encounter"][0], "code": {"text": "CT angiogram"}}


@pytest.mark.parametrize(
    ("words", "cited", "answered"),
    [
        (CTA, True, YES),
        (CTA, False, REVIEW),
        (CTA.replace("occluded from", "patent from"), True, REVIEW),
        (CTA.replace("occluded from", "possibly occluded from"), True, REVIEW),
        (CTA.replace("Right ext", "Left ext"), True, REVIEW),
        ("Right common iliac stenosis. The stent in the right external iliac artery is occluded.", True, REVIEW),
    ],
)
def test_an_earlier_study_that_an_act_gives_as_its_reason_says_what_was_treated(
    words: str, cited: bool, answered: list[str]
) -> None:
    why = {"reasonReference": [ref("DiagnosticReport/r1")]} if cited else {}
    acts = treated("a", STENT, COMMON, RIGHT, **why), treated("b", BALLOON, EXTERNAL, RIGHT, **why)
    assert answers(chart(*acts, report(words, **PAST))) == answered


@pytest.mark.parametrize(("day", "answered"), [("2025-10-01", YES), ("2025-06-01", REVIEW), ("2022-02-17", REVIEW)])
def test_a_study_of_long_ago_that_an_act_gives_as_its_reason_is_asked_about(day: str, answered: list[str]) -> None:
    why = {"reasonReference": [ref("DiagnosticReport/r1")]}
    acts = treated("a", STENT, COMMON, RIGHT, **why), treated("b", BALLOON, EXTERNAL, RIGHT, **why)
    assert answers(chart(*acts, report(CTA, **{**PAST, "day": day}))) == answered


def test_a_result_in_few_words_after_work_told_in_the_report_raises_no_doubt() -> None:
    told = (
        "Confirmed right external iliac artery occlusion and right common iliac artery stenosis. After stent in the common "
        "and PTA of the external iliac artery: rapid inline flow."
    )
    assert answers(chart(treated("a", STENT, COMMON, RIGHT), silent(), report(told))) == YES
    other = treated("a", STENT, COMMON, LEFT), treated("b", BALLOON, EXTERNAL, LEFT)
    assert answers(chart(*other, report(told))) == REVIEW


def severity(key: str, vessel: str, percent: int) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": key,
        "status": "final",
        "subject": ref("Patient/p"),
        "code": {"text": f"{vessel} stenosis severity"},
        "valueQuantity": {"value": percent, "unit": "%"},
    }


@pytest.mark.parametrize(("percent", "answered"), [(100, YES), (90, ["03-04 no"])])
def test_the_measurement_that_an_act_of_words_gives_as_its_reason_counts(percent: int, answered: list[str]) -> None:
    acts = [
        said("a", WORDS[0], reasonReference=[ref("Observation/o1")]),
        said("b", WORDS[1], reasonReference=[ref("Observation/o2")]),
    ]
    found = severity("o1", "Right common iliac artery", 80), severity("o2", "Right external iliac artery", percent)
    assert answers(chart(*acts, *found)) == answered


@pytest.mark.parametrize(
    ("note", "answered"),
    [
        ("Dilated with 5 x 60 mm. Residual 20%. Stenting was considered but not required.", YES),
        ("Stenting was discussed, but felt to be unnecessary.", YES),
        ("Residual 40%; stenting deferred, will re-image in 3 months.", YES),
        ("Residual 40%; angioplasty deferred.", REVIEW),
        ("Stenting was considered and performed.", REVIEW),
        ("Residual 50% and recoil; stented with 7x60.", REVIEW),
    ],
)
def test_a_stent_that_a_note_says_was_not_used_is_no_doubt_of_the_balloon(note: str, answered: list[str]) -> None:
    assert answers(chart(stent(), silent(reasonCode=[{"text": "occlusion"}], note=[{"text": note}]))) == answered
