"""The cheap pass is no narrower than the reader: whatever yields a session has a line that makes it a candidate."""

import json
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds_service.audit.finding import Finder
from cds_service.audit.screen import Screen
from cds_service.audit.synthetic.rows import document
from cds_service.fhir.nets import PlaceNet, StentNet, widened
from cds_service.fhir.vocabulary import Vocabulary, shipped_vocabulary
from cds_service.knowledge.expression import Expression
from cds_service.knowledge.terms import Term
from tests.audit.exports import resources_in
from tests.charts import CPT, adviser, charge, coding, concept, explained, procedure
from tests.contract.generated import CHARTS
from tests.narrative.generator import note
from tests.scenarios.golden import loaded, names

NARRATIVE = Path(__file__).parents[1] / "narrative"
WHERE = ("p", "e1", "2026-03-04")


@cache
def screen() -> Screen:
    return Screen(adviser())


@cache
def vocabulary() -> Vocabulary:
    return shipped_vocabulary()


def net() -> PlaceNet:
    return vocabulary().places


def stent_net() -> StentNet:
    return vocabulary().stents


def passes(resource: dict[str, Any], *, ascii_only: bool = True) -> bool:
    """Whether a line alone makes a candidate; read in a block of its type or row by row, it is the same."""
    whom = "patient" if resource["resourceType"] == "Claim" else "subject"
    about = {whom: {"reference": "Patient/p"}, **resource}
    line = json.dumps(about, ensure_ascii=ascii_only, separators=(",", ":")).encode()
    blocks = (line, line + b"\n" + line, line + b'\n{"resourceType":"Observation"}', line + b"\n")
    (found,) = {bool(Finder(screen()).find(0, [(1, block)]).hits) for block in blocks}
    return found


def performed(request: dict[str, Any]) -> bool:
    return any(s["timing"] == "performed" for s in explained(request)["sessions"])


@pytest.mark.parametrize("name", names())
def test_every_scenario_with_a_session_has_a_candidate(name: str) -> None:
    request = loaded(name, "request.json")
    if performed(request):
        assert any(passes(r) for r in resources_in(request))


def test_every_generated_chart_with_a_session_has_a_candidate() -> None:
    with_session = [c for c in CHARTS if performed(c)]
    assert len(with_session) > 300
    assert [c for c in with_session if not any(passes(r) for r in resources_in(c))] == []


def texts() -> list[str]:
    rows = [json.loads(line) for p in sorted(NARRATIVE.glob("*.jsonl")) for line in p.read_text("utf-8").splitlines()]
    return [r["text"] for r in rows]


def test_every_sixth_known_wording_that_gives_a_session_is_a_candidate_as_note_and_as_procedure() -> None:
    missed = []
    read = 0
    for words in texts()[::6]:
        for resource in (document("d", WHERE, words), procedure("p", code=concept(text=words))):
            if explained({"prefetch": {"reports": resource}})["sessions"]:
                read += 1
                missed += [] if passes(resource) and passes(resource, ascii_only=False) else [words]
    assert missed == []
    assert read > 200


def in_order(found: Iterable[Term]) -> list[Expression]:
    return sorted({t.pattern for t in found}, key=lambda p: p.pattern)


@cache
def vessels() -> list[Expression]:
    return in_order(t for x in (vocabulary().lexicon, vocabulary().notes) for t in x.terms if t.kind == "vessel")


@cache
def stents() -> list[Expression]:
    return in_order(t for t in vocabulary().lexicon.terms if (t.kind, t.value) == ("treatment", "stent"))


@pytest.mark.parametrize(("meant", "caught_by"), [(vessels, net), (stents, stent_net)], ids=["vessels", "stents"])
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_a_pattern_matches_its_net_catches(
    meant: Callable[[], list[Expression]], caught_by: Callable[[], PlaceNet | StentNet], data: st.DataObject
) -> None:
    pattern = data.draw(st.sampled_from(meant()))
    text = data.draw(st.from_regex(pattern.compiled))
    if pattern.search(text):
        assert caught_by().catches(text), (pattern.pattern, text)
        assert caught_by().catches_json(json.dumps({"text": text}).encode()), (pattern.pattern, text)


@pytest.mark.parametrize(
    ("pattern", "wide", "reason"),
    [
        (r"(?<![A-Za-z0-9])(?:CIA)(?![A-Za-z0-9])", r"(?:^|[^A-Za-z0-9])(?:CIA)(?:[^A-Za-z0-9]|$)", "edges stay"),
        (r"(?<=[RL])CIA", r"(?:[RL])CIA", "what must stand before becomes part of the match"),
        (r"common(?= +iliac)", r"common(?: +iliac)", "what must follow at the very end too"),
        (r"com(?!on)mon(?=x)y", r"commony", "any other condition is let go"),
        (r"a(?=[)]b)", r"a(?:[)]b)", "a parenthesis in a class closes nothing"),
    ],
)
def test_a_widened_pattern_has_no_look_around(pattern: str, wide: str, reason: str) -> None:
    assert widened(pattern) == wide, reason


@pytest.mark.parametrize(
    ("code", "catches", "reason"),
    [
        ("73634005", True, "SNOMED CT of the common iliac artery"),
        ("047C3DZ", True, "ICD-10-PCS dilation"),
        ("37258", True, "CPT of the family"),
        ("37258-RT", True, "a modifier behind the code"),
        ("173634005", False, "a longer number is another code"),
        ("45378", False, "CPT of something else"),
    ],
)
def test_codes_of_places_are_caught(code: str, catches: bool, reason: str) -> None:
    assert net().catches(code) is catches, reason


@pytest.mark.parametrize(("code", "catches"), [("103716009", True), ("047Y3DZ", True), ("45378", False)])
def test_codes_of_stents_without_a_place_are_caught(code: str, catches: bool) -> None:
    assert stent_net().catches(code) is catches


NOTE = "Right common iliac artery: 80% stenosis, stented with a balloon-expandable stent."

NARRATED = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{NOTE}</p></div>'}

NO_CANDIDATES = [
    (procedure("p", code=concept(text="Colonoscopy")), "nothing of a leg artery"),
    (procedure("p", code=concept(text="Common bile duct exploration")), "common alone is no vessel"),
    (procedure("p", code=concept(text="Femoral hernia repair")), "a place without a treatment of an artery"),
    (procedure("p", code=concept(coding("https://example.org", "special commercial"))), "letters within words"),
    (document("d", WHERE, "Coronary angiography by right femoral access."), "access is no treatment"),
]


@pytest.mark.parametrize(("resource", "reason"), NO_CANDIDATES)
def test_what_the_reader_sees_nothing_in_is_no_candidate(resource: dict[str, Any], reason: str) -> None:
    assert not passes(resource), reason


def test_generated_notes_are_candidates_where_the_reader_sees_a_session() -> None:
    resources = [document("d", WHERE, note(seed).text) for seed in range(150)]
    read = [r for r in resources if explained({"prefetch": {"reports": r}})["sessions"]]
    assert len(read) > 100
    assert [r for r in read if not passes(r)] == []


def test_what_is_remembered_of_an_act_decides_no_charge_with_the_same_code() -> None:
    """A catheter's code alone is no session as a Procedure; as a charge it may be one that the record contradicts."""
    coded = concept(coding(CPT, "36246"))
    lines = [json.dumps(r).encode() for r in (procedure("p", code=coded), charge("c", "36246"))]
    fresh = Finder(Screen(adviser()))
    assert [bool(fresh.find(0, [(1, line)]).hits) for line in (lines[0], lines[1], lines[0])] == [False, True, False]


def test_a_composition_is_a_candidate_by_its_sections() -> None:
    inner = {"title": "Procedure", "text": NARRATED}
    named = {"resourceType": "Composition", "id": "c", "status": "final", "type": {"text": "Operative note"}}
    told = {**named, "date": "2026-03-04", "title": "Note", "section": [{"title": "Body", "section": [inner]}]}
    assert explained({"prefetch": {"reports": told}})["sessions"]
    assert passes(told)
    assert not passes({**told, "section": [{"title": "Procedure", "text": {**NARRATED, "status": "empty"}}]})
    assert not passes({**told, "text": NARRATED, "section": []}), "its own narrative is not read"


def report(**more: Any) -> dict[str, Any]:
    named = {"resourceType": "DiagnosticReport", "id": "r", "status": "final", "code": {"text": "Operative note"}}
    return {**named, "effectiveDateTime": "2026-03-04", **more}


def test_a_report_is_a_candidate_by_its_narrative_where_it_says_nothing_else() -> None:
    told = report(text=NARRATED)
    assert explained({"prefetch": {"reports": told}})["sessions"]
    assert passes(told)
    assert passes({**told, "conclusion": " "}), "blanks are nothing said"
    assert not passes({**told, "conclusion": "Chest clear."}), "the reader does not turn to the narrative"


@pytest.mark.parametrize("conclusion", ["", "Chest clear."])
def test_a_report_is_a_candidate_by_the_words_of_its_conclusion_codes(conclusion: str) -> None:
    told = report(conclusion=conclusion, conclusionCode=[{"text": NOTE}])
    assert explained({"prefetch": {"reports": told}})["sessions"]
    assert passes(told)
    assert passes(report(conclusionCode=[{"text": NOTE.replace("iliac", "iliac\n")}]))
    assert not passes(report(conclusion=conclusion, conclusionCode=[{"text": "Colitis"}]))
