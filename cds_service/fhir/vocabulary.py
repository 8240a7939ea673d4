"""The vocabulary of a reader: concepts by code, a site's own after the shipped ones, words by pattern, payers."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from cds_service.fhir.elements import Coding
from cds_service.fhir.nets import PlaceNet, StentNet
from cds_service.knowledge import Concept, PayerBook, Terminology, load_payers, load_roles, load_terminology
from cds_service.knowledge.code_map import CodeMap, load_code_map
from cds_service.knowledge.roles import RoleBook
from cds_service.knowledge.terms import Lexicon, load_lexicon

_KEPT = 8192


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Terminology, lexicons of phrases and of whole notes, nets, payers, roles, a site's own codes."""

    terminology: Terminology
    lexicon: Lexicon
    notes: Lexicon
    payers: PayerBook
    roles: RoleBook
    places: PlaceNet
    stents: StentNet
    local: CodeMap = field(default_factory=CodeMap)

    def concept(self, coding: Coding) -> Concept | None:
        """What a coding stands for, None when its system or code is not known here.

        A number without a system is a hint that it is CPT: it points at the territory and leaves the rest to ask.
        """
        return self._known(coding.system, coding.code)

    @cached_property
    def _known(self) -> Callable[[str, str], Concept | None]:
        """Codes come again and again, within a chart and between charts."""
        return lru_cache(maxsize=_KEPT)(self._looked_up)

    def is_diagnosis(self, coding: Coding) -> bool:
        """True for ICD-10-CM: what a diagnosis is called for billing accepts and rejects no procedure by itself."""
        return self.terminology.system(coding.system, coding.code) == "icd10cm"

    def _looked_up(self, uri: str, code: str) -> Concept | None:
        system = self.terminology.system(uri, code)
        found = self.terminology.lookup(system, code) if system else None
        if found is None:
            return self.local.lookup(self.terminology, uri, code)
        return found if uri else replace(found, treatment="unclear", lesion="")


def shipped_vocabulary(code_map: str = "") -> Vocabulary:
    """The vocabulary of this version, with the site's map at a path.

    Raises:
        KnowledgeProblem: the map cannot be read or has a fault.
    """
    short, notes, local = load_lexicon(), load_lexicon(notes=True), load_code_map(code_map)
    terminology = load_terminology()
    return Vocabulary(
        terminology=terminology,
        lexicon=short,
        notes=notes,
        places=PlaceNet((short, notes), terminology, local),
        stents=StentNet(short, terminology, local),
        payers=load_payers(),
        roles=load_roles(),
        local=local,
    )
