"""Blocks of lines are read at once, and never otherwise than line by line."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.audit.finding import Finder
from cds_service.audit.keys import Keys, Wanted, number_of
from cds_service.audit.rows import row_of, rows_of
from cds_service.audit.screen import Screen
from tests.audit.test_units import ACTS, RIGHT_CHARGES
from tests.charts import adviser, encounter

PIECES = [
    *(json.dumps(r).encode() for r in (*ACTS, *RIGHT_CHARGES, encounter())),
    b"",
    b"  ",
    b"{}",
    b"[]",
    b'{"resourceType": "Procedure"}',
    b'{"resourceType": "Patient", "id": "p"}',
    b'{"resourceType": "Patient", "id": "p"}{"resourceType": "Patient", "id": "q"}',
    b'{"resourceType": "Observation", "subject": {"reference": "Patient/p"}}',
    b'{"resourceType": "Procedure", "note": [',
    b'{"text": "x"}]}',
    b'{"resourceType": "Condition", "subject": {"identifier": {"value": "7"}}}\r',
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=9), st.integers(1, 9))
def test_blocks_of_any_size_give_what_single_lines_give(lines: list[bytes], size: int) -> None:
    finder = Finder(screen)
    blocks = [(i + 1, lines[i : i + size]) for i in range(0, len(lines), size)]
    found = finder.find(0, blocks)
    alone = [Finder(screen).find(0, [(1, [line])]) for line in lines]
    assert found.keys == b"".join(f.keys for f in alone)
    assert found.rejects == [(n, why) for n, f in enumerate(alone, start=1) for _, why in f.rejects]
    assert sorted(found.hits) == sorted({h for f in alone for h in f.hits})
    assert found.lines == len(lines)


screen = Screen(adviser())

NOT_AT_ONCE = [
    ([b"{}", b""], "a blank line"),
    ([b'{"resourceType":"A"}{"resourceType":"B"}', b"{}"], "two objects on a line"),
    ([b'{"resourceType":"A","x":', b"1}"], "an object over two lines"),
    ([b'{"resourceType":"A"}', b"[]"], "something else than an object"),
    ([b'{"x":1}'], "no resource type"),
    ([b'{"resourceType":"A"}\r'], "another line end"),
]


@pytest.mark.parametrize(("lines", "reason"), NOT_AT_ONCE)
def test_lines_that_may_not_be_one_object_each_are_not_read_at_once(lines: list[bytes], reason: str) -> None:
    assert rows_of(lines) is None, reason


def test_rows_read_at_once_are_the_rows_of_their_lines() -> None:
    lines = [json.dumps(r).encode() for r in (*ACTS, *RIGHT_CHARGES)]
    rows = rows_of(lines)
    assert rows is not None
    assert [bytes(r.id) for r in rows] == [bytes(row_of(line).id) for line in lines]


GROUPS: list[tuple[dict[str, Any], str, str]] = [
    ({"resourceType": "Procedure", "subject": {"reference": "Patient/p"}}, "p", "a relative reference"),
    ({"resourceType": "Procedure", "subject": {"reference": "https://x.example/r4/Patient/p"}}, "p", "an absolute one"),
    ({"resourceType": "Procedure", "subject": {"reference": "Patient/p/_history/2"}}, "p", "a versioned one"),
    ({"resourceType": "Claim", "patient": {"reference": "Patient/p"}}, "p", "a Claim's patient"),
    ({"resourceType": "Coverage", "beneficiary": {"reference": "Patient/p"}}, "p", "a Coverage's beneficiary"),
    ({"resourceType": "Patient", "id": "p"}, "p", "the patient"),
    (
        {"resourceType": "DocumentReference", "context": {"encounter": [{"reference": "Encounter/e"}]}},
        "Encounter/e",
        "an encounter where no patient is named",
    ),
    (
        {"resourceType": "Procedure", "subject": {"identifier": {"system": "urn:x", "value": "7"}}},
        "urn:logical::urn:x|7",
        "a number",
    ),
]


@pytest.mark.parametrize(("resource", "group", "reason"), GROUPS)
def test_lines_are_joined_by_whom_they_are_about(resource: dict[str, Any], group: str, reason: str) -> None:
    assert Keys().of_line(json.dumps(resource).encode()) == number_of(group), reason


def test_a_set_of_groups_lets_none_of_them_go() -> None:
    groups = [f"patient-{n}" for n in range(3000)]
    wanted = Wanted(groups)
    assert wanted.lines([number_of(g) for g in groups]) == list(range(3000))
    others = [number_of(f"other-{n}") for n in range(3000)]
    assert len(wanted.lines([0, *others])) < 5
