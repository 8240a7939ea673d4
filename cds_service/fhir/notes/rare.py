"""Cues that few sentences have a word of: looked for once in a whole text, tried only where such a word stands.

Knows names of cues and where they may begin. What a cue means is its reader's business.
"""

import bisect
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass

from cds_service.knowledge.beginnings import beginnings
from cds_service.knowledge.cues import cue

# Every match of these begins at the start of a word or with a sign, whatever part of a text is searched.
NAMES = (
    "all-but-occluded",
    "another",
    "another-hand",
    "arterial",
    "belonging",
    "came-back",
    "complication",
    "cut-short",
    "dated-work",
    "debulked",
    "fresh-occlusion",
    "implant-like",
    "intended",
    "left-alone",
    "more-stents",
    "named-by",
    "named-first",
    "no-record",
    "none-used",
    "not-carried-out",
    "of-a-branch",
    "not-crossed",
    "nothing",
    "number",
    "of-others",
    "operator",
    "ordinal",
    "others-work",
    "rethought",
    "same-again",
    "says-otherwise",
    "second-patient",
    "second-sitting",
    "service-year",
    "side-unknown",
    "spared",
    "unsettled",
    "venous",
    "void",
    "whose-leg",
)
_BEGUN = beginnings((cue(name).pattern, name) for name in NAMES)
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rare:
    """A cue by its name."""

    name: str
    pattern: re.Pattern[str]

    def search(self, words: str, possible: Container[str]) -> re.Match[str] | None:
        """The cue in words of which only the `possible` cues can stand there."""
        return self.pattern.search(words) if self.name in possible else None


def rare(name: str) -> Rare:
    """The cue of a name.

    Raises:
        ValueError: the cue is not among those looked for beforehand.
    """
    if name not in NAMES:
        raise ValueError(f"{name!r} is not looked for in whole texts")
    return Rare(name, cue(name))


@dataclass(frozen=True, slots=True)
class Cues:
    """Where in a text rare cues may begin: sorted places, each with the names of the cues."""

    starts: tuple[int, ...]
    names: tuple[tuple[str, ...], ...]

    def within(self, start: int, end: int) -> frozenset[str]:
        """The cues that may stand in [start, end)."""
        first, last = bisect.bisect_left(self.starts, start), bisect.bisect_left(self.starts, end)
        return frozenset(name for names in self.names[first:last] for name in names) if first < last else _NONE

    def matches(self, wanted: Rare, text: str) -> Iterator[re.Match[str]]:
        """What `finditer` would find of a cue in the text."""
        end = 0
        for start, names in zip(self.starts, self.names, strict=True):
            match = wanted.pattern.match(text, start) if start >= end and wanted.name in names else None
            if match is not None:
                end = match.end()
                yield match


def cues_in(text: str) -> Cues:
    """Where the rare cues may begin in a text."""
    found = _BEGUN.places(text)
    return Cues(tuple(start for start, _ in found), tuple(names for _, names in found))
