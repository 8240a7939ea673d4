"""Without --with-identifiers the results name nobody, whatever stands in the export and wherever it stands."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from cds_service.audit.cells import cell, column, total
from cds_service.audit.privacy import Names
from cds_service.audit.synthetic.rows import document
from tests.audit.conftest import Synthetic
from tests.audit.exports import RESULTS, audited, findings, write
from tests.audit.test_units import as_bulk
from tests.charts import charge, claim, condition, encounter, mission, procedure

NAME = "Szczepankowicz"
WORDS = f"Stent in right common iliac artery stenosis of {NAME}; balloon of right external iliac occlusion, no stent"
URL = "https://iliac-cds.org/fhir/StructureDefinition/charge-modifier"


def planted() -> list[dict[str, Any]]:
    """A chart with a name in every place that a string can stand in."""
    subject = {"reference": f"Patient/{NAME}-7", "display": NAME}
    where = {"reference": f"Encounter/{NAME}-stay"}
    act = procedure(
        f"{NAME}-act",
        subject=subject,
        encounter=where,
        code={"text": WORDS},
        note=[{"text": f"{WORDS}. Seen 04/03/1951."}],
        performedDateTime="2025-12-30",
        performer=[{"actor": {"display": f"Dr. {NAME}"}, "onBehalfOf": {"display": f"{NAME} Vascular Group"}}],
    )
    wrong = {"extension": [{"url": URL, "valueCode": NAME}], "subject": subject, "context": where}
    item = claim(f"{NAME}-claim", ("37257", [NAME, "RT"], 3))
    item["item"][0]["encounter"] = [where]
    note = document(f"{NAME}-note", (f"{NAME}-7", f"{NAME}-stay", "2025-12-30"), f"{NAME}\n{WORDS}")
    cover = {"resourceType": "Coverage", "id": NAME, "status": "active", "beneficiary": subject, "type": {"text": NAME},
             "payor": [{"display": f"{NAME} Insurance"}]}  # fmt: skip
    place = {"resourceType": "Location", "id": "l", "name": NAME, "type": [{"text": f"{NAME} hospital outpatient"}]}
    stay = encounter(
        f"{NAME}-stay",
        subject=subject,
        contained=[place],
        location=[{"location": {"reference": "#l", "display": NAME}}],
    )
    unread = document(f"{NAME}-scan", (f"{NAME}-7", f"{NAME}-stay", "2025-12-30"), "x")
    unread["content"][0]["attachment"] = {"contentType": f"image/{NAME}", "data": "AAAA", "title": NAME}
    return [
        act,
        charge(f"{NAME}-charge", "37221", **wrong, occurrenceDateTime="2025-12-30"),
        {**item, "patient": subject},
        note,
        unread,
        cover,
        stay,
        condition(f"{NAME}-c", text=f"Occlusion, {NAME}", subject=subject),
        {"resourceType": "Patient", "id": f"{NAME}-7", "name": [{"family": NAME}], "birthDate": "1951-03-04"},
    ]


def texts(out: Path) -> str:
    return "\n".join((out / name).read_text("utf-8") for name in RESULTS)


def test_no_name_no_id_and_no_day_leaves_the_house(tmp_path: Path) -> None:
    """Names are looked for without regard to case; the days of the chart in every file."""
    path = write(tmp_path / "in", [*planted(), {"resourceType": f"{NAME}"}])
    with path.open("a") as opened:
        opened.write(f'{{"resourceType": "Procedure", "id": "{NAME}" \n')
    audited(path, tmp_path / "out", identifiers=False)
    (found,) = findings(tmp_path / "out")
    shown = texts(tmp_path / "out")
    assert NAME.lower() not in shown.lower()
    assert "2025-12-30" not in shown
    assert "1951" not in shown
    assert found["audit"]["patient"] == "patient-1"
    assert found["sessions"][0]["encounter"] == "Encounter/encounter-1"
    assert found["sessions"][0]["date"] == "2025"
    assert found["sessions"][0]["treated"], "what was read is told"
    assert all("quote" not in e for t in found["sessions"][0]["treated"] for e in t["evidence"])


def test_with_identifiers_the_evidence_is_quoted(tmp_path: Path) -> None:
    audited(write(tmp_path / "in", planted()), tmp_path / "out", identifiers=True)
    (found,) = findings(tmp_path / "out")
    assert found["audit"]["patient"] == f"{NAME}-7"
    assert found["sessions"][0]["date"] == "2025-12-30"
    assert NAME in texts(tmp_path / "out")


def test_the_page_loads_nothing_and_runs_nothing(tmp_path: Path) -> None:
    lines = planted()
    lines[0]["code"] = {"text": f"{WORDS} <script>alert(1)</script>"}
    audited(write(tmp_path / "in", lines), tmp_path / "out", identifiers=True)
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert " src=" not in page
    assert " href=" not in page


def test_no_cell_of_the_table_is_a_formula(tmp_path: Path) -> None:
    lines = json.loads(
        json.dumps(as_bulk(mission(drafts=(charge("c", "37258", "RT"),)))).replace('Patient/p"', 'Patient/-2+3"')
    )
    audited(write(tmp_path / "in", lines), tmp_path / "out")
    with (tmp_path / "out" / "findings.csv").open(newline="") as opened:
        cells = [cell for row in csv.reader(opened) for cell in row]
    assert "'-2+3" in cells
    assert not [c for c in cells if c[:1] in "=+-@" and c]


NAMED = [
    ("patient", "a", "patient-1", "names count from one"),
    ("patient", "b", "patient-2", "another has another name"),
    ("patient", "a", "patient-1", "the same keeps its name"),
    ("encounter", "a", "encounter-1", "each kind counts for itself"),
    ("group", "", "", "nothing stays nothing"),
]


def test_names_are_numbers_in_the_order_of_the_results() -> None:
    names = Names()
    for kind, real, name, reason in NAMED:
        assert names.of(kind, real) == name, reason


CELLS = [
    (0, "0", "nothing is no one"),
    (1, "<11", "one may be known"),
    (10, "<11", "the most that is small"),
    (11, "11", "the least that is told"),
]


def test_small_counts_are_not_told() -> None:
    for count, shown, reason in CELLS:
        assert cell(count, masked=True) == shown, reason
        assert cell(count, masked=False) == str(count), reason


COLUMNS_SHOWN = [
    ([3, 40, 12], ["<11", "40", "withheld"], "else the sum would tell"),
    ([3, 4, 12], ["<11", "<11", "12"], "two small ones hide each other"),
    ([0, 40, 12], ["0", "40", "12"], "none is small"),
    ([3], ["<11"], "the sum is small too"),
]


@pytest.mark.parametrize(("counts", "shown", "reason"), COLUMNS_SHOWN)
def test_no_small_count_follows_from_the_others_of_its_column(counts: list[int], shown: list[str], reason: str) -> None:
    assert column(counts, masked=True) == shown, reason
    assert column(counts, masked=False) == [str(c) for c in counts], reason


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        (["12", "0", "3"], "15"),
        (["12", "<11", "0"], "13 to 22"),
        (["<11", "0", "0"], "<11"),
        (["<11", "<11", "0"], "2 to 20"),
        (["withheld", "12", "0"], ""),
    ],
)
def test_no_small_count_follows_from_the_sum_of_its_row(cells: list[str], shown: str) -> None:
    assert total(cells) == shown


def test_the_report_tells_small_counts_only_with_identifiers(synthetic: Synthetic, tmp_path: Path) -> None:
    """17 sessions in as many months and groups: nearly every count of a table is small."""
    audited(synthetic.folder / "export", tmp_path, identifiers=False)
    masked, open_page = ((p / "report.html").read_text("utf-8") for p in (tmp_path, synthetic.out))
    few = r"(?:[1-9]|10)"
    small = re.compile(rf'<td class="number">{few}</td>|<text x="[\d.]+" y="\d+">{few}</text>|: {few} \w+</title>')
    tables = masked.partition("What was read")[0]
    assert small.findall(tables) == []
    assert "&lt;11" in tables
    assert len(small.findall(open_page)) > 20
    assert "&lt;11" not in open_page


def test_the_pictures_of_a_page_share_one_style_and_no_id(synthetic: Synthetic) -> None:
    page = (synthetic.out / "report.html").read_text("utf-8")
    pictures = re.findall(r'<svg [^>]*class="vessels".*?</svg>', page, re.DOTALL)
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(pictures) == len(findings(synthetic.out)) > 5
    assert len(ids) == len(set(ids))
    for picture in pictures:
        pointed = [i for value in re.findall(r'aria-labelledby="([^"]+)"', picture) for i in value.split()]
        assert set(pointed) <= set(re.findall(r'\sid="([^"]+)"', picture))
        assert len(pointed) >= 2
    assert page.count("<style>.vessels") == 1
