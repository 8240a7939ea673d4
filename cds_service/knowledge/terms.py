"""The words of vascular notes, compiled: text in, tokens with their places out.

Knows patterns and kinds. What tokens mean together is `fhir.phrases`' business.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cds_service.coding.codes import SourceRow
from cds_service.knowledge.tables import read_text, read_toml

KINDS = ("vessel", "away", "side", "treatment", "lesion", "nothing", "scope", "break")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A term found in a text at [start, end)."""

    kind: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All terms, one compiled expression each, and the words that mean nothing to a lesion."""

    terms: tuple[tuple[str, str, re.Pattern[str]], ...]
    neutral: frozenset[str] = frozenset()

    def scan(self, text: str) -> list[Token]:
        """The terms of a text in order; where several match at overlapping places the longest one stands."""
        found = [
            Token(kind=kind, value=value, start=m.start(), end=m.end())
            for kind, value, pattern in self.terms
            for m in pattern.finditer(text)
        ]
        found.sort(key=lambda t: (t.start - t.end, t.start))
        taken: list[Token] = []
        for token in found:
            if all(token.end <= t.start or token.start >= t.end for t in taken):
                taken.append(token)
        return sorted(taken, key=lambda t: t.start)


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """The lexicon shipped with this version.

    Raises:
        ValueError: a row of terms.toml is faulty.
    """
    lexicon, faults = read_lexicon(read_text("terms.toml"), None)
    if faults:
        raise ValueError("\n".join(faults))
    return lexicon


def read_lexicon(text: str, sources: Mapping[str, SourceRow] | None) -> tuple[Lexicon, list[str]]:
    """Compile terms.toml; the second part names each faulty row. Sources are checked when given."""
    terms, faults = [], []
    try:
        content = read_toml(text)
        rows, neutral = content.get("term", []), content.get("neutral", {}).get("words", "")
    except ValueError as error:
        return Lexicon(()), [f"terms.toml: {error}"]
    for number, row in enumerate(rows, start=1):
        where = f"terms.toml, term {number}"
        wrong = _faults(row, sources)
        faults += [f"{where}: {w}" for w in wrong]
        if not wrong:
            flags = re.NOFLAG if row.get("case") else re.IGNORECASE
            terms.append((row["kind"], row["value"], re.compile("|".join(map(_bounded, row["patterns"])), flags)))
    return Lexicon(tuple(terms), frozenset(neutral.split())), faults


def _faults(row: Mapping[str, Any], sources: Mapping[str, SourceRow] | None) -> list[str]:
    wanted = ("kind", "value", "patterns", "effective_from", "source", "verified")
    missing = [k for k in wanted if k not in row]
    if missing:
        return [f"lacks {', '.join(missing)}"]
    out = []
    if row["kind"] not in KINDS:
        out.append(f"kind is {row['kind']!r}; it must be one of {', '.join(KINDS)}")
    if sources is not None and row["source"] not in sources:
        out.append(f"source is {row['source']!r}, which sources.toml does not have")
    for pattern in row["patterns"]:
        try:
            re.compile(_bounded(pattern))
        except re.error as error:
            out.append(f"pattern {pattern!r} is no regular expression: {error}")
    return out


def _bounded(pattern: str) -> str:
    """A pattern at word boundaries, unless it brings its own look-around; spaces match any white space."""
    left = "" if pattern.startswith("(?<") else r"(?<![A-Za-z0-9])"
    right = "" if "(?=" in pattern else r"(?![A-Za-z0-9])"
    flexible = pattern.replace(" +", r"\s+").replace(" ?", r"\s*")
    return f"{left}(?:{flexible}){right}"
