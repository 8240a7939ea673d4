"""`python -m tests.bench.stages`: what one call costs by stage, in processor time, by size of the chart.

The application runs in this process, without a server. The functions of the stages are wrapped where the flow calls
them; what is left of the whole is Flask, the envelope and writing the answer.
"""

import argparse
import importlib
import json
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask

from tests.bench import sent
from tests.bench.systems.table import CHARGE
from tests.bench.tables import figure

STAGES = {
    "parse": ("cds_service.web.hooks", "parse"),
    "complete": ("cds_service.web.hooks", "complete"),
    "read": ("cds_service.advice", "read_request"),
    "decide": ("cds_service.advice", "decide"),
    "cards": ("cds_service.advice", "cards_for"),
}
REST, WHOLE, PLAIN = "the rest", "the whole call", "json.loads alone"


@contextmanager
def watched(spent: dict[str, float]) -> Iterator[None]:
    """The stages' functions, with the milliseconds of each call added to `spent`."""
    kept = {}
    try:
        for stage, (module, name) in STAGES.items():
            owner = importlib.import_module(module)
            kept[stage] = owner, name, getattr(owner, name)
            setattr(owner, name, _timed(getattr(owner, name), stage, spent))
        yield
    finally:
        for owner, name, function in kept.values():
            setattr(owner, name, function)


def _timed(function: Callable[..., Any], stage: str, spent: dict[str, float]) -> Callable[..., Any]:
    def call(*args: Any, **named: Any) -> Any:
        begun = time.process_time()
        try:
            return function(*args, **named)
        finally:
            spent[stage] += (time.process_time() - begun) * 1000

    return call


def profile(app: Flask, procedures: int, calls: int, seed: int) -> dict[str, float]:
    """Median milliseconds by stage over so many calls with different bodies."""
    rows: dict[str, list[float]] = defaultdict(list)
    client = app.test_client()
    for number, text in enumerate(sent.bodies(procedures, calls, seed)):
        raw = sent.body(text, number)
        spent: dict[str, float] = dict.fromkeys(STAGES, 0.0)
        with watched(spent):
            begun = time.process_time()
            answer = client.post(CHARGE, data=raw, content_type="application/json")
            whole = (time.process_time() - begun) * 1000
        assert answer.status_code == 200, answer.data
        begun = time.process_time()
        json.loads(raw)
        plain = (time.process_time() - begun) * 1000
        told = {**spent, REST: whole - sum(spent.values()), WHOLE: whole, PLAIN: plain}
        for stage, value in told.items():
            rows[stage].append(value)
    return {stage: statistics.median(values) for stage, values in rows.items()}


def shown(found: dict[int, dict[str, float]]) -> str:
    """Stages down, sizes across, and what each further Procedure costs between the two largest sizes."""
    sizes = sorted(found)
    rows = ["| stage | " + " | ".join(f"{n}, ms" for n in sizes) + " | each further Procedure, µs |"]
    rows.append("| --- |" + " ---: |" * (len(sizes) + 1))
    for stage in found[sizes[0]]:
        values = [found[n][stage] for n in sizes]
        slope = (values[-1] - values[-2]) / (sizes[-1] - sizes[-2]) * 1000 if len(sizes) > 1 else 0.0
        rows.append(f"| {stage} | " + " | ".join(figure(v) for v in values) + f" | {figure(slope)} |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.stages", description=__doc__)
    parser.add_argument("--sizes", nargs="+", type=int, default=[2, 20, 200, 2000], help="procedures in a request")
    parser.add_argument("--calls", type=int, default=20, help="calls of each size (%(default)s)")
    parser.add_argument("--seed", type=int, default=37257, help="of the generated charts (%(default)s)")
    asked = parser.parse_args()
    os.environ["ILIAC_CDS_AUTH"] = "off"
    from cds_service.app import create_app

    app = create_app()
    profile(app, 20, 5, asked.seed + 1)
    print(shown({n: profile(app, n, asked.calls, asked.seed) for n in asked.sizes}))


if __name__ == "__main__":
    main()
