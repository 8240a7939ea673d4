"""Cues that few sentences have a word of: looked for once in a whole text, tried only where such a word stands.

Knows names of cues and where they may begin. What a cue means is its reader's business.
"""

import bisect
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cds_service.knowledge.beginnings import beginnings
from cds_service.knowledge.cues import cue
from cds_service.knowledge.expression import Expression

# Every match of these begins at the start of a word or with a sign, whatever part of a text is searched.
NAMES = (
    "acute-limb",
    "all-but-occluded",
    "another",
    "another-hand",
    "arterial",
    "as-at-the-start",
    "belonging",
    "blank-device",
    "came-back",
    "came-out",
    "complication",
    "cut-short",
    "dated-work",
    "debulked",
    "for-a-device",
    "fresh-occlusion",
    "implant-like",
    "in-the-way",
    "intended",
    "labelled-day",
    "left-alone",
    "more-stents",
    "named-by",
    "named-first",
    "no-account",
    "no-record",
    "none-used",
    "not-carried-out",
    "not-crossed",
    "nothing",
    "number",
    "of-a-branch",
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
    "spans-both",
    "spared",
    "stage-two",
    "stents-over",
    "swollen-leg",
    "unsettled",
    "venous",
    "void",
    "which-artery",
    "whose-leg",
    "work-of-a-day",
)
_BEGUN = beginnings((cue(name).written, name) for name in NAMES)
Places = Mapping[str, Sequence[int]]
"""Where in a text which cues may begin, sorted, by the names of the cues."""


@dataclass(frozen=True, slots=True)
class Rare:
    """A cue by its name."""

    name: str
    pattern: Expression

    def search(self, words: str, possible: Container[str]) -> re.Match[str] | None:
        """The cue in words of which only the `possible` cues can stand there."""
        return self.pattern.search(words) if self.name in possible else None

    def find(self, words: str, possible: Places, at: int) -> re.Match[str] | None:
        """What `search` finds in words that stand at `at` of the text, tried only where it may begin."""
        for place in (at, *possible[self.name]) if self.name in possible else ():
            if place >= at and (match := self.pattern.match(words, place - at)):
                return match
        return None


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
    """Where in a text rare cues may begin: `starts` are sorted places, `names` those of the cues that may at each."""

    starts: Sequence[int]
    names: Sequence[Sequence[str]]
    places: Places

    def within(self, start: int, end: int) -> Places:
        """The cues that may stand in [start, end), and where."""
        first, last = bisect.bisect_left(self.starts, start), bisect.bisect_left(self.starts, end)
        return _by_name(self.starts[first:last], self.names[first:last])

    def matches(self, wanted: Rare, text: str) -> Iterator[re.Match[str]]:
        """What `finditer` would find of a cue in the text."""
        end = 0
        for start in self.places.get(wanted.name, ()):
            match = wanted.pattern.match(text, start) if start >= end else None
            if match is not None:
                end = match.end()
                yield match


def cues_in(text: str) -> Cues:
    """Where the rare cues may begin in a text."""
    found = _BEGUN.places(text)
    starts, names = [start for start, _ in found], [names for _, names in found]
    return Cues(starts, names, _by_name(starts, names))


def _by_name(starts: Sequence[int], names: Sequence[Sequence[str]]) -> Places:
    found: dict[str, list[int]] = {}
    for start, here in zip(starts, names, strict=True):
        for name in here:
            found.setdefault(name, []).append(start)
    return found
