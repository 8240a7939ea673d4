"""Charts as EHRs send them, with known truth: `python -m tests.charts_as_sent.scoring` prints the tables."""

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from tests.charts import explained

HERE = Path(__file__).parent
SETS = (
    "development",
    "opened",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
)
VERDICTS = ("yes", "review", "no")


def charts(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text("utf-8").splitlines() if line]


@cache
def scored(name: str) -> list[tuple[dict[str, Any], str, int]]:
    """Each chart with the verdict on 37257 (no where nothing of the family was read) and its units."""
    out = []
    for chart in charts(name):
        sessions = explained(chart["request"])["sessions"]
        verdicts = {s["answer37257"]["verdict"] for s in sessions}
        units = sum(s["answer37257"]["units"] for s in sessions)
        out.append((chart, next((v for v in VERDICTS if v in verdicts), "no"), units))
    return out


def section(name: str) -> str:
    """What README.md says of a set: expected down, answered across."""
    rows = scored(name)
    counts = Counter((c["expected"], verdict) for c, verdict, _ in rows)
    lines = ["| expected | " + " | ".join(f"answered {v}" for v in VERDICTS) + " |", "| --- | --- | --- | --- |"]
    lines += [f"| {e} | " + " | ".join(str(counts[e, v]) for v in VERDICTS) + " |" for e in VERDICTS]
    wrong = sum(1 for c, verdict, units in rows if c["expected"] == verdict == "yes" and units != c["units"])
    return f"### {name}: {len(rows)} charts\n\n" + "\n".join(lines) + f"\n\nRight yes with wrong units: {wrong}."


if __name__ == "__main__":
    print("\n\n".join(section(name) for name in SETS))
