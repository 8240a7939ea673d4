"""A vessel treated in a relative, another patient, an example or a coder's advice is no work of this patient."""

from itertools import product
from typing import Any

import pytest

from tests.charts import bundle, condition, request
from tests.notes import UNCODED, answers, chart, document, report, silent, stent

WORK = (
    "an occluded right external iliac artery treated with balloon angioplasty",
    "a right external iliac occlusion, ballooned",
)
RELATIVES = ("brother", "mother", "grandfather", "twin sister", "husband", "aunt", "son")
OF_RELATIVES = (
    "His {who} had {work}.",
    "The patient's {who} underwent treatment of {work}.",
    "{Who}: {work}.",
    "{Who} with {work}.",
    "He lives with his {who}, who had {work}.",
    "The same was done in her {who}: {work}.",
    "Family history: {who}, {work}.",
    "FAMILY HISTORY\n{Who} known for {work}.",
)
NO_RECORD = (
    "Another patient had {work}.",
    "In a similar case there was {work}.",
    "Example: {work}.",
    "Template: {work}.",
    "According to CPT, {work} takes an additional code.",
    "Per the guidelines {work} is complex.",
    "The literature describes {work}.",
    "Please document that there was {work}.",
    "Consider documenting {work}.",
)
OTHERS = [
    *(form.format(who=who, Who=who.capitalize(), work=WORK[0]) for form, who in product(OF_RELATIVES, RELATIVES)),
    *(form.format(who="brother", Who="Brother", work=WORK[1]) for form in OF_RELATIVES),
    *(form.format(work=work) for form, work in product(NO_RECORD, WORK)),
]
# Words on relatives that say nothing of whose vessel it was.
OWN = (
    "The findings were discussed with his wife. There was {work}.",
    "Her husband was present. Today there was {work}.",
    "His wife was told that there had been {work}.",
    "The patient, father of three, presented today with {work}.",
    "Documented in full: {work}.",
)


def told(text: str) -> list[dict[str, Any]]:
    """A chart that lacks but the lesion of the ballooned vessel, and the text in each place for texts."""
    places = (document(text), report(text))
    return [chart(stent(), silent(), p) for p in places] + [chart(stent(), silent(note=[{"text": text}]))]


@pytest.mark.parametrize("text", OTHERS)
def test_work_in_somebody_else_proves_nothing(text: str) -> None:
    assert [answers(sent) for sent in told(text)] == [["03-04 review"]] * 3


@pytest.mark.parametrize("work", WORK)
@pytest.mark.parametrize("form", OWN)
def test_naming_a_relative_does_not_make_it_theirs(form: str, work: str) -> None:
    assert answers(chart(stent(), silent(), document(form.format(work=work)))) == ["03-04 yes"]


@pytest.mark.parametrize("form", ["Family history of {0}", "Brother with {0}", "FH: {0}", "{0} (father)"])
def test_a_diagnosis_of_a_relative_is_none_of_the_patients(form: str) -> None:
    lesion = "occlusion of the right external iliac artery"
    assert answers(chart(stent(), silent(), condition("c", text=lesion.capitalize()))) == ["03-04 yes"]
    assert answers(chart(stent(), silent(), condition("c", text=form.format(lesion)))) == ["03-04 review"]


TAKEN_BACK = (
    "DISCARD THIS NOTE. {work}",
    "Please disregard the previous dictation. {work}",
    "{work} Correction: left, not right.",
    "{work} Addendum: the statement on the external iliac artery is an error.",
    "{work} The above is incorrect.",
    "Simulation: {work}",
)


@pytest.mark.parametrize("form", TAKEN_BACK)
def test_a_note_that_takes_something_back_is_not_taken_at_its_word(form: str) -> None:
    work = (
        "The right common iliac artery was stenosed and stented. "
        "The right external iliac artery was occluded and ballooned, no stent."
    )
    assert answers(request(UNCODED, reports=bundle(report(work)))) == ["03-04 yes"]
    assert answers(request(UNCODED, reports=bundle(report(form.format(work=work))))) == ["03-04 review"]
