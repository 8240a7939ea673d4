"""What one clause of a note says: the value that sentences, tables and the discourse share.

Knows places, treatments, lesions and what refers to them; how they are read is for `sayings` and its neighbours.
"""

import re
from dataclasses import dataclass

from cds_service.coding.anatomy import Side, Territory, Vessel
from cds_service.fhir.notes.layout import Passage
from cds_service.fhir.notes.polarity import How

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
    lesions that refer back ("the occlusion"). `topical`: the sentence opens with its leg. `another`: a second lesion
    beside one told before. `key` is a number that names or refers, `listed` one that only names.
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
    key: str = ""
    names: tuple[str, ...] = ()
    clear: bool = False
    same_again: bool = False
    side_unknown: bool = False
    failed: bool = False
    worked: bool = False
    bridging: bool = False
    ordinal: bool = False
    topical: bool = False
    topics: frozenset[Side] = frozenset()
    belonging: bool = False
    another: bool = False
    listed: str = ""
    several: tuple[str, int] = ("", 0)
    height: str = ""
    elsewhere: frozenset[str] = frozenset()

    words: str = ""

    def after_words(self, pattern: re.Pattern[str]) -> bool:
        """True when the clause has words of a pattern."""
        return bool(pattern.search(self.words))

    @property
    def is_old(self) -> bool:
        """True when it tells of treatment long ago and of none today."""
        return bool(self.treatments) and all(h is How.OLD for _, h in self.treatments)

    @property
    def has_content(self) -> bool:
        """True when it says anything of a lesion or a treatment."""
        return bool(self.treatments or self.lesions or self.denied or self.unsure or self.failed)
