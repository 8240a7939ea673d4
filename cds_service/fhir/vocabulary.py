"""The vocabulary a reader works with: concepts by code, words by pattern, payers by code and name."""

from dataclasses import dataclass

from cds_service.fhir.elements import Coding
from cds_service.knowledge import Concept, PayerBook, Terminology, load_payers, load_terminology
from cds_service.knowledge.terms import Lexicon, load_lexicon


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Terminology, the lexicon of phrases, the larger one of whole notes, and payers."""

    terminology: Terminology
    lexicon: Lexicon
    notes: Lexicon
    payers: PayerBook

    def concept(self, coding: Coding) -> Concept | None:
        """What a coding stands for, None when its system or code is not known here."""
        system = self.terminology.system(coding.system, coding.code)
        return self.terminology.lookup(system, coding.code) if system else None


def shipped_vocabulary() -> Vocabulary:
    """The vocabulary of this version."""
    return Vocabulary(
        terminology=load_terminology(),
        lexicon=load_lexicon(),
        notes=load_lexicon(notes=True),
        payers=load_payers(),
    )
