"""Wordings with known truth, put into charts and scored: `python -m tests.narrative.scoring` prints every table."""

import json
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from tests.charts import bundle, explained, procedure, request
from tests.notes import report, written

HERE = Path(__file__).parent
SETS = (
    "held_apart",
    *(f"opened_{n}" for n in range(1, 77)),
    *(f"development_{n}" for n in range(1, 10)),
)
VERDICTS = ("yes", "review", "no")


def wordings(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text("utf-8").splitlines() if line]


def chart_of(wording: dict[str, Any]) -> dict[str, Any]:
    """A hook request in which the wording stands where its source says."""
    text, source = wording["text"], wording["source"]
    if source == "code-text":
        return request(procedure("p1", code={"text": text}))
    act = procedure("p1", code={"text": "Endovascular procedure"})
    if source == "note":
        return request({**act, "note": [{"text": text}]})
    found = report(text) if source == "report" else written(text)
    return request(act, reports=bundle(found))


def answer(wording: dict[str, Any]) -> tuple[str, int]:
    """The verdict on 37257 and its units; "no" where nothing of the family was read."""
    sessions = explained(chart_of(wording))["sessions"]
    verdicts = {s["answer37257"]["verdict"] for s in sessions}
    units = sum(s["answer37257"]["units"] for s in sessions)
    return next((v for v in VERDICTS if v in verdicts), "no"), units


@cache
def scored(name: str) -> list[tuple[dict[str, Any], str, int]]:
    """Each wording with its verdict and units, read once for all tests that ask."""
    return [(wording, *answer(wording)) for wording in wordings(name)]


def table(rows: list[tuple[dict[str, Any], str, int]]) -> str:
    """The confusion table, expected down and answered across, as Markdown."""
    counts = Counter((w["expected"], verdict) for w, verdict, _ in rows)
    lines = ["| expected | " + " | ".join(f"answered {v}" for v in VERDICTS) + " |", "| --- | --- | --- | --- |"]
    lines += [f"| {e} | " + " | ".join(str(counts[e, v]) for v in VERDICTS) + " |" for e in VERDICTS]
    return "\n".join(lines)


def wrong_units(rows: list[tuple[dict[str, Any], str, int]]) -> int:
    return sum(1 for w, verdict, units in rows if w["expected"] == verdict == "yes" and units != w["units"])


def section(name: str) -> str:
    """What README.md says of a set: its table and its units."""
    found = scored(name)
    return f"### {name}: {len(found)} wordings\n\n{table(found)}\n\nRight yes with wrong units: {wrong_units(found)}."


if __name__ == "__main__":
    print("\n\n".join(section(name) for name in sys.argv[1:] or SETS))
