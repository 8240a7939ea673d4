"""Draft orders as clients really send them: without intent, type or sense, with details and billing options."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.charts import (
    BALLOON,
    COMMON,
    CPT,
    EXTERNAL,
    OCCLUSION,
    RIGHT,
    STENOSIS,
    STENT,
    cards,
    coding,
    concept,
    explained,
    request,
    session,
    snomed,
)

BILLING = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition/ext-billing-options"
SITE = [snomed(EXTERNAL), snomed(RIGHT)]
PLANNED = {("right", "external-iliac", "angioplasty")}


def order(key: str = "o1", **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "resourceType": "ServiceRequest",
        "id": key,
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/p"},
        "code": snomed(BALLOON),
        "bodySite": SITE,
        **more,
    }
    return {k: v for k, v in found.items() if v is not None}


def signed(*entries: Any, **bundled: Any) -> dict[str, Any]:
    """An order-sign request with these entries; a resource counts as the entry that holds it."""
    sent = request(hook="order-sign")
    listed = [{"resource": e} if isinstance(e, dict) and "resourceType" in e else e for e in entries]
    sent["context"]["draftOrders"] = {"resourceType": "Bundle", "type": "collection", "entry": listed, **bundled}
    return sent


def planned(*entries: Any, **bundled: Any) -> set[tuple[Any, ...]]:
    found = explained(signed(*entries, **bundled))["sessions"]
    assert all(s["timing"] == "anticipated" for s in found)
    assert all(s["answer37257"]["verdict"] != "yes" for s in found)
    return {(t["side"], t["vessel"], t["treatment"]) for s in found for t in s["treated"]}


READ: list[tuple[dict[str, Any], str]] = [
    ({}, "plain"),
    ({"intent": None}, "no intent"),
    ({"intent": "plan"}, "a plan"),
    ({"intent": "original-order"}, "an original order"),
    ({"status": "active"}, "signed again"),
    ({"status": None}, "no status"),
    ({"id": None}, "no id"),
    ({"subject": {"reference": "http://example.org/fhir/Patient/p"}}, "an absolute subject"),
    ({"code": {"concept": snomed(BALLOON)}}, "R5 code"),
    ({"doNotPerform": False}, "to be performed"),
    ({"code": {"text": "Angioplasty"}}, "words"),
    ({"code": {"text": "Iliac intervention"}, "orderDetail": [{"text": "Balloon angioplasty"}]}, "R4 detail in words"),
    ({"code": {"text": "Iliac intervention"}, "orderDetail": [snomed(BALLOON)]}, "R4 detail as a code"),
    (
        {
            "code": {"concept": {"text": "Iliac intervention"}},
            "orderDetail": [{"parameter": [{"code": {"text": "Technique"}, "valueCodeableConcept": snomed(BALLOON)}]}],
        },
        "R5 detail as a code",
    ),
    (
        {
            "code": {"concept": {"text": "Iliac intervention"}},
            "orderDetail": [{"parameter": [{"code": {"text": "Technique"}, "valueString": "PTA"}]}],
        },
        "R5 detail as a string",
    ),
    ({"bodySite": None, "orderDetail": [{"text": "right external iliac artery"}]}, "the place as a detail"),
]


@pytest.mark.parametrize(("more", "why"), READ, ids=[r[1] for r in READ])
def test_an_order_is_read_however_it_is_sent(more: dict[str, Any], why: str) -> None:
    assert planned(order(**more)) == PLANNED, why


PASSED: list[tuple[dict[str, Any], str]] = [
    ({"doNotPerform": True}, "not to be performed"),
    ({"doNotPerform": "true"}, "not to be performed, as a string"),
    ({"status": "revoked"}, "revoked"),
    ({"status": "entered-in-error"}, "entered in error"),
    ({"subject": {"reference": "Patient/other"}}, "another patient"),
    ({"modifierExtension": [{"url": "https://example.org/negated", "valueBoolean": True}]}, "modified"),
    ({"resourceType": "DeviceRequest"}, "a request for a device"),
    ({"resourceType": "RequestGroup"}, "a group"),
    ({"resourceType": "MedicationRequest"}, "a medication"),
    ({"resourceType": "Nonsense"}, "no resource"),
    ({"code": None}, "nothing ordered"),
    ({"code": {"text": "Angiogram"}}, "a picture only"),
    ({"code": {"text": "Iliac intervention"}, "orderDetail": [{"text": "No balloon angioplasty"}]}, "a denied detail"),
]


@pytest.mark.parametrize(("more", "why"), PASSED, ids=[p[1] for p in PASSED])
def test_what_orders_nothing_of_the_family_plans_nothing(more: dict[str, Any], why: str) -> None:
    assert planned(order(**more)) == set(), why
    assert cards(signed(order(**more))) == [], why


def test_a_bundle_without_a_type_and_with_entries_that_are_none_is_read_entry_by_entry() -> None:
    odd = [None, 5, "x", {}, {"resource": None}, {"resource": {"resourceType": 7}}, {"fullUrl": 3}]
    sent = signed(*odd, order())
    del sent["context"]["draftOrders"]["type"]
    found = explained(sent)["sessions"]
    assert {(t["side"], t["vessel"], t["treatment"]) for s in found for t in s["treated"]} == PLANNED


def options(*codes: str, how: str = "valueCodeableConcept", nested: bool = False) -> dict[str, Any]:
    values = [coding(CPT, c) for c in codes]
    parts = [{"url": BILLING, how: concept(*values) if how == "valueCodeableConcept" else values[0]}]
    return {"extension": [{"url": BILLING, "extension": parts}] if nested else parts}


BILLED: list[tuple[dict[str, Any], str]] = [
    ({"code": {"text": "Iliac revascularization"}, **options("37254")}, "on the order"),
    ({"code": {"text": "Iliac revascularization", **options("37254")}}, "on its code"),
    ({"code": {"text": "Iliac revascularization", **options("37254", how="valueCoding")}}, "as a coding"),
    ({"code": {"text": "Iliac revascularization", **options("37254", nested=True)}}, "nested"),
    ({"code": {"concept": {"text": "Iliac revascularization", **options("37254")}}}, "R5, on the concept"),
    ({"code": {"concept": {"text": "Iliac revascularization"}, **options("37254")}}, "R5, on the reference"),
]


@pytest.mark.parametrize(("more", "why"), BILLED, ids=[b[1] for b in BILLED])
def test_billing_options_are_considered_wherever_they_stand(more: dict[str, Any], why: str) -> None:
    assert planned(order(**more)) == PLANNED, why


def test_billing_options_are_not_depended_on_and_do_not_outvote_the_order() -> None:
    found = session(signed(order(**options("37258"))))
    assert "conflict" in {q["code"] for q in found["questions"]}
    several = session(signed(order(code={"text": "Iliac revascularization"}, **options("37254", "37256", "37258"))))
    assert {q["code"] for q in several["questions"]} >= {"conflict"}


def test_a_detail_against_the_code_is_a_question() -> None:
    found = session(signed(order(orderDetail=[{"text": "with stent placement"}])))
    assert "conflict" in {q["code"] for q in found["questions"]}


def test_the_mission_as_orders_is_anticipated_and_never_a_yes() -> None:
    stent = order("o1", code=snomed(STENT), bodySite=[snomed(COMMON), snomed(RIGHT)], reasonCode=[snomed(STENOSIS)])
    balloon = order("o2", reasonCode=[snomed(OCCLUSION)])
    found = session(signed(stent, balloon))
    assert (found["timing"], found["answer37257"]["verdict"]) == ("anticipated", "review")
    assert "37257" not in str(cards(signed(stent, balloon)))


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda x: (
        st.lists(x, max_size=2)
        | st.dictionaries(
            st.sampled_from(["code", "concept", "coding", "text", "parameter", "url", "extension", "value"]), x
        )
    ),
    max_leaves=6,
)
FIELDS = (
    "code",
    "orderDetail",
    "extension",
    "bodySite",
    "bodyStructure",
    "doNotPerform",
    "status",
    "intent",
    "subject",
)


@settings(deadline=None, derandomize=True)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JUNK)))
def test_any_order_is_read_or_passed_over_and_never_breaks(more: dict[str, Any]) -> None:
    explained(signed({**order(), **more}))
