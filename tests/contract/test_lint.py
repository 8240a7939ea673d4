"""The content rules catch what they are there for: each planted fault is found on a card that had none."""

import copy
from typing import Any

import pytest

from cards.lint import BANNED, faults
from cards.wording import options, say, wordings
from tests.charts import BALLOON, COMMON, EXTERNAL, RIGHT, STENOSIS, STENT, cards, charge, mission, request, treated

UNCLEAR = request(treated("a", STENT, COMMON, RIGHT, STENOSIS), treated("b", BALLOON, EXTERNAL, RIGHT))


def coder() -> dict[str, Any]:
    return copy.deepcopy(cards(mission(drafts=(charge("c", "37257", "RT"),)))[0])


def clinician() -> dict[str, Any]:
    return copy.deepcopy(next(c for c in cards(UNCLEAR) if c["source"]["topic"]["code"] == "clarification"))


def test_the_cards_the_faults_are_planted_on_have_none() -> None:
    assert faults(coder()) == faults(clinician()) == []


PLANTED = [
    (coder, {"summary": "x" * 140 + "."}, "characters"),
    (coder, {"summary": "Right leg ->"}, "end as a sentence"),
    (coder, {"indicator": "critical"}, "indicator"),
    (coder, {"overrideReasons": []}, "override reasons"),
    (coder, {"uuid": ""}, "no uuid"),
    (coder, {"extension": {}}, "machine-readable"),
    (coder, {"detail": "short"}, "lacks"),
    (clinician, {"indicator": "warning"}, "not info"),
    (clinician, {"suggestions": [{}]}, "suggestions"),
    (clinician, {"extension": {"a": 1}}, "extension"),
    (clinician, {"links": [{}]}, "links"),
    (clinician, {"summary": "Please confirm the occlusion"}, "not its topic"),
    (clinician, {"summary": "Documentation clarification: the occlusion of the artery"}, "names an answer"),
]


@pytest.mark.parametrize(("card", "change", "fault"), PLANTED)
def test_a_planted_fault_is_found(card: Any, change: dict[str, Any], fault: str) -> None:
    assert any(fault in f for f in faults({**card(), **change}))


@pytest.mark.parametrize("word", BANNED)
def test_every_banned_word_is_found_in_our_text_and_left_alone_in_the_charts(word: str) -> None:
    card = clinician()
    assert any("says" in f for f in faults({**card, "detail": f"{card['detail']} It is {word}ing."}))
    assert not any("says" in f for f in faults({**card, "detail": f"{card['detail']} “denies {word}”"}))


@pytest.mark.parametrize("number", ["37257", "0238T"])
def test_a_code_number_in_a_query_is_found(number: str) -> None:
    card = clinician()
    assert any("names" in f for f in faults({**card, "detail": f"{card['detail']} {number}"}))


@pytest.mark.parametrize("word", ["$12", "RVU", "upcoding", "lost revenue", "capture", "optimise"])
def test_money_is_found_on_a_coding_card(word: str) -> None:
    card = coder()
    assert any("says" in f for f in faults({**card, "detail": f"{card['detail']} {word}"}))


def test_options_out_of_order_or_without_the_open_two_are_found() -> None:
    ask = "\n\nplease document the lesion:\n"
    for shown in (["Stenosis", "Occlusion"], ["Occlusion", "Stenosis", "Other (please specify)"]):
        tail = [] if len(shown) == 3 else ["Other (please specify)", "Unable to determine"]
        text = ask + "\n".join(f"- {o}" for o in [*shown, *tail])
        card = clinician()
        assert any("options" in f for f in faults({**card, "detail": card["detail"] + text}))


def test_a_suggestion_that_does_not_say_what_to_do_is_found() -> None:
    card = coder()
    card["suggestions"][0]["label"] = "OK"
    assert {"label" in f for f in faults(card)} == {True}
    card["suggestions"][0]["actions"][0]["description"] = ""
    assert any("description" in f for f in faults(card))


def test_a_display_on_a_cpt_coding_and_a_missing_line_are_found() -> None:
    card = coder()
    card["suggestions"][0]["actions"][0]["resource"]["code"]["coding"][0]["display"] = "words"
    assert any("display" in f for f in faults(card))
    card = coder()
    card["extension"]["org.iliac-cds.coding"]["lines"][0]["code"] = "37299"
    assert any("37299" in f for f in faults(card))


def test_a_warning_without_a_finding_and_a_mark_of_the_patient_are_found() -> None:
    card = coder()
    del card["extension"]["org.iliac-cds.coding"]["findings"]
    assert any("without a finding" in f for f in faults(card))
    assert faults({**coder(), "summary": "Doe has it."}, ["Doe"]) == ["the card shows a name or number of the patient"]


def test_a_forecast_that_names_something_as_done_is_found() -> None:
    card = {**clinician(), "summary": "Planned iliac artery procedure: what its note will need to record"}
    assert any("as if it were done" in f for f in faults({**card, "detail": "A stent was placed."}))


@pytest.mark.parametrize("kind", ["coding", "clarification", "forecast"])
def test_the_words_of_every_kind_have_an_audience_a_purpose_an_owner_a_review_date_and_a_source(kind: str) -> None:
    held = wordings()[kind]
    assert all(str(held[name]) for name in ("audience", "purpose", "owner", "review", "source"))
    assert held["review"].isoformat() > "2026-11-27"


@pytest.mark.parametrize("template", ["coding", "clarification", "forecast"])
def test_every_template_opens_with_audience_purpose_owner_review_and_source(template: str) -> None:
    from importlib.resources import files

    head = (files("cards") / "templates" / f"{template}.md.j2").read_text("utf-8").split("#}")[0]
    assert head.startswith("{#")
    assert all(f"{name}" in head for name in ("audience:", "purpose:", "owner:", "review by:", "source:"))


def test_options_are_alphabetical_and_leave_the_answer_open() -> None:
    for key in ("lesion", "side"):
        assert options(key)[:-2] == sorted(options(key)[:-2])
        assert options(key)[-2:] == ["Other (please specify)", "Unable to determine"]
    assert options("treatment") == []


def test_a_sentence_with_a_gap_nobody_fills_is_refused() -> None:
    with pytest.raises(KeyError):
        say("clarification", "topic", "lesion")
