"""R-LESION: a CPT code of the family says which lesion somebody billed for; it is no record of the lesion itself."""

from typing import Any

import pytest

from tests.charts import (
    COMMON,
    CPT,
    EXTERNAL,
    RIGHT,
    STENOSIS,
    STENT,
    asked,
    coding,
    concept,
    lines,
    procedure,
    request,
    session,
    snomed,
    treated,
)

SITE = [snomed(EXTERNAL), snomed(RIGHT)]


def chart(code: str, **more: Any) -> dict[str, Any]:
    """A stent for a stenosis, and beside it an act that a CPT code tells of."""
    billed = procedure("b", code=concept(coding(CPT, code), text="Iliac angioplasty"), bodySite=SITE, **more)
    return request(treated("s", STENT, COMMON, RIGHT, STENOSIS), billed)


@pytest.mark.parametrize("code", ["37254", "37255", "37256", "37257"])
def test_a_code_alone_does_not_bear_out_the_lesion_it_stands_for(code: str) -> None:
    found = session(chart(code))
    assert found["answer37257"]["verdict"] == "review"
    assert ("lesion-type", "right", "external-iliac") in asked(found)
    assert "37257-RT" not in lines(found)


@pytest.mark.parametrize("code", ["37256", "37257"])
def test_a_code_whose_lesion_the_record_names_agrees_with_it(code: str) -> None:
    found = session(chart(code, reasonCode=[{"text": "Occlusion of right external iliac artery"}]))
    assert found["answer37257"] | {"why": []} == {"verdict": "yes", "units": 1, "why": []}


@pytest.mark.parametrize(("code", "lesion"), [("37257", "stenosis"), ("37255", "occlusion")])
def test_a_code_that_the_record_contradicts_is_asked_about(code: str, lesion: str) -> None:
    found = session(chart(code, reasonCode=[{"text": f"Right external iliac artery {lesion}"}]))
    assert found["answer37257"]["verdict"] == "review"
    assert "conflict" in {question["code"] for question in found["questions"]}


def test_a_diagnosis_that_leaves_the_lesion_open_is_not_filled_in_from_a_code() -> None:
    found = session(chart("37257", reasonCode=[{"text": "Right external iliac artery occlusive disease"}]))
    assert found["answer37257"]["verdict"] == "review"
