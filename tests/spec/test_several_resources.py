"""One chart, several resources: what contradicts, adds, repeats or is of another time is neither dropped nor taken over."""

from typing import Any

import pytest

from tests.charts import (
    BALLOON,
    EXTERNAL,
    INTERNAL,
    RIGHT,
    STENOSIS,
    STENT,
    asked,
    bundle,
    explained,
    procedure,
    request,
    session,
    snomed,
    treated,
)
from tests.notes import balloon, replacing, report, silent, stent, visit, written

COMMON_STENT, BALLOON_ONLY, STENOSED = stent("a"), balloon("b"), treated("b", BALLOON, EXTERNAL, RIGHT, STENOSIS)
STAY = visit("2026-03-04T07:00:00-05:00", "2026-03-04T16:00:00-05:00")
NOTE = (
    "Right common iliac artery: 80 % stenosis, stented 8 x 37. Right external iliac artery: occluded, crossed, ballooned "
    "6 x 80, no stent."
)


def verdict(*acts: dict[str, Any], **more: Any) -> str:
    found = explained(request(*(acts or (COMMON_STENT, BALLOON_ONLY)), encounter=STAY, **more))
    verdicts = [s["answer37257"]["verdict"] for s in found["sessions"]]
    return next((v for v in ("yes", "review") if v in verdicts), "no")


@pytest.mark.parametrize(
    "said",
    [
        "Balloon angioplasty of the right external iliac artery was not performed.",
        "No intervention was performed in the right external iliac artery.",
        "Right external iliac artery: widely patent, not treated.",
        "Right external iliac artery: 40 % stenosis, no treatment.",
        "The occlusion of the right external iliac artery will be treated at a second stage.",
        "No intervention was performed in the right common iliac artery.",
    ],
)
def test_a_text_that_denies_what_a_procedure_records_contradicts_it(said: str) -> None:
    assert verdict() == "yes"
    assert verdict(reports=bundle(report(said))) == "review"
    assert verdict(documents=bundle(written(said))) == "review"


@pytest.mark.parametrize("day", ["2026-03-05", "2026-03-14"])
def test_an_addendum_is_of_the_work_of_the_note_it_adds_to(day: str) -> None:
    link = replacing("DocumentReference/d1", "appends")
    narrowed = "Addendum: the right external iliac artery was not occluded but had a 95 % stenosis."
    assert verdict(documents=bundle(written(NOTE))) == "yes"
    assert verdict(documents=bundle(written(NOTE), written(narrowed, "d2", on=day, relatesTo=link))) == "review"
    supplied = "Addendum: the lesion of the right external iliac artery was a complete occlusion."
    plain = written("Right common iliac stented. Right external iliac ballooned, no stent.")
    acts = (COMMON_STENT, silent("b"))
    assert verdict(*acts, documents=bundle(plain)) == "review"
    assert verdict(*acts, documents=bundle(plain, written(supplied, "d2", on=day, relatesTo=link))) == "yes"


@pytest.mark.parametrize(
    "head", ["ADDENDUM 03/05/2026:", "Addendum (3/5/26 14:10):", "Late addendum dated 2026-03-05 -"]
)
def test_the_day_of_an_addendum_is_not_that_of_the_work_it_tells(head: str) -> None:
    said = f"{NOTE}\n{head} A self-expanding stent was placed in the right external iliac artery."
    assert verdict(documents=bundle(written(said))) != "yes"


@pytest.mark.parametrize("day", ["2023-03-04", "2026-02-01"])
def test_a_document_written_before_the_stay_tells_none_of_its_work(day: str) -> None:
    old = "Right common iliac artery stenosis stented 8 x 37. No other vessel was treated."
    assert verdict(BALLOON_ONLY, documents=bundle(written(old, on=day, context=None))) == "no"
    assert verdict(BALLOON_ONLY, documents=bundle(written(old, on=day))) == "no"
    stented = "Right external iliac artery occlusion stented 7 x 60."
    assert verdict(documents=bundle(written(stented, on=day, context=None))) == "yes"


@pytest.mark.parametrize(
    ("one", "later", "expected"),
    [
        ("2026-03-05T08:00:00Z", "2026-03-05T08:00:00.5Z", "no"),
        ("2026-03-05T23:30:00-05:00", "2026-03-06T05:00:00Z", "no"),
        ("2026-03-06T01:00:00Z", "2026-03-05T23:30:00-05:00", "no"),
        ("2026-03-05T08:00:00Z", "2026-03-05T08:00:00.000Z", "review"),
        ("2026-03-05T08:00:00Z", "2026-03-05T03:00:00-05:00", "review"),
        ("2026-03-05", "2026-03-06", "review"),
    ],
)
def test_the_later_of_two_states_is_told_by_the_moment_not_by_how_it_is_written(
    one: str, later: str, expected: str
) -> None:
    first = {**BALLOON_ONLY, "meta": {"lastUpdated": one}}
    second = {**STENOSED, "meta": {"lastUpdated": later}}
    assert verdict(COMMON_STENT, first, second) == expected
    assert verdict(COMMON_STENT, second, first) == expected


@pytest.mark.parametrize(
    ("meta", "other", "expected"),
    [
        ({}, STENOSED, "review"),
        ({}, balloon("b", status="not-done"), "review"),
        ({"versionId": "2"}, STENOSED, "no"),
        ({"versionId": "1", "lastUpdated": "2026-03-05T08:00:00Z"}, STENOSED, "review"),
        ({"lastUpdated": "2026-03-05T08:00:00Z"}, STENOSED, "review"),
        ({}, BALLOON_ONLY, "yes"),
    ],
    ids=["another lesion", "not done", "a later version", "the same version", "nothing to compare", "the same"],
)
def test_two_states_of_one_resource_contradict_unless_one_is_known_to_be_later(
    meta: dict[str, str], other: dict[str, Any], expected: str
) -> None:
    first = {**BALLOON_ONLY, "meta": {"versionId": "1"}} if meta else BALLOON_ONLY
    second = {**other, "meta": meta} if meta else other
    assert verdict(COMMON_STENT, first, second) == expected
    assert verdict(COMMON_STENT, second, first) == expected


@pytest.mark.parametrize(
    "more",
    [
        {"code": {"text": "Stent placement"}, "partOf": [{"reference": "Procedure/b"}]},
        {"code": {"text": "Insertion of stent into artery"}, "reasonReference": [{"reference": "Procedure/b"}]},
        {"code": {"text": "Bail-out stent"}},
        {"code": {"text": "Insertion of intraluminal device"}, "partOf": [{"reference": "Procedure/b"}]},
        {"code": {"text": "Endoprosthesis placement"}, "reasonReference": [{"reference": "Procedure/b"}]},
        {
            "code": {"text": "Deployment of self-expanding stent"},
            "reasonCode": [{"text": "Dissection of right external iliac artery after angioplasty"}],
        },
    ],
    ids=[
        "a part of the balloon's act",
        "the balloon's act as reason",
        "a rescue",
        "an intraluminal device",
        "an endoprosthesis",
        "the artery as reason",
    ],
)
def test_a_stent_of_an_unnamed_artery_may_lie_in_the_ballooned_one(more: dict[str, Any]) -> None:
    found = session(request(COMMON_STENT, BALLOON_ONLY, procedure("c", **more), encounter=STAY))
    assert found["answer37257"]["verdict"] == "review"
    assert any(q["vessel"] == "external-iliac" for q in found["questions"])


def test_a_stent_of_another_organ_or_day_or_of_the_stented_artery_asks_nothing() -> None:
    for more in (
        {"code": {"text": "Coronary stent placement"}},
        {"code": {"text": "Bail-out stent"}, "performedDateTime": "2026-02-04"},
        {"code": {"text": "Stent placement"}, "partOf": [{"reference": "Procedure/a"}]},
        {"code": {"text": "Stent placement"}, "status": "not-done", "partOf": [{"reference": "Procedure/b"}]},
    ):
        assert verdict(COMMON_STENT, BALLOON_ONLY, procedure("c", **more)) == "yes", more


@pytest.mark.parametrize("old", [None, "e1"])
def test_a_note_of_a_stay_tells_of_no_act_of_years_ago_that_names_the_same_artery(old: str | None) -> None:
    act = procedure("old", code={"text": "Stent external iliac right"}, performedDateTime="2021-05-17", encounter=None)
    if old:
        act["encounter"] = {"reference": f"Encounter/{old}"}
    case = procedure("case", code={"text": "ANGIOGRAM ILIAC RIGHT W/ INTERVENTION"})
    told = bundle(written(NOTE, context={"encounter": [{"reference": "Encounter/e1"}]}))
    found = explained(request(act, case, encounter=STAY, documents=told))
    assert {s["date"]: s["answer37257"]["verdict"] for s in found["sessions"]}["2026-03-04"] == "yes"


REASON = [{"text": "Chronic total occlusion of right external iliac artery"}]
CAUSE = {"resourceType": "Condition", "id": "cause", "code": REASON[0], "subject": {"reference": "Patient/p"}}
BY_REASON = [
    {"reasonCode": REASON},
    {"reasonReference": [{"reference": "Condition/cause"}]},
    {"reason": [{"reference": {"reference": "Condition/cause"}}]},
]


@pytest.mark.parametrize("why", BY_REASON)
@pytest.mark.parametrize("code", [{"text": "Balloon angioplasty"}, snomed(BALLOON)])
def test_an_act_whose_artery_only_its_reason_names_is_asked_about(why: dict[str, Any], code: dict[str, Any]) -> None:
    found = session(request(COMMON_STENT, procedure("b", code=code, **why), conditions=(CAUSE,), encounter=STAY))
    assert found["answer37257"]["verdict"] == "review"
    assert asked(found) == {("vessel", "right", "external-iliac")}


@pytest.mark.parametrize("why", BY_REASON)
@pytest.mark.parametrize(
    "text", ["Coronary angioplasty", "Angiogram", "Balloon angioplasty of superficial femoral artery"]
)
def test_an_act_elsewhere_or_of_no_treatment_takes_no_artery_from_its_reason(why: dict[str, Any], text: str) -> None:
    act = procedure("b", code={"text": text}, **why)
    found = session(request(COMMON_STENT, act, conditions=(CAUSE,), encounter=STAY))
    assert {t["vessel"] for t in found["treated"] if t["territory"] == "iliac"} == {"common-iliac"}


@pytest.mark.parametrize("why", BY_REASON)
def test_a_note_that_names_the_arteries_tells_better_than_a_reason(why: dict[str, Any]) -> None:
    act = procedure("b", code={"text": "Balloon angioplasty"}, **why)
    assert verdict(act, conditions=(CAUSE,), documents=bundle(written(NOTE))) == "yes"
    stented = procedure("b", code={"text": "Stent placement"}, **why)
    assert verdict(stented, conditions=(CAUSE,), documents=bundle(written(NOTE))) == "review"


def test_an_act_of_no_leg_may_be_the_other_leg_s_where_a_text_tells_of_both() -> None:
    told = (
        "The right external iliac artery was stented for a stenosis. The right hypogastric artery was 100% occluded, and "
        "this was ballooned. The left hypogastric artery was 80% stenosed, and this was ballooned."
    )
    legless = procedure("a", code=snomed(BALLOON), bodySite=[snomed(INTERNAL)])
    unnamed = procedure("b", code={"text": "Right iliac artery angioplasty"}, reasonCode=[snomed(STENOSIS)])
    exact = treated("c", STENT, EXTERNAL, RIGHT, STENOSIS)
    both = request(exact, legless, unnamed, reports=bundle(report(told)))
    assert ("conflict", "right", "internal-iliac") in asked(session(both))
    assert session(both)["answer37257"]["verdict"] == "review"
    assert session(request(exact, legless, reports=bundle(report(told))))["answer37257"]["verdict"] == "yes"
