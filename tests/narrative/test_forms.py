"""Forms, registry records and exports: those that bear 37257 out are answered yes; the others stand in guards.jsonl."""

import json
from typing import Any

import pytest

from cds_service.fhir.notes.fields import role_of
from tests.narrative.scoring import HERE, answer

DUE: list[dict[str, Any]] = [json.loads(line) for line in (HERE / "forms.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("source", ["note", "report", "document"])
def test_a_form_that_bears_it_out_is_answered_yes(source: str) -> None:
    assert len(DUE) > 40
    missed = [f["text"] for f in DUE if answer({"text": f["text"], "source": source}) != ("yes", f["units"])]
    assert missed == []


@pytest.mark.parametrize(
    ("key", "role", "index"),
    [
        ("segment[1]", "place", "1"),
        ("art2.num_stents", "stent", "2"),
        ("Limb treated", "side", ""),
        ("access_side", "case", ""),
        ("diam_stenosis", "stenosis", ""),
        ("residualPct", "after", ""),
        ("planned_tx", "plan", ""),
        ("Second lesion", "place", "2"),
        ("Target B", "place", "b"),
        ("remarks", "", ""),
    ],
)
def test_a_key_tells_what_it_asks_for_and_whose_field_it_is(key: str, role: str, index: str) -> None:
    assert role_of(key) == (role, index)


RECORD = """REGISTRY
segment[1]: R common iliac
  lesion: stenosis 85 %
  tx: stent 8x38
segment[2]: R external iliac
  lesion: occlusion
  tx: PTA 7x40
  stent: {}
closure: Perclose"""


@pytest.mark.parametrize(
    ("said", "verdict"),
    [("no", "yes"), ("0", "yes"), ("yes", "no"), ("2", "no"), ("", "review"), ("unknown", "review")],
)
def test_a_blank_or_a_guess_about_a_stent_is_asked_about(said: str, verdict: str) -> None:
    assert answer({"text": RECORD.format(said), "source": "note"})[0] == verdict


def test_two_patients_in_one_export_are_asked_about() -> None:
    rows = (
        "patient;side;vessel;lesion;device;stent\n1;R;CIA;stenosis;Omnilink 8x29;1\n{};R;EIA;occlusion;Armada 6x60;0\n"
    )
    assert [answer({"text": rows.format(n), "source": "note"})[0] for n in (1, 2)] == ["yes", "review"]
