"""Several sources, one truth: agreement strengthens, contradiction asks, and the text about the lesion stands."""

from typing import Any

import pytest

from tests.charts import (
    BALLOON,
    COMMON,
    EXTERNAL,
    ICD10CM,
    OCCLUSION,
    RIGHT,
    SNOMED,
    STENOSIS,
    STENT,
    coding,
    concept,
    condition,
    snomed,
    treated,
)
from tests.charts import LEFT as LEFT_LEG
from tests.notes import (
    BOTH,
    BRIEF,
    CIA,
    DIFFERING,
    EIA,
    ILIAC,
    LEFT,
    NO_LEG,
    NOT_SAID,
    OCCLUDED,
    STENOSED,
    UNCODED,
    answers,
    balloon,
    chart,
    cta,
    diagnosis,
    document,
    questions,
    ref,
    report,
    silent,
    stent,
    unnamed,
)

YES = ["03-04 yes"]
REVIEW = ["03-04 review"]
NO = ["03-04 no"]

ROWS: list[tuple[dict[str, Any], list[str], set[str], str]] = [
    (chart(stent(), balloon(), document(BOTH)), YES, set(), "codes and note agree"),
    (chart(stent(), silent(), document(BOTH)), YES, set(), "the note names the lesion the code leaves out"),
    (chart(stent(), silent(), document(NO_LEG)), YES, set(), "the leg of the codes is taken for the note's vessels"),
    (
        chart(
            treated("a", STENT, COMMON, LEFT_LEG, bodySite=[snomed(COMMON)]),
            treated("b", BALLOON, EXTERNAL, LEFT_LEG, bodySite=[snomed(EXTERNAL)]),
            document(BOTH),
        ),
        YES,
        set(),
        "and the other way round",
    ),
    (
        chart(UNCODED, document(BRIEF), document(BOTH, "d2")),
        YES,
        set(),
        "a brief note beside a full one takes nothing away",
    ),
    (chart(UNCODED, document(BOTH), document(BRIEF, "d2")), YES, set(), "nor in the other order"),
    (chart(UNCODED, document(BRIEF)), REVIEW, {"lesion-type external"}, "R-LESION: nobody says what the lesion was"),
    (chart(stent(note=[{"text": BOTH}]), silent(note=[{"text": BOTH}])), YES, set(), "one text on both acts"),
    (
        chart(treated("pre", BALLOON, COMMON, RIGHT, STENOSIS), stent(), balloon(), document(BOTH)),
        YES,
        set(),
        "the note's stent agrees with the stent coded beside its balloon",
    ),
    (
        chart(unnamed("a", STENT), unnamed("b", BALLOON), document(BOTH)),
        YES,
        set(),
        "the note names the segments of codes that name none",
    ),
    (chart(stent(), document(EIA)), YES, set(), "a note may tell of a vessel that is not coded"),
    (chart(stent(note=[{"text": EIA}]), silent()), YES, set(), "a note on one act tells of another's vessel"),
    (chart(stent(note=[{"text": BOTH}])), YES, set(), "a note on one act tells of both vessels"),
    (chart(stent(), balloon(), document(DIFFERING)), REVIEW, {"conflict external"}, "lesions contradict"),
    (
        chart(unnamed("a", STENT), treated("b", BALLOON, ILIAC, RIGHT, OCCLUSION), document(DIFFERING)),
        REVIEW,
        {"conflict external"},
        "also where the code names no segment",
    ),
    (
        chart(stent(), balloon(), document(CIA + " The right external iliac artery was occluded and was stented.")),
        REVIEW,
        {"conflict external"},
        "treatments contradict",
    ),
    (
        chart(stent(), treated("x", STENT, EXTERNAL, RIGHT, OCCLUSION), document(BOTH)),
        REVIEW,
        {"conflict external"},
        "and the other way round",
    ),
    (
        chart(stent(), balloon(usedCode=[concept(coding(SNOMED, "65818007", "Stent"))]), document(BOTH)),
        REVIEW,
        {"conflict external"},
        "an implanted stent against a note that says balloon",
    ),
    (
        chart(stent(), balloon(usedCode=[concept(coding(SNOMED, "65818007", "Stent"))])),
        NO,
        set(),
        "a device in the record outranks a code that says balloon only",
    ),
    (
        chart(stent(), balloon(), document(CIA + " The right external iliac artery occlusion could not be crossed.")),
        REVIEW,
        {"treatment external"},
        "R-DONE: the note tells of a failure",
    ),
    (
        chart(stent(), balloon(), document(LEFT)),
        REVIEW,
        {"conflict common", "conflict external"},
        "R-LEG: the note names the other leg throughout; never two legs",
    ),
    (
        chart(stent(), balloon(), document(CIA + " " + EIA.replace("right", "left"))),
        REVIEW,
        {"conflict external"},
        "the note names the other leg for one vessel",
    ),
    (
        chart(unnamed("b", BALLOON, LEFT_LEG), document(BOTH)),
        REVIEW,
        {"conflict external"},
        "the other leg, where the code names no segment",
    ),
    (
        chart(UNCODED, document(BOTH), document(LEFT, "d2")),
        REVIEW,
        {"conflict external"},
        "two notes that differ in nothing but the leg",
    ),
    (
        chart(stent(), balloon(), document(BOTH + " " + LEFT)),
        ["03-04 yes x2"],
        set(),
        "a note that names both legs adds one",
    ),
    (
        chart(
            stent(),
            balloon(),
            treated("c", STENT, COMMON, LEFT_LEG, STENOSIS),
            treated("d", BALLOON, EXTERNAL, LEFT_LEG, OCCLUSION),
            document(BOTH + " " + LEFT),
        ),
        ["03-04 yes x2"],
        set(),
        "codes and note name both legs",
    ),
    (
        chart(stent(), balloon(), treated("c", STENT, COMMON, LEFT_LEG, STENOSIS), document(BOTH)),
        YES,
        set(),
        "a note of one leg does not contradict the codes of the other",
    ),
    (
        chart(stent(), balloon(), document(BOTH), document(LEFT, "d2")),
        ["03-04 yes x2"],
        set(),
        "two notes, one a leg, the codes agreeing with one",
    ),
    (
        chart({**UNCODED, "note": [{"text": BOTH}]}, {**UNCODED, "id": "p2", "note": [{"text": LEFT}]}),
        ["03-04 yes x2"],
        set(),
        "notes of two acts may each have their leg",
    ),
    (
        chart(stent(), silent(), document(CIA + " " + EIA.replace("external", "internal"))),
        REVIEW,
        {"conflict internal"},
        "one balloon, by code in the external, by note in the internal iliac",
    ),
    (
        chart(stent(), silent(note=[{"text": EIA.replace("external", "internal")}])),
        REVIEW,
        set(),
        "the note of the act itself names another vessel",
    ),
    (
        chart(unnamed("a", STENT, status="in-progress"), unnamed("b", BALLOON, status="in-progress"), document(BOTH)),
        REVIEW,
        {"treatment external"},
        "the act is in progress: what is open about it stays open",
    ),
    (
        chart(stent(status="in-progress"), balloon(status="in-progress"), document(BOTH)),
        REVIEW,
        {"treatment external"},
        "the same where the code names the segment",
    ),
    (chart(stent(), balloon(status="on-hold"), document(BOTH)), REVIEW, {"treatment external"}, "on hold: ask"),
    (chart(stent(), balloon(status="unknown"), document(BOTH)), REVIEW, {"treatment external"}, "status unknown: ask"),
    (
        chart(stent(), balloon(status="not-done"), document(BOTH)),
        REVIEW,
        {"conflict external"},
        "R-DONE: recorded as not done against a note that says done",
    ),
    (
        chart(stent(), balloon(status="stopped"), document(BOTH)),
        REVIEW,
        {"conflict external"},
        "recorded as stopped against a note that says done",
    ),
    (
        chart(stent(), unnamed("x", BALLOON, status="not-done"), document(BOTH)),
        REVIEW,
        {"conflict external"},
        "the same where the act not done names no segment",
    ),
    (
        chart(stent(), treated("x", STENT, EXTERNAL, RIGHT, status="not-done"), document(BOTH)),
        YES,
        set(),
        "the stent was not done; the note's balloon was",
    ),
    (
        chart(stent(), balloon(status="not-done", performedDateTime="2026-03-01"), document(BOTH)),
        YES,
        set(),
        "not done on another day",
    ),
    (chart(stent(), balloon(status="entered-in-error"), document(BOTH)), YES, set(), "entered in error denies nothing"),
    (chart(stent(), balloon(status="preparation"), document(BOTH)), YES, set(), "what was planned has been done since"),
    (
        chart(
            treated("stent", STENT, COMMON, RIGHT, report=[ref("DiagnosticReport/r1")]),
            silent(report=[ref("DiagnosticReport/r1")]),
            report("Occlusion crossed and treated with balloon angioplasty."),
        ),
        REVIEW,
        {"lesion-type external"},
        "a report of two acts that names no vessel belongs to neither alone",
    ),
    (
        chart(stent(report=[ref("DiagnosticReport/r1")]), report(BOTH, day=None)),
        YES,
        set(),
        "a report takes the day of the act that names it",
    ),
    (chart(stent(), silent(), report(OCCLUDED)), YES, set(), "the report of the session names the lesion"),
    (chart(stent(), balloon(), report(STENOSED)), REVIEW, {"conflict external"}, "and may contradict it"),
    (
        chart(stent(), silent(), cta(OCCLUDED)),
        REVIEW,
        {"lesion-type external"},
        "imaging of weeks before alone: a question",
    ),
    (
        chart(stent(), balloon(), cta(STENOSED)),
        REVIEW,
        {"conflict external"},
        "imaging of weeks before against today's code: conflict",
    ),
    (
        chart(UNCODED, document(BOTH), cta(STENOSED)),
        REVIEW,
        {"conflict external"},
        "imaging of weeks before against today's note: conflict",
    ),
    (
        chart(UNCODED, document(NOT_SAID), cta(OCCLUDED)),
        REVIEW,
        {"lesion-type external"},
        "the same beside a note that names no lesion",
    ),
    (
        chart(stent(), silent(), cta(OCCLUDED, None, issued="2026-02-01T10:00:00Z")),
        REVIEW,
        {"lesion-type external"},
        "only the day it was issued is known",
    ),
    (chart(stent(), silent(), cta(OCCLUDED, None)), REVIEW, {"lesion-type external"}, "of no day: a question"),
    (
        chart(stent(), balloon(), cta(STENOSED, None)),
        REVIEW,
        {"conflict external"},
        "of no day, against the code: conflict",
    ),
    (
        chart(stent(), silent(), cta(OCCLUDED, "2026-01-10", encounter=ref("Encounter/e0"))),
        REVIEW,
        {"lesion-type external"},
        "of another encounter",
    ),
    (
        chart(stent(), balloon(), cta(STENOSED, "2026-01-10", encounter=ref("Encounter/e0"))),
        REVIEW,
        {"conflict external"},
        "of another encounter, against the code",
    ),
    (
        chart(stent(), balloon(), cta(STENOSED, status="preliminary")),
        REVIEW,
        {"conflict external"},
        "preliminary, against the code",
    ),
    (chart(stent(), balloon(), cta(STENOSED, status="cancelled")), YES, set(), "cancelled: nothing"),
    (chart(stent(), balloon(), cta(STENOSED, subject=ref("Patient/q"))), YES, set(), "of another patient: nothing"),
    (
        chart(stent(), balloon(), cta("The right internal iliac artery shows a 70% stenosis.")),
        YES,
        set(),
        "of another vessel: nothing",
    ),
    (
        chart(stent(), balloon(), cta("The left external iliac artery shows a 70% stenosis.")),
        YES,
        set(),
        "of the other leg: nothing",
    ),
    (chart(stent(), balloon(), cta(OCCLUDED)), YES, set(), "agreement strengthens"),
    (
        chart(
            stent(performedDateTime="2026-03-04T12:00:00Z"),
            silent(performedDateTime="2026-03-04T12:00:00Z"),
            cta(OCCLUDED, "2026-03-04T08:00:00Z"),
        ),
        YES,
        set(),
        "imaging of the same day, before",
    ),
    (chart(stent(), silent(), cta(OCCLUDED, "2026-03-04")), YES, set(), "imaging of the same day"),
    (
        chart(
            stent(),
            balloon(),
            report(
                "The right external iliac artery is patent without occlusion or stenosis.",
                day="2026-03-05",
                code={"text": "Duplex"},
            ),
        ),
        YES,
        set(),
        "what is seen on the next day tells nothing of the lesion treated",
    ),
    (
        chart(
            stent(performedDateTime="2026-03-04T09:00:00Z"),
            balloon(performedDateTime="2026-03-04T09:00:00Z"),
            report(
                "The right external iliac artery shows a 30% stenosis.",
                day="2026-03-04T16:00:00Z",
                code={"text": "Duplex"},
            ),
        ),
        YES,
        set(),
        "nor what is seen hours later",
    ),
    (
        chart(stent(), silent(), report(OCCLUDED, day="2026-03-06", code={"text": "Duplex"})),
        REVIEW,
        {"lesion-type external"},
        "nor a new occlusion",
    ),
    (
        chart(stent(), silent(), cta(OCCLUDED, None, issued="2026-03-06T10:00:00Z")),
        REVIEW,
        {"lesion-type external"},
        "nor a report issued later, of no other day",
    ),
    (
        chart(UNCODED, document(NOT_SAID), conditions=(diagnosis(OCCLUSION),)),
        YES,
        set(),
        "a diagnosis that names vessel and leg",
    ),
    (
        chart(UNCODED, document(BOTH), conditions=(diagnosis(STENOSIS),)),
        REVIEW,
        {"conflict external"},
        "a diagnosis that contradicts the note",
    ),
    (
        chart(
            UNCODED,
            document(BOTH),
            conditions=(diagnosis(STENOSIS, recordedDate="2026-04-01", encounter=ref("Encounter/e7")),),
        ),
        YES,
        set(),
        "a diagnosis of a later visit",
    ),
    (
        chart(
            UNCODED,
            document(NOT_SAID),
            conditions=(diagnosis(OCCLUSION, verificationStatus=concept(coding("x", "refuted"))),),
        ),
        REVIEW,
        {"lesion-type external"},
        "a refuted diagnosis",
    ),
    (
        chart(UNCODED, document(NOT_SAID), conditions=(diagnosis(OCCLUSION, side=LEFT_LEG),)),
        REVIEW,
        {"lesion-type external"},
        "a diagnosis of the other leg",
    ),
    (
        chart(UNCODED, document(DIFFERING), conditions=(condition("c", coding(ICD10CM, "I70.92")),)),
        REVIEW,
        {"lesion-type external"},
        "I70.92 names no vessel: the vessel's finding wins, and ask",
    ),
    (
        chart(UNCODED, document(NOT_SAID), conditions=(condition("c", coding(ICD10CM, "I70.92")),)),
        REVIEW,
        {"lesion-type external"},
        "I70.92 never places an occlusion",
    ),
]


@pytest.mark.parametrize(("sent", "answered", "asking", "why"), ROWS, ids=[row[-1] for row in ROWS])
def test_sources_of_one_session_are_one_truth(
    sent: dict[str, Any], answered: list[str], asking: set[str], why: str
) -> None:
    assert answers(sent) == answered, why
    assert asking <= questions(sent), why
    if set(answered) <= {YES[0]} and not asking:
        assert questions(sent) == set(), why
