"""What is left undecoded changes nothing: no answer, no reference, no error, whatever a chart or a body looks like."""

import json
import os
import random
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.coding.document import document
from cds_service.fhir.bundle import Chart
from cds_service.fhir.elements import performed, strings_of
from cds_service.fhir.entry import Left
from cds_service.fhir.nets import _ODD, _unescaped
from cds_service.fhir.partial import PartialDecoder
from cds_service.fhir.sieve import names_place
from cds_service.problems import Problem
from cds_service.web.wire import parse
from tests.charts import adviser, bundle, coding, concept, mission, procedure, request
from tests.contract.generated import CHARTS, CROWDED
from tests.notes import balloon, stent, visit
from tests.notes import document as attached
from tests.properties.charts_in_part import (
    MOST_DEPTH,
    among_unrelated,
    in_part,
    left_in,
    opened,
    told,
)
from tests.properties.test_sieve import HOLDERS, ODD_CODES, POINTERS, SPELLINGS, with_own_code
from tests.scenarios.golden import loaded, names

SAMPLE = settings(deadline=None, derandomize=True, max_examples=300, database=None)
GENERATED = [among_unrelated(sent, seed) for seed, sent in enumerate([mission(), *CHARTS[:140], *CROWDED[:60]])]


def written(sent: Any, pick: random.Random) -> bytes:
    """JSON as a client may write it: signs or escapes, in one line or in many."""
    text = json.dumps(sent, ensure_ascii=pick.random() < 0.5, indent=pick.choice((None, None, 2)))
    return (text.replace("/", "\\/") if pick.random() < 0.3 else text).encode()


@pytest.mark.parametrize("seed", range(len(GENERATED)))
def test_a_chart_decoded_in_part_is_answered_as_one_decoded_in_full(seed: int) -> None:
    body = written(GENERATED[seed], random.Random(seed))
    quick = in_part(body)
    assert quick is not None
    assert opened(quick) == json.loads(body)
    assert told(quick) == told(json.loads(body))


def test_much_of_these_charts_is_left() -> None:
    found = [len(left_in(in_part(json.dumps(sent).encode()) or {"prefetch": {}})) for sent in GENERATED]
    assert sum(found) > 2 * len(found), "the test above compares something"


@pytest.mark.parametrize(
    ("when", "verdict"),
    [
        ({"performedDateTime": "2026-03-04T10:00:00-05:00"}, "review"),
        ({"performedDateTime": "2026-03-05T03:00:00Z"}, "review"),
        ({"performedPeriod": {"start": "2026-03-05T03:00:00Z"}}, "review"),
        ({"performedPeriod": {"start": "2026-03"}}, "review"),
        ({"performedPeriod": {}}, "review"),
        ({"performedDateTime": "2026-03-05T10:00:00Z"}, "yes"),
        ({"performedPeriod": {"start": "2026-02-04"}}, "yes"),
    ],
)
def test_a_stent_of_the_day_is_seen_undecoded_whatever_clock_it_is_written_by(when: Any, verdict: str) -> None:
    rescue = {**procedure("c", code={"text": "Bail-out stent"}), "performedDateTime": None, **when}
    acts = [stent("a"), balloon("b"), {k: v for k, v in rescue.items() if v is not None}]
    stay = visit("2026-03-04T07:00:00-05:00", "2026-03-05T16:00:00-05:00")
    quick = in_part(json.dumps(request(*acts, encounter=stay)).encode())
    assert quick is not None
    assert len(left_in(quick)) == 1
    (found,) = document(adviser().decide(quick)[1])["sessions"]
    assert found["answer37257"]["verdict"] == verdict


@pytest.mark.parametrize("name", names())
def test_every_scenario_among_others_reads_the_same(name: str) -> None:
    sent = loaded(name, "request.json")
    if isinstance(sent.get("prefetch", {}).get("procedures", {}).get("entry"), list):
        sent = among_unrelated(sent, len(name))
    body = json.dumps(sent).encode()
    quick = in_part(body)
    assert told(quick if quick is not None else json.loads(body)) == told(json.loads(body))


def references(value: Any) -> set[str]:
    """Everything in a chart that may be taken for a reference."""
    return {s for s in strings_of(value) if "/" in s or s.startswith(("urn:", "#"))} | {
        f"urn:logical:{kind}:{n}"
        for kind in ("", "Procedure", "Patient")
        for n in ("urn:n|n1", "urn:n|n3", "urn:n|same", "urn:n|12", "urn:mrn|1", "urn:mrn|2")
    }


def chart_of(sent: Any) -> Chart:
    chart = Chart(patient=sent["context"]["patientId"])
    for value in sent["prefetch"].values():
        chart.add(value)
    return chart


def test_a_name_that_is_another_ones_url_is_still_a_name() -> None:
    """It was an error once: a later version of a Procedure whose name another one has for its URL."""
    sent = request(procedure("u1"), procedure("u2", status="entered-in-error"))
    sent["prefetch"]["procedures"]["entry"][0]["fullUrl"] = "Procedure/u2"
    quick = in_part(json.dumps(sent).encode())
    assert quick is not None
    for one in (sent, quick):
        found = chart_of(one).resolve("Procedure/u2")
        assert found is not None
        assert found.ref == "Procedure/u2"


def as_seen(chart: Chart, refs: set[str]) -> Any:
    found = {ref: chart.resolve(ref) for ref in sorted(refs)}
    return (
        {ref: (e.ref, e.kind, e.raw) for ref, e in found.items() if e is not None},
        [(e.ref, e.kind, e.raw, e.names_reports) for e in chart.entries],
        [(e.ref, e.kind, e.raw) for e in chart.foreign],
        [e.ref for e in chart.of("Procedure", "Encounter")],
    )


@pytest.mark.parametrize("seed", range(400))
def test_every_reference_leads_where_it_leads_in_full(seed: int) -> None:
    sent = among_unrelated(mission(), 1000 + seed, 12)
    body = json.dumps(sent).encode()
    quick = in_part(body)
    assert quick is not None
    refs = references(sent)
    if seed % 2:  # numbers asked for while the chart is still being filled
        assert as_seen(chart_of(quick), refs) == as_seen(chart_of(sent), refs)
    assert as_seen(chart_of(quick), set()) == as_seen(chart_of(sent), set())
    assert as_seen(chart_of(quick), refs) == as_seen(chart_of(sent), refs)


WORDS = (
    "37257",
    "73634005",
    "iliac",
    "common",
    "ext",
    "il",
    "C.I.A.",
    "L EIA",
    "IIA",
    "\u00e9",
    "\U0001f600",
    "\u2028",
)
SIGNS_BETWEEN = ("\n", "\t", "  ", "|", "\\", "\\\\", '"', "/", "\x7f", " ", "-", "a", "u")
PIECES = st.sampled_from([*SPELLINGS, *ODD_CODES, *map(chr, _ODD), *WORDS, *SIGNS_BETWEEN])


@SAMPLE
@given(st.lists(st.lists(PIECES, max_size=6).map("".join), max_size=4), st.booleans(), st.integers(0, 2**30))
def test_the_net_sees_in_json_what_it_sees_in_its_strings(texts: list[str], ascii_only: bool, seed: int) -> None:
    places = adviser().vocabulary.places
    body = json.dumps({"note": [{"text": t} for t in texts]}, ensure_ascii=ascii_only)
    body = body.replace("/", "\\/") if seed % 2 else body
    if seed % 3 == 0 and texts:
        body = _escaped(body, random.Random(seed))
    assert json.loads(body) == {"note": [{"text": t} for t in texts]}
    if any(places.catches(t) for t in texts):
        assert places.catches_json(body.encode())


@SAMPLE
@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x01"), max_size=30) | PIECES, st.booleans()
)
def test_an_escape_is_read_as_what_it_means(text: str, ascii_only: bool) -> None:
    for body in (
        json.dumps(text, ensure_ascii=ascii_only),
        json.dumps(text).replace("/", "\\/").replace("\\\\", "\\u005c"),
    ):
        assert json.loads(body) == text
        assert _unescaped(body.encode())[1:-1] == text.encode()


def _escaped(body: str, pick: random.Random) -> str:
    """Some letters of JSON as escapes, which mean the same."""
    out, before = [], ""
    for sign in body:
        plain = sign.isalnum() and sign.isascii() and pick.random() < 0.3 and "\\" not in before[-6:]
        out.append(f"\\u{ord(sign):04x}" if plain else sign)
        before += sign
    return "".join(out)


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("pointer", POINTERS)
def test_what_points_at_a_structure_is_decoded(pointer: str, holder: str) -> None:
    third = procedure("third", **HOLDERS[holder](POINTERS[pointer]))
    for body in (json.dumps(request(third)), json.dumps(request(third)).replace("/", "\\/")):
        quick = in_part(body.encode())
        assert quick is not None
        assert left_in(quick) == []


@pytest.mark.parametrize("code", ODD_CODES)
def test_a_sites_own_code_is_decoded(code: str, tmp_path: Path) -> None:
    one = with_own_code(code, tmp_path)
    sent = request(procedure("third", code=concept(coding("urn:site", code))), procedure("other"))
    for ascii_only in (True, False):
        quick = in_part(json.dumps(sent, ensure_ascii=ascii_only).encode(), one)
        assert quick is not None
        assert [left.ref for left in left_in(quick)] == ["Procedure/other"]
        assert told(quick, one) == told(sent, one)


def test_nothing_is_left_that_could_treat() -> None:
    places = adviser().vocabulary.places
    for sent in GENERATED:
        quick = in_part(json.dumps(sent).encode())
        assert quick is not None
        assert not any(names_place(left.raw, places) for left in left_in(quick))


BASE = json.dumps(among_unrelated(mission(), 7), ensure_ascii=False)
INSERTED = ["NaN", "1e999", "9" * 5000, '"\\ud800"', '"\\ud83d\\ude00"', '"\x01"', "[" * 120 + "]" * 120, "-Infinity"]
INSERTED += ["01", "tru", '"\\x"', "[1,]", '{"a":1,}', '{"\\u0072esourceType":1}', "", "{", '"', "}", ",", "\x0c", "-0"]
SIGNS = st.sampled_from([*map(str.encode, INSERTED), b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\x00", b"\\"])


def outcome(body: bytes, *, quick: bool) -> Any:
    """The request of a body, or the error that answers it."""
    limits: dict[str, int] = {"most_bytes": 10**8, "most_depth": MOST_DEPTH}
    if quick:
        found = in_part(body)
        if found is not None:
            return opened(found)
    try:
        return parse(body, "application/json", **limits)
    except Problem as problem:
        return problem.status, problem.issues


@SAMPLE
@given(st.integers(0, len(BASE.encode()) - 1), st.integers(0, 3), SIGNS)
def test_a_damaged_body_is_refused_in_the_same_words(at: int, removed: int, sign: bytes) -> None:
    body = BASE.encode()
    body = body[:at] + sign + body[at + removed :]
    assert outcome(body, quick=True) == outcome(body, quick=False)


@SAMPLE
@given(st.sampled_from(INSERTED), st.integers(0, 2**30))
def test_an_odd_value_anywhere_is_taken_or_refused_alike(value: str, seed: int) -> None:
    places = [i for i, sign in enumerate(BASE) if sign in "[{" or BASE[i - 1 : i + 1] == ": "]
    at = random.Random(seed).choice(places)
    put = f'"odd": {value}, ' if BASE[at] == "{" else f"{value}, "
    body = (BASE[: at + 1] + put + BASE[at + 1 :]).encode()
    assert outcome(body, quick=True) == outcome(body, quick=False)


TWICE = [
    ('"id": "u1"', '"id": "u1", "id": "u9"'),
    ('"resourceType": "Procedure"', '"resourceType": "Observation", "resourceType": "Procedure"'),
    ('"resourceType": "Procedure"', '"resourceType": "Procedure", "\\u0072esourceType": "Patient"'),
    ('"resourceType": "Procedure"', '"resourceType": "\\u0050rocedure"'),
    ('"subject":', '"subject": {"reference": "Patient/other"}, "subject":'),
    ('"status":', '"st\\u0061tus": 3, "status":'),
    ('"prefetch":', '"prefetch": {}, "prefetch":'),
    ('"procedures":', '"procedures": [], "procedures":'),
    ('"entry":', '"entry": 7, "entry":'),
    ('"resource":', '"resource": {"resourceType": "Procedure", "id": "x"}, "resource":'),
    ('"code":', '"code": {"text": "Left CIA"}, "code":'),
]


@pytest.mark.parametrize(("plain", "twice"), TWICE)
def test_what_is_told_twice_counts_as_it_does_in_full(plain: str, twice: str) -> None:
    body = BASE.replace(plain, twice, 4).encode()
    assert body != BASE.encode()
    quick = in_part(body)
    assert quick is not None
    assert opened(quick) == json.loads(body)
    assert told(quick) == told(json.loads(body))


@pytest.mark.parametrize("depth", [2, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 200])
@pytest.mark.parametrize("brackets", ["[]", "{}", "[{}]"])
def test_the_limit_of_depth_holds_inside_what_would_be_left(depth: int, brackets: str) -> None:
    opening, closing = {"[]": ("[", "]"), "{}": ('{"a":', "}"), "[{}]": ('[{"a":', "}]")}[brackets]
    deep = opening * depth + "1" + closing * depth
    body = BASE.replace('"status":', f'"extra": {deep}, "status":', 1).encode()
    for most_depth in (10, MOST_DEPTH):
        slow = outcome_of_depth(body, most_depth)
        quick = in_part(body, most_depth=most_depth)
        assert (quick is None) == (slow is None)
        assert opened(quick) == slow


def outcome_of_depth(body: bytes, most_depth: int) -> Any:
    try:
        return parse(body, "application/json", most_bytes=10**8, most_depth=most_depth)
    except Problem:
        return None


CORPUS = os.environ.get("ILIAC_CDS_TEST_CORPUS", "")


@pytest.mark.skipif(not CORPUS, reason="needs a folder of public FHIR files in ILIAC_CDS_TEST_CORPUS")
def test_public_resources_read_the_same() -> None:
    found = [r for path in sorted(Path(CORPUS).rglob("*.json")) for r in _resources(path)]
    kinds = ("Procedure", "Condition", "DiagnosticReport", "Encounter", "Patient", "ServiceRequest", "Observation")
    found = [r for r in found if r["resourceType"] in kinds]
    assert len(found) > 50
    left = 0
    for start in range(0, len(found), 40):
        patient = found[start].get("subject", {}).get("reference", "Patient/p").rpartition("/")[2]
        sent = mission()
        sent["context"]["patientId"] = patient
        sent["prefetch"]["procedures"]["entry"] += [{"resource": r} for r in found[start : start + 40]]
        body = json.dumps(sent).encode()
        quick = in_part(body)
        assert quick is not None
        left += len(left_in(quick))
        assert opened(quick) == sent
        assert told(quick) == told(sent)
    assert left


def _resources(path: Path) -> list[dict[str, Any]]:
    try:
        value = json.loads(path.read_text("utf-8"))
    except ValueError:
        return []
    inside = [e.get("resource") for e in value.get("entry", [])] if isinstance(value, dict) else []
    return [r for r in [value, *inside] if isinstance(r, dict) and isinstance(r.get("resourceType"), str)]


def test_a_small_body_is_decoded_in_one_piece() -> None:
    assert PartialDecoder(adviser().vocabulary.places).request(json.dumps(mission()).encode(), MOST_DEPTH) is None


def test_what_was_left_tells_its_kind_and_name_without_being_decoded() -> None:
    quick = in_part(json.dumps(request(procedure("u1"))).encode())
    assert quick is not None
    (left,) = left_in(quick)
    assert isinstance(left, Left)
    assert (left.kind, left.ref, left.subject, left.url) == ("Procedure", "Procedure/u1", "Patient/p", "")


@pytest.mark.parametrize("seed", range(len(GENERATED)))
def test_the_procedures_of_a_day_are_found_among_those_left(seed: int) -> None:
    quick = in_part(written(GENERATED[seed], random.Random(seed)))
    assert quick is not None
    full = chart_of(GENERATED[seed]).of("Procedure")
    for day in {performed(e.raw).day for e in full} - {None}:
        named = chart_of(quick).procedures_naming(day)
        assert [e.ref for e in named if performed(e.raw).day == day] == [
            e.ref for e in full if performed(e.raw).day == day
        ]


def test_of_the_procedures_left_only_those_that_name_the_day_are_decoded() -> None:
    acts = [procedure(f"u{n}", performedDateTime=f"2026-03-{n:02}") for n in range(1, 21)]
    body = json.dumps(request(*acts)).replace("2026-03-07", r"2026\u002d03-0\u0037").encode()
    quick = in_part(body)
    assert quick is not None
    chart = chart_of(quick)
    with patch.object(Chart, "_decoded", autospec=True, side_effect=Chart._decoded) as decoded:
        refs = [e.ref for day in (4, 7, 4) for e in chart.procedures_naming(date(2026, 3, day))]
    assert "Procedure/u4" in refs
    assert "Procedure/u7" in refs
    assert {call.args[1].ref for call in decoded.call_args_list} == {"Procedure/u4", "Procedure/u7"}


def test_notes_of_unknown_day_decode_no_procedure_of_another_one() -> None:
    """Each asks whether the stay has an act of the day it was written on."""
    acts = [procedure(f"u{n}", performedDateTime=f"2025-03-{n:02}") for n in range(1, 21)]
    notes = [attached("Left EIA occlusion: POBA.", f"d{n}", day=None, date=f"2026-03-0{n}") for n in range(1, 5)]
    quick = in_part(json.dumps(request(*acts, documents=bundle(*notes))).encode())
    assert quick is not None
    assert len(left_in(quick)) == len(acts)
    with patch("cds_service.fhir.entry.value_of", side_effect=AssertionError("decoded")):
        assert adviser().advise(quick).decision.sessions
