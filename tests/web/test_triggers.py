"""Epic's triggers: all come as patient-view, and only those that stand for charge time are answered."""

from typing import Any

import pytest

from cds_service.app import create_app
from cds_service.settings import Settings
from tests.charts import mission

URL = "/cds-services/iliac-charge-review"
TRIGGER = "com.epic.cdshooks.request.bpa-trigger-action"
TOLD = [
    ("27", 1, "the discharge section"),
    (7, 1, "a number"),
    ({"code": "27"}, 1, "a coding"),
    (["60", {"value": "7"}], 1, "one of several"),
    ("60", 0, "a chart was opened"),
    ("", 0, "nothing is said"),
    ({}, 0, "an empty object"),
    (True, 0, "no number"),
]


def cards(extension: Any, hook: str = "patient-view", **more: Any) -> int:
    client = create_app(Settings(patient_view=True, **more)).test_client()
    answer = client.post(URL, json={**mission(hook=hook), "extension": extension})
    assert answer.status_code == 200
    return len(answer.get_json()["cards"])


@pytest.mark.parametrize(("told", "number", "why"), TOLD, ids=[t[2] for t in TOLD])
def test_only_triggers_that_stand_for_charge_time_are_answered(told: Any, number: int, why: str) -> None:
    assert cards({TRIGGER: told}) == number, why


def test_other_clients_and_other_hooks_know_no_triggers() -> None:
    assert cards({"com.example.other": "60"}) == 1
    assert cards({TRIGGER: "60"}, hook="encounter-discharge") == 1


def test_the_triggers_are_a_setting() -> None:
    assert cards({TRIGGER: "60"}, epic_triggers="60, 99") == 1
    assert cards({TRIGGER: "27"}, epic_triggers="60") == 0
