"""CDS Hooks cards out of coding decisions. Knows the decision and the words; neither FHIR reading nor HTTP."""

from cards.compose import Occasion, cards_for
from cards.gaps import Gaps

__all__ = ["Gaps", "Occasion", "cards_for"]
