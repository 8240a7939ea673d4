"""A fixed part of the campaign `never_false`: no 37257 that a known truth does not prove, and most that it proves."""

import math

from tests.properties.charts_of_truths import true_chart
from tests.properties.never_false import Tally, charts, sessions

SEED = 37257


def test_no_session_is_given_a_37257_that_its_truth_does_not_prove() -> None:
    tally = Tally()
    sessions(range(2500), SEED, tally, math.inf)
    assert tally.false == []
    assert tally.counts["due, answered yes"] >= 300, tally.table()
    assert tally.counts["not due, answered no"] >= 700, tally.table()


def test_no_chart_is_given_a_37257_that_its_truth_does_not_prove() -> None:
    tally = Tally()
    charts(range(500), SEED, tally, math.inf)
    assert tally.false == []
    assert tally.counts["due, answered yes"] >= 50, tally.table()
    assert tally.counts["not due, answered no"] >= 200, tally.table()


def test_a_seed_always_gives_the_same_chart() -> None:
    assert true_chart("1 2") == true_chart("1 2")
    assert len({str(true_chart(n).request) for n in range(20)}) == 20
