"""Arteries told part by part, lists in brackets, legs at the head of a sentence: each rule with a twin it must not take.

Due texts are answered yes, their twins never.
"""

import pytest

from tests.narrative.scoring import answer

CIA = "Left CIA 80% stenosis, stented 8x29."
EIA = "The left external iliac was ballooned 6x60, no stent."
TURNS = (
    (
        "the rest of an artery whose part is open",
        f"{CIA} Left external iliac: proximal 2 cm patent; thereafter complete occlusion to the epigastric. {EIA}",
        f"{CIA} Left external iliac: patent; thereafter complete occlusion of the femoral artery. {EIA}",
    ),
    (
        "what lies below an open part",
        f"{CIA} The left external iliac is patent in its upper half. Below that it is occluded. {EIA}",
        f"{CIA} The left external iliac is patent in its upper half. Further down an occlusion at the knee. {EIA}",
    ),
    (
        "a block is an occlusion",
        f"{CIA} L EIA open at its origin, then a second block in its distal third, 2 cm long. {EIA}",
        f"Claudication at half a block, a second block is too far. {CIA} {EIA}",
    ),
    (
        "a CT that the angiogram agreed with",
        f"Indication: CTA in January: left EIA occluded.\nFindings: the run agreed with the CTA. {CIA} {EIA}",
        f"Indication: CTA in January: left EIA occluded.\nFindings: the run only partly matched the CTA. {CIA} {EIA}",
    ),
    (
        "each of two in brackets",
        "Two occlusions of the right iliac axis (common iliac 14 mm, external iliac 22 mm) crossed and dilated. No stents.",
        "Two occlusions of the right iliac axis (common iliac 14 mm, external iliac 22 mm), the upper of which was dilated.",
    ),
    (
        "the leg before brackets",
        "Left side opened (CIA with VBX, EIA occlusion with balloon), right side could not be crossed.",
        "Right side opened (CIA with VBX), left side opened (EIA occlusion with balloon).",
    ),
    (
        "the leg at the head of a sentence",
        "Result: LEFT - IIA normal. RIGHT - CIA stenosis stented; EIA occlusion opened by balloon alone.",
        "Result: LEFT - EIA occlusion opened by balloon alone; IIA normal. RIGHT - CIA stenosis stented.",
    ),
    (
        "a stent that was left out",
        f"{CIA} Left EIA occlusion.\n[x] L EIA PTA 6x60\n[ ] L EIA stent - not done",
        f"{CIA} Left EIA occlusion.\n[ ] L EIA PTA 6x60 - not done",
    ),
    (
        "a stent that stops short",
        f"{CIA} Left external iliac occlusion ballooned 6x60. Stent stops short of the external iliac.",
        f"{CIA} Left external iliac occlusion ballooned 6x60. Stent stops at the end of the external iliac.",
    ),
    (
        "a stent of another organ",
        f"Ureteric stent in situ. {CIA} Left EIA occlusion. {EIA}",
        f"{CIA} Left EIA occlusion. {EIA} A 7x60 stent was then deployed there.",
    ),
    (
        "a complication without one",
        f"{CIA}\nLeft EIA: occlusion, plain balloon 6x40\ndissection: n",
        f"{CIA}\nLeft EIA: occlusion, plain balloon 6x40\ndissection: yes, covered",
    ),
    (
        "a balloon for protection",
        f"{CIA} A 7 mm balloon was held in the right common iliac for protection only. Left EIA occlusion. {EIA}",
        f"{CIA} Left EIA occlusion. A 6 mm balloon was held in the left external iliac for protection only.",
    ),
    (
        "sizes that were inflated",
        f"{CIA} For the occlusion of the left external iliac, the 6x20 was inflated for three minutes.",
        f"{CIA} For the occlusion of the left external iliac, the 6x20 was opened and not inflated.",
    ),
    (
        "columns of arteries and degrees",
        "Pre: LEIA -- 100% CTO   LCIA -- 70%\nLCIA: stented 8x38. LEIA: balloon 6x60, no stent.",
        "Pre: LCIA -- 100% CTO   LEIA -- 70%\nLCIA: stented 8x38. LEIA: balloon 6x60, no stent.",
    ),
    (
        "occluded as a study had found it",
        f"Indication: occluded left EIA on CTA.\nFindings: Angiography confirms: left EIA remains occluded.\nProcedure: {CIA} {EIA}",
        f"Indication: occluded left EIA on CTA.\n{CIA} {EIA} Final angiography confirms: left EIA remains occluded.",
    ),
    (
        "three occluded arteries in a list",
        "Three discrete occluded vessels in the right pelvis, the common iliac, the internal iliac and the external iliac. "
        "I opened the common, 8 mm balloon, then the internal and the external, each with long inflations. No stents.",
        "Three discrete narrowed vessels in the right pelvis, the common iliac, the internal iliac and the external iliac. "
        "I opened the common, 8 mm balloon, then the internal and the external, each with long inflations. No stents.",
    ),
    (
        "work in another artery next",
        f"{CIA} Left EIA occlusion ballooned 6x60. Went down to the SFA, crossed that, 6x80 Zilver PTX.",
        f"{CIA} Left EIA occlusion ballooned 6x60. Went down with the wire to the SFA, 6x80 Zilver PTX in the EIA.",
    ),
)
STENTED = (
    "Ballooned to 6 mm. Completion run: long dissection. A 7x80 Epic stent was deployed across it.",
    "Ballooned to 6 mm, provisional stent placed 7x40.",
    "Angioplasty with provisional stent.",
    "Ballooned with a 5x40. A dissection ran down from there. I therefore placed a 7x60 Absolute Pro across the segment.",
)
OTHERWISE = (
    "On 2/18 right CIA 80% was stented and right EIA occlusion ballooned. Today only the right SFA: DCB 5x100.",
    "R CIA 80%, stented 8x39. R EIA CTO ballooned 6x80. I omitted in the dictation that a 7x50 Viabahn was placed there. "
    "Distal 3 cm balloon only.",
    "R CIA 80%, stented 8x39. EIA CTO ballooned 6x80. Transcription could not hear which external iliac was meant.",
    "R CIA 80%, stented. The EIA, described in the findings as patent and in the plan as occluded, was ballooned 6x40.",
    "L CIA stenosis stented today. L EIA CTO ballooned - either this case or the one on 2/18.",
)
UNSETTLED = (
    "One of the two was done at the February sitting and the rest today.",
    "Both were treated over two sittings.",
)


@pytest.mark.parametrize(("rule", "due", "twin"), TURNS, ids=[t[0] for t in TURNS])
def test_what_is_told_in_turn_is_of_its_artery(rule: str, due: str, twin: str) -> None:
    assert answer({"text": due, "source": "document"})[0] == "yes"
    assert answer({"text": twin, "source": "document"})[0] != "yes"


@pytest.mark.parametrize("words", STENTED)
def test_a_stent_that_was_or_may_have_been_put_in_is_no_balloon_alone(words: str) -> None:
    text = f"LEFT CIA 80% stenosis, 8x29 stent. LEFT EIA occlusion. {words}"
    assert answer({"text": text, "source": "report"})[0] != "yes"


@pytest.mark.parametrize("words", UNSETTLED)
def test_work_of_two_sittings_is_asked_about(words: str) -> None:
    text = f"{CIA} Left EIA occlusion ballooned 6x60, no stent. {words}"
    assert answer({"text": text, "source": "document"})[0] == "review"


@pytest.mark.parametrize("words", ["Nothing was occluded.", "No artery was occluded."])
def test_an_occlusion_that_is_denied_is_none(words: str) -> None:
    text = f"Right CIA 80% stented. Right EIA 90% stenosis, 6 mm balloon, no stent. {words}"
    assert answer({"text": text, "source": "note"}) == ("no", 0)


def test_a_title_for_both_legs_yields_to_the_leg_a_paragraph_is_about() -> None:
    text = (
        "Bilateral Iliac Intervention\n\nRIGHT: common iliac 80% stenosis.\nLEFT: external iliac occluded.\n\n"
        "On the RIGHT, 7F sheath; stent in the common iliac.\n\nOn the LEFT, balloon of the external iliac, no stent."
    )
    assert answer({"text": text, "source": "document"}) == ("no", 0)


@pytest.mark.parametrize("text", OTHERWISE)
def test_what_is_told_otherwise_elsewhere_in_a_text_is_no_yes(text: str) -> None:
    assert answer({"text": text, "source": "document"})[0] != "yes"


@pytest.mark.parametrize("day", ["on 3/4", "on 03/04", "on 4 March", "today"])
def test_the_day_of_the_work_without_its_year_is_today(day: str) -> None:
    text = f"Left CIA 80% stenosis stented {day}. Left EIA occlusion ballooned {day}, no stent."
    assert answer({"text": text, "source": "document"}) == ("yes", 1)
