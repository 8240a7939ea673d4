"""To which sitting and day the texts of ordinary charts belong, beside counterfeits of the same shape."""

from typing import Any

import pytest

from tests.charts import COMMON, CPT, RIGHT, STENT, coding, concept, treated
from tests.notes import answers, balloon, chart, document, procedure, questions, silent, stent
from tests.notes import visit as days

YES, REVIEW = ["03-04 yes"], ["03-04 review"]


def timed(clock: str) -> dict[str, Any]:
    return {"performedDateTime": f"2026-03-04T{clock}:00Z"}


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
    (SUMMARY.replace("The right ext", "Before discharge the right ext"), None),
    (SUMMARY.replace("without stenting", "without stenting, in a further procedure"), None),
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
    ("s/p right common iliac stent and right external iliac balloon angioplasty on 2026-03-06.", REVIEW),
    ("Right external iliac balloon angioplasty was performed on March 6.", REVIEW),
    ("Right external iliac balloon angioplasty was performed on March 4th, 2026.", YES),
    (PROGRESS.replace("yesterday, 03/06", "03/04"), YES),
    (PROGRESS.replace("yesterday, 03/06", "04/03"), YES),
    (PROGRESS.replace("right", "left"), YES),
    (PROGRESS.replace("yesterday, 03/06", "03/06/2024"), YES),
    ("Stent of the right common iliac artery, duplex to follow 03/06.", YES),
    ("Duplex of the right external iliac artery after balloon angioplasty (03/06): patent.", YES),
]


@pytest.mark.parametrize(("words", "answered"), PASSING)
def test_work_that_a_note_dates_on_another_day_of_the_stay_is_asked(words: str, answered: list[str]) -> None:
    note = document(words + " Doing well.", day="2026-03-07", type={"text": "Progress note"})
    assert answers(chart(stent(), balloon(), note, **STAY))[0] == answered[0]
