"""Prose and telegraphic notes in many hands, each due: products and sizes alone, letters, Latin and Dutch names.

What looks like them and is not due stands in guards.jsonl, as the guard "prose".
"""

import json
from typing import Any

from tests.narrative.scoring import HERE, answer

NOTES: list[dict[str, Any]] = [
    json.loads(line) for line in (HERE / "prose.jsonl").read_text("utf-8").splitlines() if line
]


def test_prose_that_is_due_is_answered_with_its_units() -> None:
    missed = [n["text"] for n in NOTES if answer({"text": n["text"], "source": "note"}) != ("yes", n["units"])]
    assert len(NOTES) > 100
    assert missed == []
