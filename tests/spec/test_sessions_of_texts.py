"""Which session a text tells of: by day, encounter, hands and hours; by the work it names where no day is written."""

from typing import Any

import pytest

from tests.charts import (
    BALLOON,
    COMMON,
    EXTERNAL,
    INTERNAL,
    OCCLUSION,
    RIGHT,
    STENOSIS,
    STENT,
    bundle,
    condition,
    encounter,
    procedure,
    snomed,
    treated,
)
from tests.charts import LEFT as LEFT_LEG
from tests.notes import (
    BOTH,
    CIA,
    EIA,
    OTHER_VISIT,
    UNCODED,
    YES,
    answers,
    balloon,
    by,
    chart,
    check_row,
    document,
    in_visit,
    ref,
    report,
    silent,
    stent,
    unnamed,
    visit,
    written,
)

REVIEW = ["03-04 review"]

ROWS: list[tuple[dict[str, Any], list[str], set[str], str]] = [
    (
        chart(
            {**UNCODED, "note": [{"text": CIA.replace("had an 80% stenosis", "was occluded")}]},
            {**UNCODED, "id": "p2", "note": [{"text": EIA}]},
            report("One lesion bridged the right common and the right external iliac artery; it was opened as one."),
        ),
        REVIEW,
        {"bridging-lesion external"},
        "a report that tells of no work, beside acts that only their notes tell of",
    ),
    (
        chart(stent(), balloon(performedDateTime="2026-03-02T11:00:00Z"), document(BOTH)),
        ["03-02 no", "03-04 review"],
        {"session external"},
        "one balloon, dated two days earlier by its act",
    ),
    (
        chart(stent(), document(EIA, day="2026-03-06")),
        ["03-04 no", "03-06 no"],
        set(),
        "a staged procedure: each day has its own initial code",
    ),
    (
        chart(stent(), document("Date of procedure: 03/06/2026\n" + EIA)),
        ["03-04 no", "03-06 no"],
        set(),
        "the head of the note names another day than its document",
    ),
    (
        chart(stent(), document("Date of procedure: 03/05/2026\n" + EIA, day=None)),
        ["03-04 no", "03-05 no"],
        set(),
        "another vessel on the next day is another session",
    ),
    (
        chart(stent(), document(EIA, context=OTHER_VISIT)),
        REVIEW,
        {"session"},
        "another encounter of the day: whether it is one session is asked",
    ),
    (
        chart(stent(), balloon(), document(BOTH, context=OTHER_VISIT)),
        YES,
        {"session"},
        "the same work filed under another encounter: it holds either way, and is asked",
    ),
    (
        chart(UNCODED, document(BOTH), document(BOTH, "d2", context=OTHER_VISIT)),
        YES,
        {"session"},
        "the same text in two encounters",
    ),
    (
        chart(stent(), document(EIA, context=OTHER_VISIT), others2=bundle(encounter("e2", partOf=ref("Encounter/e1")))),
        YES,
        set(),
        "an encounter that is part of the stay is the stay",
    ),
    (chart(UNCODED, document(BOTH, context=OTHER_VISIT)), [], set(), "another encounter's session is not this one's"),
    (
        chart(
            {**UNCODED, "encounter": ref("Encounter/e2"), "performedDateTime": "2026-03-04"},
            document(BOTH, context={"related": [ref("Procedure/p1")]}),
        ),
        [],
        set(),
        "a document of another encounter's act",
    ),
    (
        chart(
            stent(),
            balloon(),
            written(
                BOTH, on="2026-03-20", context={"encounter": [ref("Encounter/e9")]}, type={"text": "Progress note"}
            ),
        ),
        YES,
        set(),
        "what a later visit tells adds nothing",
    ),
    (
        chart(stent(performer=by("a")), document(EIA, author=[ref("Practitioner/b")])),
        REVIEW,
        {"session"},
        "another surgeon, another vessel: one session or two is asked",
    ),
    (
        chart(
            UNCODED, document(CIA, author=[ref("Practitioner/a")]), document(EIA, "d2", author=[ref("Practitioner/b")])
        ),
        REVIEW,
        {"session"},
        "two surgeons, each a note on a vessel of their own",
    ),
    (
        chart(
            UNCODED,
            document(BOTH, author=[ref("Practitioner/a")]),
            document(BOTH, "d2", author=[ref("Practitioner/b")]),
        ),
        YES,
        set(),
        "two surgeons who tell of the same session",
    ),
    (
        chart(
            UNCODED, document(CIA, author=[ref("Practitioner/a")]), document(EIA, "d2", author=[ref("Practitioner/a")])
        ),
        YES,
        set(),
        "two notes by one hand",
    ),
    (
        chart(stent(performer=by("a")), balloon(performer=by("a")), document(BOTH, author=[ref("Practitioner/b")])),
        YES,
        set(),
        "somebody else wrote the note of the whole session",
    ),
    (
        chart(
            stent(performer=by("a")),
            balloon(performer=by("a")),
            document(CIA + " " + EIA, author=[ref("Organization/o")]),
        ),
        YES,
        set(),
        "authors that are no practitioners cannot be compared",
    ),
    (
        chart(stent(performer=by("a")), balloon(performer=by("b")), document(BOTH)),
        REVIEW,
        {"session"},
        "a note of both vessels does not make two surgeons one",
    ),
    (
        chart(UNCODED, document(CIA, day="2026-03-04T08:00:00Z"), document(EIA, "d2", day="2026-03-04T18:00:00Z")),
        REVIEW,
        {"session"},
        "ten hours between two notes of one day",
    ),
    (
        chart(UNCODED, report(CIA, day="2026-03-04T08:00:00Z"), report(EIA, "r2", day="2026-03-04T18:00:00Z")),
        REVIEW,
        {"session"},
        "ten hours between two reports of one day",
    ),
    (
        chart(stent(performedDateTime="2026-03-04T08:00:00Z"), document(EIA, day="2026-03-04T18:00:00Z")),
        REVIEW,
        {"session"},
        "ten hours between act and note",
    ),
    (
        chart(
            stent(performedDateTime="2026-03-04T08:00:00Z"),
            balloon(performedDateTime="2026-03-04T18:00:00Z"),
            document(BOTH),
        ),
        REVIEW,
        {"session"},
        "ten hours between the coded acts, one note",
    ),
    (
        chart(UNCODED, document(CIA, day="2026-03-04T08:00:00Z"), document(EIA, "d2", day="2026-03-04T09:00:00Z")),
        YES,
        set(),
        "one hour between two notes",
    ),
    (
        chart(
            UNCODED,
            document(CIA),
            document("The patient was brought back to the angiography suite in the evening. " + EIA, "d2"),
        ),
        REVIEW,
        {"session"},
        "a note tells of a return to the suite",
    ),
    (
        chart(
            UNCODED, document(CIA + " Four hours later the patient was brought back to the angiography suite. " + EIA)
        ),
        REVIEW,
        {"session"},
        "one note tells of both",
    ),
    (
        chart(UNCODED, document(BOTH + " The patient was taken back to the recovery room.")),
        YES,
        set(),
        "the recovery room is no return",
    ),
    (
        chart(
            UNCODED,
            document(BOTH, context=in_visit(period={"start": "2026-03-04T22:00:00Z", "end": "2026-03-05T01:00:00Z"})),
        ),
        YES,
        set(),
        "an operation past midnight is one session",
    ),
    (
        chart(
            stent(performedDateTime="2026-03-04T23:00:00Z", note=[{"text": CIA}]),
            silent(performedDateTime="2026-03-05T00:30:00Z", note=[{"text": EIA}]),
        ),
        YES,
        set(),
        "two acts past midnight, a note on each",
    ),
    (chart(document(BOTH, day=None, context=None)), ["? review"], {"session"}, "no day at all: ask"),
    (
        chart(stent(), document(EIA, day=None, context=None)),
        REVIEW,
        {"session external"},
        "a vessel that only a text of no day and no visit names",
    ),
    (
        chart(stent(), silent(), document(BOTH, day=None, context=None)),
        REVIEW,
        {"lesion-type external"},
        "a lesion that only a text of no day and no visit names",
    ),
    (chart(document(BOTH, day=None), encounter=visit("2026-03-04", "2026-03-04")), YES, set(), "the visit has one day"),
    (
        chart(stent(), document(EIA, day=None), encounter=visit("2026-03-02", "2026-03-08")),
        REVIEW,
        {"session external"},
        "another vessel, of an unknown day of the stay",
    ),
    (
        chart(stent(), silent(), document(BOTH, day=None), encounter=visit("2026-03-02", "2026-03-08")),
        YES,
        set(),
        "the same vessels, so the same session",
    ),
    (
        chart(stent(), document(EIA, context={"period": {"start": "2026-03-04"}})),
        YES,
        set(),
        "of the day, in no encounter of its own",
    ),
    (
        chart(document(BOTH, context={"period": {"start": "2026-02-01"}}), encounter=visit("2026-03-02", "2026-03-08")),
        [],
        set(),
        "of a day before the stay",
    ),
    (
        chart(
            unnamed("a", BALLOON, performedDateTime="2026-03-04T08:00:00Z"),
            document("The right common iliac artery was occluded; it was ballooned.", day="2026-03-04T08:00:00Z"),
            document(EIA, "d2", day="2026-03-04T19:00:00Z"),
        ),
        REVIEW,
        {"session"},
        "eleven hours between two notes, each of which could be of the one act",
    ),
    (
        chart(
            unnamed("a", BALLOON, LEFT_LEG, reasonCode=[snomed(OCCLUSION)]),
            silent("b", bodySite=[snomed(INTERNAL), snomed(LEFT_LEG)], reasonCode=[snomed(OCCLUSION)]),
            {**UNCODED, "performedDateTime": "2026", "note": [{"text": "Left common iliac, CTO, DCB 8x40, no stent."}]},
        ),
        REVIEW,
        {"lesion-type common", "session common", "vessel"},
        "a Procedure's note of no known day is not the work of an act that names no artery",
    ),
    (
        chart(
            stent(performedDateTime="2026-03-04T08:00:00Z"),
            silent(performedDateTime="2026-03-04T08:00:00Z"),
            document(
                f"{EIA} The right internal iliac artery had a 70% stenosis and was ballooned.",
                day="2026-03-04T19:00:00Z",
            ),
        ),
        REVIEW,
        {"lesion-type external", "session"},
        "a note eleven hours later that tells of more than the acts says nothing of their lesions",
    ),
    (
        chart(
            stent(performedDateTime="2026-03-05"),
            silent(performedDateTime="2026-03-05"),
            UNCODED,
            report(BOTH, day="2026-03-04"),
        ),
        ["03-04 review", "03-05 review"],
        {"lesion-type external", "session common", "session external"},
        "a report of a day on which some act is recorded is not of the work of the next",
    ),
    (
        chart(
            stent("other", performedDateTime="2026-02-02", encounter=ref("Encounter/e2")),
            silent(
                "before",
                performedDateTime="2026-02-02",
                encounter=ref("Encounter/e2"),
                reasonReference=[ref("Condition/c")],
            ),
            stent(),
            {**UNCODED, "note": [{"text": "Plain balloon dilatation of the right external iliac artery."}]},
            condition("c", snomed(OCCLUSION), bodySite=[snomed(EXTERNAL), snomed(RIGHT)]),
        ),
        REVIEW,
        {"lesion-type external"},
        "the reason of another visit's act is not the lesion of what only a note tells",
    ),
    (
        chart(
            unnamed("a", BALLOON),
            unnamed("b", BALLOON, reasonCode=[snomed(STENOSIS)]),
            report(f"{EIA} The right internal iliac artery was occluded; it was treated with balloon angioplasty."),
        ),
        REVIEW,
        {"conflict external"},
        "two acts that name no artery, one for a stenosis, and a report of two occlusions",
    ),
    (
        chart(
            UNCODED,
            document(
                "Right ext. iliac long occlusion - POBA\nL com. iliac occlusion - covered stent 5x20\n"
                "right hypogastric 75 % stenosis - PTA 6 x 80 mm, no stent placed"
            ),
        ),
        ["03-04 no"],
        set(),
        "each line of a list of vessels is its own, also where it begins with a small letter",
    ),
    (chart(UNCODED, written(BOTH)), YES, set(), "the day it was written is the day"),
    (chart(stent(), written(EIA)), YES, set(), "written on the day of the act"),
    (chart(stent(), written(EIA, on="2026-03-05T01:30:00Z")), YES, set(), "written in the night after it"),
    (
        chart(stent(), silent(), written(BOTH, on="2026-03-05")),
        YES,
        set(),
        "written on the next day, of the same vessels",
    ),
    (
        chart(stent(), written(EIA, on="2026-03-06")),
        REVIEW,
        {"session external"},
        "written two days later, of another vessel: perhaps a staged one",
    ),
    (
        chart(
            stent(),
            balloon(),
            written(BOTH, on="2026-03-20", type={"text": "Discharge summary"}),
            encounter=visit("2026-03-02", "2026-03-20"),
        ),
        YES,
        set(),
        "a summary at discharge tells of the same session, not of another",
    ),
    (
        chart(
            UNCODED,
            document(BOTH),
            written(BOTH, "d2", on="2026-03-20", type={"text": "Discharge summary"}),
            encounter=visit("2026-03-02", "2026-03-20"),
        ),
        YES,
        set(),
        "the same where only texts tell",
    ),
    (
        chart(
            stent(),
            silent(),
            treated("z", BALLOON, COMMON, LEFT_LEG, STENOSIS, performedDateTime="2026-03-06"),
            written(BOTH, on="2026-03-07"),
        ),
        ["03-04 yes", "03-06 no"],
        set(),
        "of two days of work, the one whose vessels it names",
    ),
    (
        chart(
            stent(),
            silent(),
            document(BOTH, context=in_visit(period={"start": "2026-03-02", "end": "2026-03-08"})),
            encounter=visit("2026-03-02", "2026-03-08"),
        ),
        YES,
        set(),
        "the whole stay is no day: the vessels tell",
    ),
    (
        chart(
            stent(),
            document(EIA, context=in_visit(period={"start": "2026-03-02", "end": "2026-03-08"})),
            encounter=visit("2026-03-02", "2026-03-08"),
        ),
        REVIEW,
        {"session external"},
        "of an unknown day of the stay",
    ),
    (
        chart(UNCODED, document(BOTH, context=in_visit(period={"start": "2026"}))),
        ["? yes"],
        set(),
        "the year tells the code family",
    ),
    (
        chart(stent(), document(EIA, context=in_visit(period={"start": "2026"}))),
        REVIEW,
        {"session external"},
        "of an unknown day of the year",
    ),
    (
        chart(UNCODED, document(BOTH, context=in_visit(period={"start": "2025-11"}))),
        ["? no"],
        set(),
        "R-DATE: the family of last year",
    ),
    (
        chart(UNCODED, document("Date of procedure: 03/04/2025\n" + BOTH)),
        REVIEW,
        {"session external"},
        "head and document lie in different years: ask",
    ),
    (
        chart(UNCODED, document("Date of procedure: 03/04/2025\n" + BOTH, day=None)),
        ["2025-03-04 no"],
        set(),
        "R-DATE: the only day is last year's",
    ),
    (
        chart(UNCODED, written("Date of procedure: 03/04/2025\n" + BOTH)),
        ["2025-03-04 no"],
        set(),
        "an old note filed anew",
    ),
    (
        chart(UNCODED, document("Date of procedure: 04/03/2026\n" + BOTH)),
        YES,
        set(),
        "day first, as the document's own date tells",
    ),
    (
        chart(UNCODED, written("Procedure date: 03/06/2026\n" + BOTH, on="2026-03-07")),
        ["03-06 yes"],
        set(),
        "another way to name the day",
    ),
    (chart(UNCODED, written("DOS: 3/6/26\n" + BOTH, on="2026-03-07")), ["03-06 yes"], set(), "a year of two digits"),
    (chart(UNCODED, document("Date of service: March 6th, 2026\n" + BOTH)), ["03-06 yes"], set(), "a day in words"),
    (
        chart(
            treated("s", STENT, COMMON, RIGHT, STENOSIS, performedDateTime="2026-03-05T01:00:00Z"),
            treated("b", BALLOON, EXTERNAL, RIGHT, performedDateTime="2026-03-05T01:00:00Z"),
            document("Date of procedure: 03/04/2026\n" + BOTH, day=None),
        ),
        ["03-05 yes"],
        set(),
        "clocks differ by hours: one session",
    ),
    (
        chart(
            stent(),
            silent(),
            document(BOTH, context={"encounter": [ref("Encounter/e0")], "period": {"start": "2025-02-01"}}),
        ),
        REVIEW,
        {"lesion-type external"},
        "last year's lesion is not today's",
    ),
    (
        chart(stent(), silent(), document(BOTH, context={"period": {"start": "2025-02-01"}})),
        ["2025-02-01 no", "03-04 review"],
        {"lesion-type external"},
        "nor where the note names no encounter",
    ),
    (
        chart(
            stent(),
            silent(),
            document(BOTH, context={"period": {"start": "2025-02-01"}}),
            encounter=visit("2026-03-03", "2026-03-06"),
        ),
        REVIEW,
        {"lesion-type external"},
        "nor does it count into a stay of other days",
    ),
    (
        chart(written(BOTH, on="2026-01-03"), encounter=visit("2025-12-29", "2025-12-31")),
        ["? no"],
        set(),
        "written after a stay that ended last year: R-DATE",
    ),
    (
        chart(written(BOTH, on="2026-01-05"), encounter=visit("2025-12-29", "2026-01-02")),
        ["? review"],
        {"session"},
        "written after a stay over the turn of the year: which family is asked",
    ),
    (
        chart(
            stent(), silent(), {**document(BOTH, day=None), "context": [ref("Encounter/e1"), ref("Procedure/balloon")]}
        ),
        YES,
        set(),
        "of the act it points at",
    ),
    (
        chart(
            stent(performedDateTime="2026-03-04T19:00:00Z"),
            silent(performedDateTime="2026-03-04T19:00:00Z"),
            document("The right external iliac artery had a CTO. It was not treated.", day="2026-03-04T08:00:00Z"),
        ),
        REVIEW,
        {"lesion-type external"},
        "an account of a morning's work tells the evening's lesion as that of a day before would",
    ),
]


@pytest.mark.parametrize(("sent", "answered", "asking", "why"), ROWS, ids=[row[-1] for row in ROWS])
def test_a_text_tells_of_the_session_it_belongs_to(
    sent: dict[str, Any], answered: list[str], asking: set[str], why: str
) -> None:
    check_row(sent, answered, asking, why)


NOON = {"performedDateTime": "2026-03-04T12:50:00Z"}
BEGUN = "2026-03-04T06:30:00Z"


def test_a_document_whose_period_has_only_begun_lasted_until_it_was_written() -> None:
    """The period of a document often begins with the visit: written after the work, it is no earlier sitting's."""
    vague = unnamed("a", STENT, **NOON)
    assert answers(chart(vague, document(BOTH, day=BEGUN, date="2026-03-04T17:05:00Z"))) == YES
    assert answers(chart(vague, document(BOTH, day=BEGUN, date="2026-03-04T07:30:00Z"))) == REVIEW
    assert answers(chart(vague, document(BOTH, day=BEGUN))) == REVIEW
    ended = in_visit(period={"start": BEGUN, "end": "2026-03-04T08:00:00Z"})
    assert answers(chart(vague, document(BOTH, day=None, date="2026-03-04T17:05:00Z", context=ended))) == REVIEW


def test_a_discharge_summary_tells_of_the_day_that_records_just_its_work() -> None:
    stay = visit("2026-03-04T07:00:00Z", "2026-03-07T17:00:00Z")
    late: dict[str, Any] = {"day": "2026-03-07T06:30:00Z", "date": "2026-03-07T11:20:00Z"}
    summary = document(BOTH, type={"text": "Discharge summary"}, **late)
    acts = (treated("a", STENT, COMMON, RIGHT), silent())
    assert answers(chart(*acts, summary, visit=stay)) == YES
    coded = document(BOTH, type={"coding": [{"system": "http://loinc.org", "code": "18842-5"}]}, **late)
    assert answers(chart(*acts, coded, visit=stay)) == YES
    assert "03-04 yes" not in answers(chart(*acts, document(BOTH, **late), visit=stay))  # a note of another day's work
    other = treated("b", BALLOON, INTERNAL, RIGHT)
    assert "03-04 yes" not in answers(chart(acts[0], other, summary, visit=stay))


def test_a_note_written_on_the_day_of_an_act_that_names_no_artery_is_of_that_day() -> None:
    """Two sittings of a stay, each with a Procedure that says no more than its leg, and a note of its own."""
    stay = visit("2026-03-03T07:00:00Z", "2026-03-07T17:00:00Z")
    right = procedure("a", code={"text": "ENDOVASCULAR ILIAC RIGHT"}, performedDateTime="2026-03-04")
    left = procedure("b", code={"text": "ENDOVASCULAR ILIAC LEFT"}, performedDateTime="2026-03-06")
    first = written("Stenosis of the right external iliac artery, stented 7x40.", "d1", on="2026-03-04")
    second = written(BOTH.replace("right", "left"), "d2", on="2026-03-06")
    assert answers(chart(right, left, first, second, visit=stay)) == ["03-04 no", "03-06 yes"]
    none = {**left, "performedDateTime": "2026-03-05"}
    assert "03-06 yes" not in answers(chart(right, none, first, second, visit=stay))
