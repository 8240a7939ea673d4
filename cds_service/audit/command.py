"""The command `audit` without its command line: options in, lines to print out.

Knows settings and which engine an option stands for.
"""

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cds_service.audit.local import House
from cds_service.audit.results import Totals
from cds_service.audit.run import Busy, audit
from cds_service.audit.sources import NoInput
from cds_service.audit.synthetic.export import generate
from cds_service.picture import picture
from cds_service.settings import Settings, preferences


class Unusable(Exception):
    """The call or its input cannot be used; the message says why and what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command was told; `workers` 0 stands for one for each core."""

    out: str
    engine: str = "local"
    master: str = ""
    workers: int = 0
    with_identifiers: bool = False


def audited(paths: Sequence[str], options: Options, settings: Settings) -> list[str]:
    """Audit an export.

    Raises:
        Unusable: nothing can be audited, or the engine is not there.
        KnowledgeProblem: the knowledge files or the site's code map are faulty.
    """
    if not paths:
        raise Unusable("name the files or folders of an export, or --generate N for a synthetic one")
    house = House(folder=Path(options.out), code_map=settings.code_map, preferences=preferences(settings))
    try:
        if options.engine == "spark":
            from cds_service.audit.spark import audit_on_spark

            totals = audit_on_spark(
                paths,
                house,
                options.out,
                master=options.master,
                identifiers=options.with_identifiers,
                picture=picture,
            )
        else:
            workers = options.workers or _cores()
            totals = audit(paths, house, workers=workers, identifiers=options.with_identifiers, picture=picture)
    except (NoInput, Busy) as error:
        raise Unusable(str(error)) from None
    except ModuleNotFoundError as error:
        raise Unusable(f"the engine needs {error.name}; install iliac-cds[spark]") from None
    except (OSError, sqlite3.Error) as error:
        where, why = getattr(error, "filename", None), getattr(error, "strerror", None)
        raise Unusable(f"{where or options.out}: {why or error}") from None
    return told(totals, options.out)


def generated(procedures: int, seed: int, out: str) -> list[str]:
    """Write a synthetic export.

    Raises:
        Unusable: it cannot be written there.
    """
    folder = Path(out)
    try:
        cases = generate(procedures, seed, folder)
    except OSError as error:
        raise Unusable(f"{error.filename or out}: {error.strerror or error}") from None
    export, truth = folder / "export", folder / "truth.ndjson"
    return [f"{procedures} procedures with {cases} iliac cases in {export}; the truth is in {truth}."]


def _cores() -> int:
    """The cores this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def told(totals: Totals, out: str) -> list[str]:
    """What a run came to, in lines for a person."""
    lines = [
        f"{totals.sessions} sessions audited, {totals.found} with findings: "
        f"{totals.under} under-coded, {totals.over} over-coded, {totals.form} errors of form."
    ]
    lines += [f"Narrowed. {sentence}" for sentence in totals.narrowed]
    if totals.rejects:
        lines.append(f"{totals.rejects} lines or files could not be read; see rejects.ndjson.")
    return [*lines, f"Results in {out}: report.html, findings.csv, findings.ndjson, rejects.ndjson."]
