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


def test_a_number_of_few_digits_or_of_a_code_is_no_mark() -> None:
    """A percentage stays readable for a patient whose number is 100, and so does a code that is a postal code too."""
    patient = {**PATIENT, "identifier": [{"value": "100"}, {"value": "44881200"}], "address": [{"postalCode": "37220"}]}
    chart = Chart(patient="p")
    chart.add(patient)
    marks = marks_of(chart, adviser().vocabulary.notes, adviser().knowledge.codes)
    assert (
        Quoting(marks=marks).masked("100% occlusion, 37220 charged, 44881200")
        == f"100% occlusion, 37220 charged, {MASK}"
    )


DENIED = [
    ("Completion angiography of the entire aortoiliac segment on both sides then showed no evidence whatsoever of any "
     "residual or recurrent occlusion, dissection or embolization in either limb.", "no evidence"),
    ("Runs of the pelvis were then repeated in two planes after the wire had been drawn back: an occlusion of the left "
     "external iliac artery was not seen on any of them at the end of the procedure.", "not"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "denial"), DENIED, ids=["before", "behind"])
@pytest.mark.parametrize("longest", [70, 90, 140])
def test_a_quote_that_is_cut_keeps_what_denies_its_word(text: str, denial: str, longest: int) -> None:
    assert denial in Quoting().excerpt(text, "lesion", longest)


def test_a_lesion_is_quoted_rather_than_what_is_patent() -> None:
    text = (
        "The common iliac artery was widely patent on the left and on the right, the internal iliac arteries were small "
        "but open, and there was a flush occlusion of the external iliac artery from its origin."
    )
    assert "flush occlusion" in Quoting().excerpt(text, "lesion", 60)


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
    "address": [{"line": ["14 Harbour Row"], "city": "Quillhaven", "postalCode": "90417"}],
    "birthDate": "1951-04-09",
}
SAID = [
    "Philippa Okonkwo-Reyes: PTA of the right EIA",
    "Ms. OKONKWO-REYES, right EIA balloon angioplasty",
    "Reyes, P., right EIA balloon angioplasty",
    "MR-448812 right EIA angioplasty",
    "DOB 04/09/1951, right EIA angioplasty",
    "born 9 April 1951, right EIA angioplasty",
    "lives at 14 Harbour Row; right EIA angioplasty",
    "from Quillhaven (90417); right EIA angioplasty",
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
    for mark in (
        "okonkwo",
        "reyes",
        "philippa",
        "448812",
        "04/09/1951",
        "9 april 1951",
        "harbour",
        "0182",
        "quillhaven",
        "90417",
    ):
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
        ("Patient name: Doe, Jane Right iliac occlusion", "Doe"),
        ("Name: Doe, Jane. Right iliac occlusion", "Doe"),
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
    "label",
    [
        "MRN", "mrn #:", "MRN no.", "D.O.B.", "dob:", "\u017fsn", "Account", "acct no.", "Acct. No:", "Acct. #", "Account #:",
        "Medical  record number",
    ],
)  # fmt: skip
def test_every_label_of_a_number_hides_it_however_it_is_written(label: str) -> None:
    assert "778899" not in Quoting().masked(f"occlusion, {label} 778899")


@pytest.mark.parametrize(
    "text",
    [
        "name: left external iliac artery occlusion",
        "Vessel name: Right External Iliac",
        "Name: Right External Iliac Artery",
        "Account of the occlusion",
        "7 x 60 mm stent",
    ],
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
