"""What the knowledge of a version decided, it decides ever after: a service of today answers for March as in March."""

from functools import cache

import pytest

from cds_service.knowledge import load
from tests.upgrades.decisions import cases, decided, versions, written_down

SHOWN = 20


@cache
def today() -> dict[str, dict[str, str]]:
    """The decisions of this program."""
    return {case: decided(sent) for case, sent in cases()}


def changed(before: dict[str, dict[str, str]], after: dict[str, dict[str, str]]) -> list[str]:
    """Each decision that is another one, in a line or two."""
    out = []
    for case, was in before.items():
        found = after.get(case)
        if found is None:
            out.append(f"{case}: is no case any more")
        elif found != was:
            said = [f"{n} was {was[n]!r}, is {found[n]!r}" for n in was if found[n] != was[n] and n != "digest"]
            out.append(f"{case}: {'; '.join(said) or 'what the columns do not show'}")
    return out


def test_the_decisions_of_this_version_are_written_down_and_broad() -> None:
    found = written_down(load().version)
    assert len(found) >= 1000
    assert sum(row["answer37257"].startswith("yes") for row in found.values()) >= 100
    assert sum("review" in row["answer37257"] for row in found.values()) >= 50
    assert "scenario mission" in found


@pytest.mark.parametrize("version", versions())
def test_every_decision_of_a_version_is_still_the_same(version: str) -> None:
    found = changed(written_down(version), today())
    assert not found, "\n".join([f"{len(found)} decisions of {version} changed:", *found[:SHOWN]])


def test_a_decision_that_changed_is_named() -> None:
    was = {"lines": "37258-RT x1", "answer37257": "yes 1", "findings": "", "questions": "", "digest": "a"}
    now = {**was, "answer37257": "no 0", "digest": "b"}
    assert changed(
        {"one": was, "two": was, "three": was, "four": was}, {"one": now, "two": was, "four": {**was, "digest": "c"}}
    ) == [
        "one: answer37257 was 'yes 1', is 'no 0'",
        "three: is no case any more",
        "four: what the columns do not show",
    ]


def test_every_case_has_a_name_of_its_own() -> None:
    listed = [case for case, _ in cases()]
    assert len(listed) == len(set(listed))
