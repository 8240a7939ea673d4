"""The cues of terms.toml: single expressions by name, for whoever reads the words around a term.

Knows names and patterns. What a cue means is its reader's business.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cds_service.coding.codes import SourceRow
from cds_service.knowledge.expression import Expression
from cds_service.knowledge.quick import quick
from cds_service.knowledge.tables import read_text, read_toml

_WANTED = ("name", "pattern", "effective_from", "source", "verified")


def cue(name: str) -> Expression:
    """The expression of a cue, without regard to case.

    Raises:
        KeyError: terms.toml has no cue of this name.
    """
    return _shipped()[name]


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, Expression]:
    found, faults = read_cues(read_text("terms.toml"), None)
    if faults:
        raise ValueError("\n".join(faults))
    return found


def read_cues(text: str, sources: Mapping[str, SourceRow] | None) -> tuple[dict[str, Expression], list[str]]:
    """The cues; the second part names each faulty row. Sources and patterns are checked when sources are given."""
    found: dict[str, Expression] = {}
    faults: list[str] = []
    try:
        rows = read_toml(text).get("cue", [])
    except ValueError as error:
        return {}, [f"terms.toml: {error}"]
    for number, row in enumerate(rows, start=1):
        wrong = _faults(row, sources, found)
        if not wrong:
            found[row["name"]] = quick(row["pattern"])
        faults += [f"terms.toml, cue {number}: {w}" for w in wrong]
    return found, faults


def _faults(row: Mapping[str, Any], sources: Mapping[str, SourceRow] | None, known: Mapping[str, Any]) -> list[str]:
    missing = [k for k in _WANTED if k not in row]
    if missing:
        return [f"lacks {', '.join(missing)}"]
    out = []
    if row["name"] in known:
        out.append(f"name is {row['name']!r}, which an earlier cue has")
    if sources is not None and row["source"] not in sources:
        out.append(f"source is {row['source']!r}, which sources.toml does not have")
    if sources is not None:
        try:
            re.compile(row["pattern"])
        except re.error as error:
            out.append(f"pattern is no regular expression: {error}")
    return out
