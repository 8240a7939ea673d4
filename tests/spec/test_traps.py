"""What must never become 37257: denial, doubt, plans, history, other places, other records. And what still must."""

from typing import Any

import pytest

from tests.charts import (
    BALLOON,
    COMMON,
    EXTERNAL,
    OCCLUSION,
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
    lines,
    procedure,
    request,
    session,
    snomed,
    treated,
)

SITE = [snomed(EXTERNAL), snomed(RIGHT)]


def stent(**more: Any) -> dict[str, Any]:
    return treated("s", STENT, COMMON, RIGHT, STENOSIS, **more)


def balloon(lesion: str | None = OCCLUSION, **more: Any) -> dict[str, Any]:
    return treated("b", BALLOON, EXTERNAL, RIGHT, lesion, **more)


def told(*texts: str) -> dict[str, Any]:
    return request(*[procedure(f"p{i}", code={"text": t}) for i, t in enumerate(texts)])


def verdicts(sent: dict[str, Any]) -> set[str]:
    return {s["answer37257"]["verdict"] for s in explained(sent)["sessions"]}


def supported(sent: dict[str, Any]) -> set[str]:
    return {x for s in explained(sent)["sessions"] for x in lines(s) if not x.endswith("?")}


LESION_WORDS = [
    "PTA right EIA, occlusion?",
    "PTA right EIA; occlusion ruled out",
    "PTA right EIA, occlusion absent",
    "PTA right EIA. Occlusion: no",
    "PTA right EIA, never occluded",
    "PTA right EIA, may be occluded",
    "PTA right EIA, occlusion cannot be excluded",
    "PTA right EIA, virtually occluded",
    "PTA right EIA, impending occlusion",
    "PTA right EIA, occlusion of 80%",
    "PTA right EIA for occlusion disease",
    "PTA right EIA, occluded by plug",
    "PTA right EIA; SFA occluded",
    "PTA right EIA; internal iliac occluded",
    "PTA right EIA; carotid occlusion",
    "PTA right EIA; contralateral occlusion",
    "PTA right EIA 99% stenosis",
    "PTA right EIA, occlusion versus high-grade stenosis",
    "PTA right EIA with occlusion balloon",
]


@pytest.mark.parametrize("text", LESION_WORDS)
def test_words_that_do_not_call_the_treated_vessel_occluded_give_no_yes(text: str) -> None:
    sent = told("Stent right CIA stenosis", text)
    assert "yes" not in verdicts(sent)
    assert "37257-RT" not in supported(sent)


NOT_DONE = [
    "PTA right EIA occlusion planned",
    "Recommend PTA right EIA occlusion",
    "Possible PTA right EIA occlusion",
    "Plan: PTA right EIA occlusion",
    "Will need PTA of right EIA occlusion",
    "Staged PTA of right EIA occlusion",
    "PTA right EIA occlusion was cancelled",
    "PTA of right EIA occlusion deferred",
    "Unable to cross right EIA occlusion, PTA not performed",
    "PTA right EIA occlusion; lesion could not be crossed",
    "Consent obtained for PTA right EIA occlusion",
    "Follow-up: PTA of right EIA occlusion 2 weeks later",
]


@pytest.mark.parametrize("text", NOT_DONE)
def test_what_was_not_done_today_gives_no_yes(text: str) -> None:
    assert "yes" not in verdicts(told("Stent right CIA stenosis", text))
    assert "yes" not in verdicts(told(f"Stent right CIA stenosis. {text}."))


OLD_STENTS = [
    "PTA right EIA occlusion; patent right CIA stent",
    "PTA right EIA occlusion; right CIA stent from 2019 patent",
    "PTA right EIA occlusion; right CIA stent in situ",
    "PTA right EIA occlusion; consider stent right CIA stenosis",
    "PTA right EIA occlusion. Plan for right CIA stent.",
    "PTA right EIA occlusion; right CIA stenosis, will be stented later",
]


@pytest.mark.parametrize("text", OLD_STENTS)
def test_a_stent_that_is_old_or_only_planned_is_no_initial_service(text: str) -> None:
    sent = told(text)
    assert "yes" not in verdicts(sent)
    assert not supported(sent) & {"37258-RT", "37257-RT"}


NO_STENT = [
    "PTA of right CIA stent stenosis",
    "PTA right CIA for in-stent restenosis",
    "Balloon angioplasty of stenosis within right CIA stent",
    "PTA right CIA stenosis, stent avoided",
    "PTA right CIA stenosis, stent not needed",
    "PTA right CIA stenosis without stent",
]


@pytest.mark.parametrize("text", NO_STENT)
def test_a_stent_that_was_there_or_was_avoided_is_not_coded(text: str) -> None:
    sent = told(text, "PTA right EIA occlusion")
    assert "37258-RT" not in supported(sent)
    assert "yes" not in verdicts(sent)


REASON_TEXTS = [
    "Occlusion of right superficial femoral artery",
    "Right common iliac artery occlusion",
    "No occlusion",
    "Possible occlusion of artery",
    "History of occlusion",
    "Occlusion of iliac vein",
    "Carotid artery occlusion",
    "Occlusion of left external iliac artery",
]


@pytest.mark.parametrize("text", REASON_TEXTS)
def test_a_code_for_occlusion_does_not_outvote_its_own_words(text: str) -> None:
    cause = concept(coding(SNOMED, OCCLUSION), text=text)
    sent = request(stent(), balloon(None, reasonCode=[cause]))
    assert "yes" not in verdicts(sent)


UNKNOWN = ["Central retinal artery occlusion", "Bowel occlusion", "DVT with occlusion", "Occlusion of vascular graft"]


@pytest.mark.parametrize("text", UNKNOWN)
def test_an_occlusion_of_something_unknown_is_not_the_treated_vessels(text: str) -> None:
    assert "yes" not in verdicts(request(stent(), balloon(None, reasonCode=[{"text": text}])))


def test_the_title_of_the_diagnosis_that_names_no_vessel_is_none_in_words_either() -> None:
    title = {"text": "Chronic total occlusion of artery of the extremities"}
    assert verdicts(request(stent(), balloon(None, reasonCode=[title]))) == {"review"}


INVALID: list[dict[str, Any]] = [
    {"abatementDateTime": "2020-01-01"},
    {"onsetDateTime": "2026-06-01"},
    {"recordedDate": "2026-06-01", "encounter": {"reference": "Encounter/later"}},
    {"verificationStatus": {"text": "Refuted"}},
    {"clinicalStatus": {"text": "Resolved"}},
    {"verificationStatus": "refuted"},
    {"modifierExtension": [{"url": "https://example.org/negated", "valueBoolean": True}]},
]


@pytest.mark.parametrize("more", INVALID)
def test_a_condition_that_is_over_later_or_denied_is_not_todays_lesion(more: dict[str, Any]) -> None:
    listed = condition("k", coding(SNOMED, OCCLUSION), bodySite=SITE, **more)
    assert verdicts(request(stent(), balloon(None), conditions=(listed,))) == {"review"}


@pytest.mark.parametrize(
    "value", [{"valueBoolean": False}, {"valueString": "none"}, {"dataAbsentReason": {"text": "not performed"}}]
)
def test_an_observation_counts_only_as_far_as_its_value_affirms_it(value: dict[str, Any]) -> None:
    seen = {
        "resourceType": "Observation",
        "id": "o",
        "code": {"text": "Right external iliac artery occlusion"},
        **value,
    }
    act = balloon(None, reasonReference=[{"reference": "Observation/o"}])
    assert verdicts(request(stent(), act, reports=bundle(seen))) == {"review"}


def test_another_patients_condition_is_not_reached_by_its_full_url() -> None:
    other = condition("k", coding(SNOMED, OCCLUSION), bodySite=SITE, subject={"reference": "Patient/other"})
    listed = {**bundle(), "entry": [{"fullUrl": "urn:uuid:aa", "resource": other}]}
    act = balloon(None, reasonReference=[{"reference": "urn:uuid:aa"}])
    assert verdicts(request(stent(), act, more=listed)) == {"review"}


DEVICES: list[dict[str, Any]] = [
    {"focalDevice": [{"manipulated": {"display": "Express LD stent"}}]},
    {"usedReference": [{"reference": "Device/1", "display": "Zilver stent"}]},
    {"usedCode": [{"text": "Self-expanding stent"}]},
]


@pytest.mark.parametrize("more", DEVICES)
def test_an_implanted_stent_is_found_wherever_it_is_recorded(more: dict[str, Any]) -> None:
    assert supported(request(stent(), balloon(**more))) == {"37260-RT", "37259-RT"}


@pytest.mark.parametrize("text", ["Stent opened but not deployed", "Express stent - wasted", "Stent balloon catheter"])
def test_a_device_that_was_not_left_behind_is_no_stent(text: str) -> None:
    sent = request(treated("s", BALLOON, COMMON, RIGHT, STENOSIS, usedCode=[{"text": text}]), balloon())
    assert "37258-RT" not in supported(sent)


def test_a_complication_treated_with_a_stent_is_asked_about() -> None:
    sent = request(stent(), balloon(complication=[{"text": "Dissection treated with stent"}]))
    assert verdicts(sent) == {"review"}


AGAINST = [
    ("Balloon venoplasty right external iliac vein", SITE),
    ("Percutaneous balloon angioplasty", [concept(coding(SNOMED, EXTERNAL), text="Right external iliac vein")]),
    ("Attempted balloon angioplasty, unable to cross", SITE),
]


@pytest.mark.parametrize(("text", "site"), AGAINST)
def test_words_that_contradict_the_code_raise_a_question(text: str, site: list[Any]) -> None:
    act = procedure(
        "b", code=concept(coding(SNOMED, BALLOON), text=text), bodySite=site, reasonCode=[snomed(OCCLUSION)]
    )
    sent = request(stent(), act)
    assert verdicts(sent) == {"review"}
    assert any(code == "conflict" for code, _, _ in asked(session(sent)))


def test_several_sites_under_two_treatments_are_not_all_stented() -> None:
    act = procedure(
        "p",
        code={"text": "Stent right CIA stenosis, PTA right EIA occlusion"},
        bodySite=[snomed(COMMON), snomed(EXTERNAL), snomed(RIGHT)],
    )
    assert supported(request(act)) == {"37258-RT", "37257-RT"}
    vague = procedure(
        "p",
        code={"text": "Iliac stent and angioplasty"},
        bodySite=[snomed(COMMON), snomed(EXTERNAL), snomed(RIGHT)],
        reasonCode=[snomed(STENOSIS)],
    )
    assert supported(request(vague)) == set()


REMARKS = [
    "Left EIA could not be crossed.",
    "Coil embolization of lumbar branch.",
    "Thrombectomy right SFA.",
    "Fem-pop bypass patent.",
    "Right CFA endarterectomy.",
    "Left CFA access, up and over.",
    "Right groin closed with Angio-Seal.",
    "Less than 10% residual stenosis.",
    "Renal artery stent patent.",
]


@pytest.mark.parametrize("remark", REMARKS)
def test_a_remark_about_something_else_changes_nothing(remark: str) -> None:
    sent = told(f"Stent right CIA stenosis. PTA right EIA occlusion. {remark}")
    assert supported(sent) >= {"37258-RT", "37257-RT"}
    assert verdicts(sent) == {"yes"}


YES = [
    ("Right common iliac stenosis stented", "Occluded right external iliac dilated with a 6 mm balloon"),
    (
        "STENT PLACEMENT, RIGHT COMMON ILIAC ARTERY, STENOSIS",
        "BALLOON ANGIOPLASTY, RIGHT EXTERNAL ILIAC ARTERY, OCCLUSION",
    ),
    ("DES right CIA stenosis", "DCB right EIA CTO"),
    ("Rt CIA 80% stenosis - stent", "Rt EIA 100% occlusion - POBA"),
    ("Stent insertion right common iliac artery (stenosed)", "Dilatation of right external iliac artery (occluded)"),
    ("Covered stent right common iliac for stenosis", "Cutting balloon, right hypogastric artery occlusion"),
    ("Stent right CIA stenosis", "Atherectomy and balloon angioplasty of right EIA occlusion"),
]


@pytest.mark.parametrize(("first", "second"), YES)
def test_plain_words_for_the_mission_give_yes(first: str, second: str) -> None:
    assert verdicts(told(first, second)) == {"yes"}


def test_a_note_that_denies_the_occlusion_is_a_conflict() -> None:
    sent = request(stent(), balloon(note=[{"text": "On angiography no occlusion was found."}]))
    assert ("conflict", "right", "external-iliac") in asked(session(sent))
    assert verdicts(sent) == {"review"}


def test_an_unsuccessful_outcome_keeps_an_act_from_being_counted() -> None:
    assert verdicts(request(stent(), balloon(outcome={"text": "Unsuccessful"}))) == {"review"}


def test_zones_are_compared_as_moments() -> None:
    apart = request(
        stent(performedDateTime="2026-03-04T08:00:00-05:00"), balloon(performedDateTime="2026-03-04T08:30:00Z")
    )
    near = request(
        stent(performedDateTime="2026-03-04T08:00:00Z"), balloon(performedDateTime="2026-03-04T03:30:00-05:00")
    )
    assert (verdicts(apart), verdicts(near)) == ({"review"}, {"yes"})


def test_a_later_version_of_a_resource_counts() -> None:
    sent = request(stent(), balloon(), balloon(status="entered-in-error"))
    assert verdicts(sent) == {"no"}


def test_the_edited_draft_counts_before_the_stored_charge() -> None:
    from tests.charts import charge, findings

    edited = (charge("c1", "37258", "RT"), charge("c2", "37255", "RT"))
    stored = bundle(charge("c1", "37258", "RT"), charge("c2", "37257", "RT"))
    sent = request(stent(), balloon(), drafts=edited, charges=stored)
    assert findings(session(sent)) == {"unsupported-line", "missing-line"}
