"""One initial code in both legs: two lines or one with modifier 50, by setting and payer, and the same money either way."""

from dataclasses import replace
from typing import Any

import pytest

from cds_service.advice import Adviser, Preferences
from cds_service.coding.bilateral import BothLegs, both_legs_preference
from cds_service.coding.document import document
from cds_service.coding.facts import PayerIdentity
from cds_service.settings import Settings
from tests.charts import (
    BALLOON,
    COMMON,
    EXTERNAL,
    LEFT,
    OCCLUSION,
    RIGHT,
    STENOSIS,
    STENT,
    adviser,
    bundle,
    charge,
    claim,
    lines,
    request,
    treated,
)
from tests.contract.generated import CHARTS
from tests.store import accepted

MEDICARE = {
    "resourceType": "Coverage",
    "id": "cov",
    "status": "active",
    "beneficiary": {"reference": "Patient/p"},
    "payor": [{"display": "Original Medicare"}],
}


def kissing(**more: Any) -> dict[str, Any]:
    return request(treated("r", STENT, COMMON, RIGHT, STENOSIS), treated("l", STENT, COMMON, LEFT, STENOSIS), **more)


def by(setting: str) -> Adviser:
    return replace(adviser(), preferences=Preferences(both_legs=both_legs_preference(setting)))


def session(sent: dict[str, Any], setting: str) -> dict[str, Any]:
    (found,) = document(by(setting).decide(sent)[1])["sessions"]
    return dict(found)


WAYS = [
    ("two-lines", False, ["37258-RT", "37258-LT"]),
    ("modifier-50", False, ["37258-50"]),
    ("two-lines, medicare=modifier-50", False, ["37258-RT", "37258-LT"]),
    ("two-lines, medicare=modifier-50", True, ["37258-50"]),
    ("modifier-50, medicare=two-lines", True, ["37258-RT", "37258-LT"]),
    ("", True, ["37258-RT", "37258-LT"]),
]


@pytest.mark.parametrize(("setting", "medicare", "expected"), WAYS)
def test_the_setting_and_the_primary_payer_decide(setting: str, medicare: bool, expected: list[str]) -> None:
    sent = kissing(**({"coverage": bundle(MEDICARE)} if medicare else {}))
    assert lines(session(sent, setting)) == expected


def test_one_line_names_both_legs_and_its_vessels() -> None:
    sent = request(treated("r", STENT, COMMON, RIGHT, STENOSIS), treated("l", STENT, EXTERNAL, LEFT, STENOSIS))
    (line,) = session(sent, "modifier-50")["lines"]
    assert (line["side"], line["modifiers"], line["units"]) == (None, ["50"], 1)
    assert line["vessels"] == ["common-iliac", "external-iliac"]
    card = by("modifier-50").answer(sent)["cards"][0]
    assert card["summary"].startswith("Both legs, iliac: record supports 37258-50.")
    (action,) = card["suggestions"][0]["actions"]
    assert (
        action["description"]
        == "Add 37258-50 x1, common iliac artery and external iliac artery, both legs, to the draft charge"
    )
    sides = [c["code"] for site in action["resource"]["bodysite"] for c in site.get("coding", ())]
    assert sides == [RIGHT, LEFT]


def test_add_ons_keep_their_leg() -> None:
    sent = kissing()
    sent["prefetch"]["procedures"]["entry"] += [
        {"resource": treated("re", BALLOON, EXTERNAL, RIGHT, OCCLUSION)},
        {"resource": treated("le", BALLOON, EXTERNAL, LEFT, OCCLUSION)},
    ]
    found = session(sent, "modifier-50")
    assert lines(found) == ["37258-50", "37257-RT", "37257-LT"]
    assert found["answer37257"]["units"] == 2
    assert any(n["rule"] == "R-MOD" and "once for each leg" in n["text"] for n in found["notes"])


def test_a_leg_that_is_drafted_already_keeps_its_own_line() -> None:
    found = session(kissing(drafts=(charge("a", "37258", "RT"),)), "modifier-50")
    assert lines(found) == ["37258-RT", "37258-LT"]
    assert [f["changes"] for f in found["draft"]["findings"]] == [
        [{"change": "add", "code": "37258", "modifiers": ["LT"], "units": 1}]
    ]


@pytest.mark.parametrize("setting", ["two-lines", "modifier-50"])
@pytest.mark.parametrize(
    "drafts", [(charge("a", "37258", "50"),), (charge("a", "37258", "RT"), charge("b", "37258", "LT"))]
)
def test_a_draft_in_either_form_is_right_under_either_setting(setting: str, drafts: tuple[dict[str, Any], ...]) -> None:
    assert session(kissing(drafts=drafts), setting)["draft"]["findings"] == []
    assert by(setting).answer(kissing(drafts=drafts))["cards"] == []


@pytest.mark.parametrize("drafts", [None, (), (claim("k"),)])
def test_accepting_the_one_line_leaves_no_finding(drafts: Any) -> None:
    sent, one = kissing(drafts=drafts), by("modifier-50")
    for card in one.answer(sent)["cards"]:
        for suggestion in card["suggestions"]:
            sent = accepted(sent, suggestion)
    assert session(sent, "modifier-50")["draft"]["findings"] == []
    assert lines(session(sent, "modifier-50")) == ["37258-50"]
    assert one.answer(sent)["cards"] == []


def test_accepting_any_suggestion_under_modifier_50_leaves_no_finding_on_documented_charts() -> None:
    one, checked = by("modifier-50"), 0
    for sent in CHARTS:
        if any(s["questions"] for s in document(one.decide(sent)[1])["sessions"]):
            continue
        for card in one.answer(sent)["cards"]:
            for suggestion in card.get("suggestions", ()):
                sent = accepted(sent, suggestion)
        left = [f for s in document(one.decide(sent)[1])["sessions"] for f in s["draft"]["findings"]]
        assert [f for f in left if "changes" in f] == []
        checked += 1
    assert checked > 150


@pytest.mark.parametrize("written", ["fifty", "medicare=50", "tricare=modifier-50", "two-lines; medicare"])
def test_a_faulty_setting_is_named(written: str) -> None:
    with pytest.raises(ValueError, match="is one of"):
        both_legs_preference(written)
    with pytest.raises(ValueError, match="both_legs"):
        Settings(both_legs=written)


def test_the_setting_reads_payers() -> None:
    found = both_legs_preference("modifier-50, aetna = two-lines")
    assert (found.usual, dict(found.by_payer)) == (BothLegs.MODIFIER_50, {PayerIdentity.AETNA: BothLegs.TWO_LINES})
