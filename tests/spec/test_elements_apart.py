"""One act whose elements point to different places or families, or to another day by another clock: asked, never said."""

from typing import Any

import pytest

from tests.charts import (
    BALLOON,
    COMMON,
    CPT,
    EXTERNAL,
    ICD10CM,
    OCCLUSION,
    PCS,
    RIGHT,
    SNOMED,
    STENOSIS,
    STENT,
    asked,
    coding,
    concept,
    encounter,
    lines,
    procedure,
    request,
    session,
    snomed,
    treated,
)  # fmt: skip

INITIAL = treated("a", STENT, COMMON, RIGHT, STENOSIS)
SFA, ILIAC_VEIN = "181349008", "63507001"
STENT_OF_COMMON, BALLOON_OF_EXTERNAL = "233408002", "233280009"
WHY = {"text": "Occlusion of right external iliac artery"}


def told(code: dict[str, Any], site: str = EXTERNAL, **more: Any) -> dict[str, Any]:
    """The decision on a stented common iliac artery and an act with a code and a body site of its own."""
    act = procedure("b", code=code, bodySite=[snomed(site), snomed(RIGHT)], **{"reasonCode": [WHY], **more})
    return session(request(INITIAL, act))


@pytest.mark.parametrize(
    ("code", "site"),
    [
        (concept(coding(SNOMED, BALLOON_OF_EXTERNAL)), SFA),
        (concept(coding(SNOMED, BALLOON_OF_EXTERNAL)), ILIAC_VEIN),
        (concept(coding(SNOMED, BALLOON_OF_EXTERNAL), coding(CPT, "37265")), EXTERNAL),
        (concept(coding(SNOMED, BALLOON_OF_EXTERNAL), coding(CPT, "34710")), EXTERNAL),
        (concept(coding(SNOMED, BALLOON_OF_EXTERNAL), coding(CPT, "37248")), EXTERNAL),
        (concept(coding(SNOMED, BALLOON_OF_EXTERNAL), coding(PCS, "04LH3DZ")), EXTERNAL),
        (concept(coding(CPT, "34705"), text="Right external iliac artery balloon angioplasty"), EXTERNAL),
    ],
    ids=["site of the thigh", "site of a vein", "code of the thigh", "endograft", "vein", "closed on purpose", "words"],
)
def test_what_points_out_of_the_iliac_arteries_beside_a_code_of_them_is_a_question(
    code: dict[str, Any], site: str
) -> None:
    found = told(code, site)
    assert found["answer37257"]["verdict"] == "review"
    assert ("conflict", "right", "external-iliac") in asked(found)
    assert "37257-RT" not in lines(found)


def test_a_code_of_the_iliac_stent_at_a_site_of_the_thigh_takes_no_rank_for_certain() -> None:
    stent = procedure("a", code=snomed(STENT_OF_COMMON), bodySite=[snomed(SFA), snomed(RIGHT)])
    found = session(request(stent, treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION)))
    assert found["answer37257"]["verdict"] == "review"
    assert {x["status"] for x in found["lines"]} == {"review"}


def test_a_code_that_is_of_another_family_alone_takes_the_act_out() -> None:
    found = told(concept(coding(CPT, "34705")))
    assert [f["vessel"] for f in found["treated"]] == ["common-iliac"]


def test_a_diagnosis_code_alone_neither_accepts_nor_rejects() -> None:
    code = snomed(BALLOON_OF_EXTERNAL)
    found = told(code, reasonCode=[concept(coding(ICD10CM, "I77.1", "Stricture of artery"))])
    assert found["answer37257"]["verdict"] == "review"
    assert ("lesion-type", "right", "external-iliac") in asked(found)
    named = concept(coding(ICD10CM, "I77.1"), text="Stenosis of right external iliac artery")
    assert told(code, reasonCode=[named])["answer37257"]["verdict"] == "no"


def test_an_aneurysm_among_the_reasons_is_asked_about_beside_an_occlusion_of_the_vessel() -> None:
    aneurysm = concept(coding(ICD10CM, "I72.3", "Aneurysm of iliac artery"))
    assert told(snomed(BALLOON_OF_EXTERNAL), reasonCode=[aneurysm, WHY])["answer37257"]["verdict"] == "review"
    assert told(snomed(BALLOON_OF_EXTERNAL), reasonCode=[aneurysm])["answer37257"]["verdict"] == "no"


EVENING = ("2026-01-01T01:10:00Z", "2026-01-01T02:10:00+00:00")


def by(clock: str, *times: str) -> dict[str, Any]:
    acts = [
        treated("a", STENT, COMMON, RIGHT, STENOSIS, performedDateTime=times[0]),
        treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION, performedDateTime=times[1]),
    ]
    return request(*acts, encounter=encounter(period={"start": clock}))


def test_a_time_of_universal_time_is_of_the_day_that_the_encounter_s_clock_had() -> None:
    found = session(by("2025-12-31T18:00:00-05:00", *EVENING))
    assert (found["date"], found["answer37257"]["verdict"]) == ("2025-12-31", "no")
    found = session(by("2026-03-04T18:00:00-05:00", "2026-03-05T01:10:00Z", "2026-03-05T02:10:00Z"))
    assert (found["date"], found["answer37257"]["verdict"]) == ("2026-03-04", "yes")


def test_without_the_site_s_clock_the_first_morning_of_the_family_may_be_the_evening_before() -> None:
    found = session(by("2025-12-31T23:00:00Z", *EVENING))
    assert found["answer37257"]["verdict"] == "review"
    assert ("session", None, None) in asked(found)
    found = session(by("2026-01-01T16:00:00Z", "2026-01-01T17:10:00Z", "2026-01-01T17:50:00Z"))
    assert (found["date"], found["answer37257"]["verdict"]) == ("2026-01-01", "yes")


@pytest.mark.parametrize("place", ["AMB", "EMER"])
def test_lithotripsy_of_what_may_be_a_medicare_outpatient_is_not_settled(place: str) -> None:
    payer = {
        "resourceType": "Coverage",
        "id": "m",
        "status": "active",
        "beneficiary": {"reference": "Patient/p"},
        "type": concept(coding("https://nahdo.org/sopt", "121")),
        "payor": [{"display": "Medicare"}],
    }
    lithotripsy = procedure("c", code=concept(coding(PCS, "04FC3ZZ")), reasonCode=[snomed(STENOSIS)])
    stay = encounter(code=place)
    for sent, status in (({"coverage": payer}, "review"), ({}, "supported")):
        found = session(request(INITIAL, lithotripsy, encounter=stay, **sent))
        assert [x["status"] for x in found["lines"] if x["code"] == "37262"] == [status]
