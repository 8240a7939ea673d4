"""SECURITY.md is true as far as a test can tell: every threat names its tests, and each of them exists."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)


def defined_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {n.name for n in tree.body if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")}


def test_every_threat_names_a_test() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith(("| threat", "| ---"))]
    assert len(rows) >= 30
    assert [row for row in rows if not re.search(r"`tests/[\w/]+\.py::\w+` \|$", row)] == []


def test_every_test_that_is_named_exists() -> None:
    assert len(NAMED) >= 40
    assert [f"{path}::{name}" for path, name in NAMED if name not in defined_in(ROOT / path)] == []


def test_the_campaign_and_the_settings_it_names_are_there() -> None:
    assert (ROOT / "tests/properties/campaign.py").is_file()
    settings = (ROOT / "cds_service/settings.py").read_text("utf-8")
    for name in re.findall(r"ILIAC_CDS_(\w+)", TEXT):
        assert re.search(rf"^    {name.lower()}:", settings, re.MULTILINE), name
