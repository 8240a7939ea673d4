"""The words of vascular notes, compiled: text in, tokens with their places out.

Knows patterns and kinds. What tokens mean together is `fhir.phrases`' business.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple, Self

from cds_service.coding.codes import SourceRow
from cds_service.knowledge.beginnings import Beginnings, beginnings
from cds_service.knowledge.expression import Expression
from cds_service.knowledge.quick import quick
from cds_service.knowledge.tables import read_text, read_toml

KINDS = (
    "vessel",
    "away",
    "side",
    "treatment",
    "lesion",
    "nothing",
    "scope",
    "break",
    "work",
    "refer",
    "completion",
    "bridge",
    "percent",
    "short",
    "state",
)
SECTIONS = (
    "done",
    "findings",
    "diagnosis",
    "impression",
    "result",
    "devices",
    "indication",
    "history",
    "plan",
    "consent",
    "other",
)


class Token(NamedTuple):
    """A term found in a text at [start, end)."""

    kind: str
    value: str
    start: int
    end: int

    def within(self, start: int) -> Self:
        """The token as it stands in the part of the text that begins at `start`."""
        return type(self)(self.kind, self.value, self.start - start, self.end - start)


@dataclass(frozen=True, slots=True)
class Term:
    """One pattern of the vocabulary; of two that match as much, the earlier one stands."""

    kind: str
    value: str
    pattern: Expression


_NO_HEADING = Expression("(?!)")


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """All terms and how they begin, the headings of notes, and two lists of words.

    `neutral` words mean nothing to a lesion, `plain` ones nothing of another occasion. `headings` has a group for each
    of the kinds of `sections`, in the order they are tried.
    """

    terms: tuple[Term, ...]
    begins: Beginnings[Term]
    neutral: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()
    sections: tuple[str, ...] = ()
    headings: Expression = _NO_HEADING

    def section_of(self, heading: str) -> str:
        """The kind of section a heading in small letters opens; empty for none that is known."""
        found = self.headings.fullmatch(heading)
        return self.sections[int(found.lastgroup[1:])] if found and found.lastgroup else ""

    def scan(self, text: str) -> list[Token]:
        """The terms of a text in order; where several match at overlapping places the longest one stands.

        The time taken grows with the length of the text, hardly with the number of terms.
        """
        found: list[Token] = []
        for start, terms in self.begins.places(text):
            best: Term | None = None
            end = -1
            for term in terms:
                match = term.pattern.match(text, start)
                if match is not None and match.end() > end:
                    best, end = term, match.end()
            if best is not None:
                found.append(Token(best.kind, best.value, start, end))
        return _apart(found)


def _apart(found: list[Token]) -> list[Token]:
    """The longest of overlapping tokens, in the order of the text; of two as long, the first."""
    taken: list[Token] = []
    group: list[Token] = []
    end = -1
    for token in found:
        if token.start >= end:
            taken += _longest_first(group)
            group = []
        group.append(token)
        end = max(end, token.end)
    return taken + _longest_first(group)


def _longest_first(group: list[Token]) -> list[Token]:
    if len(group) < 2:
        return group
    kept: list[Token] = []
    for token in sorted(group, key=lambda t: (t.start - t.end, t.start)):
        if all(token.end <= t.start or token.start >= t.end for t in kept):
            kept.append(token)
    return sorted(kept, key=lambda t: t.start)


@lru_cache(maxsize=2)
def load_lexicon(*, notes: bool = False) -> Lexicon:
    """The lexicon shipped with this version: that of phrases, or that of whole `notes`. Most words are in both.

    Raises:
        ValueError: a row of terms.toml is faulty.
    """
    lexicon, faults = read_lexicon(read_text("terms.toml"), None, notes=notes)
    if faults:
        raise ValueError("\n".join(faults))
    return lexicon


def read_lexicon(
    text: str, sources: Mapping[str, SourceRow] | None, *, notes: bool = True
) -> tuple[Lexicon, list[str]]:
    """The terms; the second part names each faulty row. Sources and patterns are checked when sources are given."""
    terms: list[Term] = []
    faults: list[str] = []
    try:
        content = read_toml(text)
    except ValueError as error:
        return Lexicon((), beginnings(())), [f"terms.toml: {error}"]
    for number, row in enumerate(content.get("term", []), start=1):
        wrong = _faults(row, sources, KINDS)
        faults += [f"terms.toml, term {number}: {w}" for w in wrong]
        if not wrong and not row.get("phrases_only" if notes else "notes_only"):
            terms += [
                Term(row["kind"], row["value"], _expression(p, case=bool(row.get("case")))) for p in row["patterns"]
            ]
    sections: list[tuple[str, str]] = []
    for number, row in enumerate(content.get("section", []), start=1):
        wrong = _faults(row, sources, SECTIONS)
        faults += [f"terms.toml, section {number}: {w}" for w in wrong]
        if not wrong:
            sections.append((row["kind"], quick("|".join(f"(?:{p})" for p in row["patterns"])).pattern))
    neutral, known = (frozenset(content.get(name, {}).get("words", "").split()) for name in ("neutral", "plain"))
    index = beginnings((t.pattern.pattern, t) for t in terms)
    headings = "|".join(f"(?P<s{n}>{pattern})" for n, (_, pattern) in enumerate(sections)) or "(?!)"
    kinds = tuple(kind for kind, _ in sections)
    return Lexicon(tuple(terms), index, neutral, neutral | known, kinds, Expression(headings, re.IGNORECASE)), faults


def _faults(row: Mapping[str, Any], sources: Mapping[str, SourceRow] | None, kinds: tuple[str, ...]) -> list[str]:
    wanted = ["kind", "patterns", "effective_from", "source", "verified", *(["value"] if kinds is KINDS else [])]
    missing = [k for k in wanted if k not in row]
    if missing:
        return [f"lacks {', '.join(missing)}"]
    out = []
    if row["kind"] not in kinds:
        out.append(f"kind is {row['kind']!r}; it must be one of {', '.join(kinds)}")
    if sources is not None and row["source"] not in sources:
        out.append(f"source is {row['source']!r}, which sources.toml does not have")
    for pattern in row["patterns"] if sources is not None else ():
        try:
            re.compile(_bounded(pattern))
        except re.error as error:
            out.append(f"pattern {pattern!r} is no regular expression: {error}")
    return out


@cache
def _expression(pattern: str, *, case: bool) -> Expression:
    """A pattern of a row at word boundaries, made once for both lexicons."""
    return Expression(_bounded(pattern), re.NOFLAG if case else re.IGNORECASE)


def _bounded(pattern: str) -> str:
    """A pattern at word boundaries, unless it brings its own look-around; spaces match any white space."""
    left = "" if pattern.startswith("(?<") else r"(?<![A-Za-z0-9])"
    right = "" if "(?=" in pattern else r"(?![A-Za-z0-9])"
    flexible = pattern.replace(" +", r"\s+").replace(" ?", r"\s*")
    return f"{left}(?:{flexible}){right}"
