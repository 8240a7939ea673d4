"""Bad input is named by file, line and reason, and never stops a run."""

import gzip
import json
from pathlib import Path

import pytest
import zstandard

from cds_service.audit.sources import NoInput, Portion, blocks_of, files_of, portions_of
from tests.audit.exports import audited, codes, findings, rejects
from tests.audit.test_units import ACTS, RIGHT_CHARGES
from tests.charts import encounter

MISSED = (*ACTS, RIGHT_CHARGES[0], encounter())
BROKEN = [
    (b'{"resourceType": "Procedure", "id": ', "not JSON", "cut off"),
    (b"not json at all", "not JSON", "no JSON"),
    (b"[1, 2]", "no object", "a list"),
    (b"17", "no object", "a number"),
    (b'{"id": "x"}', "no resourceType", "no FHIR"),
    (b'{"resourceType": 5}', "no resourceType", "a type that is no word"),
    (b"\xff\xfe\x00", "not JSON", "bytes that are no text"),
    (b'{"resourceType": "Procedure"}{"resourceType": "Procedure"}', "not JSON", "two on one line"),
    (
        b'{"resourceType":"Procedure","code":{"text":"iliac stent \xff"},"note":[{"text":"iliac stent"}]}',
        "",
        "not UTF-8",
    ),
    (b'{"resourceType":"Procedure","contained":' + b"[" * 5000 + b"]" * 5000 + b"}", "", "too deep"),
]


def line(resource: object) -> bytes:
    return json.dumps(resource).encode()


@pytest.mark.parametrize(("broken", "why", "reason"), BROKEN)
def test_a_broken_line_is_counted_and_named(broken: bytes, why: str, reason: str, tmp_path: Path) -> None:
    lines = [line(MISSED[0]), b"", broken, *map(line, MISSED[1:])]
    path = tmp_path / "Mixed.ndjson"
    path.write_bytes(b"\n".join(lines))
    totals = audited(path, tmp_path / "out")
    assert [codes(o) for o in findings(tmp_path / "out")] == [["missing-line"]], reason
    found = rejects(tmp_path / "out")
    assert totals.rejects == len(found)
    assert [(r["file"], r["line"]) for r in found] == [("Mixed.ndjson", 3)], reason
    assert why in found[0]["why"]
    assert "iliac" not in found[0]["why"], "a reason holds nothing of the line"


def test_line_ends_marks_and_blank_lines_of_other_systems_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join([line(MISSED[0]), b"", *map(line, MISSED[1:])]))
    assert audited(path, tmp_path / "out").rejects == 0
    assert len(findings(tmp_path / "out")) == 1


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_a_truncated_file_is_reported_and_what_came_before_is_audited(ending: str, tmp_path: Path) -> None:
    padding = [
        {"resourceType": "Observation", "id": f"{n}", "valueString": f"{n * 7919 % 10007}" * 9} for n in range(9000)
    ]
    whole = b"\n".join(map(line, [*MISSED, *padding])) + b"\n"
    packed = gzip.compress(whole) if ending == ".gz" else zstandard.compress(whole)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / f"a.ndjson{ending}").write_bytes(packed[: len(packed) * 2 // 3])
    audited(folder, tmp_path / "out")
    assert [codes(o) for o in findings(tmp_path / "out")] == [["missing-line"]]
    (reject,) = rejects(tmp_path / "out")
    assert reject["file"] == f"a.ndjson{ending}"
    assert reject["line"] > len(MISSED)
    assert "cannot be unpacked to its end" in reject["why"]


def test_a_file_that_is_no_archive_despite_its_name_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson.gz").write_bytes(b"\n".join(map(line, MISSED)))
    audited(tmp_path / "a.ndjson.gz", tmp_path / "out")
    assert len(findings(tmp_path / "out")) == 1


def test_plain_gzip_and_zstd_files_in_folders_give_the_same_findings(tmp_path: Path) -> None:
    packers = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}
    outcomes = []
    for ending, pack in packers.items():
        folder = tmp_path / f"in{ending}"
        (folder / "deeper").mkdir(parents=True)
        (folder / f"a.ndjson{ending}").write_bytes(pack(b"\n".join(map(line, MISSED[:2]))))
        (folder / "deeper" / f"b.jsonl{ending}").write_bytes(pack(b"\n".join(map(line, MISSED[2:])) + b"\n"))
        (folder / "readme.txt").write_text("not an export")
        audited(folder, tmp_path / f"out{ending}")
        outcomes.append((tmp_path / f"out{ending}" / "findings.ndjson").read_bytes())
    assert outcomes[0].count(b"\n") == 1
    assert outcomes[1:] == outcomes[:1] * 2


MISSING = [
    ("ChargeItem", "nothing is known of what was charged", 0),
    ("Procedure", "what was done is read from notes", 1),
    ("Encounter", "place of service", 1),
]


@pytest.mark.parametrize(("kind", "sentence", "found"), MISSING)
def test_a_missing_resource_type_narrows_the_audit_and_says_so(
    kind: str, sentence: str, found: int, tmp_path: Path
) -> None:
    kept = [r for r in MISSED if r["resourceType"] != kind]
    path = tmp_path / "x.ndjson"
    path.write_bytes(b"\n".join(map(line, kept)))
    totals = audited(path, tmp_path / "out")
    assert any(sentence in s for s in totals.narrowed)
    assert sentence in (tmp_path / "out" / "report.html").read_text("utf-8")
    assert len(findings(tmp_path / "out")) == found


def test_nothing_to_audit_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(NoInput, match="has no file that ends in"):
        files_of([str(tmp_path / "in")])
    with pytest.raises(NoInput, match="no such file"):
        files_of([str(tmp_path / "nowhere")])
    (tmp_path / "in" / "x.ndjson").write_text('{"resourceType": "Observation"}\n')
    with pytest.raises(NoInput, match="no line of"):
        audited(tmp_path / "in", tmp_path / "out")


@pytest.mark.parametrize("size", [1, 2, 7, 16, 1000])
def test_portions_of_any_size_hold_every_line_once(size: int, tmp_path: Path) -> None:
    whole = [b"first", b"", b"a longer third line", b"x", b"last"]
    path = tmp_path / "x.ndjson"
    for end in (b"", b"\n"):
        path.write_bytes(b"\n".join(whole) + end)
        portions = portions_of(files_of([str(path)]), size)
        blocks = [block for p in portions for block in blocks_of(p)]
        assert [text for _, block in blocks for text in block.split(b"\n")] == whole
        assert all(path.read_bytes()[at:].startswith(block) for at, block in blocks)


def test_the_same_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    path.write_bytes(b"{}\n")
    assert len(files_of([str(path), str(tmp_path)])) == 1
    assert portions_of(files_of([str(path)])) == [Portion(number=0, path=str(path), name="x.ndjson", start=0, end=3)]
