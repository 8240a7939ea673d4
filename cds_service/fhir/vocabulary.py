"""The vocabulary a reader works with: concepts by code, words by pattern."""

from dataclasses import dataclass

from cds_service.fhir.elements import Coding
from cds_service.knowledge import Concept, Terminology, load_terminology
from cds_service.knowledge.terms import Lexicon, load_lexicon


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Terminology, the lexicon of phrases, and the larger one of whole notes."""

    terminology: Terminology
    lexicon: Lexicon
    notes: Lexicon

    def concept(self, coding: Coding) -> Concept | None:
        """What a coding stands for, None when its system or code is not known here."""
        system = self.terminology.system(coding.system, coding.code)
        return self.terminology.lookup(system, coding.code) if system else None


def shipped_vocabulary() -> Vocabulary:
    """The vocabulary of this version."""
    return Vocabulary(terminology=load_terminology(), lexicon=load_lexicon(), notes=load_lexicon(notes=True))
