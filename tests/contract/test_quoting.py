"""Quotes on cards: the part that tells, within its length, and nothing that says who the patient is."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.lint import faults
from cards.quoting import LONGEST, MASK, Quoting, tells
from cds_service.fhir.bundle import Chart
from cds_service.fhir.patient_marks import marks_of
from tests.charts import (
    BALLOON,
    COMMON,
    EXTERNAL,
    RIGHT,
    STENOSIS,
    STENT,
    adviser,
    cards,
    condition,
    procedure,
    request,
    snomed,
    treated,
)
from tests.scenarios.golden import loaded, names

LONG = (
    "The patient was brought to the hybrid room and after access via the left common femoral artery under ultrasound "
    "guidance the right external iliac artery was found to be completely occluded over six centimetres and was crossed "
    "with a wire, after which a 7 x 60 mm self-expanding stent was placed without residual narrowing."
)


@pytest.mark.parametrize(
    ("about", "word"), [("lesion", "occluded"), ("treatment", "stent"), ("side", "left"), ("", "occluded")]
)
def test_a_long_sentence_is_cut_around_what_the_question_is_about(about: str, word: str) -> None:
    found = Quoting().excerpt(LONG, about)
    assert word in found
    assert len(found) <= LONGEST
    assert found.strip("\u2026") in LONG


@given(st.text(max_size=400), st.sampled_from(["", "lesion", "side", "treatment", "done"]), st.integers(20, 150))
def test_a_quote_is_never_longer_than_asked_and_always_a_piece_of_the_text(text: str, about: str, longest: int) -> None:
    found = Quoting().excerpt(text, about, longest)
    assert len(found) <= longest
    if MASK not in found:
        assert found.strip("\u2026") in " ".join(text.split())


def test_a_text_tells_of_what_its_words_are_about() -> None:
    assert tells("7 x 60 stent deployed", "treatment")
    assert not tells("occlusion of the right EIA", "treatment")
    assert tells("R EIA CTO", "lesion")


PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p",
    "name": [{"family": "Okonkwo-Reyes", "given": ["Philippa", "Jo"], "text": "Philippa Jo Okonkwo-Reyes"}],
    "identifier": [{"system": "urn:mrn", "value": "MR-448812"}],
    "telecom": [{"system": "phone", "value": "555-0182-77"}],
    "address": [{"line": ["14 Harbour Row"]}],
    "birthDate": "1951-04-09",
}
SAID = [
    "Philippa Okonkwo-Reyes: PTA of the right EIA",
    "Ms. OKONKWO-REYES, right EIA balloon angioplasty",
    "MR-448812 right EIA angioplasty",
    "DOB 04/09/1951, right EIA angioplasty",
    "born 9 April 1951, right EIA angioplasty",
    "lives at 14 Harbour Row; right EIA angioplasty",
    "phone 555-0182-77. Right EIA angioplasty",
]


@pytest.mark.parametrize("text", SAID)
def test_no_quote_on_any_card_shows_who_the_patient_is(text: str) -> None:
    sent = request(treated("a", STENT, COMMON, RIGHT, STENOSIS), procedure("p", code={"text": text}), patient=PATIENT)
    marks = marks_of(Chart(), adviser().vocabulary.notes)
    assert marks == ()
    found = cards(sent)
    assert {c["source"]["topic"]["code"] for c in found} == {"coding", "clarification"}
    shown = json.dumps(found, ensure_ascii=False).casefold()
    for mark in ("okonkwo", "philippa", "448812", "04/09/1951", "9 april 1951", "harbour", "0182"):
        assert mark not in shown
    chart = Chart(patient="p")
    chart.add(PATIENT)
    assert [f for c in found for f in faults(c, marks_of(chart, adviser().vocabulary.notes))] == []


def test_a_patient_whose_name_is_a_word_of_the_trade_leaves_it_readable() -> None:
    patient = {"resourceType": "Patient", "id": "p", "name": [{"family": "Wright", "given": ["Stent", "Left"]}]}
    act = procedure(
        "p",
        code=snomed(BALLOON),
        bodySite=[snomed(EXTERNAL), snomed(RIGHT)],
        reasonCode=[{"text": "stenosis, left Wright"}],
    )
    sent = request(
        act, conditions=(condition("c", text="Wright: occlusion of the right external iliac artery"),), patient=patient
    )
    shown = json.dumps(cards(sent))
    assert "Wright" not in shown
    chart = Chart(patient="p")
    chart.add(patient)
    assert marks_of(chart, adviser().vocabulary.notes) == ("Wright",)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("MRN: 0099887 occlusion", "0099887"),
        ("DOB 1/2/1950 occlusion", "1/2/1950"),
        ("SSN 123-45-6789 occlusion", "123-45-6789"),
        ("Patient name: Doe, Jane occlusion", "Doe"),
        ("Mr. Lindqvist had an occlusion", "Lindqvist"),
        ("call (555) 010-2233 about the occlusion", "010-2233"),
    ],
)
def test_marks_are_known_by_their_label_where_no_patient_was_sent(text: str, hidden: str) -> None:
    found = Quoting().excerpt(text)
    assert hidden not in found
    assert MASK in found
    assert "occlusion" in found


@pytest.mark.parametrize(
    "text", ["name: left external iliac artery occlusion", "Account of the occlusion", "7 x 60 mm stent"]
)
def test_what_only_looks_like_a_label_stays(text: str) -> None:
    assert Quoting().excerpt(text) == text


def marked(name: str) -> dict[str, Any]:
    """A scenario whose patient bears a name that stands in every free text."""
    sent = copy.deepcopy(loaded(name, "request.json"))
    patient = sent["prefetch"].get("patient")
    sent["prefetch"]["patient"] = {
        **(patient or {"resourceType": "Patient"}),
        "id": sent["context"]["patientId"],
        "name": [{"family": "Zzyzxova"}],
    }

    def walk(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {k: walk(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [walk(v, key) for v in value]
        return f"Zzyzxova: {value}" if key in ("text", "conclusion") and isinstance(value, str) else value

    sent["prefetch"] = {k: v if k == "patient" else walk(v) for k, v in sent["prefetch"].items()}
    return sent


@pytest.mark.parametrize("name", names())
def test_no_scenario_shows_a_name_that_stands_in_all_its_texts(name: str) -> None:
    assert "Zzyzxova" not in json.dumps(cards(marked(name)))
