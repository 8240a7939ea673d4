"""Records that look alike and are not the same work: another day's text, and an act that names no leg."""

from typing import Any

import pytest

from tests.charts import (
    BALLOON,
    COMMON,
    EXTERNAL,
    INTERNAL,
    LEFT,
    OCCLUSION,
    RIGHT,
    STENOSIS,
    STENT,
    cards,
    condition,
    lines,
    session,
    snomed,
    treated,
)
from tests.notes import UNCODED, answers, balloon, chart, document, procedure, ref, report, silent, stent, unnamed

STENTED = (
    "The left internal iliac artery was occluded and stented. The left external iliac artery was occluded and stented."
)
NO_LEG = "EIA occlusion: POBA, no stent."
FIFTH = {"performedDateTime": "2026-03-05"}


@pytest.mark.parametrize("text", [report(STENTED), document(STENTED)], ids=["report", "document"])
def test_a_vague_act_of_the_next_day_does_not_draw_the_text_of_this_day_to_itself(text: dict[str, Any]) -> None:
    """R-SESSION: the balloon of the fifth has no initial code in the stents of the fourth."""
    balloon = unnamed("b", BALLOON, LEFT, reasonCode=[{"text": "occlusion"}], **FIFTH)
    assert answers(chart(balloon, text)) == ["03-04 no", "03-05 no"]


def test_a_text_whose_clock_is_a_day_off_still_tells_of_exactly_its_work() -> None:
    text = report("The right common iliac artery was stenosed and stented. The right external iliac artery was "
                  "occluded and ballooned.")  # fmt: skip
    acts = (stent(**FIFTH), silent(**FIFTH))
    assert answers(chart(*acts, text)) == ["03-05 yes"]


def other(**more: Any) -> dict[str, Any]:
    """A Procedure that only its own words tell of."""
    return procedure("p1", code={"text": "Peripheral intervention"}, **more)


def test_a_procedure_told_without_its_leg_is_not_taken_for_the_one_that_names_it() -> None:
    """R-LEG: the occlusion may have been the other leg's, so the lesion of this one is still not recorded."""
    found = session(chart(stent(), silent(), other(note=[{"text": NO_LEG}])))
    assert found["answer37257"]["verdict"] == "review"
    assert "37258-RT" in " ".join(lines(found))


def test_a_coded_act_without_its_leg_does_not_take_it_from_another_procedures_words() -> None:
    coded = treated("c", BALLOON, EXTERNAL, RIGHT, OCCLUSION)
    coded["bodySite"] = coded["bodySite"][:1]
    told = other(note=[{"text": "Right EIA: POBA."}])
    assert answers(chart(stent(), coded, told)) == ["03-04 review"]


def test_what_tells_of_the_whole_session_still_completes_its_acts() -> None:
    """A report, and a note that tells of several vessels, speak of all that was done."""
    assert answers(chart(stent(), silent(), report(NO_LEG))) == ["03-04 yes"]
    note = other(note=[{"text": "CIA stenosis: stent. EIA occlusion: POBA, no stent."}])
    assert answers(chart(stent(), silent(), note)) == ["03-04 yes"]
    own = treated("b", BALLOON, EXTERNAL, RIGHT, note=[{"text": NO_LEG}])
    assert answers(chart(treated("a", STENT, COMMON, RIGHT, STENOSIS), own)) == ["03-04 yes"]


def timed(clock: str) -> dict[str, Any]:
    return {"performedDateTime": f"2026-03-04T{clock}:00:00Z"}


VAGUE = procedure("p9", code={"text": "Iliac angioplasty for occlusion"}, bodySite=None)
RETURN = [
    ((stent(**timed("08")), balloon(**timed("19"))), "codes at both times"),
    ((stent(**timed("08")), balloon(**timed("19")), treated("t", BALLOON, "43899006", RIGHT)), "an act without a time"),
    ((stent(**timed("08")), balloon(**timed("19")), VAGUE), "an act without time or vessel"),
    (
        (
            other(note=[{"text": "Right CIA stenosis: stent."}], **timed("08")),
            report("The right external iliac artery was occluded and ballooned.", day="2026-03-04T19:00:00Z"),
            VAGUE,
        ),
        "texts at both times",
    ),
    (
        (
            unnamed("b", STENT, **timed("19")),
            report("The right common iliac artery was stenosed and stented.", day="2026-03-04T19:00:00Z"),
            report("The right external iliac artery was occluded and ballooned.", "r2", day="2026-03-04T08:00:00Z"),
        ),
        "an act that names no vessel",
    ),
    (
        (
            treated("s", BALLOON, INTERNAL, RIGHT, STENOSIS, **timed("19")),
            stent(**timed("19")),
            report(
                "The right internal iliac artery was stenosed and ballooned. The right external iliac artery was occluded "
                "and ballooned.",
                day="2026-03-04T08:00:00Z",
            ),
        ),
        "a text that shares one of two vessels",
    ),
]


@pytest.mark.parametrize(("resources", "why"), RETURN, ids=[r[1] for r in RETURN])
def test_acts_hours_apart_are_not_one_session_whatever_stands_between_them(resources: Any, why: str) -> None:
    """R-SESSION: the same day is not the same session."""
    assert answers(chart(*resources)) == ["03-04 review"], why


def test_a_text_written_hours_later_that_tells_of_the_same_work_is_of_the_same_session() -> None:
    text = report("The right common iliac artery was stenosed and stented. The right external iliac artery was occluded "
                  "and ballooned.", day="2026-03-04T19:00:00Z")  # fmt: skip
    assert answers(chart(stent(**timed("08")), silent(**timed("08")), text)) == ["03-04 yes"]


def test_the_note_of_an_act_of_which_only_the_year_is_known_is_heard_beside_the_work_of_its_encounter() -> None:
    """What it says of a vessel treated there contradicts; it is no session of its own."""
    vague = other(note=[{"text": "Right EIA, 90% narrowing, POBA."}], performedDateTime="2026")
    text = report("The right external iliac artery was occluded and ballooned.")
    assert answers(chart(stent(), vague, text)) == ["03-04 review"]
    assert answers(chart(stent(), other(performedDateTime="2026"), text)) == ["03-04 yes"]
    alone = other(note=[{"text": "R CIA stenosis: stent. R EIA occlusion: POBA."}], performedDateTime="2026")
    assert answers(chart(alone)) == ["? yes"]


BRIDGES = (
    "A single lesion bridged the right common iliac and the right external iliac arteries; it was opened as one with one "
    "device.",
    "One contiguous lesion extended from the right common iliac into the right external iliac artery and was treated as "
    "one lesion.",
    "One contiguous lesion extended from the right external iliac into the right common femoral artery and was treated "
    "as one lesion.",
)


@pytest.mark.parametrize("text", BRIDGES)
@pytest.mark.parametrize("place", [report, document])
def test_a_bridging_lesion_told_beside_coded_acts_is_a_question(text: str, place: Any) -> None:
    """Coding rules, 1.1: no source settles whether one lesion of two vessels is one code or two."""
    assert answers(chart(stent(), balloon(), place(text))) == ["03-04 review"]


def test_two_lesions_told_beside_coded_acts_are_two() -> None:
    text = report("There were two separate lesions, one of the right common iliac and one of the right external iliac.")
    assert answers(chart(stent(), balloon(), text)) == ["03-04 yes"]


STENTED_AND_DENIED = (
    "There was an occlusion in the right hypogastric artery; the lesion was stented with an 8 x 39 mm stent. The right "
    "common iliac showed a tight stenosis and was stented. The right internal iliac artery had a CTO. It was dilated "
    "with a 6 x 40 balloon; no stent was placed."
)


def test_a_stent_told_of_the_lesion_just_named_is_not_taken_back_by_a_later_denial() -> None:
    assert answers(chart(report(STENTED_AND_DENIED))) == ["03-04 no"]


def test_a_line_without_a_full_stop_denies_nothing_of_the_next_vessels_line() -> None:
    """The measured hundred per cent and the stenosis of the report contradict each other."""
    told = "right ext. iliac long occlusion, PTA 8x40, without stent\nRT com iliac focal 75 % stenosis, balloon only."
    acts = (treated("a", BALLOON, COMMON, RIGHT, OCCLUSION), treated("b", BALLOON, EXTERNAL, RIGHT))
    assert answers(chart(*acts, report(told))) == ["03-04 review"]
    assert answers(chart(*acts, report(told.replace("75 % stenosis", "occlusion")))) == ["03-04 yes"]


def test_the_reason_of_an_act_of_another_visit_that_it_places_is_not_this_visits() -> None:
    """Structure of iliac artery with the right internal iliac's occlusion as its reason: that act's vessel and lesion."""
    body = [*treated("x", BALLOON, INTERNAL, RIGHT)["bodySite"]]
    found = condition("c", snomed("2929001")["coding"][0], bodySite=body)
    theirs = treated(
        "t", BALLOON, "10293006", RIGHT, reasonReference=[ref("Condition/c")], encounter=ref("Encounter/e2")
    )
    mine = treated("b", BALLOON, INTERNAL, RIGHT)
    assert answers(chart(stent(), mine, found))[0] == "03-04 yes"
    assert answers(chart(stent(), mine, found, theirs))[0] == "03-04 review"


def test_a_report_of_the_morning_lends_its_lesion_to_no_act_of_the_evening_on_the_same_vessel() -> None:
    morning = (treated("a", BALLOON, EXTERNAL, RIGHT, OCCLUSION, **timed("08")), stent(**timed("08")))
    text = {
        **report("The right external iliac artery was occluded and ballooned."),
        "effectiveDateTime": "2026-03-04T08:00:00Z",
    }
    evening = treated("b", BALLOON, EXTERNAL, RIGHT, **timed("19"))
    found = session(chart(*morning, text, evening))["treated"]
    assert sorted(str(t["lesion"]) for t in found if t["vessel"] == "external-iliac") == ["None", "occlusion"]


def test_a_text_of_the_morning_counts_for_no_act_of_the_evening_whatever_the_morning_left_open() -> None:
    """Neither by the vessel it shares with the evening's act, nor by the segment that act leaves open."""
    eight, nineteen = timed("08"), timed("19")
    told = "The left external iliac artery was occluded and stented. The left hypogastric artery was occluded and ballooned."
    text = {**report(told), "effectiveDateTime": "2026-03-04T08:00:00Z"}
    morning = treated("m", BALLOON, INTERNAL, LEFT, STENOSIS, **eight)
    evening = (
        treated("e", BALLOON, INTERNAL, LEFT, **nineteen),
        treated("f", STENT, EXTERNAL, LEFT, STENOSIS, **nineteen),
    )
    assert answers(chart(morning, *evening, text)) == ["03-04 review"]
    told = "The occluded right external iliac was stented and the stenotic right external iliac was stented."
    text = {**report(told), "effectiveDateTime": "2026-03-04T08:00:00Z"}
    evening = (
        treated("e", BALLOON, COMMON, RIGHT, OCCLUSION, **nineteen),
        unnamed("f", STENT, RIGHT, reasonCode=[{"text": "stenosis"}], **nineteen),
    )
    assert answers(chart(*evening, text)) == ["03-04 review"]


def test_what_received_a_stent_is_the_lesion_just_found_though_a_later_one_was_only_ballooned() -> None:
    told = (
        "A CTO of the left external iliac artery was found. This received a 9 x 60 covered stent. Covered stent placement "
        "was performed for a total occlusion of the left common iliac. The left external iliac was 100% occluded. It was "
        "crossed with a Glidewire and ballooned; a stent was not required."
    )
    assert answers(chart(report(told))) == ["03-04 no"]


FORM = (
    "Vessel: Left external iliac\nLesion: [ ] stenosis [x] occlusion\nBalloon: [ ] yes [x] no\nStent: [x] yes [ ] no\n\n"
    "Vessel: Left hypogastric artery\nLesion: [x] stenosis [ ] occlusion\nBalloon: [x] yes [ ] no\nStent: [ ] yes [x] no"
    "\n\nHistory: coronary stent to the LAD in 2018, CABG 2020."
)


def test_the_patients_history_below_a_form_is_no_field_of_its_last_vessel() -> None:
    note = other(note=[{"text": "L internal iliac, occlusion, PTA."}])
    assert answers(chart(note, document(FORM))) == ["03-04 review"]


def test_what_an_evenings_work_finds_besides_is_not_the_mornings_lesion() -> None:
    acts = silent(**timed("08")), treated("i", BALLOON, INTERNAL, RIGHT, OCCLUSION, **timed("08"))
    told = "The right external iliac is occluded and was not treated. The right common iliac artery was occluded and stented."
    found = answers(chart(*acts, report(told, day="2026-03-04T19:00:00Z")))
    assert found == ["03-04 review"]


def test_the_note_of_an_evenings_act_tells_nothing_of_the_mornings() -> None:
    note = other(
        note=[{"text": "Plain balloon dilatation of right external iliac for chronic total occlusion."}], **timed("19")
    )
    assert answers(chart(stent(**timed("08")), silent(**timed("08")), note)) == ["03-04 review"]


TOLD = "The right common iliac was stenosed and stented. The right external iliac was occluded and ballooned."


@pytest.mark.parametrize("day", [{"performedDateTime": None}, {"performedDateTime": "2026"}], ids=["none", "year"])
def test_an_act_of_unknown_day_that_says_stenosis_disputes_the_occlusion_a_text_tells(day: dict[str, Any]) -> None:
    """It may be just this balloon, recorded without its vessel by another hand."""
    vague = unnamed("b", BALLOON, RIGHT, reasonCode=[{"text": "tight stenosis"}], **day)
    assert answers(chart(stent(), vague, report(TOLD))) == ["03-04 review"]
    another = treated("i", BALLOON, INTERNAL, RIGHT, STENOSIS)  # known of this day: the vague act is this one's record
    assert answers(chart(stent(), another, vague, report(TOLD))) == ["03-04 yes"]
    silent_on_it = unnamed("b", BALLOON, RIGHT, **day)
    assert answers(chart(stent(), silent_on_it, report(TOLD))) == ["03-04 yes"]


def test_an_evenings_note_contradicts_the_evenings_report_whatever_the_morning_did() -> None:
    morning = treated("m", BALLOON, INTERNAL, LEFT, STENOSIS, **timed("08"))
    evening = [
        procedure("p2", code={"text": "Revascularization"}, note=[{"text": note}], **timed("19")) | {"id": f"e{n}"}
        for n, note in enumerate(["Left CIA 80% stenosis: Viabahn 6 x 40.", "Left EIA 70% stenosis, PTA 6 x 40."])
    ]
    told = "The occluded left external iliac was ballooned and the stenosed left common iliac artery was stented."
    text = report(told, day="2026-03-04T19:00:00Z")
    assert answers(chart(morning, *evening, text)) == ["03-04 review"]


def test_a_bridging_lesion_told_in_the_morning_is_asked_about_whoever_opened_it() -> None:
    morning = other(note=[{"text": "Right common iliac, occlusion, balloon only."}], **timed("08"))
    told = "A single lesion bridged the right common iliac and the right internal iliac arteries; it was opened as one with one device."
    evening = (
        treated("s", STENT, INTERNAL, RIGHT, STENOSIS, **timed("19")),
        treated("b", BALLOON, COMMON, RIGHT, OCCLUSION, **timed("19")),
    )
    assert answers(chart(morning, *evening, report(told, day="2026-03-04T08:00:00Z"))) == ["03-04 review"]


@pytest.mark.parametrize("hour", ["08", "19"])
@pytest.mark.parametrize("words", ["IIA - CTO, not treated", "IIA - CTO\nThe right IIA was left alone."])
def test_a_text_that_leaves_a_vessel_alone_contradicts_the_act_that_treated_it(hour: str, words: str) -> None:
    """Its words on the lesion are of another sitting, or the act's code is wrong: people are asked, and see the words."""
    morning = (stent(**timed("08")), treated("i", BALLOON, INTERNAL, RIGHT, None, **timed("08")))
    told = f"RIGHT LEG\nCIA - tight stenosis, stent 7 x 60 mm\n{words}"
    day = f"2026-03-04T{hour}:00:00Z"
    left = chart(*morning, report(told, day=day))
    assert answers(left) == ["03-04 review"]
    assert "contradicts itself on whether the vessel was treated" in str(session(left)["answer37257"])
    assert words[-11:] in next(c["detail"] for c in cards(left) if "clarification" in c["summary"])
    dilated = told.replace("not treated", "POBA").replace("was left alone", "was ballooned")
    assert answers(chart(*morning, report(dilated, day=day))) == ["03-04 yes"]


def test_what_a_morning_leaves_alone_is_not_held_against_the_evening_for_a_lesion_over_two_vessels() -> None:
    told = "A single lesion bridged the right common iliac and the right internal iliac arteries.\nThe right common iliac was not treated."
    evening = (
        treated("s", STENT, EXTERNAL, RIGHT, STENOSIS, **timed("19")),
        treated("b", BALLOON, COMMON, RIGHT, OCCLUSION, **timed("19")),
    )
    found = session(chart(*evening, report(told, day="2026-03-04T08:00:00Z")))
    assert {q["reason"] for q in found["questions"]} == {"bridging"}


def test_an_act_without_its_leg_stands_for_one_vessel_of_an_evenings_text_at_most() -> None:
    """The text tells of both legs' arteries, hours after the act: it is of another sitting, whichever leg the act's is."""
    unsided = treated("i", STENT, INTERNAL, LEFT, STENOSIS, **timed("08"))
    unsided["bodySite"] = unsided["bodySite"][:1]
    told = "Left internal iliac: occlusion, stent 6 x 60. Right internal iliac: occlusion, dilated 6 x 40, no stent."
    acts = (stent(**timed("08")), unsided, other(**timed("19")))
    assert answers(chart(*acts, report(told, day="2026-03-04T19:00:00Z"))) == ["03-04 review"]


MORNING, EVENING = "2026-03-04T08:00:00Z", "2026-03-04T19:00:00Z"


def test_an_artery_stented_in_the_morning_and_found_occluded_in_the_evening_is_asked_about() -> None:
    """R-LESION: an occlusion that may lie in a stent is a question, and so what rides on its code."""
    first = treated("a", STENT, COMMON, LEFT, STENOSIS, performedDateTime=MORNING)
    again = [
        treated(key, BALLOON, vessel, LEFT, OCCLUSION, performedDateTime=EVENING)
        for key, vessel in (("b", COMMON), ("c", INTERNAL))
    ]
    assert answers(chart(*again)) == ["03-04 yes"]
    assert answers(chart(first, *again)) == ["03-04 review"]
    apart = treated("a", STENT, EXTERNAL, LEFT, STENOSIS, performedDateTime=MORNING)
    assert answers(chart(apart, *again)) == ["03-04 yes"]


def test_a_note_and_a_report_of_the_same_hours_are_of_one_sitting() -> None:
    """The morning's report, beside an act without a time, fills in no lesion of the evening's balloon."""
    morning = other(
        performedDateTime=MORNING, note=[{"text": "left common iliac artery severe narrowing: DCB 7 x 60 mm."}]
    )
    report_of_it = report(
        "left com iliac 100% occlusion - DCB 6 x 40. left ext iliac complete occlusion - stented.",
        effectiveDateTime=MORNING,
    )
    untimed = treated("u", STENT, EXTERNAL, LEFT, OCCLUSION)
    evening = [
        treated("e", STENT, EXTERNAL, LEFT, STENOSIS, performedDateTime=EVENING),
        treated("f", BALLOON, COMMON, LEFT, None, performedDateTime=EVENING),
    ]
    found = session(chart(*evening, untimed, morning, report_of_it))
    assert found["answer37257"]["units"] == 0
    assert [v["lesion"] for v in found["treated"] if v["vessel"] == "common-iliac"] == [None, "occlusion"]


def test_acts_of_the_familys_first_morning_join_the_session_that_only_texts_tell() -> None:
    """R-SESSION: in universal time they may be of the day before; what they did is asked about beside that day's balloon."""
    morning = {"performedDateTime": "2026-01-01T08:00:00Z"}
    told = [
        procedure(key, code={"text": "Peripheral intervention"}, note=[{"text": text}], **morning)
        for key, text in (
            ("n", "left internal iliac complete occlusion: covered stent 8x40."),
            ("m", "LT external iliac, total occlusion, balloon only."),
        )
    ]
    coded = treated("s", STENT, EXTERNAL, LEFT, STENOSIS, **morning)
    later = treated("l", STENT, COMMON, RIGHT, STENOSIS, performedDateTime="2026-03-05")
    assert not [a for a in answers(chart(coded, later, *told)) if a.endswith("yes")]


@pytest.mark.parametrize("first", [True, False], ids=["told before", "told after"])
def test_a_report_of_the_evenings_work_does_not_join_it_to_the_mornings(first: bool) -> None:
    """R-SESSION: a text that tells of a return has two sittings, whatever another text of its hours shares with it."""
    both = report(
        "The left common iliac artery stenosis was stented 8x37. The patient was taken back to the angiography suite that "
        "evening: the left external iliac artery was occluded and was ballooned 6x60, no stent.",
        id="both",
    )
    evening = report("Left external iliac artery: occlusion, balloon angioplasty 6x60, no stent.", id="evening")
    texts = (both, evening) if first else (evening, both)
    assert answers(chart(UNCODED, *texts)) == ["03-04 review"]


def test_a_stent_decided_against_contradicts_no_balloon() -> None:
    """R-VESSEL: the words of an act and of its note agree on a balloon alone."""
    words = "EIA occlusion ballooned 6x120 x 2 with a good channel, decided {} stenting across the hip joint"
    for said, answered in (("against", "03-04 yes"), ("on", "03-04 review")):
        note = [{"text": words.format(said)}]
        act = procedure("p1", code={"text": "Right external iliac artery angioplasty"}, note=note)
        assert answers(chart(stent(), act)) == [answered]
