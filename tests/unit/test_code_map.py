"""A site's own code map: what may stand in it, what may not, and who honours it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.app import create_app
from cds_service.cli import main
from cds_service.knowledge import KnowledgeProblem, load_terminology
from cds_service.knowledge.code_map import COLUMNS, EXAMPLE, load_code_map, parse_code_map
from cds_service.knowledge.tables import read_text
from cds_service.settings import Settings
from tests.charts import (
    COMMON,
    OCCLUSION,
    RIGHT,
    STENOSIS,
    STENT,
    concept,
    mission,
    procedure,
    request,
    snomed,
    treated,
)

HEADER = ",".join(COLUMNS)
ROW = "https://x.example.org/cs,A1,procedure,iliac,external-iliac,right,angioplasty,,"


def faults(*rows: str, header: str = HEADER) -> list[str]:
    return parse_code_map("map.csv", "\n".join([header, *rows]), load_terminology())[1]


def kept(folder: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8") -> str:
    path = folder / "map.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding=encoding)
    return str(path)


SOUND: list[tuple[str, str]] = [
    (ROW, "vessel, side and treatment in one code"),
    ("urn:oid:1.2.3,A1,procedure,,external-iliac,,angioplasty,,", "a vessel tells its territory"),
    (",A1,device,,,,stent,,", "no system"),
    ("http://fhir.cerner.com/t/codeSet/200,9,procedure,,,,,,vein", "an exclusion"),
    ("x,A1,side,,,Right,,,", "capital letters in the vocabulary"),
    (" x , A1 ,body,iliac,,,,,", "spaces around cells"),
    ("x,A1,disorder,,,,,occlusion,", "a lesion"),
    ("http://snomed.info/sct,999999999,body,iliac,external-iliac,right,,,", "a SNOMED code this product does not have"),
    (",,,,,,,,", "a row a spreadsheet left empty"),
]


@pytest.mark.parametrize(("row", "why"), SOUND, ids=[s[1] for s in SOUND])
def test_sound_rows_are_taken(row: str, why: str) -> None:
    assert faults(row) == [], why


WRONG: list[tuple[str, str, str]] = [
    ("x,A1,operation,iliac,,,stent,,", "aspect is 'operation'", "unknown aspect"),
    ("x,A1,procedure,pelvic,,,stent,,", "territory is 'pelvic'", "unknown territory"),
    ("x,A1,procedure,iliac,hypogastric,,stent,,", "vessel is 'hypogastric'", "unknown vessel"),
    ("x,A1,procedure,iliac,popliteal,,stent,,", "vessel popliteal lies in femoral-popliteal", "vessel elsewhere"),
    ("x,A1,procedure,iliac,,dexter,stent,,", "side is 'dexter'", "unknown side"),
    ("x,A1,procedure,iliac,,,balloon,,", "treatment is 'balloon'", "unknown treatment"),
    ("x,A1,disorder,,,,,cto,", "lesion is 'cto'", "unknown lesion"),
    ("x,A1,procedure,,,,,,veins", "excludes is 'veins'", "unknown exclusion"),
    ("x,,procedure,iliac,,,stent,,", "code is empty", "no code"),
    ("x,A1,procedure,,,,,,", "says nothing", "nothing said"),
    ("x,A1,procedure,iliac,,,stent,,vein", "treatment and lesion must be empty", "yes and no in one row"),
    ("x,A1,body,iliac,,,stent,,", "aspect body cannot say treatment", "a vessel is no treatment"),
    ("x,A1,device,iliac,,,stent,,", "aspect device cannot say territory", "a device lies nowhere yet"),
    ("x,A1,procedure,iliac,,,stent,obstruction,", "lesion of a procedure", "a vague lesion of a procedure"),
    ("x,A1,procedure,iliac", "has not as many cells", "a short row"),
    ("http://www.ama-assn.org/go/cpt,37254,procedure,iliac,,,stent,,", "belongs to cpt", "a CPT code of the family"),
    ("CPT,99999,procedure,iliac,,,stent,,", "belongs to cpt", "any CPT code"),
    (",37257,procedure,iliac,,,stent,,", "belongs to cpt", "a CPT number without its system"),
    ("http://snomed.info/sct/,73634005,body,iliac,external-iliac,,,,", "is shipped", "a shipped vessel"),
    ("https://snomed.info/sct|x,2929001,disorder,,,,,stenosis,", "is shipped", "a shipped lesion, versioned URI"),
    ("http://hl7.org/fhir/sid/icd-10-cm,I7092,disorder,,,,,occlusion,", "is shipped", "a shipped diagnosis, no dot"),
    ("http://www.cms.gov/Medicare/Coding/ICD10,047H3ZZ,procedure,iliac,,,stent,,", "belongs to icd10pcs", "PCS"),
    ("http://terminology.hl7.org/CodeSystem/v3-ActCode,AMB,body,iliac,,,,,", "holds no procedures", "no place for it"),
]


@pytest.mark.parametrize(("row", "said", "why"), WRONG, ids=[w[2] for w in WRONG])
def test_a_faulty_row_is_named_by_file_and_row(row: str, said: str, why: str) -> None:
    found = faults(ROW, row)
    assert found, why
    assert all(f.startswith("map.csv, row 3: ") for f in found)
    assert any(said in f for f in found), found


def test_a_code_that_stands_twice_is_a_fault_however_its_system_is_written() -> None:
    assert faults(ROW, ROW.replace("https://x.example.org/cs", "http://X.example.org/cs/|2")) == [
        "map.csv, row 3: code A1 stands twice for this system"
    ]


HEADERS: list[tuple[str, str]] = [
    (HEADER.replace("lesion", "lession"), "the header has 'lession'"),
    (HEADER.replace(",lesion", ""), "the header lacks lesion"),
    (HEADER.replace(",", ";"), "separated by semicolons"),
    (HEADER + ",code", "the header has code twice"),
    ("", "the header lacks system"),
]


@pytest.mark.parametrize(("header", "said"), HEADERS, ids=[h[1] for h in HEADERS])
def test_a_header_that_would_drop_cells_without_a_word_is_a_fault(header: str, said: str) -> None:
    found = faults(ROW, header=header)
    assert any(said in f for f in found), found


@settings(deadline=None, derandomize=True)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_and_never_breaks(text: str) -> None:
    found, wrong = parse_code_map("map.csv", text, load_terminology())
    assert wrong or not found.concepts


CELLS = [
    ["x", "http://snomed.info/sct", ""],
    ["A1", "2929001", "37257", ""],
    ["body", "side", "procedure", "disorder", "device", "?"],
    ["", "iliac", "tibial-peroneal"],
    ["", "external-iliac", "popliteal"],
    ["", "right", "bilateral"],
    ["", "angioplasty", "stent", "unclear"],
    ["", "stenosis", "occlusion", "obstruction"],
    ["", "vein", "aneurysm"],
]


@settings(deadline=None, derandomize=True)
@given(st.tuples(*[st.sampled_from(c) for c in CELLS]))
def test_a_row_is_either_a_concept_or_a_fault_and_no_shipped_code_changes(cells: tuple[str, ...]) -> None:
    shipped = load_terminology()
    found, wrong = parse_code_map("map.csv", f"{HEADER}\n{','.join(cells)}", shipped)
    assert len(found.concepts) == (0 if wrong else 1)
    assert all(shipped.lookup(*key) is None for key in found.concepts)


def test_the_example_is_sound_and_needs_no_column_it_does_not_have() -> None:
    found, wrong = parse_code_map(EXAMPLE, read_text(EXAMPLE), load_terminology())
    assert wrong == []
    assert len(found.concepts) == read_text(EXAMPLE).count("\n") - 1


def test_a_file_a_spreadsheet_wrote_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    assert len(load_code_map(kept(tmp_path, ROW, encoding="utf-8-sig")).concepts) == 1


def test_no_path_is_no_map() -> None:
    assert not load_code_map("").concepts


LOCAL = "https://fhir.cerner.com/ec2458f2-1e24-41c8-b71b-0e701af7583d/codeSet/200"


def local(key: str, code: str, lesion: str, **more: Any) -> dict[str, Any]:
    return procedure(key, code=concept({"system": LOCAL, "code": code}), reasonCode=[snomed(lesion)], **more)


def verdict(answer: dict[str, Any]) -> str:
    return (
        "none"
        if not answer["cards"]
        else answer["cards"][0]["extension"]["org.iliac-cds.coding"]["answer37257"]["verdict"]
    )


def sent() -> dict[str, Any]:
    return request(local("a", "4012001", STENOSIS), local("b", "4012002", OCCLUSION))


def example(folder: Path) -> str:
    path = folder / "example.csv"
    path.write_text(read_text(EXAMPLE), encoding="utf-8")
    return str(path)


def test_the_service_reads_local_codes_by_the_map_and_knows_nothing_of_them_without(tmp_path: Path) -> None:
    def ask(code_map: str) -> dict[str, Any]:
        client = create_app(Settings(code_map=code_map)).test_client()
        found: dict[str, Any] = client.post("/cds-services/iliac-charge-review", json=sent()).get_json()
        return found

    assert verdict(ask("")) == "none"
    assert verdict(ask(example(tmp_path))) == "yes"


def test_a_code_the_map_excludes_is_out_of_the_family(tmp_path: Path) -> None:
    vein = treated("v", STENT, COMMON, RIGHT, STENOSIS)
    vein["code"]["coding"].append({"system": LOCAL, "code": "4012009"})
    client = create_app(Settings(code_map=example(tmp_path))).test_client()
    body = request(vein, local("b", "4012002", OCCLUSION))
    assert verdict(client.post("/cds-services/iliac-charge-review", json=body).get_json()) == "no"


def run(*words: str, code_map: str) -> Result:
    return CliRunner(env={"ILIAC_CDS_CODE_MAP": code_map, "ILIAC_CDS_AUTH": "off"}).invoke(main, list(words))


def test_check_and_explain_honour_the_map(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(json.dumps(sent()))
    explained = json.loads(run("explain", "--json", str(path), code_map=example(tmp_path)).output)
    assert explained["sessions"][0]["answer37257"]["verdict"] == "yes"
    assert verdict(json.loads(run("check", "--json", str(path), code_map=example(tmp_path)).output)) == "yes"
    assert verdict(json.loads(run("check", "--json", str(path), code_map="").output)) == "none"


@pytest.mark.parametrize("words", [("serve",), ("sandbox",), ("check", "{}"), ("explain", "{}")])
def test_a_faulty_map_stops_every_command_with_one_clear_line(words: tuple[str, ...], tmp_path: Path) -> None:
    request_file = tmp_path / "r.json"
    request_file.write_text(json.dumps(mission()))
    wrong = kept(tmp_path, ROW.replace("angioplasty", "balloon"), ROW, ROW)
    found = run(*[w.format(request_file) if w != "{}" else str(request_file) for w in words], code_map=wrong)
    assert found.exit_code == 2
    assert found.stderr.count("\n") == 1
    assert "map.csv, row 2: treatment is 'balloon'" in found.stderr
    assert "(and 1 more" in found.stderr


def test_a_map_that_is_not_there_or_no_text_is_said_in_one_line(tmp_path: Path) -> None:
    binary = tmp_path / "map.csv"
    binary.write_bytes(b"\xff\xfe\x00")
    for path, said in [
        (str(tmp_path / "none.csv"), "cannot be read"),
        (str(binary), "is not UTF-8"),
        (str(tmp_path), "cannot be read"),
    ]:
        found = run("knowledge", "validate", code_map=path)
        assert (found.exit_code, found.stderr.count("\n")) == (2, 1)
        assert said in found.stderr
        with pytest.raises(KnowledgeProblem, match=said):
            load_code_map(path)


def test_knowledge_validate_checks_the_map_when_one_is_set(tmp_path: Path) -> None:
    good = run("knowledge", "validate", code_map=example(tmp_path))
    assert good.exit_code == 0
    assert "9 codes. No fault." in good.output
    bad = run("knowledge", "validate", code_map=kept(tmp_path, ROW, "x,A2,procedure,,,,,,", "x,A3,body,,,,,,"))
    assert bad.exit_code == 1
    assert "map.csv, row 3: says nothing" in bad.output
    assert "map.csv, row 4: says nothing" in bad.output
    assert "2 faults." in bad.output
