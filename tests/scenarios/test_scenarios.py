"""Every scenario of fhir_fixtures: decided as a coder expects, answered as kept, valid FHIR, and mended in one click."""

from typing import Any

import jsonschema
import pytest

from cards.lint import faults as card_faults
from cds_service.fhir.resources import faults as fhir_faults
from tests.charts import CPT, adviser, cards, explained
from tests.contract.response_schema import RESPONSE, empties
from tests.scenarios.golden import FIXTURES, loaded, names, written
from tests.store import accepted

NAMES = names()


def test_there_are_at_least_twenty_scenarios_and_the_mission_is_one() -> None:
    assert len(NAMES) >= 20
    assert "mission" in NAMES


def summary(session: dict[str, Any]) -> dict[str, Any]:
    return {
        "date": session["date"],
        "timing": session["timing"],
        "pos": session["siteOfService"]["pos"],
        "lines": sorted([x["code"], "".join(x["modifiers"]), x["units"], x["status"]] for x in session["lines"]),
        "verdict": session["answer37257"]["verdict"],
        "units": session["answer37257"]["units"],
        "findings": sorted({f["code"] for f in session["draft"]["findings"]}),
        "questions": sorted({q["code"] for q in session["questions"]}),
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_decision_is_what_its_author_expected_from_the_rules(name: str) -> None:
    """`expected.json` was written from the clinical facts and the rules before any code was run on the scenario."""
    expected = [{**s, "lines": sorted(s["lines"])} for s in loaded(name, "expected.json")["sessions"]]
    assert [summary(s) for s in explained(loaded(name, "request.json"))["sessions"]] == expected


@pytest.mark.parametrize("name", NAMES)
def test_the_answer_is_the_one_that_is_kept(name: str) -> None:
    assert (FIXTURES / name / "cards.json").read_text("utf-8") == written(name)


@pytest.mark.parametrize("name", NAMES)
def test_the_answer_keeps_the_specification_and_the_content_rules(name: str) -> None:
    answer = adviser().answer(loaded(name, "request.json"))
    jsonschema.Draft202012Validator(RESPONSE).validate(answer)
    assert empties(answer) == []
    assert [f for card in answer["cards"] for f in card_faults(card)] == []


@pytest.mark.parametrize("name", NAMES)
def test_accepting_every_suggestion_leaves_no_finding(name: str) -> None:
    sent = loaded(name, "request.json")
    offered = [s for card in cards(sent) for s in card.get("suggestions", [])]
    for suggestion in offered:
        sent = accepted(sent, suggestion)
    left = [f for s in explained(sent)["sessions"] for f in s["draft"]["findings"]]
    assert [f for f in left if offered or "changes" in f] == []


@pytest.mark.parametrize("name", NAMES)
def test_why_is_three_lines_story_rule_source(name: str) -> None:
    lines = (FIXTURES / name / "why.md").read_text("utf-8").strip().splitlines()
    assert len(lines) == 3
    assert all(len(line) > 20 for line in lines)


def resources(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        own = [value] if "resourceType" in value and value["resourceType"] != "Bundle" else []
        return own + [r for k, v in value.items() if k != "contained" for r in resources(v)]
    return [r for v in value for r in resources(v)] if isinstance(value, list) else []


def cpt_displays(value: Any) -> list[Any]:
    """The CPT codings with a display, wherever they stand."""
    if isinstance(value, dict):
        own = [value] if value.get("system") == CPT and "display" in value else []
        return own + [d for v in value.values() for d in cpt_displays(v)]
    return [d for v in value for d in cpt_displays(v)] if isinstance(value, list) else []


@pytest.mark.parametrize("name", NAMES)
def test_every_resource_is_valid_fhir_and_no_cpt_coding_has_a_display(name: str) -> None:
    sent = loaded(name, "request.json")
    for resource in resources(sent):
        assert fhir_faults(resource) == [], resource["id"]
    assert cpt_displays(sent) == []
    assert cpt_displays([{"coding": [{"system": CPT, "display": "x"}]}])
    assert "fhirAuthorization" not in sent
