"""Code systems as they are really sent, codes without a system, and codings that contradict each other."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.knowledge import load_terminology
from tests.charts import (
    BALLOON,
    COMMON,
    CPT,
    EXTERNAL,
    OCCLUSION,
    PCS,
    RIGHT,
    SNOMED,
    STENOSIS,
    STENT,
    asked,
    coding,
    concept,
    condition,
    explained,
    lines,
    procedure,
    request,
    session,
    snomed,
    treated,
)

URIS = [
    ("http://www.ama-assn.org/go/cpt", "37254", "cpt"),
    ("https://www.ama-assn.org/go/cpt", "37254", "cpt"),
    ("https://fhir.cerner.com/ec2458f2-1e24-41c8-b71b-0e701af7583d/CodeSystem/BillCodes-CPT", "37254", "cpt"),
    ("CPT", "37254", "cpt"),
    ("urn:oid:2.16.840.1.113883.6.12", "37254", "cpt"),
    ("https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "C9764", "hcpcs"),
    ("https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets/Alpha-Numeric-HCPCS.html", "C9764", "hcpcs"),
    ("http://www.nlm.nih.gov/research/umls/hcpcs", "C9764", "hcpcs"),
    ("https://bluebutton.cms.gov/resources/codesystem/hcpcs", "C9764", "hcpcs"),
    ("https://fhir.cerner.com/x/CodeSystem/BillCodes-HCPCS", "C9764", "hcpcs"),
    ("http://www.cms.gov/Medicare/Coding/ICD10", "047H3ZZ", "icd10pcs"),
    ("http://www.icd10data.com/icd10pcs", "047H3ZZ", "icd10pcs"),
    ("http://hl7.org/fhir/sid/icd-10", "047H3ZZ", "icd10pcs"),
    ("http://hl7.org/fhir/sid/icd-10", "I70.92", "icd10cm"),
    ("http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-procedure-icd10", "047H3ZZ", "icd10pcs"),
    ("http://hl7.org/fhir/sid/icd-10-cm", "I70.92", "icd10cm"),
    ("urn:oid:2.16.840.1.113883.6.90", "I70.92", "icd10cm"),
    ("I10", "I70.92", "icd10cm"),
    ("ICD10", "I7092", "icd10cm"),
    ("https://fhir.cerner.com/x/CodeSystem/BillCodes-ICD", "I70.92", "icd10cm"),
    ("http://snomed.info/sct", COMMON, "snomed"),
    ("https://snomed.info/sct", COMMON, "snomed"),
    ("http://snomed.info/sct/731000124108/version/20260301", COMMON, "snomed"),
    ("http://fhir.de/CodeSystem/bfarm/ops", "8-836.0c", "ops"),
    ("http://fhir.de/CodeSystem/dimdi/ops", "8-836.0c", "ops"),
]


@pytest.mark.parametrize(("uri", "code", "system"), URIS, ids=[f"{u[0]} {u[1]}" for u in URIS])
def test_every_uri_that_was_seen_is_known_however_it_is_written(uri: str, code: str, system: str) -> None:
    bare = uri.removeprefix("http://").removeprefix("https://")
    forms = [uri, uri.upper(), f" {uri} ", f"{uri}/", f"{uri}|2026"]
    forms += [f"http://{bare}", f"https://{bare}/", bare] if "://" in uri else []
    assert {load_terminology().system(f, code) for f in forms} == {system}


@settings(deadline=None, derandomize=True)
@given(st.text(max_size=60), st.text(max_size=10))
def test_any_uri_is_a_known_system_or_none(uri: str, code: str) -> None:
    assert isinstance(load_terminology().system(uri, code), str)


UNKNOWN = [
    "http://snomed.info/sctx",
    "http://example.org/snomed.info/sct",
    "http://www.ama-assn.org/go/cpt-categories",
    "https://fhir.cerner.com/x/codeSet/200",
    "http://loinc.org",
]


@pytest.mark.parametrize("uri", UNKNOWN)
def test_a_uri_that_only_looks_like_one_is_not_taken_for_it(uri: str) -> None:
    assert load_terminology().system(uri, "37254") == ""


SITE = [snomed(EXTERNAL), snomed(RIGHT)]


def stent(**more: Any) -> dict[str, Any]:
    return treated("s", STENT, COMMON, RIGHT, STENOSIS, **more)


def verdicts(sent: dict[str, Any]) -> set[str]:
    return {s["answer37257"]["verdict"] for s in explained(sent)["sessions"]}


def test_a_number_without_a_system_is_a_hint_only_and_supports_nothing() -> None:
    bare = procedure("b", code={"coding": [{"code": "37257"}]}, bodySite=SITE)
    found = session(request(stent(), bare))
    assert found["answer37257"]["verdict"] == "review"
    assert ("lesion-type", "right", "external-iliac") in asked(found)
    named = procedure("b", code=concept(coding("CPT", "37257")), bodySite=SITE, reasonCode=[{"text": "Occlusion"}])
    assert verdicts(request(stent(), named)) == {"yes"}
    unnamed = {**named, "code": {"coding": [{"code": "37257"}]}}
    assert verdicts(request(stent(), unnamed)) == {"review"}


def test_a_stent_known_by_a_bare_number_carries_no_yes() -> None:
    bare = procedure("s", code={"coding": [{"code": "37258"}]}, bodySite=[snomed(COMMON), snomed(RIGHT)])
    assert verdicts(request(bare, treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION))) == {"review"}


def test_a_snomed_number_without_a_system_says_nothing() -> None:
    bare = procedure("s", code={"coding": [{"code": STENT}]}, bodySite=[{"coding": [{"code": COMMON}]}])
    assert explained(request(bare))["sessions"] == []


CONTRADICTIONS: list[tuple[list[dict[str, Any]], str, str]] = [
    ([coding(SNOMED, STENT), coding(CPT, "37254")], "treatment", "SNOMED says stent, CPT says balloon"),
    ([coding(CPT, "37254"), coding(SNOMED, STENT)], "treatment", "in the other order"),
    ([coding(SNOMED, "233408002"), coding(PCS, "047C3ZZ")], "treatment", "SNOMED says stent, PCS no device"),
    ([coding(SNOMED, STENT), coding(SNOMED, BALLOON)], "treatment", "two of one system"),
    ([coding(SNOMED, "233408002"), coding(PCS, "047H3DZ")], "vessel", "SNOMED says common, PCS external"),
    ([coding(SNOMED, "17571000087103"), coding(PCS, "047C3DZ")], "side", "SNOMED says left, PCS right"),
    ([coding(PCS, "047C3DZ"), coding(SNOMED, "17571000087103")], "side", "PCS says right, SNOMED left"),
]


@pytest.mark.parametrize(("codes", "about", "why"), CONTRADICTIONS, ids=[c[2] for c in CONTRADICTIONS])
def test_codings_of_one_code_that_contradict_each_other_are_a_question(
    codes: list[dict[str, Any]], about: str, why: str
) -> None:
    sites = {} if about in ("vessel", "side") else {"bodySite": [snomed(COMMON), snomed(RIGHT)]}
    act = procedure("s", code={"coding": codes}, reasonCode=[snomed(STENOSIS)], **sites)
    found = explained(request(act, treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION)))["sessions"][0]
    assert found["answer37257"]["verdict"] != "yes", why
    assert any(q["code"] in ("conflict", "treatment") for q in found["questions"]), found["questions"]
    assert not [x for x in lines(found) if x.startswith(("37258", "37257")) and not x.endswith("?")]


AGREEING: list[tuple[list[dict[str, Any]], str]] = [
    ([coding(SNOMED, STENT), coding(CPT, "37258")], "SNOMED and CPT say stent"),
    ([coding(SNOMED, "713170001"), coding(PCS, "047C3DZ")], "angioplasty with stent, and PCS with a device"),
    ([coding("https://local.example.org", "X1", "Vascular procedure"), coding(SNOMED, STENT)], "a local code beside"),
    ([coding(SNOMED, "419539002"), coding(PCS, "047C3DZ")], "the coarser vessel does not contradict"),
]


@pytest.mark.parametrize(("codes", "why"), AGREEING, ids=[a[1] for a in AGREEING])
def test_codings_that_agree_are_one_statement(codes: list[dict[str, Any]], why: str) -> None:
    act = procedure(
        "s", code={"coding": codes}, bodySite=[snomed(COMMON), snomed(RIGHT)], reasonCode=[snomed(STENOSIS)]
    )
    sent = request(act, treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION))
    assert lines(session(sent)) == ["37258-RT", "37257-RT"], why


def test_a_stent_among_the_devices_settles_codings_that_contradict_each_other() -> None:
    codes = {"coding": [coding(SNOMED, STENT), coding(CPT, "37254")]}
    act = procedure(
        "s",
        code=codes,
        bodySite=[snomed(COMMON), snomed(RIGHT)],
        reasonCode=[snomed(STENOSIS)],
        usedCode=[snomed("65818007")],
    )
    sent = request(act, treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION))
    assert lines(session(sent)) == ["37258-RT", "37257-RT"]


def test_pcs_codes_of_two_vessels_under_one_procedure_are_two_services() -> None:
    listed = condition("k", coding(SNOMED, OCCLUSION), bodySite=SITE)
    cause = condition("m", coding(SNOMED, STENOSIS), bodySite=[snomed(COMMON), snomed(RIGHT)])
    act = procedure("p", code=concept(coding(PCS, "047C3DZ"), coding(PCS, "047H3ZZ")))
    sent = request(act, conditions=(listed, cause))
    assert lines(session(sent)) == ["37258-RT", "37257-RT"]
    both = procedure("p", code=concept(coding(PCS, "047C3DZ"), coding(PCS, "047D3DZ")), reasonCode=[snomed(STENOSIS)])
    assert {x.rstrip(" ?") for x in lines(session(request(both)))} == {"37258-RT", "37258-LT"}
    assert not [q for q in asked(session(request(both))) if q[0] == "conflict"]


def test_a_code_that_leaves_out_the_leg_another_code_names_is_the_same_service() -> None:
    act = procedure(
        "s", code=concept(coding(SNOMED, "233408002"), coding(PCS, "047C3DZ")), reasonCode=[snomed(STENOSIS)]
    )
    assert lines(session(request(act))) == ["37258-RT"]


def test_lesions_that_two_codings_contradict_are_a_question() -> None:
    act = procedure("b", code=concept(coding(CPT, "37254"), coding(CPT, "37256")), bodySite=SITE)
    assert verdicts(request(stent(), act)) == {"review"}


@pytest.mark.parametrize("site", ["{0}:272741003={1}", "{0} |Artery| : 272741003 |Laterality| = {1} |Right|"])
def test_a_body_site_after_coordination_is_its_artery_and_its_leg(site: str) -> None:
    acts = [
        treated("a", STENT, COMMON, RIGHT, STENOSIS, bodySite=[snomed(site.format(COMMON, RIGHT))]),
        treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION, bodySite=[snomed(site.format(EXTERNAL, RIGHT))]),
    ]
    assert lines(session(request(*acts))) == lines(
        session(
            request(treated("a", STENT, COMMON, RIGHT, STENOSIS), treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION))
        )
    )


def test_a_procedure_after_coordination_is_its_treatment_artery_and_leg() -> None:
    stent, balloon = (
        procedure(key, code=snomed(f"{code}:{{405813007=({place}:272741003={RIGHT})}}"), reasonCode=[{"text": why}])
        for key, code, place, why in (
            ("a", STENT, COMMON, "Stenosis of right common iliac artery"),
            ("b", BALLOON, EXTERNAL, "Occlusion of right external iliac artery"),
        )
    )
    assert asked(session(request(stent, balloon))) == set()
    assert lines(session(request(stent, balloon))) == ["37258-RT", "37257-RT"]
