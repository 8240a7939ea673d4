"""Blocks of lines are read at once, and never otherwise than line by line."""

import json
from array import array
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.audit.finding import Finder
from cds_service.audit.gathering import taken
from cds_service.audit.keys import Keys, Wanted, keys_of_ids, keys_of_references, number_of
from cds_service.audit.rows import row_of, rows_of
from cds_service.audit.screen import Screen
from cds_service.audit.sieve import Sieve
from cds_service.audit.sources import Portion
from cds_service.audit.state import Found
from cds_service.audit.swift import Swift
from cds_service.audit.synthetic.rows import document
from tests.audit.test_units import ACTS, RIGHT_CHARGES
from tests.charts import adviser, claim, condition, encounter

screen = Screen(adviser())


def written(resource: dict[str, Any]) -> bytes:
    return json.dumps(resource, separators=(",", ":")).encode()


NO_SESSION = SimpleNamespace(sessions=())
STENTED = '<div xmlns="http://www.w3.org/1999/xhtml">Right common iliac artery stented.</div>'
COMPOSED = {
    "resourceType": "Composition",
    "status": "final",
    "subject": {"reference": "Patient/p"},
    "encounter": {"reference": "Encounter/e1"},
    "section": [{"text": {"status": "generated", "div": STENTED}}],
}
COLONOSCOPY = {**ACTS[0], "subject": {"reference": "Patient/q"}, "code": {"text": "Colonoscopy"}}
OF_A_TYPE = [
    [*ACTS, COLONOSCOPY, {**COLONOSCOPY, "usedCode": [{"text": "Scope"}], "extension": ACTS[0]["bodySite"]}],
    [*RIGHT_CHARGES, {**RIGHT_CHARGES[0], "subject": {"reference": "Patient/p"}}],
    [encounter(), encounter("e2", subject={"reference": "Patient/q"})],
    [{"resourceType": "Patient", "id": "p"}, {"resourceType": "Patient", "id": "q"}],
    [claim("k", ("37257", ["RT"], 1)), {**claim("k"), "patient": {"reference": "Patient/p"}}],
    [document("d", ("p", "e1", "2026-03-04"), words) for words in ("Right common iliac artery stented.", "Nothing.")],
    [COMPOSED, {**COMPOSED, "section": []}],
    [condition("c"), {"resourceType": "Coverage", "beneficiary": {"reference": "Patient/p"}}],
]
PIECES = [
    *(written(r) for rows in OF_A_TYPE for r in rows),
    *(json.dumps(r).encode() for r in (*ACTS, *RIGHT_CHARGES)),
    b"",
    b"  ",
    b"{}",
    b"[]",
    b'{"resourceType": 5}',
    b'{"resourceType": "Procedure"}',
    b'{"resourceType": "Patient", "id": "p"}{"resourceType": "Patient", "id": "q"}',
    b'{"resourceType": "Observation", "subject": {"reference": "Patient/p"}}',
    b'{"resourceType": "Procedure", "note": [',
    b'{"text": "x"}]}',
    b'{"resourceType": "Condition", "subject": {"identifier": {"value": "7"}}}\r',
    b'{"resourceType":"ChargeItem","subject":{"reference":"Patient/p"},"code":{"text":"\\u00337257"}}',
    b'{"resourceType":"ChargeItem","subject":{"reference":"Patient/p"},"code":{"text":"a\\n37257"}}',
    b'{"resourceType":"Claim","subject":{"reference":"Patient/q"},"patient":{"reference":"Patient/p"}}',
    b'{"resourceType":"Encounter","id":"e","subject":{"reference":"https://a.example/r4/Patient/p"}}',
    b'{"resourceType":"Encounter","id":"e","subject":{"reference":"Patient/\\u0070"}}',
    b'{"resourceType":"Encounter","id":"e","subject":{"reference":"Patient/p/_history/2"}}',
    b'{"resourceType":"Procedure","subject":{"reference":"Patient/p"},"note":[{"text":"iliac \xff"}]}',
]
of_any_type = st.lists(st.sampled_from(PIECES), min_size=1, max_size=9)
of_one_type = st.sampled_from(OF_A_TYPE).flatmap(
    lambda rows: st.lists(st.sampled_from([written(r) for r in rows]), min_size=1, max_size=9)
)


def told(found: list[Found]) -> dict[str, Any]:
    """What several findings come to, one after the other."""
    lines = [sum(f.lines for f in found[:n]) for n in range(len(found))]
    return {
        "rejects": [(before + n, why) for before, f in zip(lines, found, strict=True) for n, why in f.rejects],
        "hits": sorted({h for f in found for h in f.hits}),
        "kinds": sum((Counter(f.kinds) for f in found), Counter()),
        "lines": sum(f.lines for f in found),
    }


def lines_of(group: str, found: Found, path: Path) -> list[bytes]:
    portion = Portion(number=0, path=str(path), name="x", start=0, end=path.stat().st_size)
    groups = {number_of(group): [group]}
    kept = taken(portion, (found.keys, found.blocks), Wanted([group]), lambda key: groups.get(key, []))
    return [body for _, who, body in kept if who == group]


@settings(max_examples=300, deadline=None)
@given(of_any_type | of_one_type, st.integers(1, 9))
def test_blocks_of_any_size_give_what_single_lines_give(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], size: int
) -> None:
    parts = [lines[i : i + size] for i in range(0, len(lines), size)]
    path = tmp_path_factory.getbasetemp() / "lines.ndjson"
    path.write_bytes(b"\n".join(lines))
    starts = [sum(len(line) + 1 for line in lines[: i * size]) for i in range(len(parts))]
    blocks = [(at, b"\n".join(part)) for at, part in zip(starts, parts, strict=True)]
    found = Finder(screen).find(0, blocks)
    alone = [Finder(screen).find(0, [(1, line)]) for line in lines]
    assert told([found]) == told(alone)
    keys = Keys()
    for group in ("p", "q"):
        own = [line for line in lines if keys.of_line(line) == number_of(group)]
        assert lines_of(group, found, path) == [line for line in own if b"\xff" not in line]


def test_a_note_that_can_make_no_new_candidate_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Any] = []
    monkeypatch.setattr("cds_service.audit.screen.read_request", lambda request, *_: read.append(request) or NO_SESSION)
    words = "Right common iliac artery stented."
    of_e1, of_e2 = (written(document("d", ("p", e, "2026-03-04"), words)) for e in ("e1", "e2"))
    charged = written({**RIGHT_CHARGES[0], "subject": {"reference": "Patient/p"}})
    finder = Finder(Screen(adviser()))
    assert finder.find(0, [(0, charged)]).hits == [("p", "e1")]
    assert finder.find(1, [(0, of_e1)]).hits == [("p", "e1")]
    assert read == []
    assert finder.find(2, [(0, of_e2)]).hits == []
    assert len(read) == 1


AT_ONCE = list(zip(OF_A_TYPE[:7], ("pq", "p", "pq", "pq", "p", "p", "p"), strict=True))


@pytest.mark.parametrize(("rows", "patients"), AT_ONCE)
def test_plain_blocks_of_one_type_are_read_at_once(rows: list[dict[str, Any]], patients: str) -> None:
    look = Swift(screen).look(b"\n".join(map(written, rows)))
    assert look is not None
    assert (look.kind, look.lines) == (rows[0]["resourceType"], len(rows))
    assert list(array("I", look.keys)) == [number_of(p) for p in patients]


NOT_AT_ONCE = [
    ([b"{}", b""], "a blank line"),
    ([b'{"resourceType":"A"}{"resourceType":"B"}', b"{}"], "two objects on a line"),
    ([b'{"resourceType":"A","x":', b"1}"], "an object over two lines"),
    ([b'{"resourceType":"A"}', b"[]"], "something else than an object"),
    ([b'{"x":1}'], "no resource type"),
    ([b'{"resourceType":null}'], "a resource type that is no word"),
    ([b'{"resourceType":"A"}\r'], "another line end"),
]


@pytest.mark.parametrize(("lines", "reason"), NOT_AT_ONCE)
def test_lines_that_may_not_be_one_object_each_are_not_read_at_once(lines: list[bytes], reason: str) -> None:
    assert rows_of(lines) is None, reason


def test_rows_read_at_once_are_the_rows_of_their_lines() -> None:
    lines = [json.dumps(r).encode() for r in (*ACTS, *RIGHT_CHARGES)]
    rows = rows_of(lines)
    assert rows is not None
    assert [bytes(r.id) for r in rows] == [bytes(row_of(line).id) for line in lines]


SIEVED = [
    (b'{"a":"37257"}\n{"a":"x37257"}', [11], "a code, and a longer word"),
    (b'{"a":"b\\n37257"}', [14], "a code behind an escape"),
    (b'{"a":"\\u00a037257"}', [17], "behind a sign written by its number"),
    (b'{"a":1}\n\n{"a":1}', None, "a blank line"),
    (b'{"a":1}{"a":1}', None, "two objects on a line"),
    (b'{"a":1} \t{"a":1}', None, "apart by blanks"),
    (b'{"a":\n{"a":1}}', None, "an object over two lines"),
    (b'{"a":"\\u00337257"}', None, "a digit written by its number"),
    (b'{"a":"<\\u003c"}', None, "any sign near the digits, which is too much and does no harm"),
]


@pytest.mark.parametrize(("block", "ends", "reason"), SIEVED)
def test_a_sieve_finds_codes_or_lets_the_block_go(block: bytes, ends: list[int] | None, reason: str) -> None:
    assert Sieve(["37257"]).ends(block) == ends, reason


REFERENCES = [
    (["Patient/p", "Patient/q"], ["p", "q"], "relative"),
    (["https://a.example/r4/Patient/p.1-_"], ["p.1-_"], "absolute"),
    (["Patient/p", "https://a.example/r4/Patient/p"], None, "of two forms"),
    (["Patient/p/_history/1"], None, "versioned"),
    (["Patient/p", "Patient/p/_history/1"], None, "one of them versioned"),
    (["urn:uuid:p"], None, "a name"),
    (["#p"], None, "contained"),
    (["p"], None, "an id alone"),
    (["Patient/"], None, "no id"),
    (["Patient/p", ""], None, "one that says nothing"),
    (["Patient?identifier=x/p"], None, "conditional"),
    (['Patient/p"'], None, "a sign that JSON escapes"),
    (["Patient/p\nPatient/q"], None, "a line end within"),
    ([" Patient/p"], None, "a blank before"),
]


@pytest.mark.parametrize(("references", "ids", "reason"), REFERENCES)
def test_keys_of_references_of_one_form(references: list[str], ids: list[str] | None, reason: str) -> None:
    found = keys_of_references(references)
    assert (found and list(array("I", found))) == (ids and [number_of(i) for i in ids]), reason


def test_keys_of_ids_that_are_written_as_they_are() -> None:
    assert keys_of_ids(["p", "q"]) == array("I", [number_of("p"), number_of("q")]).tobytes()
    assert keys_of_ids(["p", "\u00fc"]) is None
    assert keys_of_ids(["p", ""]) is None


GROUPS: list[tuple[dict[str, Any], str, str]] = [
    ({"resourceType": "Procedure", "subject": {"reference": "Patient/p"}}, "p", "a relative reference"),
    ({"resourceType": "Procedure", "subject": {"reference": "https://x.example/r4/Patient/p"}}, "p", "an absolute one"),
    ({"resourceType": "Procedure", "subject": {"reference": "Patient/p/_history/2"}}, "p", "a versioned one"),
    ({"resourceType": "Claim", "patient": {"reference": "Patient/p"}}, "p", "a Claim's patient"),
    ({"resourceType": "Coverage", "beneficiary": {"reference": "Patient/p"}}, "p", "a Coverage's beneficiary"),
    ({"resourceType": "Composition", "subject": [{"reference": "Patient/p"}]}, "p", "a list, as R5 has it"),
    ({"resourceType": "Patient", "id": "p"}, "p", "the patient"),
    (
        {"resourceType": "DocumentReference", "context": {"encounter": [{"reference": "Encounter/e"}]}},
        "Encounter/e",
        "an encounter where no patient is named",
    ),
    (
        {"resourceType": "Procedure", "subject": {"identifier": {"system": "urn:x", "value": "7"}}},
        "urn:logical::urn:x|7",
        "a number",
    ),
]


@pytest.mark.parametrize(("resource", "group", "reason"), GROUPS)
def test_lines_are_joined_by_whom_they_are_about(resource: dict[str, Any], group: str, reason: str) -> None:
    assert Keys().of_line(json.dumps(resource).encode()) == number_of(group), reason


@pytest.mark.parametrize("few", [100_000, 100])
def test_a_set_of_groups_lets_none_of_them_go(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cds_service.audit.keys._FEW", few)
    groups = [f"patient-{n}" for n in range(3000)]
    wanted = Wanted(groups)
    keys = [number_of(g) for g in groups]
    assert sorted(wanted.among(keys)) == sorted(keys)
    others = [number_of(f"other-{n}") for n in range(3000)]
    assert len(wanted.among([0, *others])) < 5
