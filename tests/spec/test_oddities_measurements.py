"""Observations as evidence of a lesion: which count, which are doubtful, which are about something else."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.charts import (
    BALLOON,
    COMMON,
    EXTERNAL,
    INTERNAL,
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
    request,
    session,
    snomed,
    treated,
)

EIA = "external-iliac"
SITE = concept(coding(SNOMED, EXTERNAL), coding(SNOMED, RIGHT))
LOCAL = coding("https://hospital.example.org/cath", "STEN-PCT", "Percent diameter stenosis")


def percent(value: Any, **more: Any) -> dict[str, Any]:
    unit = {"unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}
    return {"valueQuantity": {"value": value, **unit, **more}}


def observation(key: str = "o", **more: Any) -> dict[str, Any]:
    out: dict[str, Any] = {
        "resourceType": "Observation",
        "id": key,
        "status": "final",
        "subject": {"reference": "Patient/p"},
        "encounter": {"reference": "Encounter/e1"},
        "effectiveDateTime": "2026-03-04",
        "code": concept(LOCAL),
        "bodySite": SITE,
        **more,
    }
    return {k: v for k, v in out.items() if v is not None}


def chart(*seen: dict[str, Any], lesion: str | None = None, **more: Any) -> dict[str, Any]:
    """A stent of the right common iliac stenosis, a balloon of the right external iliac, and what was observed."""
    acts = (treated("s", STENT, COMMON, RIGHT, STENOSIS), treated("b", BALLOON, EXTERNAL, RIGHT, lesion, **more))
    return request(*acts, observations=bundle(*seen))


def lesion_of(sent: dict[str, Any]) -> tuple[str | None, str]:
    """The lesion of the right external iliac with the reasons it is in doubt, and the verdict."""
    found = session(sent)
    (row,) = [t for t in found["treated"] if t["vessel"] == EIA]
    return row["lesion"], found["answer37257"]["verdict"]


VALUES: list[tuple[dict[str, Any], str | None, str, str]] = [
    (percent(100), "occlusion", "yes", "100 % is an occlusion"),
    (percent(100.0), "occlusion", "yes", "100.0 %"),
    (percent(80), "stenosis", "no", "80 % is a stenosis"),
    (percent(99), "stenosis", "review", "99 % is subtotal"),
    (percent(99.5), "stenosis", "review", "99.5 % is subtotal"),
    (percent(98), "stenosis", "no", "98 % is a stenosis"),
    (percent(20), None, "review", "20 % is not what is treated: perhaps a result"),
    (percent(0), None, "review", "0 % says nothing of what was treated"),
    (percent(101), None, "review", "more than all"),
    (percent(-5), None, "review", "less than nothing"),
    (percent("100"), None, "review", "a number as words"),
    (percent(True), None, "review", "no number"),
    (percent(100, comparator="<"), None, "review", "less than 100"),
    (percent(50, comparator=">="), None, "review", "at least 50"),
    ({"valueQuantity": {"value": 100, "unit": "mm"}}, None, "review", "millimetres"),
    ({"valueQuantity": {"value": 100}}, None, "review", "no unit"),
    ({"valueQuantity": {"value": 100, "unit": "percent"}}, "occlusion", "yes", "the unit in words"),
    ({"valueString": "100%"}, "occlusion", "yes", "a percentage as a string"),
    ({"valueString": "100 % occluded"}, "occlusion", "yes", "a string that says it"),
    ({"valueString": "not occluded"}, None, "review", "a denial"),
    ({"valueString": "possible occlusion"}, None, "review", "uncertain"),
    ({"valueString": "see report"}, None, "review", "words that say nothing"),
    ({"valueInteger": 100}, "occlusion", "yes", "a whole number of a code in per cent"),
    ({"valueCodeableConcept": snomed(OCCLUSION)}, "occlusion", "yes", "a coded occlusion"),
    ({"valueCodeableConcept": snomed(STENOSIS)}, "stenosis", "no", "a coded stenosis"),
    ({"valueCodeableConcept": {"text": "Total occlusion"}}, "occlusion", "yes", "an occlusion in words"),
    ({"valueCodeableConcept": {"text": "Subtotal occlusion"}}, "stenosis", "review", "subtotal in words"),
    ({"valueCodeableConcept": {"text": "Patent"}}, None, "review", "patent"),
    ({"valueCodeableConcept": {"text": "No occlusion"}}, None, "review", "denied"),
    (
        {"valueCodeableConcept": concept(coding(SNOMED, OCCLUSION, "Occlusion"), text="Stenosis")},
        None,
        "review",
        "both",
    ),
    ({"valueRange": {"low": {"value": 70}, "high": {"value": 100}}}, None, "review", "a range"),
    ({"dataAbsentReason": {"text": "unknown"}}, None, "review", "not known"),
    ({}, None, "review", "no value"),
]


@pytest.mark.parametrize(("value", "lesion", "verdict", "why"), VALUES, ids=[v[3] for v in VALUES])
def test_a_value_says_occlusion_stenosis_or_nothing_certain(
    value: dict[str, Any], lesion: str | None, verdict: str, why: str
) -> None:
    assert lesion_of(chart(observation(**value))) == (lesion, verdict), why


def test_the_evidence_is_the_observation_with_its_value() -> None:
    found = session(chart(observation(**percent(100))))
    (row,) = [t for t in found["treated"] if t["vessel"] == EIA]
    (said,) = [e for e in row["evidence"] if e["resource"] == "Observation/o"]
    assert said == {
        "resource": "Observation/o",
        "path": "Observation.valueQuantity",
        "quote": "Percent diameter stenosis: 100 %",
        "date": "2026-03-04",
    }


FULL = percent(100)
ASIDE: list[tuple[dict[str, Any], str]] = [
    ({"code": {"text": "Residual stenosis"}}, "residual"),
    ({"code": {"text": "Percent stenosis post intervention"}}, "post"),
    ({"code": {"text": "Post-PTA % stenosis"}}, "post-PTA"),
    ({"code": {"text": "Final percent stenosis"}}, "final"),
    ({"code": {"text": "Percent stenosis after treatment"}}, "after"),
    ({"code": concept(coding("x", "1", "Residual % stenosis"), text="Stenosis")}, "residual in the display"),
    ({"code": {"text": "Prior percent stenosis"}}, "prior"),
    ({"code": {"text": "Stenosis reduction"}}, "a reduction of stenosis"),
    ({"code": {"text": "Probability of stenosis"}}, "a probability"),
    ({"code": {"text": "Ejection fraction"}}, "something else in per cent"),
    ({"code": {"text": "Oxygen saturation"}}, "100 % of something else"),
    ({"code": {"text": "Vein stenosis"}}, "a vein"),
    ({"code": {"text": "Percent stenosis carotid artery"}}, "another artery"),
    ({"code": {"text": "In-stent stenosis"}}, "inside a stent"),
    ({"code": None}, "no code"),
    ({"status": "preliminary"}, "preliminary"),
    ({"status": "registered"}, "registered"),
    ({"status": "entered-in-error"}, "entered in error"),
    ({"status": "cancelled"}, "cancelled"),
    ({"status": "unknown"}, "unknown"),
    ({"status": None}, "no status"),
    ({"bodySite": snomed(EXTERNAL)}, "no side"),
    ({"bodySite": concept(coding(SNOMED, EXTERNAL), coding(SNOMED, LEFT))}, "the other leg"),
    ({"bodySite": concept(coding(SNOMED, INTERNAL), coding(SNOMED, RIGHT))}, "another vessel"),
    ({"bodySite": concept(coding(SNOMED, "10293006"), coding(SNOMED, RIGHT))}, "no segment"),
    ({"bodySite": None}, "no place"),
    ({"bodySite": concept(coding(SNOMED, "46027005"), coding(SNOMED, RIGHT))}, "a vein's place"),
    ({"code": {"text": "Left external iliac artery stenosis"}}, "words against the place"),
    ({"encounter": {"reference": "Encounter/e0"}}, "another encounter"),
    ({"encounter": None, "effectiveDateTime": "2025-12-01"}, "months before, no encounter"),
    ({"encounter": None, "effectiveDateTime": None}, "no occasion at all"),
    ({"effectiveDateTime": "2026-03-20"}, "afterwards"),
    ({"subject": {"reference": "Patient/other"}}, "another patient"),
    ({"focus": [{"reference": "Patient/donor"}]}, "about somebody else"),
    ({"modifierExtension": [{"url": "https://example.org/not", "valueBoolean": True}]}, "modified"),
    ({"interpretation": [{"text": "Negative"}]}, "negative"),
    ({"note": [{"text": "post intervention"}]}, "a note that says after"),
    ({"method": {"text": "Completion angiogram"}}, "a method that says after"),
]


@pytest.mark.parametrize(("more", "why"), ASIDE, ids=[a[1] for a in ASIDE])
def test_a_full_percentage_of_something_else_or_in_doubt_gives_no_yes(more: dict[str, Any], why: str) -> None:
    lesion, verdict = lesion_of(chart(observation(**{**FULL, **more})))
    assert (lesion in (None, "occlusion"), verdict) == (True, "review"), why


OCCASIONS: list[tuple[dict[str, Any], str]] = [
    ({}, "same encounter"),
    ({"encounter": None}, "same day, no encounter"),
    ({"encounter": None, "effectiveDateTime": None, "partOf": [{"reference": "Procedure/b"}]}, "part of the act"),
    ({"effectiveDateTime": "2026-03-03"}, "the day before, same encounter"),
    ({"encounter": {"reference": "https://ehr.example.org/fhir/Encounter/e1"}}, "absolute reference"),
    ({"status": "amended"}, "amended"),
    ({"status": "corrected"}, "corrected"),
    ({"code": {"text": "Pre-procedure % stenosis"}}, "before the treatment"),
    ({"code": {"text": "Stenosis severity (%) right external iliac artery"}, "bodySite": None}, "the place in words"),
    ({"code": concept(coding(SNOMED, STENOSIS))}, "a SNOMED code"),
    ({"code": {"text": "Percent occlusion"}}, "in per cent of occlusion"),
    ({"interpretation": [concept(coding("x", "A"))]}, "abnormal"),
]


@pytest.mark.parametrize(("more", "why"), OCCASIONS, ids=[o[1] for o in OCCASIONS])
def test_an_observation_of_the_occasion_counts(more: dict[str, Any], why: str) -> None:
    assert lesion_of(chart(observation(**{**FULL, **more}))) == ("occlusion", "yes"), why


def part(words: str, **value: Any) -> dict[str, Any]:
    return {"code": {"text": words}, **value}


def panel(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return observation(code={"text": "Angiogram findings"}, bodySite=None, component=list(parts), **more)


def test_components_speak_for_the_vessels_they_name() -> None:
    found = session(
        request(
            treated("s", STENT, COMMON, RIGHT),
            treated("b", BALLOON, EXTERNAL, RIGHT),
            observations=bundle(
                panel(
                    part("Right common iliac artery % stenosis", **percent(80)),
                    part("Right external iliac artery % stenosis", **percent(100)),
                    part("Left external iliac artery % stenosis", **percent(70)),
                    part("Right external iliac artery residual stenosis", **percent(10)),
                )
            ),
        )
    )
    assert {(t["vessel"], t["lesion"]) for t in found["treated"]} == {
        ("common-iliac", "stenosis"),
        (EIA, "occlusion"),
    }
    assert found["answer37257"]["verdict"] == "yes"
    paths = {e["path"] for t in found["treated"] for e in t["evidence"] if e["resource"] == "Observation/o"}
    assert paths == {"Observation.component[0].valueQuantity", "Observation.component[1].valueQuantity"}


PANELS: list[tuple[list[dict[str, Any]], str]] = [
    ([part("% stenosis", **percent(100))], "no vessel named"),
    ([part("Vessel", valueCodeableConcept=SITE), part("Lesion length", **percent(100))], "another measure"),
    (
        [
            part("Right external iliac artery % stenosis", **percent(100)),
            part("Right external iliac artery % stenosis", **percent(70)),
        ],
        "two figures for one vessel",
    ),
    ([part("Right external iliac artery", valueBoolean=True)], "no lesion named"),
]


@pytest.mark.parametrize(("parts", "why"), PANELS, ids=[p[1] for p in PANELS])
def test_components_that_do_not_bind_vessel_and_lesion_give_no_yes(parts: list[dict[str, Any]], why: str) -> None:
    assert lesion_of(chart(panel(*parts)))[1] == "review", why


def test_a_component_takes_the_place_of_its_observation() -> None:
    seen = observation(code={"text": "Lesion"}, component=[part("% stenosis", **FULL), part("Residual", **percent(0))])
    assert lesion_of(chart(seen)) == ("occlusion", "yes")


def test_a_component_that_names_the_vessel_of_the_observation_is_read() -> None:
    named = part("Vessel", valueCodeableConcept=SITE)
    seen = observation(code={"text": "Lesion"}, bodySite=None, component=[named, part("% stenosis", **FULL)])
    assert lesion_of(chart(seen)) == ("occlusion", "yes")
    two = part("Vessel", valueCodeableConcept=concept(coding(SNOMED, COMMON), coding(SNOMED, RIGHT)))
    seen = observation(code={"text": "Lesion"}, bodySite=None, component=[named, two, part("% stenosis", **FULL)])
    assert lesion_of(chart(seen))[1] == "review"


def report(*results: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "status": "final",
        "code": {"text": "Angiogram"},
        "subject": {"reference": "Patient/p"},
        "result": [{"reference": f"Observation/{r}"} for r in results],
        **more,
    }


AWAY = {"encounter": None, "effectiveDateTime": None}


@pytest.mark.parametrize("link", ["reasonReference", "report"])
def test_an_observation_is_reached_from_the_act_through_its_report(link: str) -> None:
    sent = chart(observation(**AWAY, **FULL), report("o"), **{link: [{"reference": "DiagnosticReport/r"}]})
    assert lesion_of(sent) == ("occlusion", "yes")


def test_a_reason_that_is_an_observation_needs_no_vessel_when_the_act_has_only_one() -> None:
    bare = observation(bodySite=None, **AWAY, **FULL)
    assert lesion_of(chart(bare, reasonReference=[{"reference": "Observation/o"}])) == ("occlusion", "yes")


def test_a_result_that_names_no_vessel_is_not_the_acts_through_a_report() -> None:
    bare = observation(bodySite=None, **AWAY, **FULL)
    assert lesion_of(chart(bare, report("o"), report=[{"reference": "DiagnosticReport/r"}]))[1] == "review"


def test_a_panels_members_count_like_itself() -> None:
    whole = observation(
        "w", code={"text": "Findings"}, bodySite=None, hasMember=[{"reference": "Observation/o"}], **AWAY
    )
    sent = chart(whole, observation(**AWAY, **FULL), report("w"), report=[{"reference": "DiagnosticReport/r"}])
    assert lesion_of(sent) == ("occlusion", "yes")
    whole["hasMember"].append({"reference": "Observation/w"})
    assert lesion_of(sent) == ("occlusion", "yes")


@pytest.mark.parametrize("status", ["preliminary", "entered-in-error", "registered", "partial", "cancelled"])
def test_a_report_that_is_not_final_gives_no_yes(status: str) -> None:
    sent = chart(observation(**AWAY, **FULL), report("o", status=status), report=[{"reference": "DiagnosticReport/r"}])
    assert lesion_of(sent)[1] == "review"


def test_a_figure_against_the_reason_is_a_conflict_that_quotes_both() -> None:
    for value, lesion in ((percent(70), OCCLUSION), (FULL, STENOSIS)):
        found = session(chart(observation(**value), lesion=lesion))
        assert found["answer37257"]["verdict"] == "review"
        assert "conflict" in {q["code"] for q in found["questions"]}


def test_a_figure_that_agrees_with_the_reason_changes_nothing() -> None:
    assert lesion_of(chart(observation(**FULL), lesion=OCCLUSION)) == ("occlusion", "yes")


def test_a_residual_figure_does_not_contradict_the_reason() -> None:
    seen = observation(code={"text": "Residual stenosis"}, **percent(10))
    assert lesion_of(chart(seen, lesion=OCCLUSION)) == ("occlusion", "yes")


def test_a_figure_measured_after_the_act_ended_is_its_result() -> None:
    act = {
        "performedDateTime": None,
        "performedPeriod": {"start": "2026-03-04T09:00:00Z", "end": "2026-03-04T10:00:00Z"},
    }
    after = observation(effectiveDateTime="2026-03-04T10:05:00Z", **percent(70))
    assert lesion_of(chart(after, lesion=OCCLUSION, **act)) == ("occlusion", "yes")
    before = observation(effectiveDateTime="2026-03-04T09:05:00Z", **percent(70))
    assert lesion_of(chart(before, lesion=OCCLUSION, **act))[1] == "review"


def test_a_percentage_of_another_leg_artery_is_not_the_iliacs() -> None:
    words = observation(code={"text": "Right SFA % stenosis"}, bodySite=None, **FULL)
    assert lesion_of(chart(words))[1] == "review"


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda x: (
        st.lists(x, max_size=2) | st.dictionaries(st.sampled_from(["value", "code", "text", "unit", "coding"]), x)
    ),
    max_leaves=6,
)


@settings(deadline=None, derandomize=True)
@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            (
                "status",
                "code",
                "valueQuantity",
                "valueString",
                "valueInteger",
                "valueCodeableConcept",
                "component",
                "bodySite",
                "interpretation",
                "effectiveDateTime",
                "hasMember",
                "partOf",
                "focus",
                "encounter",
            ),
            JUNK,
        ),
    )
)
def test_any_observation_is_read_or_passed_over_and_never_breaks(more: dict[str, Any]) -> None:
    explained(chart(observation(**{**FULL, **more}), reasonReference=[{"reference": "Observation/o"}]))


@settings(deadline=None, derandomize=True)
@given(st.floats(min_value=0, max_value=99.99) | st.integers(min_value=-1000, max_value=99))
def test_nothing_below_the_full_hundred_is_an_occlusion(value: float) -> None:
    lesion, verdict = lesion_of(chart(observation(**percent(value))))
    assert lesion != "occlusion"
    assert verdict != "yes"


def test_an_observation_whose_code_is_its_statement_counts_without_a_value() -> None:
    seen = observation(code={"text": "Occlusion of right external iliac artery"}, bodySite=None)
    assert lesion_of(chart(seen)) == ("occlusion", "yes")
    assert lesion_of(chart({**seen, "status": "preliminary"}))[1] == "review"
    assert lesion_of(chart({**seen, "valueBoolean": False}))[1] == "review"
    assert lesion_of(chart({**seen, "valueBoolean": True})) == ("occlusion", "yes")
    assert lesion_of(chart({**seen, "valueBoolean": False}, lesion=OCCLUSION))[1] == "review"


def test_results_that_a_report_contains_are_read_with_its_encounter_and_moment() -> None:
    seen = {k: v for k, v in observation(**percent(100)).items() if k not in ("encounter", "effectiveDateTime")}
    result = {**seen, "id": "o1"}
    seen_in: dict[str, Any] = {"encounter": {"reference": "Encounter/e1"}, "effectiveDateTime": "2026-03-04"}
    sent = report(**seen_in, contained=[result], result=[{"reference": "#o1"}])
    assert lesion_of(chart(sent)) == ("occlusion", "yes")
    assert lesion_of(chart({**sent, "status": "preliminary"}))[1] == "review"
    assert lesion_of(chart({**sent, "encounter": {"reference": "Encounter/other"}}))[1] == "review"
    assert lesion_of(chart({**sent, "result": []}))[1] == "review"
