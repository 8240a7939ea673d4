"""Procedures that cannot matter are left unread, and no answer changes: the full reading against the quick one."""

import csv
import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cds_service.advice import Adviser, shipped_adviser
from cds_service.coding.document import document
from cds_service.fhir.bundle import Chart
from cds_service.fhir.sieve import names_place
from cds_service.knowledge.code_map import COLUMNS
from tests.charts import EXTERNAL, RIGHT, STENT, adviser, coding, concept, mission, procedure, session, snomed
from tests.contract.generated import CHARTS, CROWDED
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


def both(sent: dict[str, Any], one: Adviser | None = None) -> tuple[str, str]:
    """The decision and the cards, read quickly and in full."""
    one = one or adviser()

    def told() -> str:
        return json.dumps((document(one.decide(sent)[1]), one.answer(sent)), sort_keys=True)

    quick = told()
    with everything_read():
        return quick, told()


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
        assert names_place(procedure("p", code=concept(text=text)), adviser().vocabulary.places), text


EXTENSION = "http://hl7.org/fhir/StructureDefinition/procedure-targetBodyStructure"
OLD_EXTENSION = "http://hl7.org/fhir/StructureDefinition/bodySite"
NUMBER = {"system": "urn:structures", "value": "77"}
STRUCTURE = {
    "resourceType": "BodyStructure",
    "id": "b",
    "identifier": [NUMBER],
    "patient": {"reference": "Patient/p"},
    "location": snomed(EXTERNAL),
    "locationQualifier": [snomed(RIGHT)],
}
POINTERS = {
    "by its name": {"reference": "BodyStructure/b"},
    "by a full address": {"reference": "https://ehr.example/fhir/BodyStructure/b"},
    "by a UUID": {"reference": "urn:uuid:0a7c8b52-6a2d-4b1f-9a53-2f1f5f0f7a11"},
    "by a number": {"identifier": NUMBER},
    "contained": {"reference": "#b"},
    "by its display alone": {"display": "Right external iliac artery"},
}
HOLDERS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "target structure": lambda ref: {"extension": [{"url": EXTENSION, "valueReference": ref}]},
    "old extension": lambda ref: {"extension": [{"url": OLD_EXTENSION, "valueReference": ref}]},
    "extension of a body site": lambda ref: {
        "bodySite": [{"extension": [{"url": OLD_EXTENSION, "valueReference": ref}]}]
    },
    "bodyStructure of R5": lambda ref: {"bodyStructure": [ref]},
}


@pytest.mark.parametrize("status", ["completed", "not-done"])
@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("pointer", POINTERS)
def test_a_place_that_is_only_pointed_at_is_read(pointer: str, holder: str, status: str) -> None:
    """A stent in the ballooned vessel, whose place no word of the act's own tells: it decides over 37257."""
    more = HOLDERS[holder](POINTERS[pointer])
    if pointer == "contained":
        more["contained"] = [STRUCTURE]
    third = procedure("third", status=status, code=snomed(STENT), **more)
    sent = mission()
    entries = sent["prefetch"]["procedures"]["entry"]
    entries.append({"resource": third})
    entries.append({"fullUrl": POINTERS["by a UUID"]["reference"], "resource": STRUCTURE})
    quick, full = both(sent)
    assert quick == full


def test_the_stent_that_is_only_pointed_at_does_decide() -> None:
    """What the cases above compare is not nothing: read in full or not, such a stent takes 37257 away."""
    sent = mission()
    third = procedure("third", code=snomed(STENT), **HOLDERS["old extension"](POINTERS["by a number"]))
    sent["prefetch"]["procedures"]["entry"] += [{"resource": third}, {"resource": STRUCTURE}]
    assert session(mission())["answer37257"]["verdict"] == "yes"
    assert session(sent)["answer37257"]["verdict"] != "yes"


ODD_CODES = ["RAD\\4711", 'IR"7', "X\u20111", "T\tAB", "\u017f9", "caf\u00e9.1", "A.B", "(7)", "7|8", "\u212a7", "x/y"]


def with_own_code(code: str, folder: Path) -> Adviser:
    """The service of a site that has a code of its own for a stent of the right external iliac."""
    path = folder / "map.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        rows.writerow(["urn:site", code, "procedure", "iliac", "external-iliac", "right", "stent", "", ""])
    return shipped_adviser(str(path))


@pytest.mark.parametrize("code", ODD_CODES)
def test_a_sites_own_code_for_a_place_is_read_however_it_is_written(code: str, tmp_path: Path) -> None:
    one = with_own_code(code, tmp_path)
    third = procedure("third", code=concept(coding("urn:site", code)))
    sent = mission()
    sent["prefetch"]["procedures"]["entry"].append({"resource": third})
    quick, full = both(sent, one)
    assert quick == full
    assert '"verdict": "yes"' not in json.dumps(document(one.decide(sent)[1])), "the site's stent is seen"


def test_most_of_an_unrelated_chart_is_left_unread() -> None:
    pick = random.Random(1)
    seen = [names_place(unrelated(n, pick), adviser().vocabulary.places) for n in range(200)]
    assert not any(seen)
