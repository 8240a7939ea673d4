"""A run that was stopped or killed at any point goes on, and its results are the same to the byte."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cds_service.audit.local import Worker
from cds_service.audit.state import Found, State
from cds_service.audit.synthetic.export import generate
from tests.audit.conftest import Synthetic
from tests.audit.exports import RESULTS, audited, results

PATIENCE = 300.0
COMMAND = [sys.executable, "-c", "from cds_service.cli import main; main()", "audit"]


def start(export: Path, out: Path) -> subprocess.Popen[bytes]:
    words = [*COMMAND, str(export), "--out", str(out), "--workers", "2", "--with-identifiers"]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def behind(out: Path) -> int:
    """How many steps a run has behind it, by its state."""
    path = out / State.NAME
    if not path.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            return sum(db.execute(f"SELECT COUNT(*) FROM {t}").fetchone()[0] for t in ("done", "decided"))
    except sqlite3.OperationalError:
        return 0


def kill_at(run: subprocess.Popen[bytes], out: Path, steps: int) -> bool:
    """Kill a run hard when it has so many steps behind it; False when it ended before."""
    until = time.monotonic() + PATIENCE
    while run.poll() is None and time.monotonic() < until:
        if behind(out) >= steps:
            os.kill(run.pid, signal.SIGKILL)
            run.wait()
            return True
        time.sleep(0.02)
    assert run.poll() is not None
    return False


def test_runs_killed_at_random_points_end_with_the_same_bytes(synthetic: Synthetic, tmp_path: Path) -> None:
    pick, export = Random(20), synthetic.folder / "export"
    whole = 2 * len(list(export.iterdir())) + 1
    points = sorted(pick.sample(range(whole), 4))
    kills = sum(kill_at(start(export, tmp_path), tmp_path, steps) for steps in points)
    assert start(export, tmp_path).wait(timeout=PATIENCE) == 0
    assert kills >= 2
    assert results(tmp_path) == results(synthetic.out)
    assert sorted(p.name for p in tmp_path.iterdir()) == list(RESULTS), "the state goes when the results are there"


class _Stopped(Exception):
    """Stands for whatever ends a run."""


@pytest.mark.parametrize("steps", [0, 1, 5, 9, 10, 14, 18])
def test_a_run_stopped_between_any_two_steps_goes_on(
    steps: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate(900, 3, tmp_path)
    audited(tmp_path / "export", tmp_path / "whole")
    done: list[str] = []
    do = Worker.do

    def until(worker: Worker, phase: str, job: Any) -> None:
        if len(done) == steps:
            raise _Stopped
        do(worker, phase, job)
        done.append(phase)

    with monkeypatch.context() as patched:
        patched.setattr(Worker, "do", until)
        with pytest.raises(_Stopped):
            audited(tmp_path / "export", tmp_path / "out")
    before, done[:] = len(done), []
    with monkeypatch.context() as patched:
        patched.setattr(Worker, "do", lambda w, p, j: (done.append(p), do(w, p, j))[1])
        audited(tmp_path / "export", tmp_path / "out")
    assert results(tmp_path / "out") == results(tmp_path / "whole")
    assert before + len(done) == 19, "nothing is done twice"


def test_what_a_killed_worker_left_half_done_is_removed(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.begin("a")
    state.add_kept(3, [(1, "p", b"{}")], last=False)
    assert state.chart("p") == [b"{}"]
    assert state.begin("a")
    assert state.chart("p") == []
    state.add_kept(3, [(1, "p", b"{}")], last=True)
    assert state.begin("a")
    assert state.chart("p") == [b"{}"]
    state.close()


def test_the_state_of_another_layout_is_dropped(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / State.NAME)) as db:
        db.executescript("CREATE TABLE plan (fingerprint TEXT); INSERT INTO plan VALUES ('a'); CREATE TABLE hits (x)")
    state = State(tmp_path)
    assert not state.begin("a")
    state.add_found(
        Found(portion=1, lines=1, kinds={"Patient": 1}, rejects=[], hits=[("p", "e")], keys=b"", blocks=b"")
    )
    assert state.begin("a")
    assert list(state.hit_keys()) == [("p", "e")]
    state.close()


def test_the_state_of_other_input_is_dropped(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.begin("a")
    state.add_kept(3, [(1, "p", b"{}")], last=True)
    assert not state.begin("b")
    assert state.chart("p") == []
    assert state.done("gather") == set()
    state.close()


def test_results_that_lie_in_the_input_are_no_input(tmp_path: Path) -> None:
    generate(900, 3, tmp_path)
    inside = tmp_path / "export" / "results"
    audited(tmp_path / "export", inside)
    first = results(inside)
    assert audited(tmp_path / "export", inside).rejects == 0
    assert results(inside) == first


def test_the_state_is_its_owners_only(tmp_path: Path) -> None:
    State(tmp_path).close()
    assert (tmp_path / State.NAME).stat().st_mode & 0o077 == 0


def test_the_number_of_workers_changes_no_byte(synthetic: Synthetic, tmp_path: Path) -> None:
    audited(synthetic.folder / "export", tmp_path, workers=3)
    assert results(tmp_path) == results(synthetic.out)
