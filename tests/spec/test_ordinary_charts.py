"""What ordinary charts say in places and words of their own, beside counterfeits of the same shape."""

from typing import Any

import pytest

from tests.charts import BALLOON, COMMON, CPT, EXTERNAL, LEFT, RIGHT, STENT, coding, concept, treated
from tests.notes import OTHER_VISIT, answers, balloon, chart, document, procedure, questions, ref, report, silent, stent
from tests.notes import visit as days

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


def test_an_indication_noted_on_an_act_in_two_vessels_is_of_neither() -> None:
    both = said(
        "a", "Stent right common iliac artery, balloon angioplasty right external iliac artery", "Indication: occlusion"
    )
    assert answers(chart(both)) == REVIEW


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


@pytest.mark.parametrize(
    ("value", "answered"),
    [
        ("Occlusion 100%, TIMI 0 flow", YES),
        ("Occluded (TIMI flow grade 0)", YES),
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


def billed(key: str, code: str, clock: str) -> dict[str, Any]:
    return procedure(key, code=concept(coding(CPT, code)), **timed(clock))


OPERATION = (
    "1. Stent left common iliac artery (stenosis 90%)\n2. Balloon angioplasty left external iliac artery (chronic total "
    "occlusion), no stent there."
)
STENTS = OPERATION.replace("Balloon angioplasty", "Stent").replace(", no stent there", "")
EXTERNAL_ONLY = "Balloon angioplasty left external iliac artery (chronic total occlusion), no stent there."
THREE = OPERATION + "\n3. Balloon angioplasty left internal iliac artery (stenosis 80%)."
BACK = "The patient was brought back to the angiography suite in the evening. " + OPERATION
SITTINGS = [
    (("19:00", "19:00"), OPERATION, "13:00", YES),
    (("19:00", "19:00"), OPERATION, "22:30", YES),
    (("08:00", "08:00"), OPERATION, "21:00", YES),
    (("08:00", "19:00"), OPERATION, "13:00", REVIEW),
    (("19:00", "19:00"), EXTERNAL_ONLY, "13:00", REVIEW),
    (("19:00", "19:00"), THREE, "13:00", REVIEW),
    (("19:00", "19:00"), BACK, "13:00", REVIEW),
    (("19:00", "19:00"), OPERATION.replace("left ", ""), "13:00", REVIEW),
]


@pytest.mark.parametrize(("clocks", "words", "at", "answered"), SITTINGS)
def test_a_text_of_exactly_the_only_sittings_work_is_of_that_sitting_whatever_its_hour(
    clocks: tuple[str, str], words: str, at: str, answered: list[str]
) -> None:
    """Acts by CPT alone; the hours of the document are those of the visit, or of its filing."""
    acts = billed("a", "37258", clocks[0]), billed("b", "37256", clocks[1])
    assert answers(chart(*acts, document(words, day=f"2026-03-04T{at}:00Z"))) == answered


def test_a_text_of_other_work_hours_away_stays_apart() -> None:
    acts = billed("a", "37258", "19:00"), billed("b", "37256", "19:00")
    assert "yes" not in " ".join(answers(chart(*acts, document(STENTS, day="2026-03-04T13:00:00Z"))))


STAY = {"encounter": days("2026-03-03", "2026-03-07")}
SUMMARY = (
    "On 03/04/2026 the right common iliac artery, with a high-grade stenosis, was stented. The right external iliac artery "
    "was chronically occluded; it was recanalized and dilated with a drug-coated balloon, without stenting."
)
SUMMARIES = [
    (SUMMARY, YES),
    ("Admitted on 03/03/2026. " + SUMMARY, YES),
    (SUMMARY.replace("03/04/2026", "March 4, 2026"), YES),
    (SUMMARY.replace("The right ext", "Two days later the right ext"), None),
    (SUMMARY.replace("The right ext", "On 03/06/2026 the right ext"), None),
    (SUMMARY.replace("The right ext", "On 03/06 the right ext"), None),
    (SUMMARY.replace("The right ext", "Today the right ext"), None),
    (SUMMARY.replace("03/04/2026", "03/05/2026"), None),
]


@pytest.mark.parametrize(("words", "answered"), SUMMARIES)
def test_a_summary_that_dates_its_work_by_one_full_date_is_of_that_day(words: str, answered: list[str] | None) -> None:
    acts = treated("a", STENT, COMMON, RIGHT), silent()
    found = answers(chart(*acts, document(words, day="2026-03-06", type={"text": "Discharge summary"}), **STAY))
    assert found == answered if answered else "03-04 yes" not in found


def test_what_only_a_dated_summary_tells_is_asked() -> None:
    """It may have been done on another day of the stay."""
    sent = chart(stent(), document(SUMMARY, day="2026-03-06", type={"text": "Discharge summary"}), **STAY)
    assert answers(sent) == REVIEW
    assert questions(sent) >= {"session external"}


PROGRESS = "POD 1 after balloon angioplasty of the right external iliac artery occlusion (yesterday, 03/06)."
PASSING = [
    (PROGRESS, REVIEW),
    ("Balloon angioplasty of the right external iliac artery was performed on 03/06/2026.", REVIEW),
    ("Right common iliac stent was done on 03/06.", REVIEW),
    (PROGRESS.replace("yesterday, 03/06", "03/04"), YES),
    (PROGRESS.replace("yesterday, 03/06", "04/03"), YES),
    (PROGRESS.replace("right", "left"), YES),
    (PROGRESS.replace("yesterday, 03/06", "03/06/2024"), YES),
    ("Stent of the right common iliac artery, duplex to follow 03/06.", YES),
]


@pytest.mark.parametrize(("words", "answered"), PASSING)
def test_work_that_a_note_dates_on_another_day_of_the_stay_is_asked(words: str, answered: list[str]) -> None:
    note = document(words + " Doing well.", day="2026-03-07", type={"text": "Progress note"})
    assert answers(chart(stent(), balloon(), note, **STAY))[0] == answered[0]


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
    ],
)
def test_an_earlier_study_that_an_act_gives_as_its_reason_says_what_was_treated(
    words: str, cited: bool, answered: list[str]
) -> None:
    why = {"reasonReference": [ref("DiagnosticReport/r1")]} if cited else {}
    acts = treated("a", STENT, COMMON, RIGHT, **why), treated("b", BALLOON, EXTERNAL, RIGHT, **why)
    assert answers(chart(*acts, report(words, **PAST))) == answered


def test_a_result_in_few_words_after_work_told_in_the_report_raises_no_doubt() -> None:
    told = (
        "Confirmed right external iliac artery occlusion and right common iliac artery stenosis. After stent in the common "
        "and PTA of the external iliac artery: rapid inline flow."
    )
    assert answers(chart(treated("a", STENT, COMMON, RIGHT), silent(), report(told))) == YES
    other = treated("a", STENT, COMMON, LEFT), treated("b", BALLOON, EXTERNAL, LEFT)
    assert answers(chart(*other, report(told))) == REVIEW
