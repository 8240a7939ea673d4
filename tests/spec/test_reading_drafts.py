"""Draft charges as they are sent, and what is found on them."""

from typing import Any

import pytest

from cds_service.knowledge import load
from tests.charts import (
    BALLOON,
    COMMON,
    CPT,
    EXTERNAL,
    INTERNAL,
    LEFT,
    OCCLUSION,
    RIGHT,
    STENOSIS,
    STENT,
    cards,
    charge,
    claim,
    coding,
    concept,
    explained,
    findings,
    mission,
    request,
    session,
    snomed,
    treated,
)

RIGHT_PAIR = (charge("c1", "37258", "RT"), charge("c2", "37257", "RT"))


def drafted(*drafts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return session(mission(drafts=drafts, **more))


ROWS: list[tuple[tuple[dict[str, Any], ...], set[str], str]] = [
    (RIGHT_PAIR, set(), "the right pair"),
    ((claim("k", ("37258", ["RT"], 1), ("37257", ["RT"], 1)),), set(), "the right pair on a claim"),
    ((charge("c1", "37258"), charge("c2", "37257")), set(), "charge items have no modifier element"),
    ((claim("k", ("37258", [], 1), ("37257", ["RT"], 1)),), {"wrong-modifier"}, "a claim line that names no leg"),
    ((), {"missing-line"}, "an empty draft"),
    ((charge("c1", "37257", "RT"),), {"missing-initial"}, "the add-on alone"),
    ((charge("c1", "37258", "RT"),), {"missing-line"}, "the initial alone"),
    ((charge("c1", "37254", "RT"), charge("c2", "37257", "RT")), {"invalid-pair", "wrong-initial"}, "the invalid pair"),
    ((charge("c1", "37258", "RT"), charge("c2", "37257", "LT")), {"wrong-leg"}, "the add-on on the other leg"),
    ((charge("c1", "37258", "RT"), charge("c2", "37257", "RT", units=2)), {"wrong-units", "over-mue"}, "two units"),
    ((*RIGHT_PAIR, charge("c3", "37257", "RT")), {"duplicate-line", "over-mue"}, "the add-on twice"),
    ((charge("c1", "37258", "RT"), charge("c2", "37255", "RT")), {"unsupported-line", "missing-line"}, "a stenosis"),
    ((*RIGHT_PAIR, charge("c3", "37256", "LT")), {"unsupported-line"}, "a leg nobody treated"),
    ((charge("c1", "37221", "RT"), charge("c2", "37222", "RT")), {"retired-code"}, "the retired family"),
    ((*RIGHT_PAIR, charge("c3", "36247", "RT")), {"included-service"}, "catheter placement"),
    ((claim("k", ("37258", ["RT"], 1), ("37257", ["RT", "51"], 1)),), {"wrong-modifier"}, "51 on an add-on"),
    ((claim("k", ("37258", ["RT", "25"], 1), ("37257", ["RT"], 1)),), {"wrong-modifier"}, "25 on a procedure"),
    ((claim("k", ("37258", ["RT", "59"], 1), ("37257", ["RT"], 1)),), set(), "59 is for people to judge"),
    ((*RIGHT_PAIR, charge("c3", "99214", "25")), set(), "a visit is no business of ours"),
    ((*RIGHT_PAIR, charge("c3", "37257", "RT", status="entered-in-error")), set(), "a void charge"),
    ((*RIGHT_PAIR, claim("k", ("37258", ["RT"], 1), ("37257", ["RT"], 1))), set(), "charge and claim are one"),
]


@pytest.mark.parametrize(("drafts", "expected", "why"), ROWS, ids=[r[2] for r in ROWS])
def test_a_draft_is_compared_with_the_record(drafts: tuple[dict[str, Any], ...], expected: set[str], why: str) -> None:
    assert findings(drafted(*drafts)) == expected, why


def test_every_finding_names_its_rule_and_says_what_is_wrong() -> None:
    rules = set(load().rules)
    for drafts, _, _ in ROWS:
        for finding in drafted(*drafts)["draft"]["findings"]:
            assert finding["rule"] in rules
            assert finding["codes"]
            assert finding["text"].endswith(".")


def test_a_draft_nobody_sent_is_not_judged() -> None:
    found = session(mission())
    assert found["draft"] == {"lines": [], "findings": []}


def test_37257_before_its_date_is_not_yet_effective() -> None:
    early = {"performedDateTime": "2025-12-31"}
    sent = request(
        treated("a", STENT, COMMON, RIGHT, STENOSIS, **early),
        treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION, **early),
        drafts=RIGHT_PAIR,
    )
    assert findings(session(sent)) == {"not-yet-effective"}


def test_a_code_the_record_leaves_open_is_flagged_without_an_edit() -> None:
    sent = request(
        treated("a", STENT, COMMON, RIGHT, STENOSIS), treated("b", BALLOON, EXTERNAL, RIGHT), drafts=RIGHT_PAIR
    )
    found = session(sent)["draft"]["findings"]
    assert [(f["code"], f["codes"], "changes" in f) for f in found] == [("unsupported-line", ["37257"], False)]


def test_a_draft_without_any_documented_work_is_unsupported() -> None:
    found = session(request(drafts=(charge("c1", "37257", "RT"),)))
    assert findings(found) == {"missing-initial", "unsupported-line"}
    assert found["treated"] == []


def test_both_legs_may_be_charged_as_two_lines_or_with_modifier_50() -> None:
    both = [treated(f"a{s}", STENT, COMMON, s, STENOSIS) for s in (RIGHT, LEFT)]
    two = request(*both, drafts=(charge("c1", "37258", "RT"), charge("c2", "37258", "LT")))
    one = request(*both, drafts=(claim("k", ("37258", ["50"], 1)),))
    assert findings(session(two)) == findings(session(one)) == set()


def test_too_many_additional_vessels_break_the_limit() -> None:
    three = tuple(charge(f"c{i}", "37257", "RT") for i in range(3))
    assert "over-limit" in findings(drafted(charge("c", "37258", "RT"), *three))


def test_two_units_that_the_record_bears_out_are_right_and_noted() -> None:
    acts = (
        treated("a", STENT, COMMON, RIGHT, STENOSIS),
        treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION),
        treated("c", BALLOON, INTERNAL, RIGHT, OCCLUSION),
    )
    found = session(request(*acts, drafts=(charge("c1", "37258", "RT"), charge("c2", "37257", "RT", units=2))))
    assert findings(found) == set()
    assert found["answer37257"]["units"] == 2
    assert [n["rule"] for n in found["notes"]] == ["R-MUE"]


VENDOR: list[tuple[dict[str, Any], str]] = [
    ({"code": concept(coding("https://fhir.cerner.com/x/CodeSystem/BillCodes-CPT", "37257"))}, "Oracle bill code"),
    ({"code": concept(coding(CPT, "37257-RT"))}, "modifier written behind the code"),
    ({"code": concept(coding("", "37257"))}, "no system"),
    ({"bodysite": [snomed(EXTERNAL), snomed(RIGHT)]}, "leg in bodysite"),
    (
        {
            "extension": [
                {
                    "url": "https://fhir-ehr.cerner.com/r4/StructureDefinition/modifier-code",
                    "extension": [{"url": "code", "valueCodeableConcept": concept(coding("m", "RT"))}],
                }
            ]
        },
        "Oracle modifier extension",
    ),
]


@pytest.mark.parametrize(("more", "why"), VENDOR, ids=[v[1] for v in VENDOR])
def test_charges_are_read_as_vendors_write_them(more: dict[str, Any], why: str) -> None:
    found = drafted(charge("c1", "37258", "RT"), {**charge("c2", "37257", "RT"), **more})
    assert [x["code"] for x in found["draft"]["lines"]] == ["37258", "37257"], why
    assert findings(found) == set(), why


def test_charges_come_by_prefetch_too() -> None:
    found = session(
        mission(charges={"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": RIGHT_PAIR[1]}]})
    )
    assert findings(found) == {"missing-initial"}


@pytest.mark.parametrize("value", [float("nan"), -1, 1.5, "2", None, True])
def test_a_quantity_that_is_no_whole_number_counts_as_one(value: Any) -> None:
    found = drafted(charge("c1", "37258", "RT"), {**charge("c2", "37257", "RT"), "quantity": {"value": value}})
    assert [x["units"] for x in found["draft"]["lines"]] == [1, 1]


def test_a_claim_with_items_that_are_no_objects_can_still_be_added_to() -> None:
    odd = claim("k", ("37258", ["RT"], 1))
    odd["item"].append("note")
    (action,) = cards(mission(drafts=(odd,)))[0]["suggestions"][0]["actions"]
    assert [i if isinstance(i, str) else i["sequence"] for i in action["resource"]["item"]] == [1, "note", 2]


def test_an_unreadable_charge_is_reported() -> None:
    bad = charge("c9", "37257", "RT", quantity="one")
    assert "ChargeItem/c9" in [u["resource"] for u in explained(mission(drafts=(bad,)))["unread"]]


def test_a_charge_of_another_encounter_is_not_this_drafts() -> None:
    other = charge("c9", "37257", "RT", context={"reference": "Encounter/e9"})
    found = explained(mission(drafts=(*RIGHT_PAIR, other)))["sessions"]
    assert findings(found[0]) == set()
