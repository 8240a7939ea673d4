"""Guards hold in other words: notes that must not be answered yes, by what stands against it, and notes that still are."""

import json
from collections import defaultdict
from typing import Any

import pytest

from tests.narrative.scoring import HERE, answer

NOTES: list[dict[str, Any]] = [
    json.loads(line) for line in (HERE / "guards.jsonl").read_text("utf-8").splitlines() if line
]
BY_GUARD: dict[str, list[str]] = defaultdict(list)
for note in NOTES:
    BY_GUARD[note["guard"]].append(note["text"])


def _answered(text: str) -> str:
    return answer({"text": text, "source": "note"})[0]


@pytest.mark.parametrize("guard", [g for g in BY_GUARD if g])
def test_what_a_guard_stands_against_is_never_answered_yes(guard: str) -> None:
    assert [text for text in BY_GUARD[guard] if _answered(text) == "yes"] == []


def test_a_guard_takes_back_no_answer_that_is_due() -> None:
    due = [note["text"] for note in NOTES if note["due"]]
    assert len(due) > 40
    assert [text for text in due if _answered(text) != "yes"] == []


def test_every_guard_is_tried_in_twenty_wordings() -> None:
    assert {guard: len(texts) for guard, texts in BY_GUARD.items() if len(texts) < 20} == {}
