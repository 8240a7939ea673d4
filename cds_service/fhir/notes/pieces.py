"""Passages in pieces that can be read in time: a sentence longer than people write is cut, and a note has a budget.

Knows passages and tokens by their places. What stands around each word of a sentence is looked at, so that the time for
one grows with the square of its length.
"""

import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from cds_service.fhir.notes.layout import Passage
from cds_service.fhir.notes.saying import Quote
from cds_service.knowledge.terms import Token

LONGEST_SENTENCE = 2_000
MOST_WORK = 6_000_000
"""Words that count times the characters of their sentence; a dense note of 400,000 characters makes a fifth of it."""
_LONGEST_QUOTE = 200


@dataclass(slots=True)
class Pieces:
    """The pieces of a text's passages with their tokens; `beyond` is what first lay beyond the budget, once read."""

    text: str
    tokens: Sequence[Token]
    beyond: Quote | None = None

    def of(self, passages: Iterable[Passage]) -> Iterator[tuple[Passage, Sequence[Token], bool]]:
        """Passages or pieces of them in order, each with its tokens and whether it is whole, within the budget."""
        starts, work = [t.start for t in self.tokens], 0
        for passage, is_whole in (piece for whole in passages for piece in _cut(whole, self.text)):
            own = self.tokens[bisect.bisect_left(starts, passage.start) : bisect.bisect_left(starts, passage.end)]
            work += (passage.end - passage.start) * len(own)
            if work > MOST_WORK:
                self.beyond = uncertain(passage, self.text)
                return
            yield passage, own, is_whole


def _cut(passage: Passage, text: str) -> Iterator[tuple[Passage, bool]]:
    start = passage.start
    while passage.end - start > LONGEST_SENTENCE:
        end = text.rfind(" ", start + 1, start + LONGEST_SENTENCE) + 1 or start + LONGEST_SENTENCE
        yield replace(passage, start=start, end=end, lead=max(start, passage.lead)), False
        start = end
    if start == passage.start:
        yield passage, True
    else:
        yield replace(passage, start=start, lead=max(start, passage.lead)), False


def uncertain(passage: Passage, text: str) -> Quote:
    """The beginning of a piece: a word that turns what it says may stand in another one."""
    words = text[passage.start : passage.end].rstrip()[:_LONGEST_QUOTE]
    return Quote(start=passage.start, end=passage.start + len(words), words=words)
