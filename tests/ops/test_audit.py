"""The audit of CI: a known vulnerability fails the build, a build without a network says what it has not looked at."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
AUDIT = ROOT / ".ci/audit.py"
FINE = {"name": "flask", "version": "3.1.3", "vulns": []}
FAULTY = {"name": "jinja2", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1.6"]}]}
UNKNOWN = {"name": "click", "skip_reason": "Dependency not found"}

RUNS: list[tuple[list[Any] | None, str, int, str, str]] = [
    ([FINE], "", 0, "audited 1 of 1 packages; 0 have", "nothing is known"),
    ([FINE, FAULTY], "", 1, "jinja2 1.0 PYSEC-1 (mended in 3.1.6)", "a vulnerability is known"),
    ([FINE, UNKNOWN], "", 0, "NOT AUDITED, unknown to the vulnerability service: click", "a package is not known"),
    (None, "ConnectionError: no route", 0, "NOT AUDITED: the vulnerability service cannot be reached", "no network"),
    (None, "Read timed out", 0, "NOT AUDITED: the vulnerability service cannot be reached", "a slow network"),
    (None, "usage: no such option", 1, "no such option", "the tool was called wrongly"),
]


@pytest.mark.parametrize(("packages", "error", "status", "said", "why"), RUNS, ids=[r[4] for r in RUNS])
def test_the_audit_fails_only_on_what_it_found(
    tmp_path: Path, packages: list[Any] | None, error: str, status: int, said: str, why: str
) -> None:
    report = tmp_path / "audit.json"
    answer = tmp_path / "answer.json"
    answer.write_text(json.dumps({"dependencies": packages}))
    tool = tmp_path / "pip-audit"
    copy = f"cp {answer} {report}" if packages is not None else f"echo '{error}' >&2"
    tool.write_text(f"#!/bin/sh\n{copy}\nexit 1\n")
    tool.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = [sys.executable, str(AUDIT), str(report), "requirements.lock"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == status, why
    assert said in done.stdout


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "requirements-browser.lock"])
def test_every_package_of_a_lock_is_told_by_its_hashes(name: str) -> None:
    packages = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
    told = re.compile(r"[\w.\[\]-]+==[\w.+-]+(?: ; [^\n]+?)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+")
    assert [p.partition(" ")[0] for p in packages if not told.fullmatch(p)] == []
