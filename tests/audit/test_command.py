"""`iliac-cds audit` from outside: what it prints, what it exits with, and what it loads."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cds_service.audit.crew import crew
from cds_service.audit.run import alone
from cds_service.audit.state import State
from cds_service.cli import main
from tests.audit.conftest import Synthetic
from tests.audit.exports import RESULTS, results, write
from tests.audit.test_units import ACTS, RIGHT_CHARGES
from tests.charts import encounter


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["audit", *words])


def test_an_audit_says_what_it_came_to_and_where_the_results_are(synthetic: Synthetic, tmp_path: Path) -> None:
    found = run(str(synthetic.folder / "export"), "--out", str(tmp_path), "--workers", "1", "--with-identifiers")
    assert found.exit_code == 0
    totals = synthetic.totals
    assert found.stdout.splitlines() == [
        f"{totals.sessions} sessions audited, {totals.found} with findings: {totals.under} under-coded, "
        f"{totals.over} over-coded, {totals.form} errors of form.",
        f"Results in {tmp_path}: report.html, findings.csv, findings.ndjson, rejects.ndjson.",
    ]
    assert results(tmp_path) == results(synthetic.out)


def test_generate_writes_an_export_that_can_be_audited(tmp_path: Path) -> None:
    made = run("--generate", "700", "--seed", "5", "--out", str(tmp_path))
    assert made.exit_code == 0
    assert made.output.startswith("700 procedures with ")
    found = run(str(tmp_path / "export"), "--out", str(tmp_path / "out"), "--workers", "1")
    assert found.exit_code == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == list(RESULTS)


def test_a_narrowed_audit_and_rejects_are_told(tmp_path: Path) -> None:
    path = write(tmp_path / "in", [*ACTS, RIGHT_CHARGES[0], encounter()])
    with path.open("a") as opened:
        opened.write("broken\n")
    lines = run(str(path), "--out", str(tmp_path / "out"), "--workers", "1").stdout.splitlines()
    assert "Narrowed. No Coverage: payers are not known." in lines
    assert "1 lines or files could not be read; see rejects.ndjson." in lines


UNUSABLE = [
    (["--out", "{}"], "name the files or folders", "no path"),
    (["{}/nowhere", "--out", "{}/out"], "there is no such file or folder", "no file"),
    (["{}/empty", "--out", "{}/out"], "has no file that ends in", "an empty folder"),
    (["{}/x.ndjson", "--out", "{}/out"], "is a resource that is audited", "nothing that is audited"),
    (["{}/x.ndjson", "--out", "{}/damaged"], "not a database", "a state that is none"),
    (["{}/x.ndjson", "--out", "{}/x.ndjson"], "x.ndjson", "a file where a folder belongs"),
]


@pytest.mark.parametrize(("words", "says", "reason"), UNUSABLE)
def test_an_unusable_call_ends_with_one_clear_line(words: list[str], says: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.ndjson").write_text('{"resourceType": "Observation"}\n')
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / State.NAME).write_bytes(b"no database, but longer than its header is" * 9)
    found = run(*(w.format(tmp_path) for w in words), "--workers", "1")
    assert found.exit_code == 2, reason
    last = found.stderr.splitlines()[-1]
    assert last.startswith("iliac-cds: ")
    assert says in last
    assert "Traceback" not in found.output


def test_the_service_loads_nothing_of_the_audit() -> None:
    code = (
        "import sys, cds_service.app, cds_service.cli, cds_service.server\n"
        "loaded = {'hyperscan', 'rich', 'zstandard', 'pyspark', 'cds_service.audit'} & set(sys.modules)\n"
        "assert not loaded, loaded"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


class _Odd:
    """A worker for whom one job is impossible."""

    def do(self, phase: str, job: int) -> None:
        if job == 3:
            raise ValueError(f"{phase} {job}")

    def close(self) -> None: ...


@pytest.mark.parametrize("workers", [1, 2])
def test_a_job_that_fails_ends_the_run_with_its_error(workers: int) -> None:
    with pytest.raises(ValueError, match="find 3"), crew(_Odd, workers) as work:
        list(work("find", range(9)))


def test_the_folder_of_results_cannot_be_all_that_is_read(tmp_path: Path) -> None:
    write(tmp_path, [*ACTS, encounter()])
    found = run(str(tmp_path), "--out", str(tmp_path))
    assert found.exit_code == 2
    assert found.stderr.endswith("lies in this folder; name another one for the results\n")


def test_two_audits_do_not_write_into_one_folder(tmp_path: Path) -> None:
    write(tmp_path / "in", [*ACTS, encounter()])
    out = tmp_path / "out"
    out.mkdir()
    with alone(out):
        found = run(str(tmp_path / "in"), "--out", str(out), "--workers", "1")
    assert (found.exit_code, found.stderr) == (
        2,
        f"iliac-cds: {out}: another audit writes there; wait for its end, or name another folder\n",
    )
    assert run(str(tmp_path / "in"), "--out", str(out), "--workers", "1").exit_code == 0
    assert sorted(p.name for p in out.iterdir()) == sorted(RESULTS)


def test_an_export_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    found = run("--generate", "10", "--out", str(tmp_path / "file" / "x"))
    assert (found.exit_code, found.stderr.count("\n")) == (2, 1)
