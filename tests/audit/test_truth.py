"""The audit finds in a synthetic export what its truth says: all of it, and nothing else."""

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

from cds_service.audit.results import COLUMNS
from cds_service.audit.synthetic.cases import CASES
from cds_service.audit.synthetic.export import generate
from tests.audit.conftest import PROCEDURES, Synthetic
from tests.audit.exports import codes, findings

DIRECTIONS = {
    "missed-37257": ["under"],
    "nothing-charged": ["under", "under"],
    "without-initial": ["under"],
    "wrong-leg": ["form", "form"],
    "wrong-units": ["over", "over"],
    "wrong-initial": ["under", "under"],
    "only-charged": ["over", "over"],
    "duplicate": ["over", "over"],
}


def truth_of(folder: Path) -> dict[str, dict[str, Any]]:
    rows = [json.loads(line) for line in (folder / "truth.ndjson").read_text().splitlines()]
    return {r["encounter"]: r for r in rows}


def test_recall_and_precision_are_exactly_one(synthetic: Synthetic) -> None:
    truth = {e: t["findings"] for e, t in truth_of(synthetic.folder).items() if t["findings"]}
    found = {o["audit"]["encounter"]: codes(o) for o in findings(synthetic.out)}
    assert found == truth


def test_every_case_is_in_the_export_and_every_session_was_audited(synthetic: Synthetic) -> None:
    truth = truth_of(synthetic.folder)
    assert {t["case"] for t in truth.values()} == {c.name for c in CASES}
    assert synthetic.totals.sessions == len(truth)
    assert synthetic.totals.found == sum(bool(t["findings"]) for t in truth.values())


def test_what_stands_beside_a_finding_is_the_truth_too(synthetic: Synthetic) -> None:
    truth = truth_of(synthetic.folder)
    for outcome in findings(synthetic.out):
        (session,) = outcome["sessions"]
        known = truth[outcome["audit"]["encounter"]]
        assert outcome["audit"]["patient"] == known["patient"]
        assert session["date"] == known["date"]
        assert session["siteOfService"]["pos"] == known["site"]
        assert session["answer37257"]["verdict"] == known["verdict"], known["case"]
        assert session["payers"][0]["lineOfBusiness"] == known["payer"]
        untold = known["case"] in ("missed-37257-in-note", "only-charged")  # no Procedure says who performed it
        assert outcome["audit"]["group"] == ("" if untold else known["group"]), known["case"]


def test_under_and_over_coding_are_told_apart(synthetic: Synthetic) -> None:
    truth = truth_of(synthetic.folder)
    seen = {truth[o["audit"]["encounter"]]["case"]: o["audit"]["directions"] for o in findings(synthetic.out)}
    assert {case: sorted(seen[case]) for case in DIRECTIONS} == {c: sorted(d) for c, d in DIRECTIONS.items()}


def test_the_table_has_one_row_for_each_finding(synthetic: Synthetic) -> None:
    with (synthetic.out / "findings.csv").open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert tuple(rows[0]) == COLUMNS
    expected = Counter(f for t in truth_of(synthetic.folder).values() for f in t["findings"])
    assert Counter(r["finding"] for r in rows) == expected


def test_the_same_seed_gives_the_same_bytes_and_the_number_of_procedures_asked_for(
    synthetic: Synthetic, tmp_path: Path
) -> None:
    generate(PROCEDURES, 7, tmp_path)
    mine = {p.relative_to(synthetic.folder): p.read_bytes() for p in synthetic.folder.rglob("*.ndjson")}
    assert {p.relative_to(tmp_path): p.read_bytes() for p in tmp_path.rglob("*.ndjson")} == mine
    lines = sum(b.count(b"\n") for p, b in mine.items() if p.name.startswith("Procedure"))
    assert lines == PROCEDURES


def test_another_seed_gives_another_export(tmp_path: Path) -> None:
    generate(700, 1, tmp_path / "a")
    generate(700, 2, tmp_path / "b")
    assert truth_of(tmp_path / "a").keys() != truth_of(tmp_path / "b").keys()
