"""Which words of a note can change what it tells; all others may go unread.

Knows kinds of terms and cues. A sentence without such a word, under labels without one, tells of no vessel, lesion or
treatment and refers to none: a test holds reading all of a note against leaving it out.
"""

from collections.abc import Iterable, Sequence

from cds_service.fhir.notes.guards import ASKED
from cds_service.fhir.notes.layout import Passage
from cds_service.fhir.notes.memory import Memory
from cds_service.fhir.notes.rare import Cues, rare
from cds_service.knowledge.terms import Token

_KINDS = frozenset({"vessel", "short", "side", "treatment", "lesion", "percent", "work"})
# Words that matter though no term stands beside them: what failed, what was left out, and what holds for a whole note.
_CUES = frozenset({"complication", "left-alone", "not-crossed", "nothing", "spared"})
# What may begin one of these is far more frequent than they are: they matter where they stand. A number alone tells
# which lesion the next words are about.
_TRIED = {said.name: said.pattern for said in (*ASKED, rare("number"))}

SHORT = 600
"""To find out what of so short a text may go unread takes longer than to read it."""


def places_that_matter(text: str, tokens: Iterable[Token], cues: Cues) -> Sequence[int]:
    """Where a word stands, or may stand, that can change what the text tells; sorted. All of a short text does."""
    if len(text) <= SHORT:
        return range(len(text) + 1)
    found = [t.start for t in tokens if t.kind in _KINDS]
    for name, starts in cues.places.items():
        if name in _CUES:
            found += starts
        elif name in _TRIED:
            begins = _TRIED[name].match
            found += [start for start in starts if begins(text, start)]
    return sorted(found)


_NOT_THE_PATIENTS = (rare("of-others"), rare("no-record"))
_OF_OTHERS = frozenset(said.name for said in _NOT_THE_PATIENTS)


def is_of_others(passage: Passage, text: str, cues: Cues) -> bool:
    """True for words on a relative or another patient, and for advice and templates: no work of this patient."""
    start = passage.line[0] if passage.line else passage.start
    possible = passage.cues if start == passage.start else cues.within(start, passage.end)
    if _OF_OTHERS.isdisjoint(possible):
        return False
    words = text[start : passage.end]
    return any(said.find(words, possible, start) for said in _NOT_THE_PATIENTS)


def is_heard_in_vain(tokens: Iterable[Token], cues: Iterable[str], memory: Memory) -> bool:
    """True for words on an acute illness, as in "no acute distress", before any vessel was named: they are of none."""
    return memory.is_blank and _CUES.isdisjoint(cues) and all(_is_of_illness(t) for t in tokens)


def _is_of_illness(token: Token) -> bool:
    return token.value == "acute" if token.kind == "lesion" else token.kind not in (*_KINDS, "away")
