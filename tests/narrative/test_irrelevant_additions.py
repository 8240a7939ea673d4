"""Anything irrelevant added to a chart never changes the decision: sentences and sections of a note, and resources."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.charts import ICD10CM, bundle, charge, coding, concept, condition, explained, procedure
from tests.narrative.asides import ASIDES, COMPLETION, VEINS, access, closure, for_the_other_leg
from tests.narrative.generator import Note, note, note_of, works_of
from tests.narrative.layouts import LAYOUTS
from tests.narrative.scoring import chart_of
from tests.narrative.wordings import Work

SAMPLE = settings(deadline=None, derandomize=True, max_examples=250, database=None)
SEEDS = st.integers(0, 2**40)
# Sections under a heading on a line of its own, which end a note: what follows would stand under them.
SECTIONS = (
    "REVIEW OF SYSTEMS\nNegative for chest pain and dyspnea.",
    "MEDICATIONS\nAspirin 81 mg daily\nClopidogrel 75 mg daily",
    "FAMILY HISTORY\nMother with stroke, father with coronary artery disease.",
    "PLAN\nAspirin for life. Return to clinic in 4 weeks.",
    "PAST MEDICAL HISTORY\nHypertension\nType 2 diabetes\nCoronary stent 2017",
    "ATTESTATION\nI was present for the entire procedure.",
)


def decision(sent: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What a decision comes to: everything but evidence, questions and what was not read."""
    return [(s["lines"], s["answer37257"], s["draft"]) for s in explained(sent)["sessions"]]


def decided(made: Note) -> list[tuple[Any, ...]]:
    return decision(chart_of(made.wording()))


def bare(seed: int) -> Note:
    return replace(note(seed), before=(), after=())


def one_leg(seed: int) -> Note:
    random = Random(f"one leg {seed}")
    works: list[Work] = []
    layout = ""
    while len({w.side for w in works}) != 1:
        layout = random.choice(tuple(LAYOUTS))
        works = works_of(random)
    return replace(note_of(works, layout, random), before=(), after=())


@SAMPLE
@given(SEEDS, st.sampled_from((*ASIDES, *SECTIONS)))
def test_a_section_at_the_end_of_a_note_changes_nothing(seed: int, aside: str) -> None:
    made = bare(seed)
    assert decided(replace(made, after=(aside,))) == decided(made)


@SAMPLE
@given(SEEDS, st.sampled_from(ASIDES))
def test_a_paragraph_at_the_head_of_a_note_changes_nothing(seed: int, aside: str) -> None:
    made = bare(seed)
    assert decided(replace(made, before=(aside,))) == decided(made)


@SAMPLE
@given(SEEDS, st.lists(st.sampled_from(ASIDES), min_size=2, max_size=6, unique=True))
def test_many_asides_change_nothing(seed: int, asides: list[str]) -> None:
    made = bare(seed)
    half = len(asides) // 2
    assert decided(replace(made, before=tuple(asides[:half]), after=tuple(asides[half:]))) == decided(made)


@SAMPLE
@given(SEEDS)
def test_access_completion_and_closure_change_nothing(seed: int) -> None:
    made, random = bare(seed), Random(seed)
    before, after = access(made.works, random), (random.choice(COMPLETION), closure(made.works, random))
    assert decided(replace(made, before=(before,), after=after)) == decided(made)


@SAMPLE
@given(SEEDS)
def test_a_plan_for_the_other_leg_changes_nothing(seed: int) -> None:
    made = one_leg(seed)
    side = made.works[0].side
    assert decided(replace(made, after=(for_the_other_leg(side, Random(seed)),))) == decided(made)


@pytest.mark.parametrize("aside", VEINS)
@pytest.mark.parametrize(
    "text",
    [
        "Right CIA 80% stenosis: stent. Right EIA CTO: POBA, no stent.",
        "The right common iliac artery was occluded. It was stented. The right external iliac artery was ballooned.",
        "RIGHT LEG\n- CIA: stenosis, stent\n- IIA: occlusion, PTA\n- EIA: occlusion, PTA",
    ],
)
def test_a_word_on_veins_changes_nothing_in_a_note_on_arteries(text: str, aside: str) -> None:
    plain = decision(chart_of({"source": "report", "text": text}))
    for longer in (f"{text}\n\n{aside}", f"{aside}\n\n{text}"):
        assert decision(chart_of({"source": "report", "text": longer})) == plain


def _observation(key: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": key,
        "status": "final",
        "code": concept(coding("http://loinc.org", "85354-9", "Blood pressure panel")),
        "subject": {"reference": "Patient/p"},
        "encounter": {"reference": "Encounter/e1"},
        "effectiveDateTime": "2026-03-04",
        "valueString": "132/78",
    }


def _document(key: str, kind: str, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "DocumentReference",
        "id": key,
        "status": "current",
        "type": {"text": kind},
        "subject": {"reference": "Patient/p"},
        "date": "2026-03-04T18:00:00Z",
        "content": [{"attachment": content}],
        "context": {"encounter": [{"reference": "Encounter/e1"}]},
    }


def _coverage(key: str) -> dict[str, Any]:
    return {
        "resourceType": "Coverage",
        "id": key,
        "status": "active",
        "beneficiary": {"reference": "Patient/p"},
        "payor": [{"display": "Example Health Plan"}],
    }


SOMEONE_ELSE = {"reference": "Patient/other"}
UNRELATED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("procedures", "a colonoscopy", procedure("x", code={"text": "Colonoscopy with biopsy"})),
    (
        "procedures",
        "a coronary stent",
        procedure("x", code={"text": "Coronary stent, left anterior descending artery"}),
    ),
    (
        "procedures",
        "a vein ablation",
        procedure("x", code={"text": "Radiofrequency ablation of the great saphenous vein"}),
    ),
    ("procedures", "an iliac vein stent", procedure("x", code={"text": "Stent of the left common iliac vein"})),
    (
        "procedures",
        "another patient's iliac stent",
        procedure("x", code={"text": "Stent of the right common iliac artery"}, subject=SOMEONE_ELSE),
    ),
    (
        "procedures",
        "a stent entered in error",
        procedure("x", code={"text": "Right CIA stent"}, status="entered-in-error"),
    ),
    ("observations", "a blood pressure", _observation("x")),
    ("conditions", "diabetes", condition("x", coding(ICD10CM, "E11.9"), text="Type 2 diabetes")),
    (
        "conditions",
        "another patient's occlusion",
        condition("x", text="Occlusion of right common iliac", subject=SOMEONE_ELSE),
    ),
    ("coverage", "a coverage", _coverage("x")),
    ("documents", "a picture", _document("x", "Photograph", {"contentType": "image/png", "data": "iVBORw0KGgo="})),
    ("documents", "an unknown kind", _document("x", "Waveform", {"contentType": "application/dicom", "data": "AAAA"})),
    ("documents", "a diet leaflet", _document("x", "Diet", {"contentType": "text/plain", "data": "RWF0IGdyZWVucy4="})),
)


@pytest.mark.parametrize(("key", "what", "added"), UNRELATED, ids=[what for _, what, _ in UNRELATED])
def test_an_unrelated_resource_changes_nothing(key: str, what: str, added: dict[str, Any]) -> None:
    for seed in range(12):
        sent = chart_of(bare(seed).wording())
        drafts = bundle(charge("c1", "37258", "RT"), kind="collection")
        for before in (sent, {**sent, "context": {**sent["context"], "draftCharges": drafts}}):
            assert decision(_with(before, key, added)) == decision(before), what


def _with(sent: dict[str, Any], key: str, added: dict[str, Any]) -> dict[str, Any]:
    """The request with one more resource in its prefetch."""
    prefetch = sent["prefetch"]
    held = [e["resource"] for e in prefetch.get(key, {"entry": []})["entry"]]
    return {**sent, "prefetch": {**prefetch, key: bundle(*held, added)}}


def test_many_unrelated_resources_change_nothing() -> None:
    for seed in range(20):
        sent = chart_of(bare(seed).wording())
        more = sent
        for number, (key, _, added) in enumerate(UNRELATED):
            more = _with(more, key, {**added, "id": f"x{number}"})
        assert decision(more) == decision(sent)
