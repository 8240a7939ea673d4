"""Which procedures belong together, what is only planned, and where it happened."""

from typing import Any

import pytest

from tests.charts import (
    BALLOON,
    COMMON,
    CPT,
    EXTERNAL,
    LEFT,
    OCCLUSION,
    RIGHT,
    SNOMED,
    STENOSIS,
    STENT,
    asked,
    bundle,
    cards,
    coding,
    concept,
    encounter,
    explained,
    lines,
    mission,
    procedure,
    request,
    session,
    snomed,
    treated,
)


def pair(first: dict[str, Any], second: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The mission's two procedures with elements of each replaced."""
    return request(
        treated("a", STENT, COMMON, RIGHT, STENOSIS, **first),
        treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION, **second),
        **more,
    )


TOGETHER: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {}, "same day, no times"),
    ({"performedDateTime": "2026-03-04T09:00:00Z"}, {"performedDateTime": "2026-03-04T10:30:00Z"}, "ninety minutes"),
    (
        {
            "performedDateTime": None,
            "performedPeriod": {"start": "2026-03-04T08:00:00Z", "end": "2026-03-04T12:00:00Z"},
        },
        {"performedDateTime": "2026-03-04T13:00:00Z"},
        "one hour after a long one",
    ),
    ({"encounter": None}, {}, "one without an encounter"),
    ({"encounter": {"reference": "https://ehr.example.org/fhir/Encounter/e1"}}, {}, "absolute reference"),
    (
        {"performer": [{"actor": {"reference": "Practitioner/s"}}]},
        {"performer": [{"actor": {"reference": "Practitioner/s"}}]},
        "one surgeon",
    ),
]


@pytest.mark.parametrize(("first", "second", "why"), TOGETHER, ids=[t[2] for t in TOGETHER])
def test_one_operative_episode_is_one_session(first: dict[str, Any], second: dict[str, Any], why: str) -> None:
    found = session(pair(first, second))
    assert lines(found) == ["37258-RT", "37257-RT"], why
    assert not asked(found)


DOUBTFUL: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"performedDateTime": "2026-03-04T08:00:00Z"}, {"performedDateTime": "2026-03-04T19:00:00Z"}, "a return"),
    ({"partOf": [{"reference": "Procedure/x"}]}, {"partOf": [{"reference": "Procedure/y"}]}, "two parents"),
    (
        {"performer": [{"actor": {"reference": "Practitioner/s"}}]},
        {"performer": [{"actor": {"reference": "Practitioner/t"}}]},
        "two surgeons",
    ),
    ({}, {"performedDateTime": None}, "one without a date"),
    ({}, {"performedDateTime": "2026"}, "one with a year only"),
]


@pytest.mark.parametrize(("first", "second", "why"), DOUBTFUL, ids=[d[2] for d in DOUBTFUL])
def test_what_may_be_a_second_session_is_reviewed_and_asked(
    first: dict[str, Any], second: dict[str, Any], why: str
) -> None:
    found = session(pair(first, second))
    assert found["answer37257"]["verdict"] == "review", why
    assert "session" in {q[0] for q in asked(found)}
    assert "37257-RT" not in lines(found)


def test_a_staged_procedure_on_another_date_is_a_session_of_its_own() -> None:
    sent = pair({}, {"performedDateTime": "2026-03-18"})
    found = explained(sent)["sessions"]
    assert [(s["date"], lines(s)) for s in found] == [("2026-03-04", ["37258-RT"]), ("2026-03-18", ["37256-RT"])]
    assert {s["answer37257"]["verdict"] for s in found} == {"no"}


def test_an_act_without_a_day_may_be_of_any_of_the_days_of_its_encounter() -> None:
    """Perhaps a second stent in the vessel that is ballooned on the one day, perhaps the work of the other."""
    vague = treated("u", STENT, EXTERNAL, RIGHT, OCCLUSION, performedDateTime="2026")
    other_day = treated("o", BALLOON, COMMON, LEFT, STENOSIS, performedDateTime="2026-03-09")
    sent = pair({}, {}, more=bundle(vague, other_day))
    assert [s["answer37257"]["verdict"] for s in explained(sent)["sessions"] if s["date"] == "2026-03-04"] == ["review"]
    assert "session" in {q[0] for s in explained(sent)["sessions"] for q in asked(s)}


def test_work_under_another_encounter_of_the_day_is_not_ours_and_is_asked_about() -> None:
    sent = pair({"encounter": {"reference": "Encounter/e2"}}, {})
    found = session(sent)
    assert found["encounter"] == "Encounter/e1"
    assert lines(found) == ["37256-RT ?"]
    assert found["answer37257"]["verdict"] == "review"
    assert ("session", None, None) in asked(found)


def test_without_an_encounter_in_the_request_every_encounter_is_a_session() -> None:
    sent = pair({}, {"encounter": {"reference": "Encounter/e2"}})
    del sent["context"]["encounterId"], sent["prefetch"]["encounter"]
    assert [s["encounter"] for s in explained(sent)["sessions"]] == ["Encounter/e1", "Encounter/e2"]


def test_a_surgical_case_during_the_stay_counts_when_the_stay_has_no_procedures_of_its_own() -> None:
    case = {"encounter": {"reference": "Encounter/case"}}
    stay = encounter(period={"start": "2026-03-02", "end": "2026-03-09"})
    assert lines(session(pair(case, case, encounter=stay))) == ["37258-RT", "37257-RT"]
    assert explained(pair(case, case))["sessions"] == []


def test_a_surgical_case_that_is_part_of_the_stay_is_the_same_encounter() -> None:
    case = encounter("e2", partOf={"reference": "Encounter/e1"})
    sent = pair({}, {"encounter": {"reference": "Encounter/e2"}}, case=case)
    assert lines(session(sent)) == ["37258-RT", "37257-RT"]


def test_an_encounter_of_one_day_dates_procedures_that_have_no_date() -> None:
    stay = encounter(period={"start": "2026-03-04T07:00:00Z", "end": "2026-03-04T18:00:00Z"})
    found = session(pair({"performedDateTime": None}, {"performedDateTime": None}, encounter=stay))
    assert (found["date"], lines(found)) == ("2026-03-04", ["37258-RT", "37257-RT"])


def test_without_any_date_nothing_is_supported_and_the_date_is_asked() -> None:
    found = session(pair({"performedDateTime": None}, {"performedDateTime": None}))
    assert (found["date"], found["answer37257"]["verdict"]) == (None, "review")
    assert ("session", None, None) in asked(found)
    assert all(x["status"] == "review" for x in found["lines"])


def test_before_2026_only_the_retired_codes_are_named() -> None:
    early = {"performedDateTime": "2025-12-31"}
    found = session(pair(early, early))
    assert {x["code"] for x in found["lines"]} == {"37221", "37222"}
    assert found["answer37257"]["verdict"] == "no"
    assert "37222" in found["answer37257"]["why"][0]["text"]


def test_an_old_procedure_of_another_encounter_brings_no_card() -> None:
    old = treated(
        "old", STENT, COMMON, RIGHT, STENOSIS, performedDateTime="2021-05-01", encounter={"reference": "Encounter/e0"}
    )
    sent = request(old)
    assert cards(sent) == []


def order(key: str, code: str, vessel: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest",
        "id": key,
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/p"},
        "code": snomed(code),
        "bodySite": [snomed(vessel), snomed(RIGHT)],
        **more,
    }


def ordered(*orders: Any, **more: Any) -> dict[str, Any]:
    sent = request(hook="order-sign", **more)
    sent["context"]["draftOrders"] = {"resourceType": "Bundle", "entry": [{"resource": o} for o in orders]}
    sent["prefetch"].pop("procedures")
    return sent


def test_planned_services_are_anticipated_and_never_asserted() -> None:
    sent = ordered(
        order("a", STENT, COMMON, reasonCode=[snomed(STENOSIS)]),
        order("b", BALLOON, EXTERNAL, reasonCode=[snomed(OCCLUSION)]),
    )
    found = session(sent)
    assert (found["timing"], found["answer37257"]["verdict"]) == ("anticipated", "review")
    assert lines(found) == ["37258-RT ?", "37257-RT ?"]


@pytest.mark.parametrize("more", [{"doNotPerform": True}, {"status": "revoked"}, {"status": "entered-in-error"}])
def test_an_order_not_to_do_something_plans_nothing(more: dict[str, Any]) -> None:
    assert explained(ordered(order("a", STENT, COMMON, **more)))["sessions"] == []


def test_billing_options_of_an_order_are_considered() -> None:
    url = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition/ext-billing-options"
    local = {
        "coding": [coding("https://ehr.example.org/orders", "4711")],
        "extension": [{"url": url, "valueCodeableConcept": concept(coding(CPT, "37257"))}],
    }
    found = session(ordered({**order("a", STENT, EXTERNAL), "code": local}))
    assert [(t["vessel"], t["treatment"], t["lesion"]) for t in found["treated"]] == [
        ("external-iliac", "angioplasty", "occlusion")
    ]


def test_odd_orders_say_nothing_and_break_nothing() -> None:
    odd = [None, {"resourceType": "MedicationRequest"}, {"resourceType": "ServiceRequest", "code": {}}, {"x": 1}, 7]
    assert explained(ordered(*odd))["sessions"] == []


def located(kind: dict[str, Any]) -> dict[str, Any]:
    place = {"resourceType": "Location", "id": "l1", "type": [concept(kind)]}
    stay = encounter(code="AMB", location=[{"location": {"reference": "Location/l1"}}])
    return mission(encounter=stay, place=place)


ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
PLACES = [
    (mission(), "21", "inpatient class"),
    (mission(encounter=encounter(code="OBSENC")), "22", "observation"),
    (mission(encounter=encounter(code="EMER")), "23", "emergency"),
    (mission(encounter=encounter(code="AMB")), None, "ambulatory proves nothing"),
    (mission(encounter=encounter(code="SS")), None, "short stay proves nothing"),
    (located(coding(SNOMED, "405607001")), "24", "ambulatory surgery centre"),
    (located(coding(SNOMED, "39350007")), "11", "office"),
    (located(coding(ROLE, "HOSP")), "22", "ambulatory in a hospital"),
    (located(coding(ROLE, "CATH")), None, "a catheter laboratory may belong to anyone"),
]


@pytest.mark.parametrize(("sent", "pos", "why"), PLACES, ids=[p[2] for p in PLACES])
def test_the_site_of_service_is_read_or_left_unknown(sent: dict[str, Any], pos: str | None, why: str) -> None:
    site = session(sent)["siteOfService"]
    assert site["pos"] == pos, why
    assert site["basis"]


def test_a_list_of_resources_and_a_bundle_in_a_bundle_are_read_too() -> None:
    both = [e["resource"] for e in mission()["prefetch"]["procedures"]["entry"]]
    assert lines(session(request(procedures=both))) == ["37258-RT", "37257-RT"]
    assert lines(session(request(procedures=bundle(bundle(*both))))) == ["37258-RT", "37257-RT"]


def test_unrelated_procedures_change_nothing() -> None:
    sent = mission()
    unrelated = [procedure(f"u{i}", code={"text": t}) for i, t in enumerate(["Colonoscopy", "Knee arthroscopy, left"])]
    sent["prefetch"]["procedures"]["entry"] += [{"resource": r} for r in unrelated]
    assert explained(sent)["sessions"] == explained(mission())["sessions"]
