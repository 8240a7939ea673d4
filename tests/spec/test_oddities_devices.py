"""Stents among the devices of a record: which outrank a code that says balloon only, and which were not left behind."""

from typing import Any

import pytest

from tests.charts import (
    BALLOON,
    COMMON,
    EXTERNAL,
    LEFT,
    OCCLUSION,
    RIGHT,
    SNOMED,
    STENOSIS,
    STENT,
    asked,
    bundle,
    coding,
    concept,
    explained,
    lines,
    procedure,
    request,
    session,
    snomed,
    treated,
)

PERIPHERAL_STENT = "65818007"
IN_EIA = concept(coding(SNOMED, EXTERNAL), coding(SNOMED, RIGHT))
IN_CIA = concept(coding(SNOMED, COMMON), coding(SNOMED, RIGHT))
MISSION = ["37258-RT", "37257-RT"]
STENTED = ["37260-RT", "37259-RT"]


def acts(*others: dict[str, Any], **balloon: Any) -> dict[str, Any]:
    """A stent of the right common iliac stenosis, a balloon of the right external iliac occlusion, and devices."""
    return request(
        treated("s", STENT, COMMON, RIGHT, STENOSIS),
        treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION, **balloon),
        more=bundle(*others),
    )


def device(key: str = "d", **more: Any) -> dict[str, Any]:
    return {"resourceType": "Device", "id": key, "patient": {"reference": "Patient/p"}, **more}


def action(code: str, display: str = "") -> dict[str, Any]:
    return concept(coding("http://hl7.org/fhir/device-action", code, display))


REF = {"reference": "Device/d"}
TYPED = device(type=snomed(PERIPHERAL_STENT))
PRESENT: list[tuple[dict[str, Any], list[dict[str, Any]], str]] = [
    ({"usedCode": [snomed(PERIPHERAL_STENT)]}, [], "usedCode"),
    ({"usedCode": [{"text": "Self-expanding stent 8 x 40 mm"}]}, [], "usedCode in words"),
    ({"used": [{"concept": snomed(PERIPHERAL_STENT)}]}, [], "R5 used, a concept"),
    ({"used": [{"reference": REF}]}, [TYPED], "R5 used, a reference"),
    ({"usedReference": [REF]}, [TYPED], "usedReference, R4 type"),
    ({"usedReference": [REF]}, [device(type=[snomed(PERIPHERAL_STENT)])], "R5: type is a list"),
    (
        {"usedReference": [REF]},
        [device(deviceName=[{"name": "Express LD stent", "type": "user-friendly-name"}])],
        "R4 name",
    ),
    ({"usedReference": [REF]}, [device(name=[{"value": "Zilver stent", "type": "registered-name"}])], "R5 name"),
    (
        {"usedReference": [REF]},
        [
            device(definition={"reference": "DeviceDefinition/f"}),
            {"resourceType": "DeviceDefinition", "id": "f", "type": snomed(PERIPHERAL_STENT)},
        ],
        "its definition",
    ),
    ({"focalDevice": [{"action": action("implanted"), "manipulated": REF}]}, [TYPED], "focalDevice, implanted"),
    ({"focalDevice": [{"action": {"text": "Implanted"}, "manipulated": REF}]}, [TYPED], "the action in words"),
    ({"focalDevice": [{"manipulated": REF}]}, [TYPED], "no action"),
]


@pytest.mark.parametrize(("more", "others", "why"), PRESENT, ids=[p[2] for p in PRESENT])
def test_an_implanted_stent_outranks_a_code_that_says_balloon(
    more: dict[str, Any], others: list[dict[str, Any]], why: str
) -> None:
    assert lines(session(acts(*others, **more))) == STENTED, why


ABSENT: list[tuple[dict[str, Any], list[dict[str, Any]], str]] = [
    ({"focalDevice": [{"action": action("explanted"), "manipulated": REF}]}, [TYPED], "explanted"),
    ({"focalDevice": [{"action": action("manipulated"), "manipulated": REF}]}, [TYPED], "manipulated: an older stent"),
    ({"focalDevice": [{"action": {"text": "Removed"}, "manipulated": REF}]}, [TYPED], "removed"),
    ({"usedReference": [REF]}, [{**TYPED, "status": "entered-in-error"}], "a device entered in error"),
    ({"usedReference": [REF]}, [{**TYPED, "note": [{"text": "Opened, not deployed"}]}], "wasted"),
    ({"usedReference": [REF]}, [{**TYPED, "patient": {"reference": "Patient/other"}}], "another patient's"),
    ({"usedCode": [{"text": "Stent, wasted"}]}, [], "wasted in words"),
    ({"usedCode": [{"text": "Balloon catheter"}]}, [], "a balloon"),
    ({"usedCode": [snomed("102319006")]}, [], "a coded balloon"),
    ({}, [TYPED], "a stent in the chart that no act points at"),
]


@pytest.mark.parametrize(("more", "others", "why"), ABSENT, ids=[a[2] for a in ABSENT])
def test_a_stent_that_was_not_left_behind_changes_nothing(
    more: dict[str, Any], others: list[dict[str, Any]], why: str
) -> None:
    assert lines(session(acts(*others, **more))) == MISSION, why


OPEN: list[tuple[dict[str, Any], list[dict[str, Any]], str]] = [
    ({"usedCode": [{"text": "Stent delivery catheter"}]}, [], "a catheter that delivers stents"),
    ({"focalDevice": [{"action": {"text": "checked"}, "manipulated": REF}]}, [TYPED], "an action nobody knows"),
    ({"focalDevice": [{"action": {"text": "Failed to implant"}, "manipulated": REF}]}, [TYPED], "a failed action"),
]


@pytest.mark.parametrize(("more", "others", "why"), OPEN, ids=[o[2] for o in OPEN])
def test_a_stent_that_may_have_been_left_behind_is_a_question(
    more: dict[str, Any], others: list[dict[str, Any]], why: str
) -> None:
    found = session(acts(*others, **more))
    assert found["answer37257"]["verdict"] == "review", why
    assert ("conflict", "right", "external-iliac") in asked(found), why


def use(**more: Any) -> dict[str, Any]:
    """A DeviceUseStatement of R4."""
    return {
        "resourceType": "DeviceUseStatement",
        "id": "u",
        "status": "completed",
        "subject": {"reference": "Patient/p"},
        "device": REF,
        "bodySite": IN_EIA,
        **more,
    }


OF_B = {"derivedFrom": [{"reference": "Procedure/b"}]}
USES: list[tuple[dict[str, Any], list[str], str]] = [
    (use(**OF_B), STENTED, "derived from the act, in its vessel"),
    (use(**OF_B, bodySite=None), STENTED, "derived from an act with one vessel, no site"),
    (use(**OF_B, status="active"), STENTED, "still there"),
    (use(timingDateTime="2026-03-04"), STENTED, "that day, in the vessel"),
    (use(timingPeriod={"start": "2026-03-04"}), STENTED, "since that day, in the vessel"),
    (
        {
            "resourceType": "DeviceUsage",
            "id": "u",
            "status": "completed",
            "patient": {"reference": "Patient/p"},
            "device": {"reference": REF},
            "bodySite": {"concept": IN_EIA},
            "context": {"reference": "Encounter/e1"},
            "timingDateTime": "2026-03-04",
        },
        STENTED,
        "R5 DeviceUsage",
    ),
    (
        {
            "resourceType": "DeviceUsage",
            "id": "u",
            "status": "completed",
            "patient": {"reference": "Patient/p"},
            "device": {"concept": snomed(PERIPHERAL_STENT)},
            "bodySite": {"reference": {"reference": "BodyStructure/eia"}},
            **OF_B,
        },
        STENTED,
        "R5: the device as a concept, the site as a BodyStructure",
    ),
    (use(**OF_B, status="entered-in-error"), MISSION, "entered in error"),
    (use(**OF_B, status="intended"), MISSION, "only intended"),
    (use(**OF_B, status="not-done"), MISSION, "not done"),
    (use(**OF_B, note=[{"text": "Wasted"}]), MISSION, "wasted"),
    (use(timingDateTime="2019-05-01"), MISSION, "years ago"),
    (use(timingDateTime="2026-03-20"), MISSION, "later"),
    (use(), MISSION, "no occasion"),
    (use(timingDateTime="2026-03-04", bodySite=IN_CIA), MISSION, "in the stented vessel"),
    (use(timingDateTime="2026-03-04", subject={"reference": "Patient/other"}), MISSION, "another patient"),
]
EIA_STRUCTURE = {
    "resourceType": "BodyStructure",
    "id": "eia",
    "patient": {"reference": "Patient/p"},
    "includedStructure": [{"structure": snomed(EXTERNAL), "laterality": snomed(RIGHT)}],
}


@pytest.mark.parametrize(("stated", "expected", "why"), USES, ids=[u[2] for u in USES])
def test_a_statement_of_device_use_counts_for_its_act_vessel_and_day(
    stated: dict[str, Any], expected: list[str], why: str
) -> None:
    assert lines(session(acts(TYPED, EIA_STRUCTURE, stated))) == expected, why


UNPLACED: list[tuple[dict[str, Any], str]] = [
    (use(**OF_B, status="stopped"), "use stopped"),
    (use(**OF_B, status="on-hold"), "on hold"),
    (use(timingDateTime="2026-03-04", bodySite=snomed("10293006")), "that day, no segment"),
    (use(timingDateTime="2026-03-04", bodySite=snomed(EXTERNAL)), "that day, no leg"),
    (use(**OF_B, bodySite=IN_CIA), "derived from the act, in another vessel"),
    (use(timingDateTime="2026-03"), "that month, in the vessel"),
]


@pytest.mark.parametrize(("stated", "why"), UNPLACED, ids=[u[1] for u in UNPLACED])
def test_a_statement_that_may_mean_the_vessel_is_a_question(stated: dict[str, Any], why: str) -> None:
    found = session(acts(TYPED, stated))
    assert found["answer37257"]["verdict"] == "review", why


def both(**more: Any) -> dict[str, Any]:
    """One act that ballooned two vessels."""
    return procedure(
        "p",
        code=snomed(BALLOON),
        bodySite=[snomed(COMMON), snomed(EXTERNAL), snomed(RIGHT)],
        reasonCode=[{"text": "Stenosis of right common iliac, occlusion of right external iliac artery"}],
        **more,
    )


def test_a_stent_without_a_vessel_in_an_act_with_several_is_a_question() -> None:
    found = session(request(both(usedCode=[snomed(PERIPHERAL_STENT)])))
    assert not [x for x in lines(found) if not x.endswith("?")]
    assert {("treatment", "right", "common-iliac"), ("treatment", "right", "external-iliac")} <= asked(found)


def test_a_stent_in_an_act_on_both_legs_is_not_in_both() -> None:
    act = procedure(
        "p",
        code=snomed(BALLOON),
        bodySite=[snomed(COMMON), snomed(RIGHT), snomed(LEFT)],
        reasonCode=[snomed(STENOSIS)],
        usedCode=[snomed(PERIPHERAL_STENT)],
    )
    found = session(request(act, treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION)))
    assert found["answer37257"]["verdict"] == "review"
    assert "37258-RT" not in lines(found)


def test_the_site_of_a_device_tells_which_of_several_vessels_was_stented() -> None:
    stated = use(derivedFrom=[{"reference": "Procedure/p"}], bodySite=IN_CIA)
    found = session(request(both(), more=bundle(TYPED, stated)))
    assert ("right", "common-iliac", "stent") in {(t["side"], t["vessel"], t["treatment"]) for t in found["treated"]}
    assert ("right", "external-iliac", "angioplasty") in {
        (t["side"], t["vessel"], t["treatment"]) for t in found["treated"]
    }


def whole(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    top = procedure("top", code={"text": "Iliac revascularization"}, bodySite=[snomed(RIGHT)], **more)
    return request(top, *[{**p, "partOf": [{"reference": "Procedure/top"}]} for p in parts])


def test_a_stent_of_the_whole_operation_that_no_part_explains_is_a_question() -> None:
    parts = (treated("a", BALLOON, COMMON, RIGHT, OCCLUSION), treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION))
    assert lines(session(whole(*parts))) == ["37256-RT", "37257-RT"]
    found = session(whole(*parts, usedCode=[snomed(PERIPHERAL_STENT)]))
    assert found["answer37257"]["verdict"] == "review"
    explained_by_a_part = (treated("a", STENT, COMMON, RIGHT, STENOSIS), parts[1])
    assert lines(session(whole(*explained_by_a_part, usedCode=[snomed(PERIPHERAL_STENT)]))) == MISSION


@pytest.mark.parametrize("odd", [None, 7, "stent", [], [None], {"reference": 5}, {"concept": {"coding": "x"}}])
def test_odd_devices_break_nothing(odd: Any) -> None:
    sent = acts(
        {**use(), "device": odd, "bodySite": odd, "derivedFrom": odd, "note": odd},
        device(type=odd, deviceName=odd, definition=odd, note=odd),
        usedReference=[REF],
        focalDevice=odd,
    )
    explained(sent)


@pytest.mark.parametrize(
    "name", ["Viabahn 7 x 50", "iCast 8 x 38", "Zilver PTX 6 x 80", "GORE VBX 8L x 39", "Everflex 7 x 60"]
)
def test_a_stent_known_only_by_its_makers_name_is_a_question(name: str) -> None:
    for used in ({"usedCode": [{"text": name}]}, {"focalDevice": [{"manipulated": {"display": name}}]}):
        assert session(acts(**used))["answer37257"]["verdict"] == "review"


@pytest.mark.parametrize("name", ["Mustang 6 x 40", "IN.PACT Admiral 6 x 80", "Perclose ProGlide", "Glidewire"])
def test_the_name_of_a_balloon_or_a_tool_leaves_the_answer(name: str) -> None:
    assert lines(session(acts(usedCode=[{"text": name}]))) == MISSION


NOTE = "Right common iliac stenosis stented. Right external iliac occlusion: balloon only, no stent placed."
CIA_STENT, EIA_STENT = "Express 8x37 stent (right common iliac)", "Absolute Pro 7x80 stent, right external iliac artery"


@pytest.mark.parametrize(
    ("used", "verdict"),
    [
        ([CIA_STENT], "yes"),
        ([CIA_STENT, EIA_STENT], "review"),
        ([EIA_STENT, CIA_STENT], "review"),
        ([CIA_STENT, EIA_STENT + ", wasted"], "yes"),
        ([CIA_STENT, EIA_STENT.replace("right", "left")], "yes"),
    ],
)
def test_a_stent_that_names_its_vessel_contradicts_a_note(used: list[str], verdict: str) -> None:
    act = procedure("p", code={"text": "Right iliac intervention"}, usedCode=[{"text": u} for u in used])
    found = session(request({**act, "note": [{"text": NOTE}]}))
    assert found["answer37257"]["verdict"] == verdict
    assert (("conflict", "right", "external-iliac") in asked(found)) == (verdict == "review")
