"""A Procedure whose time is told in words (performedString)."""

import pytest

from cds_service.fhir.elements import performed
from tests.notes import YES, answers, balloon, chart, stent

TOLD = {
    "03/20/2026 first case": "2026-03-20",
    "20/03/2026": "2026-03-20",
    "04/04/2026, morning": "2026-04-04",
    "2026-03-20": "2026-03-20",
    "2026-03-20T08:15:00-05:00": "2026-03-20",
    "March 20, 2026": "2026-03-20",
}
OPEN = {
    "03/04/2026": 2026,  # March or April
    "13/13/2026": None,
    "3/20": None,
    "about 03/20/2026": None,
    "03/20/2026 or 03/21/2026": None,
    "?03/20/2026": None,
    "2026-02-30": None,
    "in spring": None,
}


@pytest.mark.parametrize(("words", "day"), TOLD.items())
def test_words_that_name_one_day_are_that_day(words: str, day: str) -> None:
    assert str(performed({"performedString": words}).day) == day
    sent = chart(*(act(performedDateTime=None, performedString=words) for act in (stent, balloon)))
    assert answers(sent) == [YES[0].replace("03-04", day[5:])]


@pytest.mark.parametrize(("words", "year"), OPEN.items())
def test_words_that_may_be_two_days_or_are_rough_name_none(words: str, year: int | None) -> None:
    told = performed({"performedString": words})
    assert (told.day, told.year) == (None, year)
