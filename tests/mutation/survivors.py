"""The mutants that no test can or need fail, each with its reason, as survivors.toml has them."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILE = Path(__file__).with_name("survivors.toml")
WANTED = ("file", "function", "was", "becomes", "why")
Key = tuple[str, str, str, str]
Row = Mapping[str, str]


def rows(text: str | None = None) -> list[Row]:
    """What the file, or another text of its form, lists."""
    found: list[Row] = tomllib.loads(FILE.read_text("utf-8") if text is None else text).get("survivor", [])
    return found


def justified() -> dict[Key, str]:
    """The reason of each, by file, function and the lines it changes."""
    return {(r["file"], r["function"], r["was"], r["becomes"]): r["why"] for r in rows()}


def faults(listed: Iterable[Row], root: Path = ROOT) -> list[str]:
    """What is wrong with a list: a row that lacks a part or a reason, or whose line the code no longer has."""
    out = []
    for number, row in enumerate(listed, start=1):
        missing = [k for k in WANTED if not row.get(k, "").strip()]
        if missing:
            out.append(f"survivor {number}: no {', '.join(missing)}")
            continue
        lines = [x.strip() for x in (root / row["file"]).read_text("utf-8").splitlines()]
        if row["was"] not in " ".join(lines):
            out.append(f"survivor {number}: {row['file']} has no {row['was']!r}")
    return out
