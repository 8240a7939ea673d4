"""The campaign "never a false 37257": `python -m tests.properties.never_false --charts N --sessions N --seed S --minutes M`.

Charts go through the whole reader, sessions through the decision alone; both are made from a known truth and judged by
`truths.py`. It stops at the first of both numbers and the minutes, prints what it counted, and exits 1 on a false yes.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cds_service.coding.anatomy import Side
from tests.charts import adviser
from tests.properties.charts_of_truths import TrueChart, true_chart
from tests.properties.oracle import ARGUED
from tests.properties.sessions_of_truths import asserted
from tests.properties.sessions_of_truths import judged as judged_session
from tests.properties.truths import Sitting


@dataclass(slots=True)
class Tally:
    """What was counted: the verdicts by whether 37257 was due, and every false yes."""

    counts: Counter[str] = field(default_factory=Counter)
    false: list[str] = field(default_factory=list)

    def add(self, due: bool, verdicts: Iterable[str], faults: Iterable[str]) -> None:
        said = set(verdicts)
        verdict = next((v for v in ("yes", "review") if v in said), "no")
        self.counts[f"{'due' if due else 'not due'}, answered {verdict}"] += 1
        for fault in faults:
            self.false.append(fault)
            print(f"  {fault}", flush=True)

    def table(self) -> str:
        return ", ".join(f"{name}: {self.counts[name]}" for name in sorted(self.counts))


def allowed(chart: TrueChart, day: str | None, encounter: str | None) -> Counter[Side]:
    """Units by leg that may be asserted for a session of the answer; those of one day and encounter also as one sitting."""
    groups: dict[tuple[str, str], list[Sitting]] = {}
    for one in chart.sittings:
        if day in (None, one.day) and encounter in (None, f"Encounter/{one.encounter}", one.encounter):
            groups.setdefault((one.day, one.encounter), []).append(one)
    out: Counter[Side] = Counter()
    for group in groups.values():
        apart = sum((one.proven() for one in group), Counter[Side]())
        joined = group[0].proven([w for one in group[1:] for w in one.works])
        out += apart & joined
    return out


def faults_of(chart: TrueChart, name: str) -> tuple[list[str], list[str]]:
    """The verdicts on a chart, and what it asserts that the truth does not prove."""
    advice = adviser().advise(chart.request)
    faults = []
    for decided in advice.decision.sessions:
        session = decided.session
        may = allowed(chart, session.date.isoformat() if session.date else None, session.encounter)
        for what, found in asserted(decided):
            if any(found[side] > may[side] for side in Side):
                faults.append(f"{name}: {what} {dict(found)}, proven {dict(may)}")
    if not any(one.proven() for one in chart.sittings):
        for said in advice.said:
            faults += [
                f"{name}: suggestion to create" for s in said.card.to_json().get("suggestions", []) if _creates(s)
            ]
    return [d.answer.verdict.value for d in advice.decision.sessions], faults


def _creates(suggestion: dict[str, Any]) -> bool:
    actions = suggestion.get("actions", [])
    return any(a["type"] == "create" and f'"{ARGUED}"' in json.dumps(a.get("resource")) for a in actions)


def charts(numbers: Iterable[int], seed: int, tally: Tally, until: float) -> None:
    for number in numbers:
        if time.monotonic() > until:
            return
        chart = true_chart(f"{seed} {number}")
        verdicts, faults = faults_of(chart, f"chart {seed} {number}")
        tally.add(any(one.due() for one in chart.sittings), verdicts, faults)


def sessions(numbers: Iterable[int], seed: int, tally: Tally, until: float) -> None:
    for number in numbers:
        if time.monotonic() > until:
            return
        due, verdict, faults = judged_session(f"{seed} {number}")
        tally.add(due, [verdict], faults)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.properties.never_false", description=__doc__)
    parser.add_argument("--charts", type=int, default=1_000_000)
    parser.add_argument("--sessions", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=10.0, help="for charts, and again for sessions")
    parser.add_argument("--one", help="print the chart of a seed and number, as in '1 42'")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(true_chart(options.one).request, indent=1))
        return 0
    wrong = 0
    for name, run, count in (("sessions", sessions, options.sessions), ("charts", charts, options.charts)):
        tally = Tally()
        run(range(count), options.seed, tally, time.monotonic() + 60 * options.minutes)
        print(f"{name}: {tally.counts.total()}, false 37257: {len(tally.false)}; {tally.table()}", flush=True)
        wrong += len(tally.false)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
