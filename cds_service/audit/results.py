"""The results of an audit as files: findings.ndjson, findings.csv, rejects.ndjson and report.html.

Knows the state's outcomes and the forms of the files. Each file is written beside its place and then put there, so that
none is ever half written; the same state always gives the same bytes.
"""

import csv
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import IO, Any

from cds_service.audit.outcomes import Direction
from cds_service.audit.privacy import Names, without_identifiers
from cds_service.audit.report import Found, page
from cds_service.audit.rows import AUDITED, CHARGES, PAPERS
from cds_service.audit.sources import Portion
from cds_service.audit.state import State
from cds_service.audit.summary import Summary
from cds_service.fhir.elements import Json

SHOWN = 300
COLUMNS = (
    "patient", "encounter", "date", "site", "payer", "line_of_business", "group", "finding", "direction", "rule",
    "codes", "side", "text", "charged", "supported", "verdict_37257", "units_37257",
)  # fmt: skip
_LOSES = {
    "Procedure": "what was done is read from notes and reports alone",
    "Encounter": "place of service and the days of a stay are not known",
    "Condition": "lesions are read from procedures, notes and reports alone",
    "Coverage": "payers are not known",
}

Picture = Callable[[Json], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a run comes to, for the last line of the command."""

    sessions: int
    found: int
    under: int
    over: int
    form: int
    rejects: int
    narrowed: tuple[str, ...]


def write_results(
    state: State, portions: Sequence[Portion], folder: Path, *, identifiers: bool, picture: Picture | None
) -> Totals:
    """Write the files of an audit whose state is complete. `picture` draws a decision document as SVG for the page."""
    summary = Summary(names=None if identifiers else Names())
    shown: list[Found] = []
    with _in_place(folder / "findings.ndjson") as ndjson, _in_place(folder / "findings.csv") as table:
        rows = csv.writer(table, lineterminator="\n")
        rows.writerow(COLUMNS)
        for outcome in _findings(state, summary, identifiers=identifiers):
            ndjson.write(_compact(outcome))
            rows.writerows(_cells(outcome))
            if len(shown) < SHOWN:
                drawn = picture({k: outcome[k] for k in ("knowledge", "sessions", "unread")}) if picture else ""
                shown.append(Found(outcome=outcome, picture=drawn))
    rejects = _write_rejects(state, portions, folder)
    kinds = state.kinds()
    narrowed = tuple(narrowed_by(kinds))
    with _in_place(folder / "report.html") as html:
        html.write(page(summary, shown, narrowed=narrowed, rejects=rejects, kinds=kinds))
    return Totals(
        sessions=summary.sessions,
        found=summary.found,
        under=summary.directions[Direction.UNDER],
        over=summary.directions[Direction.OVER],
        form=summary.directions[Direction.FORM],
        rejects=rejects,
        narrowed=narrowed,
    )


def narrowed_by(kinds: dict[str, int]) -> Iterator[str]:
    """What the audit cannot see, in sentences: the resource types an export lacks."""
    if not any(k in kinds for k in CHARGES):
        yield "No ChargeItem and no Claim: nothing is known of what was charged, so nothing can be found."
    if not any(k in kinds for k in PAPERS):
        yield "No DiagnosticReport, DocumentReference or Composition: what only notes and reports tell is not seen."
    for kind in AUDITED:
        if kind in _LOSES and kind not in kinds:
            yield f"No {kind}: {_LOSES[kind]}."


def _findings(state: State, summary: Summary, *, identifiers: bool) -> Iterator[Json]:
    """Every session with a finding as it is published; all sessions are counted."""
    names = Names()
    for written in state.outcomes():
        for outcome in json.loads(written):
            summary.add(outcome)
            if outcome["directions"]:
                yield outcome_as_shown(outcome, names, summary, identifiers=identifiers)


def outcome_as_shown(outcome: Json, names: Names, summary: Summary, *, identifiers: bool) -> Json:
    """The decision document of a session with what the audit knows beside it; without identifiers unless asked for."""
    patient, encounter = outcome["patient"], outcome["encounter"]
    document, group = outcome["document"], outcome["group"]
    if not identifiers:
        encounter = names.of("encounter", f"{patient}/{encounter or 'none'}")
        patient = names.of("patient", patient or encounter)
        document = without_identifiers(document, encounter)
        group = summary.names.of("group", group) if summary.names else ""
    about = {"patient": patient, "encounter": encounter, "group": group, "directions": outcome["directions"]}
    return {**document, "audit": about}


def _cells(outcome: Json) -> Iterator[list[str]]:
    """One row for each finding of a session."""
    session, about = outcome["sessions"][0], outcome["audit"]
    payer: dict[str, Any] = next(iter(session["payers"]), {"payer": "", "lineOfBusiness": ""})
    charged = "; ".join(_line(x) for x in session["draft"]["lines"])
    supported = "; ".join(_line(x) for x in session["lines"] if x["status"] == "supported")
    answer = session["answer37257"]
    for finding, direction in zip(session["draft"]["findings"], about["directions"], strict=True):
        row = [about["patient"], about["encounter"], session["date"] or "", session["siteOfService"]["pos"] or ""]
        row += [payer["payer"], payer["lineOfBusiness"], about["group"], finding["code"], direction, finding["rule"]]
        row += [" ".join(finding["codes"]), finding.get("side", ""), finding["text"], charged, supported]
        yield [_cell(x) for x in (*row, answer["verdict"], str(answer["units"]))]


def _line(line: Json) -> str:
    return "-".join([line["code"], *line["modifiers"]]) + f" x{line['units']}"


def _cell(value: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _write_rejects(state: State, portions: Sequence[Portion], folder: Path) -> int:
    """Every line that could not be read, by file and line; how many there are."""
    counts = dict(state.lines())
    before: dict[int, int] = {}
    for path in dict.fromkeys(p.path for p in portions):
        numbers = [p.number for p in portions if p.path == path]
        sums = accumulate((counts.get(n, 0) for n in numbers), initial=0)
        before.update(zip(numbers, sums, strict=False))
    names = {p.number: p.name for p in portions}
    written = 0
    with _in_place(folder / "rejects.ndjson") as out:
        for portion, line, why in state.rejects():
            out.write(_compact({"file": names[portion], "line": before[portion] + line, "why": why}))
            written += 1
    return written


def _compact(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


@contextmanager
def _in_place(path: Path) -> Iterator[IO[str]]:
    beside = path.with_name(f".{path.name}.part")
    with open(beside, "w", encoding="utf-8", errors="replace", newline="") as out:
        yield out
        out.flush()
        os.fsync(out.fileno())
    beside.replace(path)
