"""The README is true: its transcript, its commands, its tables, its links."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from cds_service.cli import main
from cds_service.knowledge.loader import FILES
from cds_service.settings_table import table
from cds_service.web.services import CHARGE_HOOK, offered

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


def test_the_transcript_is_what_the_command_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    (transcript,) = [body for kind, body in BLOCKS if kind == "console"]
    command, _, shown = transcript.partition("\n")
    words = shlex.split(command.removeprefix("$ iliac-cds "))
    monkeypatch.chdir(ROOT)
    assert CliRunner().invoke(main, words).output.rstrip() == shown.rstrip()
    assert "37258" in shown
    assert "37257" in shown


def test_the_two_commands_are_one_line_each_and_name_files_that_exist() -> None:
    setups = [body for kind, body in BLOCKS if kind == "sh" and "venv" in body]
    assert len(setups) == 2
    for body in setups:
        assert body.count("\n") == 1
        for path in re.findall(r"-r (\S+)", body) + re.findall(r"check (\S+)", body):
            assert (ROOT / path).is_file(), path


def test_ci_runs_the_test_command_of_the_readme() -> None:
    ci = (ROOT / ".ci/run").read_text()
    assert 'pip" install -q -r requirements-dev.lock' in ci
    assert ci.rstrip().endswith("pytest")


def test_every_command_named_exists() -> None:
    for words in re.findall(r"`iliac-cds ([a-z ]+?)(?: \[| [A-Z]|`)", README):
        found = CliRunner().invoke(main, [*words.split(), "--help"])
        assert found.exit_code == 0, words


def test_every_command_there_is_stands_in_the_readme() -> None:
    for name in main.commands:
        assert f"iliac-cds {name}" in README


def test_the_settings_table_is_complete() -> None:
    for variable, default, meaning in table():
        assert f"| `{variable}` | {default} | {meaning} |" in README


def test_the_services_table_names_every_hook_and_the_custom_one_is_defined() -> None:
    for service in offered(patient_view=True):
        assert f"| `{service.hook}` | `{service.id}` |" in README
    assert f"### The hook `{CHARGE_HOOK}`" in README


def test_every_link_to_a_file_leads_to_one() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_knowledge_readme_names_every_file() -> None:
    text = (ROOT / "cds_service/knowledge/README.md").read_text("utf-8")
    assert [name for name in FILES if f"`{name}`" not in text] == []


def test_no_registry_host_and_no_path_of_a_machine_stands_in_the_lock_files() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-browser.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert "--hash=sha256:" in text
