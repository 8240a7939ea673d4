"""Which papers of a chart are taken at their word: drafts, replaced and withdrawn ones, consents, notes on acts."""

from typing import Any

import pytest

from tests.charts import coding, concept
from tests.notes import (
    BOTH,
    CIA,
    DIFFERING,
    EIA,
    EIA_STENOSED,
    OCCLUDED,
    UNCODED,
    YES,
    attachment,
    balloon,
    chart,
    check_row,
    document,
    in_visit,
    ref,
    replacing,
    report,
    silent,
    stent,
)

REVIEW = ["03-04 review"]
NO = ["03-04 no"]

ROWS: list[tuple[dict[str, Any], list[str], set[str], str]] = [
    (chart(UNCODED, document(BOTH)), YES, set(), "a signed operative note alone tells the session"),
    (
        chart(UNCODED, document(BOTH, content=[{"attachment": attachment(BOTH, "text/html")}])),
        YES,
        set(),
        "the same as HTML",
    ),
    (
        chart(UNCODED, document(BOTH, content=[{"attachment": attachment(BOTH, "application/rtf")}])),
        YES,
        set(),
        "the same as RTF",
    ),
    (
        chart(UNCODED, report(BOTH, presentedForm=[attachment(BOTH, "text/html")])),
        YES,
        set(),
        "a report's conclusion and its form say the same once",
    ),
    (
        chart({**UNCODED}, {**document(BOTH), "context": [ref("Encounter/e1")], "period": {"start": "2026-03-04"}}),
        YES,
        set(),
        "the R5 shape: context is the encounter, the period stands beside it",
    ),
    (
        chart(
            {
                k: v
                for k, v in {
                    **UNCODED,
                    "performedDateTime": None,
                    "occurrenceDateTime": "2026-03-04",
                    "note": [{"text": BOTH}],
                }.items()
                if v
            }
        ),
        YES,
        set(),
        "a note on a Procedure in R5 shape",
    ),
    (
        chart(UNCODED, document(BOTH, docStatus="preliminary")),
        REVIEW,
        {"treatment common", "treatment external"},
        "R-DONE: a draft shows nothing as done, so it asks",
    ),
    (
        chart(UNCODED, document(BOTH, docStatus=None)),
        YES,
        set(),
        "the status of the document is optional; the reference is current",
    ),
    (chart(UNCODED, document(BOTH, status="superseded")), [], set(), "a superseded reference says nothing"),
    (
        chart(UNCODED, document(BOTH, status="superseded"), document(DIFFERING, "d2", docStatus="amended")),
        NO,
        set(),
        "the amended note stands, and calls it a stenosis",
    ),
    (chart(UNCODED, document(BOTH, status="entered-in-error")), [], set(), "entered in error: nothing"),
    (
        chart(UNCODED, document(BOTH, docStatus="entered-in-error")),
        [],
        set(),
        "the document itself entered in error: nothing",
    ),
    (
        chart(UNCODED, document(BOTH), document(DIFFERING, "d2", relatesTo=replacing("DocumentReference/d1"))),
        NO,
        set(),
        "the newer note stands: a stenosis",
    ),
    (
        chart(
            UNCODED,
            document(BOTH),
            document(
                DIFFERING,
                "d2",
                relatesTo=[
                    {
                        "code": concept(coding("http://hl7.org/fhir/document-relationship-type", "replaces")),
                        "target": ref("DocumentReference/d1"),
                    }
                ],
            ),
        ),
        NO,
        set(),
        "the same, the relation as a concept",
    ),
    (
        chart(
            UNCODED,
            document(BOTH),
            document(CIA, "d2", status="entered-in-error", relatesTo=replacing("DocumentReference/d1")),
        ),
        YES,
        set(),
        "what is itself withdrawn replaces nothing",
    ),
    (
        chart(
            UNCODED,
            document(BOTH),
            document(BOTH, "d2", docStatus="preliminary", relatesTo=replacing("DocumentReference/d1")),
        ),
        YES,
        set(),
        "a draft does not replace what is signed, and agrees",
    ),
    (
        chart(
            UNCODED,
            document(BOTH),
            document(DIFFERING, "d2", docStatus="preliminary", relatesTo=replacing("DocumentReference/d1")),
        ),
        REVIEW,
        {"conflict external"},
        "a draft that differs is a contradiction to settle before it is signed",
    ),
    (
        chart(UNCODED, document(BOTH, docStatus="preliminary"), document(BOTH, "d2")),
        YES,
        set(),
        "the signed note settles what the draft left open",
    ),
    (
        chart(
            UNCODED,
            document(BOTH),
            document(EIA_STENOSED, "d2", relatesTo=[{"code": "appends", "target": ref("DocumentReference/d1")}]),
        ),
        REVIEW,
        {"conflict external"},
        "an addendum is a second statement, not a replacement",
    ),
    (
        chart(UNCODED, report(BOTH, presentedForm=[attachment(DIFFERING, "text/html")])),
        REVIEW,
        {"conflict external"},
        "one report that contradicts itself",
    ),
    (chart(UNCODED, document(BOTH), document(BOTH, "d2")), YES, set(), "one truth, told twice"),
    (chart(UNCODED, document(BOTH), report(BOTH)), YES, set(), "one truth, in a document and a report"),
    (chart({**UNCODED, "note": [{"text": BOTH}]}, report(BOTH)), YES, set(), "one truth, in a note and a report"),
    (chart(UNCODED, report(BOTH, status="preliminary")), REVIEW, {"treatment external"}, "a preliminary report asks"),
    (chart(UNCODED, report(BOTH, status="registered")), REVIEW, set(), "a registered report asks"),
    (chart(UNCODED, report(BOTH, status="modified")), REVIEW, set(), "a report changed before it was final asks"),
    (chart(UNCODED, report(BOTH, status="unknown")), REVIEW, set(), "nobody knows which status applies: ask"),
    (chart(UNCODED, report(BOTH, status=None)), REVIEW, set(), "a report without a status is not known to be final"),
    (chart(UNCODED, report(BOTH, status="amended")), YES, set(), "an amended report is final"),
    (chart(UNCODED, report(BOTH, status="cancelled")), [], set(), "a cancelled report says nothing"),
    (
        chart(UNCODED, report(BOTH, modifierExtension=[{"url": "x", "valueBoolean": True}])),
        REVIEW,
        set(),
        "an extension may change the meaning: ask",
    ),
    (chart(UNCODED, document(BOTH, type={"text": "Informed consent"})), [], set(), "a consent tells what may be done"),
    (
        chart(UNCODED, document(BOTH, type=concept(coding("http://loinc.org", "34117-2")))),
        [],
        set(),
        "a history and physical, by its code",
    ),
    (chart(UNCODED, document(BOTH, type={"text": "Vascular consultation"})), [], set(), "a consultation"),
    (
        chart(
            UNCODED, document(BOTH, type=None, content=[{"attachment": {**attachment(BOTH), "title": "Consent form"}}])
        ),
        [],
        set(),
        "a consent, by the title of its attachment",
    ),
    (
        chart(UNCODED, document(BOTH, description="Operative note with preoperative diagnosis")),
        YES,
        set(),
        "its type says what it is, whatever its description mentions",
    ),
    (chart(UNCODED, document(BOTH, subject=ref("Patient/q"))), [], set(), "of another patient"),
    (
        chart(UNCODED, report(BOTH, subject=ref("https://x.org/fhir/Patient/q"))),
        [],
        set(),
        "of another patient, named by an absolute reference",
    ),
    (
        chart(stent(), balloon(), document(BOTH, docStatus="preliminary")),
        YES,
        set(),
        "a draft takes nothing away from what the codes say",
    ),
    (
        chart(stent(), silent(), document(BOTH, docStatus="preliminary")),
        REVIEW,
        {"lesion-type external"},
        "a lesion that only a draft names is asked about",
    ),
    (
        chart(stent(), balloon(), document(DIFFERING, docStatus="preliminary")),
        REVIEW,
        {"conflict external"},
        "a draft that contradicts is a conflict",
    ),
    (
        chart(stent(), silent(), report(OCCLUDED, status="preliminary")),
        REVIEW,
        {"lesion-type external"},
        "a finding of a preliminary report is asked about",
    ),
    (
        chart(stent(), document(EIA, docStatus="preliminary")),
        REVIEW,
        {"treatment external"},
        "a vessel that only a draft names is asked about",
    ),
    (
        chart(stent(), document(EIA, docStatus="preliminary"), document(EIA, "d2", docStatus="preliminary")),
        REVIEW,
        {"treatment external"},
        "two drafts are no signature",
    ),
    (
        chart({**UNCODED, "status": "not-done", "note": [{"text": BOTH}]}),
        [],
        set(),
        "R-DONE: the note explains why it was not done",
    ),
    (chart({**UNCODED, "notDone": True, "note": [{"text": BOTH}]}), [], set(), "the same, told by a flag"),
    (chart({**UNCODED, "status": "in-progress", "note": [{"text": BOTH}]}), REVIEW, set(), "documentation pending"),
    (
        chart({**UNCODED, "status": "stopped"}, document(BOTH, context=in_visit(related=[ref("Procedure/p1")]))),
        REVIEW,
        set(),
        "a stopped act and a note that says done: ask",
    ),
    (
        chart(
            {**UNCODED, "status": "entered-in-error"}, document(BOTH, context=in_visit(related=[ref("Procedure/p1")]))
        ),
        [],
        set(),
        "the act never was",
    ),
    (
        chart(
            {**UNCODED, "status": "preparation"},
            document(BOTH, context=in_visit(related=[ref("Procedure/p1")], period={"start": "2026-03-04"})),
        ),
        REVIEW,
        {"treatment external"},
        "the act is not known to have begun",
    ),
    (
        chart(stent(), silent(note=[{"text": EIA, "time": "2026-02-20"}])),
        REVIEW,
        {"lesion-type external"},
        "a note written weeks before can only look ahead",
    ),
    (
        chart(stent(), silent(note=[{"text": "Date of procedure: 03/04/2025. " + EIA}])),
        REVIEW,
        {"lesion-type external"},
        "a note whose head names last year's operation tells of that one",
    ),
]


@pytest.mark.parametrize(("sent", "answered", "asking", "why"), ROWS, ids=[row[-1] for row in ROWS])
def test_a_paper_counts_as_its_status_and_kind_say(
    sent: dict[str, Any], answered: list[str], asking: set[str], why: str
) -> None:
    check_row(sent, answered, asking, why)
