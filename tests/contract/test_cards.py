"""What every card keeps, over generated charts and drafts: the specification, the content rules, the round trip."""

import itertools
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cards.lint import faults
from cards.model import Action, Card, CardError, Source, Suggestion
from cards.text import quote, reference
from tests.charts import (
    BALLOON,
    COMMON,
    CPT,
    EXTERNAL,
    LEFT,
    OCCLUSION,
    RIGHT,
    STENOSIS,
    STENT,
    adviser,
    cards,
    charge,
    claim,
    findings,
    mission,
    procedure,
    request,
    session,
    treated,
)
from tests.contract.generated import CHARTS
from tests.contract.response_schema import RESPONSE, empties
from tests.spec.test_reading_drafts import ROWS
from tests.store import accepted


def test_generated_charts_bring_cards_of_both_kinds() -> None:
    topics = [c["source"]["topic"]["code"] for sent in CHARTS for c in cards(sent)]
    assert topics.count("coding") > 200
    assert topics.count("clarification") > 50


def test_every_answer_keeps_the_specification() -> None:
    validator = jsonschema.Draft202012Validator(RESPONSE)
    for sent in CHARTS:
        answer = adviser().answer(sent)
        validator.validate(answer)
        assert empties(answer) == []


def test_every_card_keeps_the_content_rules() -> None:
    assert [f for sent in CHARTS for card in cards(sent) for f in faults(card)] == []


def test_the_same_request_gives_the_same_bytes() -> None:
    for sent in CHARTS[:50]:
        assert json.dumps(cards(sent)) == json.dumps(cards(sent))


def test_card_ids_differ_between_calls_so_that_feedback_can_be_told_apart() -> None:
    other = {**mission(), "hookInstance": "another"}
    first, second = cards(mission())[0], cards(other)[0]
    assert first["uuid"] != second["uuid"]
    assert first["summary"] == second["summary"]


def round_trip(sent: dict[str, Any]) -> set[str]:
    """The findings left after each offered suggestion was accepted; review findings stay, since nothing mends them."""
    for card in cards(sent):
        for suggestion in card.get("suggestions", []):
            sent = accepted(sent, suggestion)
    left = [f for s in _sessions(sent) for f in s["draft"]["findings"]]
    return {f["code"] for f in left if "changes" in f or f["code"] != "unsupported-line"}


def _sessions(sent: dict[str, Any]) -> list[dict[str, Any]]:
    from tests.charts import explained

    found: list[dict[str, Any]] = explained(sent)["sessions"]
    return found


@pytest.mark.parametrize(("drafts", "expected", "why"), ROWS, ids=[r[2] for r in ROWS])
def test_accepting_the_suggestion_makes_the_draft_right(drafts: Any, expected: set[str], why: str) -> None:
    assert round_trip(mission(drafts=drafts)) == set(), why
    again = mission(drafts=drafts)
    offered = [s for c in cards(again) for s in c.get("suggestions", [])]
    assert bool(offered) == bool(expected)


def test_accepting_the_suggestion_of_any_fully_documented_chart_leaves_no_finding() -> None:
    checked = 0
    for sent in CHARTS:
        open_facts = [s for s in _sessions(sent) if s["questions"]]
        if not open_facts:
            assert round_trip(sent) == set(), json.dumps(sent)
            checked += 1
    assert checked > 150


def test_an_add_on_is_never_offered_without_its_initial_code() -> None:
    for sent in CHARTS:
        for suggestion in (s for c in cards(sent) for s in c.get("suggestions", [])):
            after = _sessions(accepted(sent, suggestion))
            codes = {f["code"] for s in after for f in s["draft"]["findings"]}
            assert not codes & {"missing-initial", "invalid-pair"} or _had_open_initial(sent), suggestion["label"]


def _had_open_initial(sent: dict[str, Any]) -> bool:
    """An add-on that stood on the draft before may stay there while its initial code is an open question."""
    return any(s["questions"] for s in _sessions(sent))


def test_created_charges_are_planned_minimal_and_carry_no_display() -> None:
    resources = [a["resource"] for c in cards(mission()) for s in c["suggestions"] for a in s["actions"]]
    assert [r["code"]["coding"] for r in resources] == [
        [{"system": CPT, "version": "2026", "code": "37258"}],
        [{"system": CPT, "version": "2026", "code": "37257"}],
    ]
    for resource in resources:
        assert (resource["status"], resource["quantity"]) == ("planned", {"value": 1})
        assert resource["context"] == {"reference": "Encounter/e1"}
        assert resource["occurrenceDateTime"] == "2026-03-04"
        assert resource["identifier"][0]["value"]


def test_created_charges_are_valid_fhir() -> None:
    from fhir.resources.R4B.chargeitem import ChargeItem

    for card in cards(mission()):
        for action in card["suggestions"][0]["actions"]:
            ChargeItem.model_validate(action["resource"])


def test_identifiers_of_created_charges_are_the_same_for_the_same_suggestion() -> None:
    def keys(sent: dict[str, Any]) -> list[str]:
        return [a["resource"]["identifier"][0]["value"] for a in cards(sent)[0]["suggestions"][0]["actions"]]

    assert keys(mission()) == keys({**mission(), "hookInstance": "later"})
    assert len(set(keys(mission()))) == 2


def test_an_update_leaves_everything_else_of_the_senders_claim_as_it_was() -> None:
    sent_claim = {**claim("k", ("37258", ["RT"], 1), ("37257", ["RT"], 2)), "vendorField": {"a": [1.50, None]}}
    card = cards(mission(drafts=(sent_claim,)))[0]
    (action,) = card["suggestions"][0]["actions"]
    assert action["type"] == "update"
    changed = action["resource"]
    assert changed["vendorField"] == {"a": [1.50, None]}
    assert changed["item"][0] == sent_claim["item"][0]
    assert changed["item"][1]["quantity"] == {"value": 1}


def test_a_wrong_draft_warns_and_an_untouched_one_informs() -> None:
    assert cards(mission())[0]["indicator"] == "info"
    assert cards(mission(drafts=()))[0]["indicator"] == "info"
    assert cards(mission(drafts=(charge("c", "37257", "RT"),)))[0]["indicator"] == "warning"


def test_a_draft_that_agrees_with_the_record_brings_no_card() -> None:
    assert cards(mission(drafts=(charge("a", "37258", "RT"), charge("b", "37257", "RT")))) == []


def test_the_extension_of_a_coding_card_is_the_decision() -> None:
    body = cards(mission())[0]["extension"]["org.iliac-cds.coding"]
    assert [x["code"] for x in body["lines"]] == ["37258", "37257"]
    assert body["answer37257"]["verdict"] == "yes"
    assert "findings" not in body


def test_order_sign_never_names_a_code() -> None:
    sent = {**request(treated("a", BALLOON, EXTERNAL, RIGHT), hook="order-sign")}
    sent["context"]["draftOrders"] = {"resourceType": "Bundle", "entry": []}
    found = cards(sent)
    assert [c["source"]["topic"]["code"] for c in found] == ["clarification"]
    assert cards({**mission(hook="order-sign")}) == []


def test_a_question_is_asked_whichever_way_its_answer_would_move_the_codes() -> None:
    """The same gap gives the same query, beside a stent that would make it count and where it would change nothing."""
    details = set()
    for beside in (STENT, BALLOON):
        sent = request(treated("a", beside, COMMON, LEFT, STENOSIS), treated("b", BALLOON, EXTERNAL, RIGHT))
        details.add(next(c["detail"] for c in cards(sent) if c["source"]["topic"]["code"] == "clarification"))
    for lesion in (STENOSIS, OCCLUSION):
        sent = request(treated("a", STENT, COMMON, RIGHT, lesion), treated("b", BALLOON, EXTERNAL, RIGHT))
        details.add(next(c["detail"] for c in cards(sent) if c["source"]["topic"]["code"] == "clarification"))
    assert len(details) == 1


@pytest.mark.parametrize("kinds", list(itertools.permutations((STENOSIS, OCCLUSION))))
def test_a_conflict_is_asked_with_options_in_one_order_whatever_came_first(kinds: tuple[str, str]) -> None:
    from tests.charts import snomed

    act = treated("b", BALLOON, EXTERNAL, RIGHT, reasonCode=[snomed(kinds[0]), snomed(kinds[1])])
    card = next(c for c in cards(request(act)) if c["source"]["topic"]["code"] == "clarification")
    assert card["detail"].index("- Occlusion") < card["detail"].index("- Stenosis") < card["detail"].index("- Other")
    assert "Unable to determine" in card["detail"]


HOSTILE = [
    "<img src=x onerror=alert(1)> right external iliac artery balloon angioplasty",
    "[go](javascript:alert(1)) PTA right EIA",
    "# PTA right EIA\n| a | b |\n| --- | --- |",
    "PTA right EIA ```code``` **bold** https://evil.example www.evil.example a@b.example",
    "PTA right EIA \u202e\u200b\x00\x1b[31m" + "very long " * 80,
    "</table><script>alert(1)</script> PTA right EIA &lt;b&gt;",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_chart_text_stays_text_in_a_renderer_that_allows_html(text: str) -> None:
    from tests.charts import procedure

    sent = request(procedure("p", code={"text": text}))
    assert session(sent)["treated"]
    for card in cards(sent):
        assert faults(card) == []
        page = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(card["detail"])
        assert not any(mark in page for mark in ("<img", "<script", "<a ", "<h1", "<code"))
        assert "<img src=x" not in card["detail"]
        assert "](javascript:" not in card["detail"]


@given(st.text(max_size=300))
def test_a_quote_is_literal_text_whatever_it_holds(text: str) -> None:
    page = MarkdownIt("commonmark", {"html": True}).render(f"a {quote(text)} b")
    assert page.startswith("<p>a ")
    assert page.endswith(" b</p>\n")
    assert "<" not in page.removeprefix("<p>").removesuffix("</p>\n")


def test_a_reference_holds_no_sign_that_cannot_be_read_aloud() -> None:
    """Ids come from the client; FHIR allows them letters, digits, hyphens and full stops."""
    assert reference("Procedure/p\U0001f9b51->2!") == "Procedure/p?1-?2?"
    assert reference("Procedure/p-1.2") == "Procedure/p-1.2"
    sent = request(procedure("p\U0001f9b5", code={"text": "Stent of right common iliac artery for stenosis"}))
    assert [faults(card) for card in cards(sent)] == [[] for _ in cards(sent)]
    assert cards(sent)


def test_a_card_that_breaks_the_specification_cannot_be_made() -> None:
    source = Source(label="x", topic={"system": "s", "code": "c"})
    whole = {"uuid": "u", "summary": "s", "indicator": "info", "source": source, "detail": "d"}
    for wrong in ({"summary": "x" * 140}, {"summary": ""}, {"indicator": "urgent"}, {"selection": "all"}):
        with pytest.raises(CardError):
            Card(**{**whole, **wrong})  # type: ignore[arg-type]
    with pytest.raises(CardError):
        Action(type="delete", description="d", resource={"resourceType": "X"}, resource_id="X/1")
    with pytest.raises(CardError):
        Action(type="update", description="d", resource={"resourceType": "X"})
    with pytest.raises(CardError):
        Suggestion(label="", uuid="u", actions=())


def test_findings_of_the_rows_are_told_on_the_card() -> None:
    for drafts, expected, _ in ROWS:
        if expected:
            body = cards(mission(drafts=drafts))[0]["extension"]["org.iliac-cds.coding"]
            assert {f["code"] for f in body["findings"]} == expected
            assert findings(session(mission(drafts=drafts))) == expected
