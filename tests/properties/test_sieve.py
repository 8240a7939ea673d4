"""Procedures that cannot matter are left unread, and no answer changes: the full reading against the quick one."""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.coding.document import document
from cds_service.fhir.bundle import Chart
from cds_service.fhir.sieve import may_treat
from tests.charts import adviser, bundle, concept, procedure, request
from tests.contract.generated import CHARTS, CROWDED
from tests.narrative.generator import note
from tests.scenarios.golden import loaded, names


@contextmanager
def everything_read() -> Iterator[None]:
    """The reader without the sieve."""
    kept = Chart.keep_acts
    Chart.keep_acts = lambda self, matters: None  # type: ignore[method-assign]
    try:
        yield
    finally:
        Chart.keep_acts = kept  # type: ignore[method-assign]


def both(sent: dict[str, Any]) -> tuple[str, str]:
    """The decision and the cards, read quickly and in full."""
    out = []
    for full in (False, True):
        if full:
            with everything_read():
                out.append((document(adviser().decide(sent)[1]), adviser().answer(sent)))
        else:
            out.append((document(adviser().decide(sent)[1]), adviser().answer(sent)))
    return json.dumps(out[0], sort_keys=True), json.dumps(out[1], sort_keys=True)


@pytest.mark.parametrize("name", names())
def test_every_scenario_reads_the_same(name: str) -> None:
    quick, full = both(loaded(name, "request.json"))
    assert quick == full


def test_generated_charts_among_unrelated_procedures_read_the_same() -> None:
    pick = random.Random(7)
    for sent in [*CHARTS[:150], *CROWDED[:60]]:
        entries = sent["prefetch"]["procedures"]["entry"]
        for number in range(6):
            entries.insert(pick.randint(0, len(entries)), {"resource": unrelated(number, pick)})
        quick, full = both(sent)
        assert quick == full


def unrelated(number: int, pick: random.Random) -> dict[str, Any]:
    """A Procedure with words of the trade but no artery of a leg, sometimes part of another or pointing at a report."""
    words = pick.choice(
        ("Colonoscopy", "Coronary stent", "Balloon dilation of the colon", "Angioplasty", "Stent", "Right side", "CTA")
    )
    more: dict[str, Any] = {"code": concept(text=words), "note": [{"text": f"{words} done. Both were ballooned."}]}
    if pick.random() < 0.4:
        more["partOf"] = [{"reference": f"Procedure/p{pick.randint(0, 3)}"}]
    if pick.random() < 0.3:
        more["status"] = pick.choice(("not-done", "in-progress", "preparation"))
    return procedure(f"unrelated-{number}", **more)


SPELLINGS = [
    "EIA",
    "left common iliac",
    "external\niliac",
    "R\tCIA",
    "iliac\u00a0artery",
    "“CIA”",
    "(EIA)",
    "é EIA",
    "\\EIA",
]


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_place_is_seen_however_it_is_spaced_quoted_or_escaped(name: str) -> None:
    for text in (name, f"stent of {name}", f"x\n{name}\ny", f'"{name}"'):
        assert may_treat(procedure("p", code=concept(text=text)), adviser().vocabulary.places), text


def test_a_place_that_is_only_referred_to_is_not_missed() -> None:
    act = procedure(
        "p", code=concept(text="stent"), extension=[{"url": "x", "valueReference": {"reference": "BodyStructure/b"}}]
    )
    assert may_treat(act, adviser().vocabulary.places)


def test_most_of_an_unrelated_chart_is_left_unread() -> None:
    pick = random.Random(1)
    seen = [may_treat(unrelated(n, pick), adviser().vocabulary.places) for n in range(200)]
    assert not any(seen)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_a_note_in_a_procedure_reads_the_same(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(NOTES))
    quick, full = both(request(procedure("p", code=concept(text="Procedure"), note=[{"text": text}]), reports=bundle()))
    assert quick == full


NOTES = [note(seed).text for seed in range(120)]
