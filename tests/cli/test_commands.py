"""The command line: what it prints, what it exits with, and one clear line when the call is unusable."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cds_service import __version__
from cds_service.cli import main
from tests.charts import BALLOON, EXTERNAL, RIGHT, bundle, mission, request, treated


def run(*words: str, sent: bytes | None = None) -> Result:
    return CliRunner().invoke(main, list(words), input=sent)


def kept(folder: Path, name: str, value: Any) -> str:
    path = folder / name
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)


def test_version_names_program_knowledge_and_cpt_notice() -> None:
    lines = run("--version").output.splitlines()
    assert lines[0] == f"iliac-cds {__version__}, knowledge 2026.2"
    assert lines[1].startswith("CPT copyright")


def test_check_prints_the_cards_for_a_person(tmp_path: Path) -> None:
    found = run("check", kept(tmp_path, "m.json", mission()))
    assert found.exit_code == 0
    assert "[info] Right leg, iliac: record supports 37258 + 37257." in found.output
    assert "( Add 37258-RT x1 and add 37257-RT x1 to the draft charge )" in found.output
    assert "\\" not in found.output


def test_check_needs_no_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ILIAC_CDS_AUTH", "jwt")
    assert run("check", kept(tmp_path, "m.json", mission())).exit_code == 0


def test_check_json_is_the_cds_hooks_response_and_an_array_for_several(tmp_path: Path) -> None:
    path = kept(tmp_path, "m.json", mission())
    one = json.loads(run("check", "--json", path).output)
    two = json.loads(run("check", "--json", path, path).output)
    assert len(one["cards"]) == 1
    assert two == [one, one]


def test_explain_json_is_the_decision_document(tmp_path: Path) -> None:
    path = kept(tmp_path, "m.json", mission())
    found = json.loads(run("explain", "--json", path).output)
    assert list(found) == ["knowledge", "sessions", "unread"]
    (session,) = found["sessions"]
    keys = [
        "encounter",
        "date",
        "timing",
        "siteOfService",
        "payers",
        "treated",
        "lines",
        "answer37257",
        "draft",
        "questions",
    ]
    assert list(session)[: len(keys)] == keys
    assert session["answer37257"]["verdict"] == "yes"
    assert json.loads(run("explain", "--json", path, path).output) == [found, found]


def test_explain_tells_treated_lines_answer_findings_and_questions(tmp_path: Path) -> None:
    unclear = request(treated("b", BALLOON, EXTERNAL, RIGHT), drafts=())
    found = run("explain", kept(tmp_path, "u.json", unclear)).output
    for words in ("treated: right external-iliac angioplasty", "37256", "question: lesion-type", "37257: no"):
        assert words in found


def test_explain_tells_the_place_and_the_payers(tmp_path: Path) -> None:
    plan = {
        "resourceType": "Coverage",
        "id": "c",
        "status": "active",
        "payor": [{"display": "Aetna Medicare Advantage"}],
    }
    found = run("explain", kept(tmp_path, "p.json", mission(coverage=bundle(plan)))).output
    assert "place of service 21 (Encounter.class IMP)" in found
    assert "payer: aetna, line of business medicare-advantage (Coverage.payor medicare advantage, aetna)" in found


def test_explain_takes_bundles_and_single_resources(tmp_path: Path) -> None:
    procedures = [e["resource"] for e in mission()["prefetch"]["procedures"]["entry"]]
    whole = json.loads(run("explain", "--json", kept(tmp_path, "b.json", bundle(*procedures))).output)
    assert whole["sessions"][0]["answer37257"]["verdict"] == "yes"
    single = json.loads(run("explain", "--json", kept(tmp_path, "p.json", procedures[0])).output)
    assert [x["code"] for x in single["sessions"][0]["lines"]] == ["37258"]


def test_a_dash_reads_standard_input() -> None:
    found = run("explain", "--json", "-", sent=json.dumps(mission()).encode())
    assert json.loads(found.output)["sessions"][0]["answer37257"]["verdict"] == "yes"


UNUSABLE: list[tuple[bytes, str, str]] = [
    (b"{", "check", "not JSON"),
    (b"[]", "check", "a list"),
    (b"{}", "check", "no hook"),
    (b'{"hook": "order-select"}', "check", "a hook that is not served"),
    (b'{"hook": "encounter-discharge", "hookInstance": "x"}', "check", "no context"),
    (b"{", "explain", "not JSON"),
    (b'{"a": 1}', "explain", "neither request nor resource"),
    (b"\xff", "explain", "not UTF-8"),
]


@pytest.mark.parametrize(("sent", "command", "why"), UNUSABLE, ids=[f"{u[1]} {u[2]}" for u in UNUSABLE])
def test_unusable_input_exits_2_with_one_line(sent: bytes, command: str, why: str) -> None:
    found = run(command, "-", sent=sent)
    assert found.exit_code == 2, why
    assert found.stdout == ""
    assert len(found.stderr.splitlines()) == 1
    assert found.stderr.startswith("iliac-cds: -: ")


def test_a_missing_file_exits_2_with_one_line() -> None:
    found = run("explain", "/nowhere/request.json")
    assert (found.exit_code, found.stderr.count("\n")) == (2, 1)


def test_needed_data_that_is_missing_is_said(tmp_path: Path) -> None:
    sent = mission()
    del sent["prefetch"]
    found = run("check", kept(tmp_path, "x.json", sent))
    assert found.exit_code == 2
    assert "412" in found.stderr
    assert "prefetch key procedures" in found.stderr


def test_knowledge_validate_counts_what_it_checked() -> None:
    found = run("knowledge", "validate")
    assert found.exit_code == 0
    assert "46 of the 2026 family" in found.output
    assert "No fault." in found.output


def test_knowledge_validate_exits_1_and_names_file_and_row(monkeypatch: pytest.MonkeyPatch) -> None:
    from cds_service.knowledge import loader

    texts = loader.shipped()
    texts["rules.csv"] = texts["rules.csv"].replace(",A,", ",Z,", 1)
    monkeypatch.setattr(loader, "shipped", lambda: texts)
    found = run("knowledge", "validate")
    assert found.exit_code == 1
    assert "rules.csv, row 2: confidence is 'Z'" in found.output


def test_serve_refuses_to_start_without_settled_authentication(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ILIAC_CDS_AUTH", raising=False)
    found = run("serve")
    assert found.exit_code == 2
    assert "ILIAC_CDS_AUTH=off" in found.stderr


def test_db_upgrade_makes_the_store_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ILIAC_CDS_DATA_DIR", str(tmp_path))
    first, second = run("db", "upgrade"), run("db", "upgrade")
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "was made at revision" in first.output
    assert "is up to date at revision" in second.output


@pytest.mark.parametrize("words", [("db", "upgrade"), ("feedback", "report")])
def test_a_setting_of_the_store_that_cannot_be_used_exits_2_and_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("ILIAC_CDS_DATABASE_URL", "mysql://planted:planted@host/name")
    monkeypatch.setenv("ILIAC_CDS_STORE_KEY", "planted")
    found = run(*words)
    assert found.exit_code == 2
    assert len(found.stderr.splitlines()) == 1
    assert "ILIAC_CDS_DATABASE_URL" in found.stderr
    assert "ILIAC_CDS_STORE_KEY" in found.stderr
    assert "planted" not in found.output + found.stderr


def test_check_and_explain_neither_load_a_database_nor_leave_a_file(tmp_path: Path) -> None:
    path = kept(tmp_path, "m.json", mission())
    program = (
        "import sys; from click.testing import CliRunner; from cds_service.cli import main;"
        f"codes = [CliRunner().invoke(main, [w, {path!r}]).exit_code for w in ('check', 'explain')];"
        "print(codes, [m for m in ('sqlalchemy', 'alembic', 'psycopg', 'sqlite3') if m in sys.modules])"
    )
    folder = tmp_path / "data"
    environment = {**os.environ, "ILIAC_CDS_DATA_DIR": str(folder)}
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert found.stdout.strip() == "[0, 0] []"
    assert not folder.exists()


@pytest.mark.parametrize(
    "words",
    [
        ["check", "nowhere.json"],
        ["explain", "nowhere.json"],
        ["audit", "nowhere", "--out", "out"],
        ["knowledge", "validate"],
        ["db", "upgrade"],
    ],
    ids=lambda words: words[0],
)
def test_a_faulty_setting_is_one_line_whatever_the_command(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ILIAC_CDS_BOTH_LEGS", "upside-down")
    found = CliRunner().invoke(main, words)
    assert found.exit_code == 2
    assert found.stderr.startswith("iliac-cds: ILIAC_CDS_BOTH_LEGS: ")
    assert found.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("EPIC_TRIGGERS", "7, discharge", "must be numbers of triggers, separated by commas, such as 7, 27"),
        ("FHIR_CA_FILE", "nowhere.pem", "cannot be read: No such file or directory"),
        ("FHIR_CA_FILE", "empty.pem", "holds no certificate; it must be a file of PEM certificates"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_at_the_start(
    name: str, value: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.pem").write_text("no certificate", encoding="utf-8")
    monkeypatch.setenv(f"ILIAC_CDS_{name}", value)
    found = run("explain", "-", sent=b"{}")
    assert (found.exit_code, found.stderr) == (2, f"iliac-cds: ILIAC_CDS_{name}: {why}\n")


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_signs_that_steer_a_terminal_are_spelt_out(option: list[str], tmp_path: Path) -> None:
    steering = "\x1b[31m\x9b2J\u202e\x07"
    act = treated("a", BALLOON, EXTERNAL, RIGHT, code={"text": f"Balloon angioplasty {steering}"})
    found = run("explain", *option, kept(tmp_path, "m.json", act))
    assert found.exit_code == 0
    assert r"\u001b[31m\u009b2J\u202e\u0007" in found.output
    assert set(steering) & set(found.output) == {"[", "3", "1", "m", "2", "J"}


@pytest.mark.enable_socket
def test_serve_says_at_once_that_it_cannot_listen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ILIAC_CDS_AUTH", "off")
    monkeypatch.setenv("ILIAC_CDS_DATA_DIR", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = run("serve", "--port", str(port))
    assert (found.exit_code, found.stderr) == (
        2,
        f"iliac-cds: cannot listen on 127.0.0.1:{port}: Address already in use\n",
    )
