"""Places told in odd ways: the leg alone in bodySite, BodyStructures of both shapes, targets and approaches."""

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
    bundle,
    coding,
    concept,
    explained,
    procedure,
    request,
    session,
    snomed,
    treated,
)

CIA, EIA = "common-iliac", "external-iliac"
VEIN = "46027005"
TARGET = "http://hl7.org/fhir/StructureDefinition/procedure-targetBodyStructure"
APPROACH = "http://hl7.org/fhir/StructureDefinition/procedure-approachBodyStructure"
SITE = "http://hl7.org/fhir/StructureDefinition/bodySite"


def structure(**more: Any) -> dict[str, Any]:
    return {"resourceType": "BodyStructure", "id": "bs", "patient": {"reference": "Patient/p"}, **more}


def pointing(url: str, ref: Any = None) -> dict[str, Any]:
    return {"extension": [{"url": url, "valueReference": ref or {"reference": "BodyStructure/bs"}}]}


def places(act: dict[str, Any], *others: dict[str, Any]) -> set[tuple[Any, Any]]:
    found = explained(request(act, more=bundle(*others)))["sessions"]
    return {(t["side"], t["vessel"]) for s in found for t in s["treated"]}


R4 = structure(location=snomed(EXTERNAL), locationQualifier=[snomed(RIGHT)])
R5 = structure(includedStructure=[{"structure": snomed(EXTERNAL), "laterality": snomed(RIGHT)}])
STRUCTURES: list[tuple[dict[str, Any], set[tuple[Any, Any]], str]] = [
    (R4, {("right", EIA)}, "R4: location and qualifier"),
    (structure(location={"text": "Right external iliac artery"}), {("right", EIA)}, "R4: words"),
    (R5, {("right", EIA)}, "R5: structure and laterality"),
    (
        structure(includedStructure=[{"structure": snomed(EXTERNAL), "qualifier": [snomed(RIGHT)]}]),
        {("right", EIA)},
        "R5: side as qualifier",
    ),
    (
        structure(location=coding(SNOMED, EXTERNAL), locationQualifier=[coding(SNOMED, RIGHT)]),
        {("right", EIA)},
        "bare codings",
    ),
    (
        structure(includedStructure=[{"structure": {"text": "external iliac artery"}, "laterality": {"text": "Left"}}]),
        {("left", EIA)},
        "R5: words",
    ),
    (
        structure(
            includedStructure=[
                {"structure": snomed(COMMON), "laterality": snomed(RIGHT)},
                {"structure": snomed(EXTERNAL), "laterality": snomed(LEFT)},
            ]
        ),
        {("right", CIA), ("left", EIA)},
        "R5: each structure keeps its own side",
    ),
    (
        structure(
            includedStructure=[{"structure": snomed(EXTERNAL), "laterality": snomed(RIGHT)}],
            excludedStructure=[{"structure": snomed(COMMON), "laterality": snomed(RIGHT)}],
        ),
        {("right", EIA)},
        "R5: what is excluded is not treated",
    ),
    (structure(excludedStructure=[{"structure": snomed(EXTERNAL)}]), set(), "R5: only an exclusion"),
    (structure(location=snomed(VEIN), locationQualifier=[snomed(RIGHT)]), set(), "a vein"),
    ({**R4, "active": False}, set(), "no longer in use"),
    ({**R4, "patient": {"reference": "Patient/other"}}, set(), "another patient's"),
    ({**R4, "id": "other"}, set(), "not the one referred to"),
]


@pytest.mark.parametrize(("body", "expected", "why"), STRUCTURES, ids=[s[2] for s in STRUCTURES])
def test_a_target_structure_gives_vessel_and_side(
    body: dict[str, Any], expected: set[tuple[Any, Any]], why: str
) -> None:
    assert places(procedure("p1", code=snomed(BALLOON), **pointing(TARGET)), body) == expected, why


def test_a_contained_structure_and_the_words_of_a_reference_count_too() -> None:
    inner = {**R4, "id": "in"}
    act = procedure("p1", code=snomed(BALLOON), contained=[inner], **pointing(TARGET, {"reference": "#in"}))
    assert places(act) == {("right", EIA)}
    named = procedure("p1", code=snomed(BALLOON), **pointing(TARGET, {"display": "Right external iliac artery"}))
    assert places(named) == {("right", EIA)}


def test_a_structure_beside_body_site_and_inside_one_entry_is_read() -> None:
    for act in (
        procedure("p1", code=snomed(BALLOON), **pointing(SITE)),
        procedure("p1", code=snomed(BALLOON), bodySite=[pointing(SITE)]),
        procedure("p1", code=snomed(BALLOON), bodyStructure=[{"reference": {"reference": "BodyStructure/bs"}}]),
    ):
        assert places(act, R4) == {("right", EIA)}


def test_the_structure_a_vessel_was_approached_through_was_not_treated() -> None:
    act = procedure("p1", code=snomed(BALLOON), **pointing(APPROACH))
    assert places(act, R4) == set()
    both = procedure("p1", code=snomed(BALLOON), bodySite=[snomed(COMMON), snomed(LEFT)], **pointing(APPROACH))
    assert places(both, R4) == {("left", CIA)}


def test_an_order_points_at_its_target_in_either_release() -> None:
    order = {
        "resourceType": "ServiceRequest",
        "id": "o1",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/p"},
    }
    for more in (
        {"code": snomed(BALLOON), **pointing(TARGET)},
        {
            "code": snomed(BALLOON),
            **pointing("http://hl7.org/fhir/StructureDefinition/servicerequest-targetBodyStructure"),
        },
        {"code": {"concept": snomed(BALLOON)}, "bodyStructure": {"reference": "BodyStructure/bs"}},
    ):
        sent = request(hook="order-sign", more=bundle(R4))
        sent["context"]["draftOrders"] = bundle({**order, **more}, kind="collection")
        assert {(t["side"], t["vessel"]) for t in session(sent)["treated"]} == {("right", EIA)}


def stent() -> dict[str, Any]:
    return treated("s", STENT, COMMON, RIGHT, STENOSIS)


DISAGREE: list[tuple[dict[str, Any], str]] = [
    (structure(location=snomed(COMMON), locationQualifier=[snomed(RIGHT)]), "another vessel"),
    (structure(location=snomed(EXTERNAL), locationQualifier=[snomed(LEFT)]), "the other leg"),
    (structure(location=snomed(VEIN), locationQualifier=[snomed(RIGHT)]), "a vein"),
]


@pytest.mark.parametrize(("body", "why"), DISAGREE, ids=[d[1] for d in DISAGREE])
def test_a_target_that_contradicts_the_body_site_is_a_question(body: dict[str, Any], why: str) -> None:
    act = treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION, **pointing(TARGET))
    found = session(request(stent(), act, more=bundle(body)))
    assert found["answer37257"]["verdict"] == "review", why
    assert "conflict" in {q["code"] for q in found["questions"]}, why


def test_a_target_that_names_the_segment_of_a_coarse_body_site_is_no_contradiction() -> None:
    act = procedure(
        "b", code=snomed(BALLOON), bodySite=[snomed("10293006")], reasonCode=[snomed(OCCLUSION)], **pointing(TARGET)
    )
    assert session(request(stent(), act, more=bundle(R4)))["answer37257"]["verdict"] == "yes"


LONE: list[tuple[dict[str, Any], set[tuple[Any, Any]], str]] = [
    ({"code": snomed("233280009"), "bodySite": [snomed(RIGHT)]}, {("right", EIA)}, "the vessel is in the code"),
    ({"code": {"text": "PTA external iliac artery"}, "bodySite": [snomed(LEFT)]}, {("left", EIA)}, "in the words"),
    ({"code": snomed("233280009"), "bodySite": [{"text": "Right"}]}, {("right", EIA)}, "the side in words"),
    ({"code": snomed("233280009"), "bodySite": [snomed(RIGHT), snomed(LEFT)]}, {("right", EIA), ("left", EIA)}, "both"),
    ({"code": snomed("233280009"), "bodySite": [snomed("51440002")]}, {("right", EIA), ("left", EIA)}, "bilateral"),
    ({"code": snomed(BALLOON), "bodySite": [snomed(RIGHT)]}, set(), "a side is no vessel"),
    ({"code": snomed("233280009"), "bodySite": [snomed(RIGHT)], **pointing(TARGET)}, {("right", EIA)}, "and a target"),
]


@pytest.mark.parametrize(("more", "expected", "why"), LONE, ids=[x[2] for x in LONE])
def test_a_side_alone_in_body_site_joins_the_vessel_told_elsewhere(
    more: dict[str, Any], expected: set[tuple[Any, Any]], why: str
) -> None:
    coarse = structure(location=snomed(EXTERNAL))
    assert places(procedure("p1", **more), coarse) == expected, why


SAYS_RIGHT = {"extension": [{"url": "https://example.org/laterality", "valueCodeableConcept": snomed(RIGHT)}]}
QUALIFIED: list[tuple[dict[str, Any], str]] = [
    ({"bodySite": [{**snomed(EXTERNAL), **SAYS_RIGHT}]}, "of the site"),
    ({"bodySite": [concept({**coding(SNOMED, EXTERNAL), **SAYS_RIGHT})]}, "of its coding"),
    ({"bodySite": [{**coding(SNOMED, EXTERNAL), **SAYS_RIGHT}]}, "of a bare coding"),
    ({"bodySite": [snomed(EXTERNAL)], **SAYS_RIGHT}, "of the act"),
]


@pytest.mark.parametrize(("more", "why"), QUALIFIED, ids=[q[1] for q in QUALIFIED])
def test_a_leg_that_an_extension_tells_is_the_sites(more: dict[str, Any], why: str) -> None:
    assert places(procedure("p1", code=snomed(BALLOON), **more)) == {("right", EIA)}, why


def test_a_side_alone_against_the_words_is_a_question() -> None:
    act = procedure(
        "b",
        code=concept(text="PTA left external iliac artery"),
        bodySite=[snomed(RIGHT)],
        reasonCode=[snomed(OCCLUSION)],
    )
    assert session(request(stent(), act))["answer37257"]["verdict"] == "review"


WITHIN: list[tuple[dict[str, Any], str, str]] = [
    (concept(coding(SNOMED, EXTERNAL), coding(SNOMED, RIGHT), coding(SNOMED, LEFT)), "laterality", "right and left"),
    (concept(coding(SNOMED, EXTERNAL, "Left external iliac artery"), coding(SNOMED, RIGHT)), "laterality", "its words"),
    (concept(coding(SNOMED, EXTERNAL), coding(SNOMED, LEFT), text="Right external iliac artery"), "laterality", "text"),
    (concept(coding(SNOMED, EXTERNAL), coding(SNOMED, RIGHT), text="Left"), "laterality", "a leg alone in words"),
    (concept(coding(SNOMED, EXTERNAL), coding(SNOMED, COMMON), coding(SNOMED, RIGHT)), "vessel", "two vessels"),
    (
        concept(coding(SNOMED, EXTERNAL), coding(SNOMED, RIGHT), text="Right common iliac artery"),
        "vessel",
        "a vessel in words against the code",
    ),
]


@pytest.mark.parametrize(("site", "asked", "why"), WITHIN, ids=[w[2] for w in WITHIN])
def test_one_body_site_that_contradicts_itself_is_a_question(site: dict[str, Any], asked: str, why: str) -> None:
    act = procedure("b", code=snomed(BALLOON), bodySite=[site], reasonCode=[snomed(OCCLUSION)])
    found = session(request(stent(), act))
    assert found["answer37257"]["verdict"] == "review", why
    assert asked in {q["code"] for q in found["questions"]}, why
