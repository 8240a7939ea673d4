"""The list of justified mutants: complete, and of code that still stands."""

from pathlib import Path

from tests.mutation.survivors import faults, rows

LISTED = """
[[survivor]]
file = "a.py"
function = "f"
was = "return x + 1"
becomes = "return x - 1"
why = "x is never read"
"""


def test_every_justified_mutant_has_its_reason_and_changes_a_line_that_stands() -> None:
    assert faults(rows()) == []


def test_a_row_without_a_reason_or_of_code_that_is_gone_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def f(x):\n    return x + 1\n", encoding="utf-8")
    assert faults(rows(LISTED), tmp_path) == []
    assert faults(rows(LISTED.replace("x is never read", " ")), tmp_path) == ["survivor 1: no why"]
    (tmp_path / "a.py").write_text("def f(x):\n    return x\n", encoding="utf-8")
    assert len(faults(rows(LISTED), tmp_path)) == 1
