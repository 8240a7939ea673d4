"""What a Procedure says: vessel, side, treatment, lesion, from codes, body sites, words and reasons."""

from typing import Any

import pytest

from tests.charts import (
    BALLOON,
    COMMON,
    CPT,
    EXTERNAL,
    ICD10CM,
    INTERNAL,
    LEFT,
    OCCLUSION,
    PCS,
    RIGHT,
    SNOMED,
    STENOSIS,
    STENT,
    asked,
    bundle,
    coding,
    concept,
    condition,
    explained,
    facts,
    lines,
    mission,
    procedure,
    request,
    session,
    snomed,
    treated,
)

CIA, EIA, IIA = "common-iliac", "external-iliac", "internal-iliac"


def words(text: str, **more: Any) -> dict[str, Any]:
    return procedure("p1", code={"text": text}, **more)


PHRASES = [
    ("Stent, right common iliac artery, 80% stenosis", {("right", CIA, "stent", "stenosis")}, "comma list"),
    ("PTA of L EIA CTO", {("left", EIA, "angioplasty", "occlusion")}, "shorthand"),
    ("R EIA CTO -> POBA", {("right", EIA, "angioplasty", "occlusion")}, "arrow"),
    ("POBA occluded RT EXT ILIAC ART", {("right", EIA, "angioplasty", "occlusion")}, "upper case"),
    ("LCIA stent; LEIA PTA", {("left", CIA, "stent", None), ("left", EIA, "angioplasty", None)}, "two services"),
    (
        "Right common iliac artery stent and right external iliac artery balloon angioplasty of occlusion",
        {("right", CIA, "stent", None), ("right", EIA, "angioplasty", "occlusion")},
        "two services, one lesion",
    ),
    (
        "Percutaneous transluminal angioplasty of left common and external iliac arteries",
        {("left", CIA, "angioplasty", None), ("left", EIA, "angioplasty", None)},
        "one treatment, two vessels",
    ),
    (
        "Kissing stents of both common iliac arteries",
        {("right", CIA, "stent", None), ("left", CIA, "stent", None)},
        "both legs",
    ),
    ("PTA, in-stent restenosis of the R CIA", {("right", CIA, "angioplasty", "stenosis")}, "the stent is old"),
    ("Drug-coated balloon, right hypogastric artery stenosis", {("right", IIA, "angioplasty", "stenosis")}, "DCB"),
    ("PTA and stent right CIA via left femoral access", {("right", CIA, "stent", None)}, "access is no target"),
    ("No occlusion; PTA of right EIA stenosis", {("right", EIA, "angioplasty", "stenosis")}, "negated"),
    ("Right EIA PTA of occlusion, <10% residual stenosis", {("right", EIA, "angioplasty", "occlusion")}, "residual"),
    ("PTA right EIA for peripheral arterial occlusive disease", {("right", EIA, "angioplasty", None)}, "no lesion"),
]


@pytest.mark.parametrize(("text", "expected", "why"), PHRASES, ids=[p[2] for p in PHRASES])
def test_short_phrases_give_their_facts(text: str, expected: set[tuple[Any, ...]], why: str) -> None:
    assert facts(session(request(words(text)))) == expected, why


NOTHING = [
    "Iliac vein stent, left",
    "Coil embolization right internal iliac artery",
    "Amplatzer occluder, right internal iliac artery",
    "Right common iliac artery aneurysm repair with stent graft",
    "Aorto-iliac bypass graft",
    "Right iliac crest bone graft harvest",
    "Abdominal pain - right iliac",
    "Failed crossing of right EIA occlusion, balloon angioplasty not performed",
    "Coronary angioplasty with stent",
    "Diagnostic angiography of the right iliac artery",
    "May-Thurner: stent of left common iliac vein",
]


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_no_revascularization_of_a_leg_artery_says_nothing(text: str) -> None:
    assert explained(request(words(text)))["sessions"] == []


SITES: list[tuple[list[Any], set[tuple[Any, ...]], str]] = [
    ([snomed(EXTERNAL), snomed(RIGHT)], {("right", EIA)}, "vessel and side in two entries"),
    ([snomed(RIGHT), snomed(EXTERNAL)], {("right", EIA)}, "in either order"),
    ([concept(coding(SNOMED, EXTERNAL), coding(SNOMED, RIGHT))], {("right", EIA)}, "in one entry"),
    ([{"text": "Right external iliac artery"}], {("right", EIA)}, "in words"),
    ([concept(coding(SNOMED, EXTERNAL), text="Rt external iliac artery")], {("right", EIA)}, "side in the text"),
    ([concept(coding(SNOMED, EXTERNAL, "Left external iliac artery"))], {("left", EIA)}, "side in the display"),
    ([snomed(EXTERNAL), snomed("51440002")], {("right", EIA), ("left", EIA)}, "bilateral"),
    ([snomed(EXTERNAL), snomed(RIGHT), snomed(LEFT)], {("right", EIA), ("left", EIA)}, "both sides named"),
    ([snomed(EXTERNAL), snomed(INTERNAL), snomed(LEFT)], {("left", EIA), ("left", IIA)}, "two vessels, one side"),
    ([snomed("10293006"), snomed(RIGHT)], {("right", None)}, "segment not named"),
    ([snomed(EXTERNAL)], {(None, EIA)}, "side not named"),
    ([concept(coding("https://snomed.info/sct/", EXTERNAL)), snomed(RIGHT)], {("right", EIA)}, "another URI"),
]


@pytest.mark.parametrize(("sites", "expected", "why"), SITES, ids=[s[2] for s in SITES])
def test_body_sites_are_merged_before_vessels_are_counted(
    sites: list[Any], expected: set[tuple[Any, ...]], why: str
) -> None:
    found = session(request(procedure("p1", code=snomed(BALLOON), bodySite=sites)))
    assert {(t["side"], t["vessel"]) for t in found["treated"]} == expected, why


def test_a_side_alone_in_body_site_joins_the_vessel_of_the_code() -> None:
    found = session(request(procedure("p1", code=snomed("233280009"), bodySite=[snomed(RIGHT)])))
    assert facts(found) == {("right", EIA, "angioplasty", None)}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("713170001", "stent"),
        ("711221001", "stent"),
        ("233408002", "stent"),
        ("434160006", "stent"),
        ("433816001", "angioplasty"),
        ("175612005", "angioplasty"),
    ],
)
def test_a_code_that_names_balloon_and_stent_is_a_stent(code: str, expected: str) -> None:
    found = session(request(procedure("p1", code=snomed(code), bodySite=[snomed(COMMON), snomed(RIGHT)])))
    assert {t["treatment"] for t in found["treated"]} == {expected}


@pytest.mark.parametrize("code", ["233345007", "34876003", "233336006", "405477007", "312226000", "433039006"])
def test_codes_of_open_surgery_aneurysms_and_lysis_are_not_of_the_family(code: str) -> None:
    sent = request(procedure("p1", code=snomed(code), bodySite=[snomed(COMMON), snomed(RIGHT)]))
    assert explained(sent)["sessions"] == []


PCS_ROWS = [
    ("047H3ZZ", {("right", EIA, "angioplasty", None)}, "dilation, no device"),
    ("047H3Z1", {("right", EIA, "angioplasty", None)}, "drug-coated balloon"),
    ("047C3DZ", {("right", CIA, "stent", None)}, "one plain stent"),
    ("047D34Z", {("left", CIA, "stent", None)}, "one drug-eluting stent"),
    ("047F0GZ", {("left", IIA, "stent", None)}, "four stents, open: a device count is no vessel count"),
    ("04CJ3ZZ", {("left", EIA, None, None)}, "extirpation: atherectomy or thrombectomy"),
    ("047K3ZZ", {("right", None, "angioplasty", None)}, "femoral, segment not told by the code"),
]


@pytest.mark.parametrize(("code", "expected", "why"), PCS_ROWS, ids=[r[2] for r in PCS_ROWS])
def test_icd_10_pcs_gives_vessel_side_and_device_but_never_the_lesion(
    code: str, expected: set[tuple[Any, ...]], why: str
) -> None:
    assert facts(session(request(procedure("p1", code=concept(coding(PCS, code)))))) == expected, why


@pytest.mark.parametrize("system", [PCS, "http://www.icd10data.com/icd10pcs", "http://hl7.org/fhir/sid/icd-10"])
def test_icd_10_pcs_is_known_under_every_uri_it_travels_with(system: str) -> None:
    assert facts(session(request(procedure("p1", code=concept(coding(system, "047H3ZZ")))))) == {
        ("right", EIA, "angioplasty", None)
    }


@pytest.mark.parametrize("code", ["04LE3DZ", "04LH3ZZ", "04VC3DZ", "02LW3DJ", "037J0FZ", "04FC3Z0"])
def test_pcs_occlusion_restriction_and_other_arteries_say_nothing(code: str) -> None:
    display = "Occlusion of Right Internal Iliac Artery with Intraluminal Device, Percutaneous Approach"
    shown = concept(coding(PCS, code, display if code.startswith("04L") else ""))
    assert explained(request(procedure("p1", code=shown)))["sessions"] == []


def test_pcs_lithotripsy_stands_beside_the_balloon_of_its_vessel() -> None:
    sent = request(
        procedure("a", code=concept(coding(PCS, "047C3ZZ")), reasonCode=[snomed(STENOSIS)]),
        procedure("b", code=concept(coding(PCS, "04FC3ZZ")), reasonCode=[snomed(STENOSIS)]),
    )
    assert lines(session(sent)) == ["37254-RT", "37262-RT"]


CPT_ROWS = [
    ("37256", {("right", EIA, "angioplasty", "occlusion")}),
    ("37260", {("right", EIA, "stent", "occlusion")}),
    ("37221", {("right", EIA, "stent", None)}),
    ("0238T", {("right", EIA, "atherectomy", None)}),
]


@pytest.mark.parametrize(("code", "expected"), CPT_ROWS)
def test_cpt_on_a_procedure_is_read_as_what_it_stands_for(code: str, expected: set[tuple[Any, ...]]) -> None:
    sent = request(procedure("p1", code=concept(coding(CPT, code)), bodySite=[snomed(EXTERNAL), snomed(RIGHT)]))
    assert facts(session(sent)) == expected


def test_a_cpt_code_against_the_documented_lesion_is_a_conflict() -> None:
    sent = request(
        treated("a", STENT, COMMON, RIGHT, STENOSIS),
        procedure(
            "b",
            code=concept(coding(CPT, "37257")),
            bodySite=[snomed(EXTERNAL), snomed(RIGHT)],
            reasonCode=[snomed(STENOSIS)],
        ),
    )
    found = session(sent)
    assert found["answer37257"]["verdict"] == "review"
    assert ("conflict", "right", EIA) in asked(found)


REASONS: list[tuple[dict[str, Any], str | None, str]] = [
    (snomed(OCCLUSION), "occlusion", "SNOMED occlusion"),
    (snomed(STENOSIS), "stenosis", "SNOMED stenosis"),
    (snomed("399957001"), None, "occlusive disease says neither"),
    (snomed("26036001"), None, "obstruction does not say total"),
    (concept(coding(ICD10CM, "I7792")), None, "unknown code"),
    (concept(coding(ICD10CM, "I70.92", "Chronic total occlusion of artery of the extremities")), None, "no vessel"),
    (concept(coding(ICD10CM, "I70.211")), None, "claudication says neither"),
    ({"text": "chronic total occlusion of the right external iliac artery"}, "occlusion", "words with the vessel"),
    ({"text": "occlusion"}, "occlusion", "a bare word beside the only vessel"),
    ({"text": "right SFA occlusion"}, None, "another vessel's occlusion"),
    ({"text": "possible occlusion"}, None, "uncertain"),
    ({"text": "history of occlusion"}, None, "history"),
    ({"text": "no occlusion"}, None, "negated"),
]


@pytest.mark.parametrize(("reason", "expected", "why"), REASONS, ids=[r[2] for r in REASONS])
def test_a_reason_gives_the_lesion_only_where_it_says_one(
    reason: dict[str, Any], expected: str | None, why: str
) -> None:
    found = session(request(treated("p1", BALLOON, EXTERNAL, RIGHT, reasonCode=[reason])))
    assert {t["lesion"] for t in found["treated"]} == {expected}, why
    assert (("lesion-type", "right", EIA) in asked(found)) == (expected is None)


def test_a_condition_named_as_reason_gives_its_lesion() -> None:
    cause = condition("c1", coding(SNOMED, "405557003"), bodySite=[snomed(EXTERNAL), snomed(RIGHT)])
    sent = request(
        treated("p1", BALLOON, EXTERNAL, RIGHT, reasonReference=[{"reference": "Condition/c1"}]), conditions=(cause,)
    )
    found = session(sent)
    assert facts(found) == {("right", EIA, "angioplasty", "occlusion")}
    assert any(e["resource"] == "Condition/c1" for e in found["treated"][0]["evidence"])


def test_a_condition_beside_the_procedure_counts_when_it_names_vessel_and_leg() -> None:
    named = condition("c1", text="Occlusion of right external iliac artery")
    found = session(request(treated("p1", BALLOON, EXTERNAL, RIGHT), conditions=(named,)))
    assert facts(found) == {("right", EIA, "angioplasty", "occlusion")}


@pytest.mark.parametrize(
    "more",
    [
        {"text": "Occlusion of left external iliac artery"},
        {"text": "Occlusion of external iliac artery"},
        {"text": "Occlusion of right common iliac artery"},
        {"text": "Occlusion of right external iliac artery", "verificationStatus": concept(coding("v", "refuted"))},
        {"text": "Occlusion of right external iliac artery", "clinicalStatus": concept(coding("c", "resolved"))},
        {"text": "Occlusion of right external iliac artery", "subject": {"reference": "Patient/somebody-else"}},
    ],
)
def test_a_condition_of_another_vessel_leg_time_or_patient_counts_for_nothing(more: dict[str, Any]) -> None:
    found = session(request(treated("p1", BALLOON, EXTERNAL, RIGHT), conditions=(condition("c1", **more),)))
    assert {t["lesion"] for t in found["treated"]} == {None}


def test_a_condition_against_the_reason_is_a_conflict_that_quotes_both() -> None:
    named = condition("c1", text="Occlusion of right external iliac artery")
    sent = request(
        treated("a", STENT, COMMON, RIGHT, STENOSIS),
        treated("b", BALLOON, EXTERNAL, RIGHT, STENOSIS),
        conditions=(named,),
    )
    found = session(sent)
    assert ("conflict", "right", EIA) in asked(found)
    assert found["answer37257"]["verdict"] == "review"
    quoted = {e["resource"] for t in found["treated"] for e in t["evidence"] if t["vessel"] == EIA}
    assert quoted >= {"Procedure/b", "Condition/c1"}


def test_chronic_total_occlusion_on_the_problem_list_asks_when_no_treated_vessel_explains_it() -> None:
    listed = condition("c1", coding(ICD10CM, "I70.92"))
    stenosed = request(
        treated("a", STENT, COMMON, RIGHT, STENOSIS),
        treated("b", BALLOON, EXTERNAL, RIGHT, STENOSIS),
        conditions=(listed,),
    )
    found = session(stenosed)
    assert facts(found) == {("right", CIA, "stent", "stenosis"), ("right", EIA, "angioplasty", "stenosis")}
    assert found["answer37257"]["verdict"] == "review"
    assert ("lesion-type", "right", EIA) in asked(found)
    assert session(mission(conditions=(listed,)))["answer37257"]["verdict"] == "yes"


INFERRED = [
    ("subtotal occlusion of the right EIA, balloon angioplasty", "stenosis", "subtotal"),
    ("99% stenosis of the right EIA, balloon angioplasty", "stenosis", "99 %"),
    ("Right EIA string sign, balloon angioplasty", "stenosis", "string sign"),
    ("in-stent occlusion of the right EIA, PTA", "occlusion", "in-stent occlusion"),
    ("acute occlusion of the right EIA, balloon angioplasty", "occlusion", "acute occlusion"),
]


@pytest.mark.parametrize(("text", "lesion", "why"), INFERRED, ids=[r[2] for r in INFERRED])
def test_what_no_source_settles_is_coded_by_inference_and_asked(text: str, lesion: str, why: str) -> None:
    found = session(request(treated("a", STENT, COMMON, RIGHT, STENOSIS), procedure("b", code={"text": text})))
    assert ("right", EIA, "angioplasty", lesion) in facts(found), why
    assert found["answer37257"]["verdict"] == "review"
    assert all(x["status"] == "review" for x in found["lines"] if x["vessels"] == [EIA])


STATUSES = [
    ("completed", "yes"),
    ("not-done", "no"),
    ("entered-in-error", "no"),
    ("stopped", "no"),
    ("preparation", "no"),
    ("in-progress", "review"),
    ("on-hold", "review"),
    ("unknown", "review"),
    ("banana", "review"),
    (None, "review"),
]


@pytest.mark.parametrize(("status", "verdict"), STATUSES)
def test_only_a_completed_procedure_counts(status: str | None, verdict: str) -> None:
    sent = request(
        treated("a", STENT, COMMON, RIGHT, STENOSIS), treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION, status=status)
    )
    found = session(sent)
    assert found["answer37257"]["verdict"] == verdict
    assert ("37257-RT" in lines(found)) == (verdict == "yes")


def test_a_status_reason_keeps_a_completed_procedure_from_being_taken_for_granted() -> None:
    doubtful = treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION, statusReason={"text": "could not cross"})
    found = session(request(treated("a", STENT, COMMON, RIGHT, STENOSIS), doubtful))
    assert found["answer37257"]["verdict"] == "review"


def test_a_stent_among_the_devices_outranks_a_code_that_says_balloon() -> None:
    stented = treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION, usedCode=[snomed("65818007")])
    assert lines(session(request(treated("a", STENT, COMMON, RIGHT, STENOSIS), stented))) == ["37260-RT", "37259-RT"]


def test_r5_procedures_are_read_by_their_shape() -> None:
    def r5(key: str, code: str, vessel: str, lesion: str) -> dict[str, Any]:
        found = treated(key, code, vessel, RIGHT, performedDateTime=None, occurrenceDateTime="2026-03-04T09:00:00Z")
        return {**found, "reason": [{"concept": snomed(lesion)}]}

    sent = request(r5("a", STENT, COMMON, STENOSIS), r5("b", BALLOON, EXTERNAL, OCCLUSION))
    assert lines(session(sent)) == ["37258-RT", "37257-RT"]
    assert explained(sent)["unread"] == []


def test_a_parent_procedure_gives_its_parts_date_leg_and_encounter_and_is_no_vessel_itself() -> None:
    parent = procedure("whole", code=snomed("20500004"), bodySite=[snomed(RIGHT)])
    part = {"performedDateTime": None, "encounter": None, "partOf": [{"reference": "Procedure/whole"}]}
    sent = request(
        parent,
        procedure("a", code=snomed(STENT), bodySite=[snomed(COMMON)], reasonCode=[snomed(STENOSIS)], **part),
        procedure("b", code=snomed(BALLOON), bodySite=[snomed(EXTERNAL)], reasonCode=[snomed(OCCLUSION)], **part),
    )
    assert lines(session(sent)) == ["37258-RT", "37257-RT"]


def test_references_resolve_whatever_form_they_have() -> None:
    cause = condition("c1", coding(SNOMED, OCCLUSION), bodySite=[snomed(EXTERNAL), snomed(RIGHT)])
    forms = ["Condition/c1", "Condition/c1/_history/3", "https://ehr.example.org/fhir/Condition/c1", "urn:uuid:77"]
    for form in forms:
        act = treated("b", BALLOON, EXTERNAL, RIGHT, reasonReference=[{"reference": form}])
        listed = {**bundle(), "entry": [{"fullUrl": "urn:uuid:77", "resource": cause}]}
        assert facts(session(request(act, conditions=(), conditions_bundle=listed))) == {
            ("right", EIA, "angioplasty", "occlusion")
        }, form


def test_a_contained_condition_is_found() -> None:
    cause = {**condition("c9", coding(SNOMED, OCCLUSION)), "id": "why"}
    act = treated("b", BALLOON, EXTERNAL, RIGHT, contained=[cause], reasonReference=[{"reference": "#why"}])
    assert facts(session(request(act))) == {("right", EIA, "angioplasty", "occlusion")}


def test_another_patients_procedure_is_reported_and_not_used() -> None:
    sent = mission()
    stray = treated("x", STENT, EXTERNAL, RIGHT, OCCLUSION, subject={"reference": "Patient/somebody-else"})
    sent["prefetch"]["procedures"]["entry"].append({"resource": stray})
    assert lines(session(sent)) == ["37258-RT", "37257-RT"]
    assert [u["resource"] for u in explained(sent)["unread"]] == ["Procedure/x"]


BAD: list[tuple[Any, str]] = [
    ({"code": "stent"}, "code is no object"),
    ({"status": 5}, "status is no string"),
    ({"performedDateTime": "last Tuesday"}, "date is no date"),
    ({"bodySite": ["right"]}, "body site is no concept"),
    ({"subject": "p"}, "subject is no reference"),
]


@pytest.mark.parametrize(("wrong", "why"), BAD, ids=[b[1] for b in BAD])
def test_one_bad_procedure_is_reported_by_name_and_spoils_nothing(wrong: dict[str, Any], why: str) -> None:
    sent = mission()
    sent["prefetch"]["procedures"]["entry"].append({"resource": procedure("bad", **{"code": {"text": "x"}, **wrong})})
    found = explained(sent)
    assert lines(found["sessions"][0]) == ["37258-RT", "37257-RT"]
    assert [u["resource"] for u in found["unread"]] == ["Procedure/bad"], why
    assert found["unread"][0]["text"].startswith("Procedure.")


def test_an_unreadable_procedure_that_may_matter_is_not_counted_and_is_asked_about() -> None:
    broken = treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION, performer="nobody")
    found = explained(request(treated("a", STENT, COMMON, RIGHT, STENOSIS), broken))
    assert found["unread"][0]["resource"] == "Procedure/b"
    assert found["sessions"][0]["answer37257"]["verdict"] == "review"
    assert lines(found["sessions"][0]) == ["37258-RT"]


HARMLESS: list[dict[str, Any]] = [
    {"epicField": {"a": 1}},
    {"performedDateTime": "2026-03-04T10:15"},
    {"performedDateTime": "2026-03-04T10:15:00"},
    {"id": "under_score"},
    {"meta": {"profile": 7}},
    {"category": {"text": ""}},
]


@pytest.mark.parametrize("odd", HARMLESS)
def test_departures_that_no_fact_depends_on_are_passed_over(odd: dict[str, Any]) -> None:
    sent = request(
        treated("a", STENT, COMMON, RIGHT, STENOSIS), treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION, **odd)
    )
    assert lines(session(sent)) == ["37258-RT", "37257-RT"]
    assert explained(sent)["unread"] == []


def test_a_site_that_contradicts_the_code_is_a_conflict() -> None:
    odd = procedure(
        "b", code=snomed("233276004"), bodySite=[snomed(EXTERNAL), snomed(RIGHT)], reasonCode=[snomed(OCCLUSION)]
    )
    found = session(request(treated("a", STENT, COMMON, RIGHT, STENOSIS), odd))
    assert ("conflict", "right", EIA) in asked(found)
    assert found["answer37257"]["verdict"] == "review"


def test_words_that_name_the_other_leg_than_the_site_are_a_conflict() -> None:
    odd = treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION)
    odd["code"]["text"] = "Left external iliac artery balloon angioplasty"
    found = session(request(treated("a", STENT, COMMON, RIGHT, STENOSIS), odd))
    assert found["answer37257"]["verdict"] == "review"
    assert ("conflict", "right", EIA) in asked(found)


def test_an_aneurysm_as_reason_takes_a_stent_out_of_the_family() -> None:
    odd = treated("a", STENT, COMMON, RIGHT, reasonCode=[concept(coding(ICD10CM, "I72.3"))])
    assert explained(request(odd))["sessions"] == []


def test_a_time_told_again_as_the_beginning_of_a_period_is_one_time() -> None:
    """Oracle Health sends both; two times that differ are still unreadable."""
    span = {"start": "2026-03-04T20:00:00.000Z", "end": "2026-03-04T21:40:00.000Z"}
    acts = (
        treated("a", STENT, COMMON, RIGHT, STENOSIS),
        treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION),
    )
    twice = [{**a, "performedDateTime": span["start"], "performedPeriod": span} for a in acts]
    assert session(request(*twice))["answer37257"]["verdict"] == "yes"
    apart = [{**a, "performedDateTime": "2026-03-04T09:00:00Z"} for a in twice]
    assert session(request(*apart))["answer37257"]["verdict"] == "review"
