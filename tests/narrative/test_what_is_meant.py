"""Which artery, which leg and which occasion words mean, each with its twin: one fact changed, and no yes for it."""

import pytest

from tests.narrative.scoring import answer

# The rule; a text that is due by it; the same form with one fact changed.
TWINS = (
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
        "Left CIA stenosis: 8x29 stent. Left EIA occlusion: Jetstream, then balloon only.",
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
        "what comes after discharge is not of the work",
        "L CIA stenosis -> 8x29 stent. L EIA occlusion -> 6mm POBA, no stent. D/c tomorrow on aspirin.",
        "L CIA stenosis -> 8x29 stent. L EIA occlusion -> 6mm POBA tomorrow, no stent. D/c on aspirin.",
    ),
)

ASKED = (
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
