"""Narratives: the sections of a Composition are read as a document is, an own text where nothing else is said."""

from typing import Any

import pytest

from tests.charts import explained
from tests.notes import BOTH, CIA, EIA, UNCODED, YES, chart, check_row, ref, report

REVIEW = ["03-04 review"]


def narrative(text: str, status: str = "additional") -> dict[str, Any]:
    return {"status": status, "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{text}</p></div>'}


def section(title: str, text: str = "", *inner: dict[str, Any]) -> dict[str, Any]:
    told = {"text": narrative(text)} if text else {}
    return {"title": title, **told, **({"section": list(inner)} if inner else {})}


def composition(*sections: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A final operative note of encounter e1, by the day of its event."""
    return {
        "resourceType": "Composition",
        "id": "c1",
        "status": "final",
        "type": {"text": "Operative note"},
        "title": "Operative note",
        "subject": ref("Patient/p"),
        "encounter": ref("Encounter/e1"),
        "date": "2026-03-04T18:00:00Z",
        "author": [ref("Practitioner/s1")],
        "event": [{"period": {"start": "2026-03-04"}}],
        "section": list(sections),
        **more,
    }


PARTED = (section("Findings", CIA), section("Procedure", EIA))
ROWS: list[tuple[dict[str, Any], list[str], set[str], str]] = [
    (chart(UNCODED, composition(*PARTED)), YES, set(), "two sections tell it together"),
    (chart(UNCODED, composition(section("Body", "", *PARTED))), YES, set(), "sections inside a section"),
    (
        chart(UNCODED, composition(*PARTED, event=[{"detail": [ref("Procedure/p1")]}])),
        YES,
        set(),
        "it names the act it is about",
    ),
    (
        chart(UNCODED, composition(*PARTED, status="preliminary")),
        REVIEW,
        {"treatment external"},
        "a draft shows nothing as done",
    ),
    (chart(UNCODED, composition(*PARTED, status="entered-in-error")), [], set(), "it never was"),
    (
        chart(UNCODED, composition(section("Procedure", CIA), section("Plan", EIA.replace("was ", "will be ")))),
        ["03-04 no"],
        set(),
        "what stands under a plan was not done",
    ),
    (
        chart(UNCODED, {**report("", conclusion=None), "text": narrative(BOTH)}),
        YES,
        set(),
        "a report of narrative only",
    ),
    (
        chart(UNCODED, {**report(CIA), "text": narrative(BOTH)}),
        ["03-04 no"],
        set(),
        "a report with a conclusion is read by that",
    ),
    (
        chart(UNCODED, {**report("", conclusion=None), "text": narrative(BOTH, "empty")}),
        [],
        set(),
        "an empty narrative says nothing",
    ),
    (chart({**UNCODED, "text": narrative(BOTH)}), YES, set(), "a Procedure's narrative that says to tell more"),
    (chart({**UNCODED, "text": narrative(BOTH, "generated")}), [], set(), "one that repeats its elements"),
    (
        chart({**UNCODED, "note": [{"text": CIA}], "text": narrative(BOTH)}),
        ["03-04 no"],
        set(),
        "an act's notes come before its narrative",
    ),
]


@pytest.mark.parametrize(("sent", "answered", "asking", "why"), ROWS, ids=[row[-1] for row in ROWS])
def test_a_narrative_counts_where_it_is_the_record(
    sent: dict[str, Any], answered: list[str], asking: set[str], why: str
) -> None:
    check_row(sent, answered, asking, why)


def test_a_replaced_composition_is_not_read() -> None:
    later = composition(section("Procedure", CIA), id="c2", relatesTo=[replacing()])
    sent = chart(UNCODED, composition(*PARTED), later)
    assert [s["answer37257"]["verdict"] for s in explained(sent)["sessions"]] == ["no"]


def replacing() -> dict[str, Any]:
    return {"code": "replaces", "targetReference": ref("Composition/c1")}


def test_evidence_names_the_section_text_and_its_place() -> None:
    facts = explained(chart(UNCODED, composition(*PARTED)))["sessions"][0]["treated"]
    found = {(e["resource"], e["path"]) for f in facts for e in f["evidence"]}
    assert ("Composition/c1", "Composition.section") in found


@pytest.mark.parametrize("div", ["", None, 7])
def test_a_section_that_cannot_be_read_is_named(div: Any) -> None:
    broken = {"title": "Findings", "text": {"status": "additional", "div": div}}
    found = explained(chart(UNCODED, composition(broken, section("Procedure", CIA))))
    assert [u["resource"] for u in found["unread"]] == ["Composition/c1"]
    assert "Composition.section[0].text" in found["unread"][0]["text"]
