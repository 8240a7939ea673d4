"""The charts with known truth: no yes beyond what is due or argued for, and README.md tells what is really answered."""

import pytest

from tests.charts_as_sent.scoring import HERE, SETS, scored, section

README = (HERE / "README.md").read_text("utf-8")


@pytest.mark.parametrize("name", SETS)
def test_a_yes_that_its_author_would_not_give_is_argued_for(name: str) -> None:
    beyond = [c["id"] for c, verdict, units in scored(name) if verdict == "yes" and units > c.get("units", 0)]
    assert [f"`{name}` {key}" for key in beyond if f"`{name}` {key}" not in README] == []
    assert not [c["id"] for c, verdict, _ in scored(name) if verdict == "yes" and c["expected"] == "no"]


@pytest.mark.parametrize("name", SETS)
def test_the_published_table_is_the_measured_one(name: str) -> None:
    assert section(name) in README
