"""A text that names no leg, and a Procedure that does; what codes name loosely beside words that name it exactly."""

from typing import Any

import pytest

from tests.charts import LEFT, RIGHT, coding, explained, procedure, snomed
from tests.notes import NO_LEG, UNCODED, YES, answers, chart, document, questions, report

REVIEW = ["03-04 review"]


def treated_legs(sent: dict[str, Any]) -> set[str | None]:
    """The legs of all that is treated."""
    return {t["side"] for s in explained(sent)["sessions"] for t in s["treated"]}


TITLES = ("Right iliac intervention", "Endovascular revascularization, right lower extremity", "PR ILIAC STENT RT")
SITES: tuple[list[dict[str, Any]], ...] = (
    [snomed(RIGHT)],
    [{"text": "Right lower extremity"}],
    [{"text": "Right iliac artery"}],
    [snomed("10293006"), snomed(RIGHT)],
)


@pytest.mark.parametrize("title", TITLES)
def test_a_note_that_names_no_leg_is_of_the_leg_its_procedure_is_called_by(title: str) -> None:
    act = {**UNCODED, "code": {"text": title}}
    for sent in (chart({**act, "note": [{"text": NO_LEG}]}), chart(act, document(NO_LEG))):
        assert answers(sent) == YES
        assert treated_legs(sent) == {"right"}


@pytest.mark.parametrize("sites", SITES)
def test_a_note_that_names_no_leg_is_of_the_leg_of_its_procedures_body_site(sites: list[dict[str, Any]]) -> None:
    act = {**UNCODED, "bodySite": sites}
    for sent in (chart({**act, "note": [{"text": NO_LEG}]}), chart(act, document(NO_LEG))):
        assert answers(sent) == YES
        assert treated_legs(sent) == {"right"}
    assert answers(chart({**act, "code": None, "note": [{"text": NO_LEG}]})) == YES


@pytest.mark.parametrize("words", ["left unstented", "left alone after that", "left without a stent"])
def test_what_was_left_as_it_is_names_no_leg(words: str) -> None:
    note = f"CIA 80% stenosis, 8x37 stent. EIA occlusion, 6x60 balloon, {words}."
    sent = chart({**UNCODED, "bodySite": [snomed(RIGHT)], "note": [{"text": note}]})
    assert answers(sent) == YES
    assert treated_legs(sent) == {"right"}


def test_the_way_in_is_no_leg_of_the_work() -> None:
    for access in ("Access left CFA. ", "Puncture: L CFA, 6F. ", "Entry via the left groin. "):
        act = {**UNCODED, "bodySite": [snomed(RIGHT)], "note": [{"text": access + NO_LEG}]}
        assert answers(chart(act)) == YES
        assert treated_legs(chart(act)) == {"right"}
        assert answers(chart({**UNCODED, "note": [{"text": access + NO_LEG}]})) == REVIEW


def test_a_procedure_whose_title_and_site_name_two_legs_gives_none() -> None:
    act = {**UNCODED, "code": {"text": "Left iliac intervention"}, "bodySite": [snomed(RIGHT)]}
    assert answers(chart({**act, "note": [{"text": NO_LEG}]})) == REVIEW


def test_no_leg_is_taken_from_two_procedures_that_name_one_each() -> None:
    acts = [procedure(k, code={"text": f"{s} iliac intervention"}) for k, s in (("a", "Left"), ("b", "Right"))]
    assert answers(chart(*acts, document(NO_LEG))) == REVIEW


def test_a_stent_of_another_day_in_such_a_note_is_not_of_this_leg_and_day() -> None:
    note = "CIA stent from 2/18 widely patent, not touched. EIA occlusion crossed, 6x80 balloon, no stent."
    act = {**UNCODED, "bodySite": [snomed(RIGHT)], "note": [{"text": note}]}
    assert answers(chart(act)) == ["03-04 no"]


LOCAL = "urn:oid:1.2.840.114350.1.13.9.2.7.2.696580"


def _named(key: str, display: str, words: str, lesion: str) -> dict[str, Any]:
    code = {"coding": [coding(LOCAL, key, display)], "text": words}
    return procedure(
        key, code=code, bodySite=[{"text": words.split(", ")[1]}, snomed(LEFT)], reasonCode=[{"text": lesion}]
    )


def test_a_codes_loose_display_makes_no_second_vessel() -> None:
    acts = (
        _named("200417", "PR ILIAC ARTERY STENT", "Stent, common iliac artery", "Stenosis"),
        _named("200413", "PR ILIAC ARTERY BALLOON", "Balloon angioplasty, external iliac artery", "Occlusion"),
    )
    assert answers(chart(*acts)) == YES
    assert questions(chart(*acts)) == set()


def test_a_kind_of_case_that_names_two_treatments_is_no_stent_of_its_own() -> None:
    code = {
        "coding": [coding(LOCAL, "1", "ANGIOPLASTY / STENT LOWER EXTREMITY")],
        "text": "Left iliac revascularization",
    }
    note = "CIA occlusion ballooned 7x40. EIA occlusion ballooned 6x60. No stent in either."
    assert answers(chart({**UNCODED, "code": code, "note": [{"text": note}]})) == YES


@pytest.mark.parametrize(
    ("words", "answered"),
    [
        ("Right common iliac 75% stenosis. Right external iliac artery 90% stenosis, patent.", REVIEW),
        ("Completion duplex: right external iliac artery 60% stenosis.", YES),
    ],
)
def test_a_report_of_later_hours_that_calls_the_occlusion_a_stenosis_contradicts(
    words: str, answered: list[str]
) -> None:
    act = {**UNCODED, "performedDateTime": "2026-03-04T09:15:00-05:00"}
    note = "Right CIA stenosis stented 8x37. Right EIA was totally occluded; crossed, 6x60 balloon, no stent."
    later = {**report(words), "effectiveDateTime": "2026-03-04T14:00:00-05:00", "issued": "2026-03-04T14:00:00-05:00"}
    assert answers(chart({**act, "note": [{"text": note}]}, later)) == answered


def test_a_note_that_names_no_leg_is_of_the_leg_its_own_title_names() -> None:
    for titled in ({"description": "Right iliac intervention"}, {"title": "RIGHT ILIAC INTERVENTION - OPERATIVE NOTE"}):
        sent = chart(UNCODED, {**document(NO_LEG), **titled})
        assert answers(sent) == YES
        assert treated_legs(sent) == {"right"}


OPCS = "https://fhir.hl7.org.uk/CodeSystem/OPCS-4"


def test_a_coding_that_names_a_leg_alone_gives_it_to_its_procedure() -> None:
    def act(key: str, code: str, what: str, site: str, lesion: str) -> dict[str, Any]:
        codings = [coding(OPCS, code, what), coding(OPCS, "Z94.3", "Left sided operation")]
        return procedure(key, code={"coding": codings}, bodySite=[{"text": site}], reasonCode=[{"text": lesion}])

    sent = chart(
        act(
            "a",
            "L54.4",
            "Percutaneous transluminal insertion of stent into iliac artery",
            "Common iliac artery",
            "Stenosis",
        ),
        act(
            "b", "L54.1", "Percutaneous transluminal angioplasty of iliac artery", "External iliac artery", "Occlusion"
        ),
    )
    assert answers(sent) == YES
    assert treated_legs(sent) == {"left"}


def test_a_note_that_is_a_vessel_and_nothing_else_names_the_vessel_of_its_act() -> None:
    def act(key: str, words: str, lesion: str, *notes: str) -> dict[str, Any]:
        return procedure(key, code={"text": words}, reasonCode=[{"text": lesion}], note=[{"text": n} for n in notes])

    stented = act("a", "Iliac stent LEFT", "Stenosis", "external iliac")
    assert answers(chart(stented, act("b", "Iliac balloon angioplasty LEFT", "Occlusion", "common iliac"))) == YES
    both = act("b", "Iliac balloon angioplasty LEFT", "Occlusion", "common iliac", "internal iliac")
    assert answers(chart(stented, both)) == REVIEW


def test_findings_of_the_minute_of_an_act_that_its_note_alone_tells_are_of_its_lesions() -> None:
    acts = (
        procedure(
            "a",
            code={"text": "Right common iliac artery intervention"},
            performedDateTime="2026-03-04T10:45:00-05:00",
            usedCode=[{"text": "Vascular stent"}],
            note=[{"text": "Stent deployed in right CIA."}],
        ),
        procedure(
            "b",
            code={"text": "Right external iliac artery intervention"},
            performedDateTime="2026-03-04T11:05:00-05:00",
            note=[{"text": "Balloon angioplasty only in right EIA. No implant."}],
        ),
    )
    words, title = "Right CIA stenosis 80 %. Right EIA occlusion.", {"text": "Angiographic findings"}
    found = report(words, code=title, effectiveDateTime="2026-03-04T11:05:00-05:00")
    assert answers(chart(*acts, found)) == YES
    late = {**found, "effectiveDateTime": "2026-03-04T18:00:00-05:00"}
    assert answers(chart(*acts, late)) == REVIEW
