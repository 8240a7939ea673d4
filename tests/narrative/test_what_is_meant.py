"""Which artery, which leg and which occasion words mean, each with its twin: one fact changed, and no yes for it."""

import pytest

from tests.narrative.scoring import answer

# The rule; a text that is due by it; the same form with one fact changed.
TWINS = (
    (
        "what was done after the other vessel's stent is of the vessel before it",
        "(R) ext iliac CTO POBA after (R) com iliac stent - same session",
        "(R) ext iliac CTO stent after (R) com iliac POBA - same session",
    ),
    (
        "a balloon of the one with stenting of the other",
        "Drug-coated balloon of occluded left external iliac artery with stenting of left common iliac artery stenosis",
        "Drug-coated balloon of left common iliac artery stenosis with stenting of occluded left external iliac artery",
    ),
    (
        "sizes after the vessels of a list share its treatment",
        "Right CIA, EIA occluded. Balloon CIA 8, EIA 6. Nothing stented.",
        "Right CIA, EIA 80%. Balloon CIA 8, EIA 6. Nothing stented.",
    ),
    (
        "a number of occlusions that a treatment heads",
        "PTA of 2 chronic total occlusions, right external iliac and right common iliac arteries, no stents",
        "PTA of 2 chronic total occlusions, right external iliac and left common iliac arteries, no stents",
    ),
    (
        "an occlusion before an arrow, whatever the heading",
        "Post-procedure: RCIA stenosis -> stent 8x59. REIA occlusion -> crossed, PTA 6x60, no stent.",
        "Post-procedure: RCIA stenosis -> stent 8x59. REIA occlusion persists, PTA 6x60, no stent.",
    ),
    (
        "a stent that was opened and never deployed",
        "L CIA stenosis stented. L EIA CTO ballooned 6x60; a stent was opened but never deployed there.",
        "L CIA stenosis stented. L EIA CTO ballooned 6x60; a stent was opened and deployed there.",
    ),
    (
        "what grew out of a stenosis is an occlusion",
        "The right EIA, stenotic on the March CTA, has in the meantime progressed to complete occlusion. It was crossed and "
        "ballooned. The right CIA stenosis was stented.",
        "The right EIA, stenotic on the March CTA, has in the meantime progressed to near-total occlusion. It was crossed and "
        "ballooned. The right CIA stenosis was stented.",
    ),
    (
        "an atherectomy device before the balloon",
        "Left EIA CTO debulked with Jetstream then ballooned 6 mm, no stent. Left CIA occlusion: covered stent 8x38.",
        "Left EIA CTO debulked with Jetstream then ballooned and stented 6 mm. Left CIA occlusion: covered stent 8x38.",
    ),
    (
        "work told after an artery that was only looked at is of the one that waits for it",
        "Angiogram: right EIA occluded. Right CFA is open.\nThe closed segment was traversed with a Bentson. A 6 x 40 balloon "
        "was inflated twice. The right CIA, 80% stenosed, was stented.",
        "Angiogram: right EIA occluded. Right CFA 80% stenosed.\nA 6 x 40 balloon was inflated twice. The right CIA, 80% "
        "stenosed, was stented.",
    ),
    (
        "a lesion that is crossed is the one dilated next",
        "The left external iliac artery is occluded over 3 cm. Left common femoral artery and its branches normal.\nThe "
        "occlusion was passed with a stiff wire. Dilatation 6/40 mm. Stent 8/25 mm in the left common iliac for a stenosis.",
        "The left external iliac artery is occluded over 3 cm. Left common femoral artery and its branches normal.\nThe "
        "occlusion could not be passed. Stent 8/25 mm in the left common iliac for a stenosis.",
    ),
    (
        "each, with two sizes",
        "Right hypogastric and right EIA both occluded, CIA healthy. Each was ballooned (5x20 and 6x40 respectively), neither "
        "stented.",
        "Right hypogastric and left EIA both occluded, CIA healthy. Each was ballooned (5x20 and 6x40 respectively), neither "
        "stented.",
    ),
    (
        "on the same side",
        "Seen were open right iliacs, an 80% left common iliac stenosis, and an external iliac artery on the same side which "
        "was occluded. The external iliac was ballooned, no stent; the common iliac stented.",
        "Seen were an 80% left common iliac stenosis, and a right external iliac artery which was occluded. The right external "
        "iliac was ballooned, no stent; the left common iliac stented.",
    ),
    (
        "devices on the line below a lesion are its own",
        "Lesion 1. Left common iliac artery, 70% stenosis.\n   Device(s): 8 x 29 stent.   Stent: Yes\nLesion 2. Left external "
        "iliac artery, occluded.\n   Device(s): 6 x 60 balloon.   Stent: No",
        "Lesion 1. Left common iliac artery, 70% stenosis.\n   Device(s): 8 x 29 stent.   Stent: Yes\nLesion 2. Left external "
        "iliac artery, occluded.\n   Device(s): 6 x 60 balloon, 7 x 60 stent.   Stent: Yes",
    ),
    (
        "a table with a column for each leg and no word in its corner",
        "               RIGHT               LEFT\nCIA lesion     75% ostial          patent\nCIA treatment  8x29 stent          "
        "-\nEIA lesion     100% mid            60%\nEIA treatment  POBA 6x40           POBA 6x20\nEIA stent      none         "
        "       none",
        "               RIGHT               LEFT\nCIA lesion     75% ostial          patent\nCIA treatment  8x29 stent          "
        "-\nEIA lesion     60% mid             100%\nEIA treatment  POBA 6x40           POBA 6x20\nEIA stent      none         "
        "       none",
    ),
    (
        "the indication's lesions, seen at the work too",
        "Indication: rest pain. R EIA occlusion and R CIA stenosis on CTA, both confirmed on the table. CIA stent 8x38, EIA "
        "angioplasty 6x80, EIA not stented.",
        "Indication: rest pain. R EIA occlusion and R CIA stenosis on CTA. CIA stent 8x38, EIA angioplasty 6x80, EIA not "
        "stented.",
    ),
    (
        "a projection is no leg, nor is what was left",
        "Access: left CFA.\nPelvic angiogram in left anterior oblique. Right CIA occluded, right EIA 80% stenosed. 8x20 balloon "
        "to the CIA, ten percent left, nothing further there. 7x60 stent to the EIA.",
        "Access: left CFA.\nLeft CIA occluded, right EIA 80% stenosed. 8x20 balloon to the CIA, ten percent left, nothing more "
        "there. 7x60 stent to the EIA.",
    ),
    (
        "what was not crossed elsewhere",
        "Right EIA occlusion ballooned 6x40, no stent. The right popliteal is occluded. Several wires were used and the distal cap could "
        "not be crossed. Right CIA stenosis stented.",
        "Right CIA stenosis stented. The right EIA is occluded. Several wires were used and the distal cap could not be "
        "crossed. Ballooned 6x40 as far as it went, no stent.",
    ),
    (
        "a device that takes plaque away, in the artery that got the stent",
        "Left CIA calcified stenosis: Jetstream, then 8x29 stent. Left EIA occlusion: balloon only.",
        "Left CIA calcified stenosis: balloon only. Left EIA occlusion: Jetstream, then 8x29 stent.",
    ),
    (
        "masked names are no blanks to be filled in",
        "Patient: ********  MRN: ******\nL CIA stenosis stented 8x39. L EIA occlusion ballooned 6x60, no stent.",
        "Patient: ********  MRN: ******\nL CIA stenosis stented 8x39. L EIA occlusion ballooned ***, no stent.",
    ),
    (
        "a course in everyday words",
        "R CIA stenosis stent 8x38, R EIA occlusion balloon 6x60. Stayed open in both views, too close to the hip for metal.",
        "R CIA stenosis stent 8x38, R EIA occlusion balloon 6x60. Asked for by the clinic, too close to the hip for metal.",
    ),
    (
        "a leg that heads its line, before labels within it",
        "LEFT - CIA stenosis: stent 8x39. EIA CTO: not treated.\nRIGHT - CIA stenosis: stent 8x39. EIA CTO: balloon 6x60.",
        "LEFT - CIA stenosis: stent 8x39. EIA CTO: not treated.\nRIGHT - CIA stenosis: stent 8x39. EIA 70%: balloon 6x60.",
    ),
    (
        "a percentage before its vessel",
        "100% L EIA => PTA 6x100 DCB. 75% L CIA => 8x27 Express.",
        "90% L EIA => PTA 6x100 DCB. 75% L CIA => 8x27 Express.",
    ),
    (
        "crossed in the same manner is not treated in the same manner",
        "Right CIA 75% and right EIA 80% stenosis, both stented. The left EIA occlusion was crossed in the same manner and "
        "dilated 6x60, left without a stent. The left CIA stenosis got an 8x38 stent.",
        "Right CIA 75% and right EIA 80% stenosis, both stented. The left EIA occlusion was treated in the same manner. The "
        "left CIA stenosis got an 8x38 stent.",
    ),
    (
        "a stent that was decided against",
        "Left CIA occlusion, ballooned 8x40; since a stent would have had to protrude into the aorta, we chose not to place "
        "one. The left EIA stenosis got an 8x80 stent.",
        "Left CIA occlusion, ballooned 8x40; since it recoiled, a stent had to be placed, and we chose not to protrude into the "
        "aorta. The left EIA stenosis got an 8x80 stent.",
    ),
    (
        "the internal iliac as a landmark",
        "Left EIA occlusion ballooned 6x60, no stent. Left CIA stenosis: a stent 8x27 was positioned proximal to the internal "
        "iliac artery and deployed.",
        "Left EIA occlusion not crossed, no stent. Left CIA stenosis: a stent 8x27 was positioned proximal to the internal "
        "iliac artery and deployed.",
    ),
    (
        "what comes after discharge is not of the work",
        "L CIA stenosis -> 8x29 stent. L EIA occlusion -> 6mm POBA, no stent. D/c tomorrow on aspirin.",
        "L CIA stenosis -> 8x29 stent. L EIA occlusion -> 6mm POBA tomorrow, no stent. D/c on aspirin.",
    ),
)

ASKED = (
    (
        "what concerns both legs names none",
        "Bilateral iliac angiography. Common iliac artery stenosis stented. External iliac occlusion ballooned, no stent.",
    ),
    (
        "in which of two arteries the balloon was",
        "Left leg. Common iliac stenosis stented. A total occlusion, external iliac vs common femoral, was ballooned only.",
    ),
    ("which of the two was occluded", "LCIA BMS, LEIA DCB, CTO 1 of the 2"),
    (
        "what was placed is missing",
        "R CIA stenosis stented. R EIA occluded, dilated with a six. I then placed a seven by sixty [inaudible] across it.",
    ),
    (
        "stents from the aorta to the groin",
        "Right CIA and EIA occluded, both dilated to 6 mm. Overlapping VBX stents were built from the aortic bifurcation to "
        "the ligament.",
    ),
    (
        "a second stage without its day",
        "Stage I (today): R CIA 80%, stented.\nStage II: recanalize occluded R EIA and balloon 6 mm, no stent.",
    ),
    (
        "the list of procedures calls it unsuccessful",
        "PROCEDURES PERFORMED\n1. Stent, right common iliac\n2. Unsuccessful recanalization of right external iliac occlusion\n\n"
        "DESCRIPTION\nThe right common, 70% stenosed, was stented. The occlusion of the right external was crossed and ballooned "
        "6 x 100.",
    ),
    (
        "a doubt about a stent reaches the balloon after an atherectomy",
        "R CIA stented for 80%. R EIA CTO: Diamondback, then balloon 6x60. Implants: VBX 8x39, Zilver 7x80, site not given.",
    ),
    (
        "an artery without disease that only the impression has treated",
        "FINDINGS: Left CIA 80% stenosis. Left EIA patent, no disease.\nPROCEDURE: Left CIA stented 8x38.\n"
        "IMPRESSION: Left CIA stent and balloon angioplasty of left EIA occlusion.",
    ),
    (
        "flow into the other leg",
        "L CIA stenosis stented. EIA occlusion ballooned 6x80, no stent, good flow seen into the right profunda.",
    ),
    ("the leg of the way in", "R CIA stenosis stented via the L groin; EIA on the access side occluded, PTA 6x60."),
    ("two legs in parentheses", "LCIA stenosis stent; EIA CTO PTA 6x80 (L/R)"),
    ("a side left blank", "CIA stenosis: R, stent 8x39.\nEIA: side ___, occluded, balloon 6x80, residual <30."),
    ("a weekday of its own", "1. Right CIA stenosis, stented.\n2. Right EIA occlusion, balloon angioplasty Friday."),
    (
        "the patient's own account",
        "Pt says she had a stent for the right CIA stenosis and the occluded right EIA ballooned.",
    ),
    ("which of the two", "Left leg: stented CIA 8x37, ballooned EIA 6x60. One was blocked and the other 80%."),
    ("inside the struts", "L CIA stenosis stented 8x37. L EIA occluded; crossed inside the struts, ballooned 7x80."),
    (
        "two occlusions, one below the groin",
        "The left common iliac had an 80% stenosis, the left internal iliac was occluded, the popliteal was occluded. The common "
        "iliac was stented 8x39. The occlusion was crossed with a Gladius. Dilated to 6 mm.",
    ),
    (
        "one of the indication's lesions is confirmed",
        "Indication: R EIA occlusion on CTA; only the R CIA stenosis was confirmed at angiography. CIA stent 8x38, EIA "
        "angioplasty 6x80, EIA not stented.",
    ),
    ("which leg is open", "L CIA stent for 75% stenosis, R/L EIA occlusion PTA"),
    ("a day of its own", "Stage 2. L CIA stenosis stent was done 2/18. Only the L EIA CTO now: 6x80 DCB, no stent."),
    (
        "two days for one procedure",
        "Date of Procedure: 02/25/2026\nDate of Service: 03/04/2026\nR CIA 75% stenosis stented. R EIA occlusion ballooned, "
        "no stent.",
    ),
    ("one lesion or two", "L CIA/EIA CTO, POBA 7 and 6 mm, no stent."),
    (
        "found with little disease, then called occluded",
        "Findings:\nLeft external iliac: patent, mild disease.\nLeft common iliac: 80% stenosis.\nWork: the left common iliac "
        "was stented. The left external iliac occlusion was crossed and ballooned, no stent.",
    ),
    (
        "a stent that goes on past the bifurcation",
        "Rt CIA 80%, Rt EIA occluded. 6x40 balloon to EIA. A stent was then placed in the lower CIA and carried down past the "
        "bifurcation. EIA not stented separately.",
    ),
    (
        "days of a cold foot",
        "4 day hx of cold R foot. R EIA occluded, ballooned 7x60, no stent. R CIA stenosis stented.",
    ),
    (
        "two sittings by the clock",
        "0815-0920 Lab 1. Left CIA 80% stenosis stented 8x38. Left EIA occlusion not crossed.\n"
        "1350-1455 Lab 2. Left EIA occlusion crossed from below and ballooned 6x80, no stent.",
    ),
    (
        "seen by a study of another day",
        "Ref: Duplex 01/2026: right EIA occluded. R CIA 70% stented 8x29. R EIA ballooned 6x80.",
    ),
    (
        "a mass around it",
        "L CIA plaque 70% stented. L EIA occluded where a pelvic mass wraps it. Ballooned 7x40, no stent.",
    ),
    (
        "vein or artery",
        "Leg swelling. Occluded right external iliac ballooned 8 mm; right common iliac stenosis stented.",
    ),
    (
        "attempted, no outcome",
        "Left CIA stenosis stented. Balloon angioplasty of the left EIA occlusion attempted. To ward.",
    ),
    (
        "balloon only, and a stent in the log",
        "R CIA stenosis stented 8x38. R EIA CTO balloon only.\nImplants: stent 7x60 R EIA.",
    ),
    ("a question mark", "R CIA stenosis stented. R EIA CTO 6x80 balloon, vs stent - see the sheet."),
    (
        "stents told in the title only",
        "R CIA STENT + R EIA PTA. R CIA 70%, dilated 8x40. R EIA occluded, 6x60 balloon. No stents opened per tech.",
    ),
    ("done at some time", "R CIA stenosis stented. R EIA CTO s/p POBA."),
)


@pytest.mark.parametrize(("rule", "due", "twin"), TWINS, ids=[t[0] for t in TWINS])
@pytest.mark.parametrize("source", ["note", "report"])
def test_words_mean_one_artery_and_no_other(rule: str, due: str, twin: str, source: str) -> None:
    assert answer({"text": due, "source": source}) == ("yes", 1)
    assert answer({"text": twin, "source": source})[0] != "yes"


@pytest.mark.parametrize(("why", "text"), ASKED, ids=[a[0] for a in ASKED])
def test_what_words_leave_open_is_asked(why: str, text: str) -> None:
    assert answer({"text": text, "source": "note"})[0] == "review"


@pytest.mark.parametrize(
    "words",
    [
        "ballooned and a 7x60 stent placed, and we chose not to place another",
        "ballooned and stented 7x60, but it was felt that a second one had no benefit",
    ],
)
def test_a_stent_stays_one_beside_words_on_a_further_one(words: str) -> None:
    text = f"L CIA stenosis stented 8x29. The left external iliac occlusion was {words}."
    assert answer({"text": text, "source": "note"})[0] != "yes"


@pytest.mark.parametrize("when", ["tomorrow", "next week", "in 2 weeks"])
def test_work_still_to_do_is_no_work(when: str) -> None:
    begun = "R CIA 75% stenosis stented 9x29."
    assert answer({"text": f"{begun} R EIA CTO POBA {when}.", "source": "note"})[0] != "yes"
    assert (
        answer({"text": f"{begun} R EIA CTO - to cross w/ Glidewire and balloon 6x80.", "source": "note"})[0] != "yes"
    )
    assert answer({"text": f"{begun} R EIA CTO POBA. ABI {when}.", "source": "note"})[0] == "yes"
