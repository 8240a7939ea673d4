"""The mutants that no test can or need kill, each with its reason, as survivors.toml has them."""

import tomllib
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("survivors.toml")
Key = tuple[str, str, str, str]


def rows() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(FILE.read_text("utf-8"))["survivor"]
    return found


def justified() -> dict[Key, str]:
    """The reason of each, by file, function and the lines it changes."""
    return {(r["file"], r["function"], r["was"], r["becomes"]): r["why"] for r in rows()}
