"""Exports for tests: hook requests and resources as NDJSON files, audited in process."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cds_service.advice import Preferences
from cds_service.audit.local import House
from cds_service.audit.results import Totals
from cds_service.audit.rows import KINDS
from cds_service.audit.run import audit
from cds_service.picture import picture

Json = dict[str, Any]
RESULTS = ("findings.csv", "findings.ndjson", "rejects.ndjson", "report.html")


def resources_in(value: Any) -> Iterator[Json]:
    """Every resource of a request that an export would hold, each as a line of its own."""
    if isinstance(value, dict) and value.get("resourceType") in KINDS:
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from resources_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from resources_in(item)


def write(folder: Path, resources: Iterable[Json], name: str = "export.ndjson") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("".join(json.dumps(r) + "\n" for r in resources), encoding="utf-8")
    return path


def house(out: Path) -> House:
    return House(folder=out, code_map="", preferences=Preferences())


def audited(path: Path, out: Path, *, identifiers: bool = True, workers: int = 1) -> Totals:
    return audit([str(path)], house(out), workers=workers, identifiers=identifiers, picture=picture)


def findings(out: Path) -> list[Json]:
    return [json.loads(line) for line in (out / "findings.ndjson").read_text("utf-8").splitlines()]


def rejects(out: Path) -> list[Json]:
    return [json.loads(line) for line in (out / "rejects.ndjson").read_text("utf-8").splitlines()]


def results(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in RESULTS}


def codes(outcome: Json) -> list[str]:
    return sorted(f["code"] for f in outcome["sessions"][0]["draft"]["findings"])
