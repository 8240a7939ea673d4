"""References in every form they travel in, resources inside resources, and parents of parents."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.fhir.bundle import Chart
from tests.charts import (
    BALLOON,
    COMMON,
    EXTERNAL,
    OCCLUSION,
    RIGHT,
    SNOMED,
    STENOSIS,
    STENT,
    bundle,
    coding,
    condition,
    encounter,
    explained,
    facts,
    lines,
    procedure,
    request,
    session,
    snomed,
    treated,
)

SITE = [snomed(EXTERNAL), snomed(RIGHT)]
OCCLUDED = {("right", "external-iliac", "angioplasty", "occlusion")}
NUMBER = {"system": "http://hospital.example.org/problems", "value": "P-17"}


def cause(**more: Any) -> dict[str, Any]:
    """An occlusion that names no vessel: it counts only for the act that points at it."""
    return condition("c1", coding(SNOMED, OCCLUSION), identifier=[NUMBER], **more)


def lesions(ref: dict[str, Any], **entry: Any) -> set[Any]:
    act = treated("b", BALLOON, EXTERNAL, RIGHT, reasonReference=[ref])
    listed = {**bundle(), "entry": [{"resource": cause(), **entry}]}
    return {t["lesion"] for t in session(request(act, list=listed))["treated"]}


UUID = "urn:uuid:0C3151BD-1CBF-4D64-B04D-CD9187A4C6E0"
FULL = "https://ehr.example.org/fhir/Condition/c1"
FOUND: list[tuple[dict[str, Any], str, str]] = [
    ({"reference": "Condition/c1"}, "", "relative"),
    ({"reference": "Condition/c1/_history/2"}, "", "versioned"),
    ({"reference": "https://other.example.org/R4/Condition/c1/_history/2"}, "", "absolute, another base, versioned"),
    ({"reference": FULL}, FULL, "absolute, by fullUrl"),
    ({"reference": "Condition/c1"}, FULL, "relative, with fullUrl"),
    ({"reference": UUID}, UUID, "urn:uuid"),
    ({"reference": UUID.lower()}, UUID, "urn:uuid in small letters"),
    ({"reference": "urn:oid:1.2.3.4"}, "urn:oid:1.2.3.4", "urn:oid"),
    ({"reference": "c1", "type": "Condition"}, "", "an id with its type beside"),
    ({"identifier": NUMBER}, "", "logical"),
    ({"identifier": NUMBER, "type": "Condition"}, "", "logical, with its type"),
    ({"reference": "Condition?identifier=http://hospital.example.org/problems|P-17"}, "", "conditional"),
]


@pytest.mark.parametrize(("ref", "url", "why"), FOUND, ids=[f[2] for f in FOUND])
def test_a_reference_is_followed_whatever_its_form(ref: dict[str, Any], url: str, why: str) -> None:
    assert lesions(ref, **({"fullUrl": url} if url else {})) == {"occlusion"}, why


def test_an_r5_reason_is_followed_by_reference_and_by_number() -> None:
    for ref in ({"reference": "Condition/c1"}, {"identifier": NUMBER}):
        act = treated("b", BALLOON, EXTERNAL, RIGHT, reason=[{"reference": ref}])
        assert facts(session(request(act, conditions=(cause(),)))) == OCCLUDED


LOST: list[tuple[dict[str, Any], str]] = [
    ({"reference": "Condition/c2"}, "another id"),
    ({"reference": "Observation/c1"}, "another type"),
    ({"reference": "c1"}, "an id without a type"),
    ({"reference": "#c1"}, "contained, and it is not"),
    ({"reference": "#"}, "the container itself"),
    ({"reference": ""}, "empty"),
    ({"identifier": {**NUMBER, "value": "P-18"}}, "another number"),
    ({"identifier": {**NUMBER, "system": "http://elsewhere.example.org"}}, "another system of numbers"),
    ({"identifier": {"value": "P-17"}}, "a number without its system"),
    ({"identifier": NUMBER, "type": "Observation"}, "logical, another type"),
    ({"display": "Occlusion of right external iliac artery"}, "words only"),
    ({"identifier": "P-17"}, "no identifier"),
]


@pytest.mark.parametrize(("ref", "why"), LOST, ids=[x[1] for x in LOST])
def test_a_reference_that_leads_nowhere_or_elsewhere_gives_nothing(ref: dict[str, Any], why: str) -> None:
    assert lesions(ref) == {None}, why


def test_a_number_that_two_resources_carry_points_at_neither() -> None:
    act = treated("b", BALLOON, EXTERNAL, RIGHT, reasonReference=[{"identifier": NUMBER}])
    other = condition("c2", coding(SNOMED, STENOSIS), identifier=[NUMBER])
    assert {t["lesion"] for t in session(request(act, conditions=(cause(), other)))["treated"]} == {None}


def test_a_full_url_names_a_resource_that_has_no_id() -> None:
    act = treated("b", BALLOON, EXTERNAL, RIGHT, reasonReference=[{"reference": "Condition/c1"}])
    nameless = {k: v for k, v in cause().items() if k != "id"}
    listed = {**bundle(), "entry": [{"fullUrl": FULL, "resource": nameless}]}
    assert facts(session(request(act, list=listed))) == OCCLUDED


def test_a_contained_resource_may_point_at_its_neighbour_and_hold_others() -> None:
    from tests.charts import concept

    body = {"resourceType": "BodyStructure", "id": "where", "location": snomed(EXTERNAL)}
    inner = {"resourceType": "Device", "id": "dev", "type": {"text": "Self-expanding stent"}}
    report = {
        "resourceType": "DiagnosticReport",
        "id": "rep",
        "contained": [inner],
        "status": "final",
        "code": concept(text="Angiogram"),
        "conclusion": "Occlusion of the right external iliac artery.",
    }
    act = treated("b", BALLOON, EXTERNAL, RIGHT, contained=[body, report], reasonReference=[{"reference": "#rep"}])
    assert facts(session(request(act))) == OCCLUDED
    act["usedReference"] = [{"reference": "#dev"}]
    assert {t["treatment"] for t in session(request(act))["treated"]} == {"stent"}


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/other"},
        {"reference": "https://ehr.example.org/fhir/Patient/other"},
        {"reference": "urn:uuid:22"},
        {"reference": "other", "type": "Patient"},
        {"identifier": {"system": "urn:mrn", "value": "2"}},
        {"identifier": {"system": "urn:mrn", "value": "3"}},
    ],
)
@pytest.mark.parametrize("patients_first", [True, False])
def test_another_patients_act_is_not_ours_however_it_says_so(subject: dict[str, Any], patients_first: bool) -> None:
    ours = {"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:mrn", "value": "1"}]}
    theirs = {"resourceType": "Patient", "id": "other", "identifier": [{"system": "urn:mrn", "value": "2"}]}
    people = [{"fullUrl": "urn:uuid:11", "resource": ours}, {"fullUrl": "urn:uuid:22", "resource": theirs}]
    acts = [
        {"resource": treated("a", STENT, COMMON, RIGHT, STENOSIS, subject=subject)},
        {"resource": treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION)},
    ]
    sent = request()
    sent["prefetch"]["procedures"] = {**bundle(), "entry": people + acts if patients_first else acts + people}
    assert lines(session(sent)) == ["37256-RT"]
    mine = copy.deepcopy(sent)
    for entry in mine["prefetch"]["procedures"]["entry"]:
        if entry["resource"]["id"] == "a":
            entry["resource"]["subject"] = {"identifier": {"system": "urn:mrn", "value": "1"}}
    assert lines(session(mine)) == ["37258-RT", "37257-RT"]


def test_encounters_known_by_number_only_are_told_apart() -> None:
    def under(number: str) -> dict[str, Any]:
        return {"encounter": {"identifier": {"system": "urn:visits", "value": number}}}

    def pair(first: str, second: str) -> dict[str, Any]:
        return request(
            treated("a", STENT, COMMON, RIGHT, STENOSIS, **under(first)),
            treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION, **under(second)),
            encounter=encounter(identifier=[{"system": "urn:visits", "value": "1"}]),
        )

    assert lines(session(pair("1", "1"))) == ["37258-RT", "37257-RT"]
    assert session(pair("2", "1"))["answer37257"]["verdict"] == "review"


@settings(deadline=None, derandomize=True)
@given(
    st.recursive(
        st.none() | st.text(max_size=8),
        lambda x: (
            st.dictionaries(
                st.sampled_from(["reference", "identifier", "type", "system", "value", "concept"]), x, max_size=3
            )
            | st.lists(x, max_size=2)
        ),
    )
)
def test_any_reference_is_followed_or_not_and_never_breaks(ref: Any) -> None:
    act = treated("b", BALLOON, EXTERNAL, RIGHT, reasonReference=[ref], partOf=[ref], usedReference=[ref], subject=ref)
    chart = Chart(patient="p")
    chart.add([act, cause()])
    explained(request(act, conditions=(cause(),)))


PART = {"performedDateTime": None, "encounter": None}


def part(of: str, **more: Any) -> dict[str, Any]:
    return {"partOf": [{"reference": of}], **PART, **more}


def chain(**top: Any) -> dict[str, Any]:
    return request(
        procedure("top", code=snomed("20500004"), bodySite=[snomed(RIGHT)], **top),
        procedure("mid", code={"text": "Iliac angioplasty"}, **part("Procedure/top")),
        procedure(
            "a", code=snomed(STENT), bodySite=[snomed(COMMON)], reasonCode=[snomed(STENOSIS)], **part("Procedure/mid")
        ),
        procedure(
            "b",
            code=snomed(BALLOON),
            bodySite=[snomed(EXTERNAL)],
            reasonCode=[snomed(OCCLUSION)],
            **part("Procedure/top"),
        ),
    )


def test_a_part_of_a_part_takes_date_leg_and_encounter_from_the_top() -> None:
    assert lines(session(chain())) == ["37258-RT", "37257-RT"]


@pytest.mark.parametrize("status", ["not-done", "entered-in-error", "stopped"])
def test_a_part_of_a_whole_that_was_not_done_does_not_count(status: str) -> None:
    assert {s["answer37257"]["verdict"] for s in explained(chain(status=status))["sessions"]} == {"review"}


def test_parts_of_two_wholes_are_two_sessions_even_deep_down() -> None:
    sent = chain()
    found = sent["prefetch"]["procedures"]["entry"]
    found.append({"resource": procedure("other", code={"text": "Second operation"})})
    found[3]["resource"]["partOf"] = [{"reference": "Procedure/other"}]
    found[3]["resource"]["bodySite"].append(snomed(RIGHT))
    assert session(sent)["answer37257"]["verdict"] == "review"


def test_a_circle_of_parts_ends() -> None:
    sent = request(
        treated("a", STENT, COMMON, RIGHT, STENOSIS, partOf=[{"reference": "Procedure/b"}]),
        treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION, partOf=[{"reference": "Procedure/a"}]),
    )
    assert lines(session(sent)) == ["37258-RT", "37257-RT"]


def test_a_whole_that_was_not_sent_still_joins_its_parts_however_it_is_named() -> None:
    forms = ["Procedure/x", "https://ehr.example.org/fhir/Procedure/x", "Procedure/x/_history/1"]
    for form in forms:
        sent = request(
            treated("a", STENT, COMMON, RIGHT, STENOSIS, partOf=[{"reference": forms[0]}]),
            treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION, partOf=[{"reference": form}]),
        )
        assert lines(session(sent)) == ["37258-RT", "37257-RT"], form


def test_one_reason_of_two_acts_that_names_no_vessel_is_not_the_lesion_of_both() -> None:
    shared = [{"reference": "Condition/c1"}]
    sent = request(
        treated("a", STENT, COMMON, RIGHT, reasonReference=shared),
        treated("b", BALLOON, EXTERNAL, RIGHT, reasonReference=shared),
        conditions=(cause(),),
    )
    assert session(sent)["answer37257"]["verdict"] == "review"


PATIENT, STAY = "af994ef8-53a7-4919-afb4-c2a9d5fb26aa", "57546ad8-2bb6-49f7-a30d-68d30ff1e6aa"
STRANGER = "5ab25be4-f3a7-4e69-92a8-c93db721af10"


def synthetic(*, told_of: str = PATIENT) -> dict[str, Any]:
    """A chart whose ids are UUIDs and whose references are urns of them, its encounter and patient sent by themselves."""
    where = {"encounter": {"reference": f"urn:uuid:{STAY}"}, "subject": {"reference": f"urn:uuid:{PATIENT}"}}
    acts = (
        treated("a", STENT, COMMON, RIGHT, STENOSIS, **where),
        treated("b", BALLOON, EXTERNAL, RIGHT, **where),
    )
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "status": "final",
        "code": {"text": "Angiography"},
        "effectiveDateTime": "2026-03-04",
        "conclusion": "The right external iliac artery was occluded; it was treated with balloon angioplasty.",
        **where,
        "subject": {"reference": f"urn:uuid:{told_of}"},
    }
    sent = request(*acts, reports=bundle(report), patient={"resourceType": "Patient", "id": PATIENT})
    sent["context"] |= {"patientId": PATIENT, "encounterId": STAY}
    sent["prefetch"]["encounter"] |= {"id": STAY, "subject": {"reference": f"urn:uuid:{PATIENT}"}}
    return sent


def test_urns_reach_what_stands_by_itself_by_its_id() -> None:
    assert lines(session(synthetic())) == ["37258-RT", "37257-RT"]


def test_a_urn_of_another_patient_is_another_patient() -> None:
    found = explained(synthetic(told_of=STRANGER))
    assert [s["answer37257"]["verdict"] for s in found["sessions"]] == ["review"]
    assert "another patient" in found["unread"][0]["text"]
