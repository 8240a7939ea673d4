"""Tolerant access: what has the wrong type is absent, and dates are as precise as they are written."""

from datetime import date, datetime
from typing import Any

import pytest

from cds_service.fhir.elements import codings, depth_of, last_id, moment, obj, objects, text, when

WRONG: list[Any] = [None, 7, "x", [], [1, None], {"a": 1}, True, 1.5]


@pytest.mark.parametrize("value", WRONG)
def test_nothing_of_the_wrong_type_raises(value: Any) -> None:
    assert isinstance(obj(value), dict)
    assert all(isinstance(o, dict) for o in objects(value))
    assert isinstance(text(value), str)
    assert codings(value) == [] or value == {"a": 1}
    assert when({"performedDateTime": value, "performedPeriod": value}, "performed").day is None


@pytest.mark.parametrize(
    ("written", "year", "day"),
    [
        ("2026", 2026, None),
        ("2026-03", 2026, None),
        ("2026-03-04", 2026, date(2026, 3, 4)),
        ("2026-03-04T23:30:00-05:00", 2026, date(2026, 3, 4)),
        ("2026-02-31", None, None),
        ("last week", None, None),
        ("", None, None),
    ],
)
def test_a_date_is_the_local_day_as_written(written: str, year: int | None, day: date | None) -> None:
    found = moment(written)
    assert (found.year, found.day) == (year, day)


def test_a_time_without_seconds_or_zone_is_still_a_time() -> None:
    assert moment("2026-03-04T09:15").start == datetime(2026, 3, 4, 9, 15)


@pytest.mark.parametrize(
    ("ref", "key"),
    [
        ("Patient/p", "p"),
        ("https://x.example/fhir/Patient/p/_history/2", "p"),
        ("p", "p"),
        ("#c", ""),
        ("urn:uuid:1", ""),
        ("", ""),
    ],
)
def test_the_id_of_a_reference(ref: str, key: str) -> None:
    assert last_id(ref) == key


def test_depth_is_measured_without_recursion() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert not depth_of(deep, 100)
    assert depth_of({"a": [{"b": 1}]}, 4)
    while deep:
        deep = deep.pop()
