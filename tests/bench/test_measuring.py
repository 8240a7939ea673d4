"""What is sent differs from call to call, and what is printed is what was measured."""

import json

import pytest

from tests.bench import sent, stages, tables
from tests.bench.load import Seen, seen
from tests.bench.rounds import Cell, Measured


@pytest.mark.parametrize("procedures", [2, 20, 200])
def test_a_body_has_the_procedures_that_were_asked_for_and_no_two_are_alike(procedures: int) -> None:
    bodies = sent.bodies(procedures, 3, 1)
    assert bodies == sent.bodies(procedures, 3, 1), "the same seed gives the same bodies"
    assert len({*bodies, *sent.bodies(procedures, 3, 2)}) == 6
    for text in bodies:
        assert "\n" not in text, "the load generator reads one a line"
        entries = json.loads(text)["prefetch"]["procedures"]["entry"]
        assert len({e["resource"]["id"] for e in entries}) == procedures


def test_a_serial_changes_ids_numbers_and_texts_and_leaves_no_mark() -> None:
    text = sent.bodies(20, 1, 1)[0]
    first, second = (json.loads(sent.body(text, n)) for n in (1, 2))
    assert sent.SERIAL not in json.dumps(first)
    assert first["context"]["patientId"] != second["context"]["patientId"]
    pairs = zip(*(r["prefetch"]["procedures"]["entry"] for r in (first, second)), strict=True)
    assert all(a["resource"]["id"] != b["resource"]["id"] for a, b in pairs)


def test_what_wrk_says_is_read_and_refused_calls_are_no_answers() -> None:
    line = '{"answered": 110, "seconds": 2.0, "refused": 10, "broken": 1, "p50": 1.5, "p99": 9.0}'
    found = seen(f"Running 2s test\n  1 threads and 8 connections\n\n{line}\n")
    assert (found.answered, found.rate, found.refused, found.broken) == (100, 50.0, 10, 1)


def measured(system: str, turn: int, answered: int, processor: float | None = 1.0) -> Measured:
    taken = Seen(answered=answered, seconds=2.0, refused=0, broken=0, p50=10.0, p99=20.0)
    return Measured(
        turn=turn,
        cell=Cell(procedures=2, connections=8),
        system=system,
        seen=taken,
        processor=processor,
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "shown", "reason"),
    [
        ((200, 400), (100, 100), "3.00 (2.00 to 4.00)", "the ratio of each round, not of the medians"),
        ((200,), (400,), "0.500", "one round has no range"),
        ((200,), (0,), "at least 200", "not one answer in two seconds"),
        ((0, 200), (0, 100), "2.00", "a round in which neither answered says nothing"),
        ((0,), (0,), "–", "nor do all such rounds"),
    ],
)
def test_ratios_compare_what_was_measured_in_one_round(
    ours: tuple[int, ...], theirs: tuple[int, ...], shown: str, reason: str
) -> None:
    rounds = [measured(tables.OURS, n, a, 1.0 if a else None) for n, a in enumerate(ours)]
    rounds += [measured("other", n, a, 3.0 if a else None) for n, a in enumerate(theirs)]
    row = tables.comparison(rounds).splitlines()[-1].split(" | ")
    assert row[-2] == shown, reason
    assert row[-1].startswith("3.00" if any(theirs) else "–")


def test_figures_show_what_counts() -> None:
    assert [tables.figure(v) for v in (1234.5, 12.34, 1.234, 0.01234)] == ["1234", "12.3", "1.23", "0.012"]


def test_stages_are_taken_where_the_flow_calls_them_and_put_back_after() -> None:
    from cds_service import advice
    from cds_service.app import create_app

    before = advice.read_request
    found = stages.profile(create_app(), 20, 2, 1)
    assert advice.read_request is before
    assert set(found) == {*stages.STAGES, stages.REST, stages.WHOLE, stages.PLAIN}
    assert found["read"] > 0, "a chart of twenty Procedures is not read in no time"
    table = stages.shown({2: found, 20: {**found, "read": found["read"] + 18}})
    assert "| read |" in table
    assert next(r for r in table.splitlines() if r.startswith("| read |")).endswith("| 1000 |")
