"""Days that a text names: the day of its work is today, however it is written; any other one is another day's."""

import pytest

from tests.narrative.scoring import answer

DAYS = (
    "03/04/2026",
    "3/4/26",
    "3/4/2026",
    "03/04",
    "2026-03-04",
    "March 4, 2026",
    "March 4th",
    "Mar 4",
    "4 March 2026",
    "4 March",
    "04-Mar-2026",
    "Wednesday, March 4th",
)
TOLD = (
    "On {day} she underwent stenting of a left common iliac stenosis and balloon angioplasty of a left external iliac "
    "occlusion.",
    "Left common iliac stenosis stented and left external iliac occlusion ballooned on {day}.",
    "Procedure performed on {day}: left CIA stenosis stented, left EIA occlusion ballooned, no stent there.",
    "s/p left CIA stent (stenosis) + left EIA POBA (CTO), {day}, no complications",
)
APART = (
    "On {day} the left common iliac stenosis was stented. Today the left external iliac occlusion was ballooned.",
    "{day}: left CIA stenosis stented. 3/4/2026: left EIA CTO ballooned, nothing further.",
    "Left CIA stenosis stented on {day} and left EIA occlusion ballooned on 3/4/2026.",
    "The left EIA occlusion was ballooned, no stent. Procedures: stent left common iliac (stenosis) 03/04; angioplasty left "
    "external iliac {day}.",
)
OTHER_DAYS = ("02/20/2026", "2026-02-20", "20 February", "February 20", "02/20")


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("words", TOLD)
def test_work_of_the_day_of_the_procedure_is_no_earlier_work(words: str, day: str) -> None:
    assert answer({"text": words.format(day=day), "source": "note"}) == ("yes", 1)


@pytest.mark.parametrize("day", OTHER_DAYS)
@pytest.mark.parametrize("words", APART)
def test_work_of_another_day_is_not_of_this_session(words: str, day: str) -> None:
    assert answer({"text": words.format(day=day), "source": "note"})[0] != "yes"


def test_quotes_are_those_of_the_text_where_a_day_was_read_as_today() -> None:
    from tests.charts import explained
    from tests.narrative.scoring import chart_of

    text = TOLD[0].format(day="March 4, 2026")
    found = explained(chart_of({"text": text, "source": "note"}))["sessions"][0]
    quotes = [e["quote"] for v in found["treated"] for e in v["evidence"] if e["path"].startswith("Procedure.note")]
    assert quotes
    assert all(quote in text for quote in quotes)
    assert any("March 4, 2026" in quote for quote in quotes)
