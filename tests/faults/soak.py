"""`python -m tests.faults.soak --minutes 10`: the real server under mixed calls, ten times as many, and far too many.

Prints Markdown: calls a second and percentiles by kind, what was sent away over capacity and how soon, how it went
afterwards, memory of the workers over time, and feedback that was lost (there must be none). Loopback only; the clients
share the machine with the server. Exit status 1 where a promise was not kept.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cds_service.stores.place import Place
from tests.bench.processes import processor
from tests.bench.tables import figure
from tests.client.fake import running
from tests.faults.mixture import Mixture, Seen, calling, percentile
from tests.faults.senders import lost_or_doubled, workers
from tests.ops.serving import Served, served, until
from tests.web.test_fetching import CHART, bare

TIMES, TOO_MANY = 10, 30


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Seconds of the normal load, of ten times as many clients, of thirty times as many that hardly pause, and of the
    normal load again; clients of the normal load and the pauses between their calls.
    """

    normal: float
    ten: float
    over: float
    after: float
    clients: int = 4
    pause: float = 0.1
    workers: int = 2
    seed: int = 37257


@dataclass
class Outcome:
    """What was seen in each phase, seconds of processor time the server used in it, the workers' memory in MiB by the
    minute it was taken, and what became of feedback.
    """

    phases: dict[str, Seen] = field(default_factory=dict)
    processor: dict[str, float] = field(default_factory=dict)
    memory: list[tuple[float, list[float]]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    replaced: bool = False

    @property
    def faults(self) -> list[str]:
        """Every promise that was not kept."""
        found = [f"{name}: {what} ({n} x)" for name, seen in self.phases.items() for what, n in seen.wrong.items()]
        found += [f"{len(self.lost)} items of feedback are lost"] if self.lost else []
        found += [f"{len(self.doubled)} items of feedback are stored twice"] if self.doubled else []
        return [*found, "a worker was replaced"] if self.replaced else found


def soak(plan: Plan, **environment: str) -> Outcome:
    """One run, from the start of a server, with more settings, to its end."""
    out = Outcome()
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder), plan, environment) as (server, mixture):
        until(lambda: len(workers(server)) == plan.workers)
        started, begun = workers(server), time.monotonic()
        for number, phase in enumerate(_phases(plan)):
            spent = processor(server.process.pid)
            with calling(server, mixture, phase.clients, pause=phase.pause, seed=plan.seed + number) as seen:
                for _ in _while(phase.seconds):
                    out.memory.append(((time.monotonic() - begun) / 60, memory(server)))
            out.phases[phase.name] = seen
            out.processor[phase.name] = processor(server.process.pid) - spent
        taken = [card for seen in out.phases.values() for card in seen.taken]
        out.replaced = workers(server) != started
        server.stop()
        found = lost_or_doubled(Place(directory=folder), taken)
        out.lost, out.doubled = found["lost"], found["doubled"]
    return out


@dataclass(frozen=True, kw_only=True)
class _Phase:
    name: str
    seconds: float
    clients: int
    pause: float


def _phases(plan: Plan) -> list[_Phase]:
    few, many = plan.clients, plan.clients * TOO_MANY
    return [
        _Phase(name="normal", seconds=plan.normal, clients=few, pause=plan.pause),
        _Phase(name=f"{TIMES} times", seconds=plan.ten, clients=few * TIMES, pause=plan.pause),
        _Phase(name="over capacity", seconds=plan.over, clients=many, pause=plan.pause / 10),
        _Phase(name="normal again", seconds=plan.after, clients=few, pause=plan.pause),
    ]


@contextmanager
def _server(folder: Path, plan: Plan, environment: dict[str, str]) -> Iterator[tuple[Served, Mixture]]:
    with (
        running(dict(CHART)) as fhir,
        served(
            folder,
            workers=plan.workers,
            ILIAC_CDS_FHIR_SERVERS=fhir.base,
            ILIAC_CDS_LOG_LEVEL="warning",
            ILIAC_CDS_FHIR_DEADLINE="5",
            **environment,
        ) as server,
    ):
        yield server, Mixture(json.dumps(bare(fhir)).encode(), plan.seed)


def _while(seconds: float) -> Iterator[None]:
    """Now and then, and at the end of so many seconds."""
    end, step = time.monotonic() + seconds, max(seconds / 3, 0.5)
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(step, left))
        yield


def memory(server: Served) -> list[float]:
    """Proportional set size of each worker in MiB."""
    texts = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in workers(server))
    return [int(m[1]) / 1024 for t in texts if (m := re.search(r"^Pss:\s+(\d+)", t, re.MULTILINE))]


def report(plan: Plan, out: Outcome) -> str:
    """The run as Markdown."""
    rows = ["| load | clients | answered a second | p50, ms | p99, ms | sent away (503) | its p50, ms | its p99, ms |"]
    rows[0] += " processor ms a call |"
    rows.append("| --- |" + " ---: |" * 8)
    for phase in _phases(plan):
        seen = out.phases[phase.name]
        good, away = seen.of(200, 400, 412), seen.of(503)
        cells = [str(phase.clients), figure(len(good) / seen.seconds)]
        cells += [figure(percentile(good, p)) for p in (0.5, 0.99)]
        cells += [str(len(away)), *(figure(percentile(away, p)) if away else "–" for p in (0.5, 0.99))]
        cells.append(figure(out.processor[phase.name] * 1000 / max(1, sum(seen.statuses.values()))))
        rows.append(f"| {phase.name} | " + " | ".join(cells) + " |")
    rows += ["", "| kind of call | " + " | ".join(f"{name}: calls, p50, p99 ms" for name in out.phases) + " |"]
    rows.append("| --- |" + " ---: |" * len(out.phases))
    for kind in sorted({kind for seen in out.phases.values() for kind, _ in seen.times}):
        found = [seen.of(200, 400, 412, kind=kind) for seen in out.phases.values()]
        rows.append(f"| {kind} | " + " | ".join(_spread(f) for f in found) + " |")
    rows += ["", "| minute | " + " | ".join(f"worker {n + 1}, MiB" for n in range(plan.workers)) + " |"]
    rows.append("| ---: |" + " ---: |" * plan.workers)
    rows += [f"| {figure(minute)} | " + " | ".join(figure(s) for s in sizes) + " |" for minute, sizes in out.memory]
    taken = sum(len(seen.taken) for seen in out.phases.values())
    statuses = {name: dict(sorted(seen.statuses.items())) for name, seen in out.phases.items()}
    rows += [
        "",
        f"Answers by status: {statuses}.",
        f"Feedback taken: {taken}, lost: {len(out.lost)}, stored twice: {len(out.doubled)}.",
    ]
    return "\n".join([*rows, *(f"NOT KEPT: {fault}" for fault in out.faults)])


def _spread(ordered: list[float]) -> str:
    return (
        f"{len(ordered)}, {figure(percentile(ordered, 0.5))}, {figure(percentile(ordered, 0.99))}" if ordered else "–"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="for all phases together (%(default)s)")
    parser.add_argument("--clients", type=int, default=4, help="clients of the normal load (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="worker processes (%(default)s)")
    parser.add_argument("--seed", type=int, default=37257, help="of charts and chances (%(default)s)")
    asked = parser.parse_args()
    whole = asked.minutes * 60
    plan = Plan(
        normal=whole * 0.5,
        ten=whole * 0.15,
        over=whole * 0.15,
        after=whole * 0.2,
        clients=asked.clients,
        workers=asked.workers,
        seed=asked.seed,
    )
    out = soak(plan)
    print(report(plan, out))
    sys.exit(1 if out.faults else 0)


if __name__ == "__main__":
    main()
