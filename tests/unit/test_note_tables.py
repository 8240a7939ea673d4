"""Tables in the text of a note: which cells stand in a row, and what the header says they are."""

import pytest

from cds_service.fhir.notes.tables import rows_of

CIA = [("place", "CIA"), ("before", "CTO"), ("treatment", "stent")]
TABLES = [
    ("| Vessel | Lesion | Treatment |\n|---|---|---|\n| CIA | CTO | stent |", [CIA], "pipes with a rule"),
    ("Vessel | Lesion | Treatment\nCIA | CTO | stent", [CIA], "pipes between cells only"),
    ("Vessel\tLesion\tTreatment\nCIA\tCTO\tstent", [CIA], "tabs"),
    ("Vessel   Lesion   Treatment\nCIA      CTO      stent", [CIA], "aligned by spaces"),
    (
        "Vessel\tPre\tTreatment\tPost\nCIA\tCTO\tstent\t0%",
        [[*CIA, ("after", "0%")]],
        "what was left afterwards is told apart from what was found",
    ),
    (
        "| | CIA | EIA |\n| Lesion | CTO | stenosis |\n| Treatment | PTA | stent |",
        [
            [("place", "CIA"), ("before", "CTO"), ("treatment", "PTA")],
            [("place", "EIA"), ("before", "stenosis"), ("treatment", "stent")],
        ],
        "vessels across are turned, so that a row is about one",
    ),
    (
        "Vessel | Right | Left\nCIA | CTO, stent | patent",
        [
            [("place", "CIA"), ("side", "Right"), ("", "CTO, stent")],
            [("place", "CIA"), ("side", "Left"), ("", "patent")],
        ],
        "a column for each leg gives a row for each",
    ),
    ("Vessel | Stent\nCIA | yes", [[("place", "CIA"), ("stent", "yes")]], "a column that only asks for stents"),
    (
        "| CIA | CTO | stent |\n| EIA | 80% | PTA |",
        [[("", "CIA"), ("", "CTO"), ("", "stent")], [("", "EIA"), ("", "80%"), ("", "PTA")]],
        "without a header nobody says what a cell is",
    ),
    ("Lesion: [x] stenosis | [ ] occlusion", [], "boxes to tick are no table"),
    ("just prose, no table", [], "prose is no table"),
    ("Balloon   6 x 40\nStent     8 x 39", [], "two aligned words are no table"),
    ("| Vessel | Lesion | Treatment |", [], "a header alone tells nothing"),
    ("", [], "nothing"),
]


@pytest.mark.parametrize(("text", "expected", "reason"), TABLES)
def test_rows_have_their_cells_with_what_the_header_calls_them(
    text: str, expected: list[list[tuple[str, str]]], reason: str
) -> None:
    rows = list(rows_of(text))
    assert [[(role, text[a:b]) for role, (a, b) in row.cells] for row in rows] == expected, reason
    assert all(row.line <= row.start < row.end <= len(text) for row in rows)
