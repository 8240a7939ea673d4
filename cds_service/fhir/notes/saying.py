"""What one clause of a note says: the value that sentences, tables and the discourse share.

Knows places, treatments, lesions and what refers to them; how they are read is for `sayings` and its neighbours.
"""

import re
from dataclasses import dataclass

from cds_service.coding.anatomy import Side, Territory, Vessel
from cds_service.fhir.notes.layout import Passage
from cds_service.fhir.notes.naming import (
    ANOTHER,
    NAMED_BY,
    NAMED_FIRST,
    NUMBER,
    ORDINAL,
    SAME_AGAIN,
    height_in,
    key_in,
    listed_in,
    names_in,
)
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.rare import rare
from cds_service.knowledge.cues import cue
from cds_service.knowledge.expression import Expression

_TOPICAL = cue("topical")
_NAMING = frozenset({NAMED_BY.name, NAMED_FIRST.name})
_BELONGING = rare("belonging")
_SIDE_UNKNOWN = rare("side-unknown")
OPENS_WITH_PART = re.compile(
    r"\W*(?:the\s+)?(?:proximal|distal|mid\w*|upper|lower|rest\s+of|remaind\w+|remaining)\b", re.IGNORECASE
)
"""How a clause begins that is about a part of a vessel."""

Place = tuple[Territory, Vessel | None, tuple[Side, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Words of a note: their place [start, end) and what they are."""

    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """One clause of a note. `treatments` and `lesions` as they were said; `start` and `end` are places in the text.

    `lesions` are those stated firmly, `denied` those said to be absent, `unsure` those in doubt. `definite` are
    lesions that refer back ("the occlusion"). `words` are the clause's, `sentence` all of its sentence; what few
    sayings are asked for is looked up in them when it is asked.
    """

    passage: Passage
    start: int
    end: int
    places: tuple[Place, ...] = ()
    sides: tuple[Side, ...] = ()
    treatments: frozenset[tuple[str, How]] = frozenset()
    lesions: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    definite: frozenset[str] = frozenset()
    refers: frozenset[str] = frozenset()
    clear: bool = False
    failed: bool = False
    worked: bool = False
    bridging: bool = False
    topics: frozenset[Side] = frozenset()
    several: tuple[str, int] = ("", 0)
    rank: tuple[int, int] = (0, 0)
    elsewhere: frozenset[str] = frozenset()

    words: str = ""
    sentence: str = ""

    def after_words(self, pattern: Expression) -> bool:
        """True when the clause has words of a pattern."""
        return bool(pattern.search(self.words))

    @property
    def is_old(self) -> bool:
        """True when it tells of treatment long ago and of none today."""
        return bool(self.treatments) and all(h is How.OLD for _, h in self.treatments)

    @property
    def key(self) -> str:
        """The number or letter it gives a lesion, or means one by."""
        return key_in(self.words) if NUMBER.find(self.words, self.passage.cues, self.start) else ""

    @property
    def listed(self) -> str:
        """The number or rank a list gives it, which names and refers to nothing."""
        return listed_in(self.words)

    @property
    def names(self) -> tuple[str, ...]:
        """What it calls a lesion by its place in a row."""
        return () if _NAMING.isdisjoint(self.passage.cues) else names_in(self.words)

    @property
    def height(self) -> str:
        """Upper or lower, where it speaks of one of two lesions."""
        return height_in(self.words)

    @property
    def same_again(self) -> bool:
        """True for "treated in the same way"."""
        return bool(SAME_AGAIN.search(self.words, self.passage.cues))

    @property
    def ordinal(self) -> bool:
        """True for "the second lesion"."""
        return bool(ORDINAL.search(self.words, self.passage.cues))

    @property
    def another(self) -> bool:
        """True for a second lesion beside one told before."""
        return bool(ANOTHER.search(self.words, self.passage.cues))

    @property
    def belonging(self) -> bool:
        """True for a vessel of the leg that was spoken of, "its external iliac"."""
        return bool(_BELONGING.search(self.words, self.passage.cues))

    @property
    def side_unknown(self) -> bool:
        """True for words that leave the leg open."""
        return bool(_SIDE_UNKNOWN.search(self.sentence, self.passage.cues))

    @property
    def topical(self) -> bool:
        """True when its sentence opens with its leg."""
        return bool(_TOPICAL.match(self.sentence))

    @property
    def has_content(self) -> bool:
        """True when it says anything of a lesion or a treatment."""
        return bool(self.treatments or self.lesions or self.denied or self.unsure or self.failed)


def quoted(match: re.Match[str]) -> Quote:
    """The words that an expression found in a note."""
    return Quote(start=match.start(), end=match.end(), words=match.group())


def clause_of(saying: Saying) -> Quote:
    """The clause of a saying."""
    return Quote(start=saying.start, end=saying.end, words=saying.words)


def quote_of(saying: Saying, text: str) -> Quote:
    """The sentence a saying stands in; of a long one, the clause."""
    start, end = saying.passage.start, saying.passage.end
    if end - start > 240:
        start, end = saying.start, min(saying.end, saying.start + 240)
    while start < end and text[start].isspace():
        start += 1
    return Quote(start=start, end=end, words=text[start:end].rstrip())
