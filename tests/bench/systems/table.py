"""The systems that are measured, in the order of the table: how each is started and what it needs.

Knows commands; environments are made by `environments`, processes kept by `processes`.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

OURS = "iliac-cds"
CHARGE = "/cds-services/iliac-charge-review"
_GUNICORN = ["--worker-class", "gthread", "--threads", "4", "--preload", "--log-level", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One system. `command` gets port, workers and the folder of its environment; `decides`: it looks at the chart."""

    name: str
    what: str
    command: Callable[[int, int, Path], list[str]]
    environment: str = ""
    path: str = CHARGE
    decides: bool = True
    variables: Mapping[str, str] = field(default_factory=dict)


def _ours(port: int, workers: int, _: Path) -> list[str]:
    serve = ["serve", "--port", str(port), "--workers", str(workers)]
    return [sys.executable, "-c", "from cds_service.cli import main; main()", *serve]


def _flask(module: str) -> Callable[[int, int, Path], list[str]]:
    """The same server with the same options as this service has."""

    def command(port: int, workers: int, _: Path) -> list[str]:
        where = ["--bind", f"127.0.0.1:{port}", "--workers", str(workers)]
        return [sys.executable, "-m", "gunicorn", *_GUNICORN, *where, f"tests.bench.systems.{module}:app"]

    return command


def _healthchain(port: int, workers: int, folder: Path) -> list[str]:
    python = str(folder / "bin/python")
    return [python, "-m", "tests.bench.systems.healthchain_server", str(port), str(workers)]


def _node(script: str) -> Callable[[int, int, Path], list[str]]:
    return lambda port, workers, folder: ["node", str(folder / script), str(port), str(workers)]


_HEALTHCHAIN_PATH = "/cds" + CHARGE
SYSTEMS = (
    System(name=OURS, what="this service", command=_ours, variables={"ILIAC_CDS_AUTH": "off"}),
    System(
        name="flask-fixed-card",
        what="Flask: parses the JSON, answers a fixed card",
        command=_flask("fixed_card"),
        decides=False,
    ),
    System(
        name="flask-fhir-resources",
        what="Flask: validates all with fhir.resources, simple rule",
        command=_flask("validated"),
    ),
    System(
        name="healthchain",
        what="HealthChain, simple rule on JSON",
        command=_healthchain,
        environment="healthchain",
        path=_HEALTHCHAIN_PATH,
    ),
    System(
        name="healthchain-models",
        what="HealthChain, simple rule on its FHIR models",
        command=_healthchain,
        environment="healthchain",
        path=_HEALTHCHAIN_PATH,
        variables={"HEALTHCHAIN_MODELS": "on"},
    ),
    System(name="express", what="Express, simple rule", command=_node("express_service.mjs"), environment="node"),
    System(name="cql", what="Express, simple rule in CQL", command=_node("cql_service.mjs"), environment="node"),
)
