"""The systems of the benchmark answer as they should, so that what is measured is what is said."""

import importlib
import json
import math
from pathlib import Path

import pytest

from cds_service.app import create_app
from cds_service.settings import Settings
from tests.bench import sent
from tests.bench.environments import Missing, environment
from tests.bench.load import is_at_hand, send, write_bodies
from tests.bench.processes import Failed, Running
from tests.bench.rounds import Cell, Plan, measure, try_out
from tests.bench.systems.rule import act_of_json, cards
from tests.bench.systems.table import CHARGE, SYSTEMS, System

HERE = [s for s in SYSTEMS if not s.environment]


def answered(module: str, request: sent.Json) -> list[sent.Json]:
    app = importlib.import_module(f"tests.bench.systems.{module}").app
    found = app.test_client().post(CHARGE, json=request).get_json()["cards"]
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("procedures", [2, 20])
def test_this_service_gives_the_session_its_code_and_other_charts_no_card(procedures: int) -> None:
    client = create_app(Settings(auth="off")).test_client()
    for seed in ("a", "b", "c"):
        assert "37257" in client.post(CHARGE, json=sent.request(procedures, seed)).get_data(as_text=True)
        assert client.post(CHARGE, json=sent.request(procedures, seed, iliac=False)).get_json() == {"cards": []}


def test_the_service_that_validates_all_applies_the_rule() -> None:
    assert len(answered("validated", sent.request(20, "a"))) == 1
    assert answered("validated", sent.request(20, "a", iliac=False)) == []


def test_the_floor_answers_one_card_whatever_it_is_sent() -> None:
    assert len(answered("fixed_card", sent.request(2, "a"))) == 1
    assert len(answered("fixed_card", sent.request(2, "a", iliac=False))) == 1


def test_healthchain_applies_the_rule_with_and_without_its_models(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("healthchain", reason="HealthChain is not in this environment")
    from fastapi.testclient import TestClient

    module = importlib.import_module("tests.bench.systems.healthchain_service")
    for models in (True, False):
        monkeypatch.setattr(module, "MODELS", models)
        with TestClient(module.app) as client:
            assert len(client.post(f"/cds{CHARGE}", json=sent.request(20, "a")).json()["cards"]) == 1


@pytest.mark.parametrize(
    ("changes", "expected", "reason"),
    [
        ({}, 1, "a stent and a balloon in two arteries of one leg"),
        ({"status": "preparation"}, 0, "one of them is only planned"),
        ({"encounter": {"reference": "Encounter/earlier"}}, 0, "one of them belongs to another stay"),
        ({"code": {"coding": [{"code": "73761001"}]}}, 0, "one of them is something else"),
        ({"bodySite": [{"coding": [{"code": "73634005"}]}]}, 0, "one of them has no side"),
        ({"bodySite": []}, 0, "one of them has no site"),
    ],
)
def test_the_simple_rule(changes: sent.Json, expected: int, reason: str) -> None:
    request = sent.request(2, "a")
    first, second = (e["resource"] for e in request["prefetch"]["procedures"]["entry"])
    acts = [act_of_json(first), act_of_json({**second, **changes})]
    assert len(cards(acts, f"Encounter/{request['context']['encounterId']}")) == expected, reason


@pytest.mark.server
@pytest.mark.enable_socket
@pytest.mark.parametrize("system", HERE, ids=lambda s: s.name)
def test_a_system_starts_is_tried_under_a_little_load_and_stops(system: System, tmp_path: Path) -> None:
    with Running(system, tmp_path, 2) as running:
        try_out(running, 1)
        assert running.ready > 0
        assert running.processor() > 0
        assert 0 < len(running.memory()) <= 2, "the second worker may come a moment after the first answer"
        if is_at_hand():
            found = send(f"http://127.0.0.1:{running.port}{system.path}", write_bodies(2, 1, tmp_path), 2, 1)
            assert (found.refused, found.broken) == (0, 0)
    with pytest.raises(OSError, match="refused"):
        running.ask("GET", "/")


@pytest.mark.server
@pytest.mark.enable_socket
@pytest.mark.skipif(not is_at_hand(), reason="wrk is not on the PATH")
def test_a_system_that_has_ended_is_started_again_before_it_is_measured(tmp_path: Path) -> None:
    floor = next(s for s in HERE if not s.decides)
    plan = Plan(cells=[Cell(procedures=2, connections=2)], rounds=2, seconds=1, end=math.inf)
    said: list[str] = []
    with Running(floor, tmp_path, 1) as running:
        running.stop()
        found = list(measure(plan, [running], {2: write_bodies(2, 1, tmp_path)}, said.append))
    assert [m.turn for m in found] == [0, 1]
    assert all(m.seen.answered and m.processor and not m.seen.broken for m in found)
    assert len(said) == 2


@pytest.mark.server
@pytest.mark.enable_socket
def test_a_system_that_gives_the_wrong_answer_is_not_measured(tmp_path: Path) -> None:
    floor = next(s for s in HERE if not s.decides)
    judging = System(name="floor", what="", command=floor.command)
    with Running(judging, tmp_path, 1) as running, pytest.raises(Failed, match="1 cards for 2 procedures without"):
        try_out(running, 1)


def test_an_environment_that_cannot_be_made_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Missing, match="node is not on the PATH"):
        environment("node", tmp_path / "cache")


def test_pins_name_no_registry() -> None:
    folder = Path(__file__).parent / "systems"
    pins = json.loads((folder / "package.json").read_text())["dependencies"]
    assert all(version[0].isdigit() for version in pins.values())
    assert "://" not in (folder / "requirements-healthchain.txt").read_text()
