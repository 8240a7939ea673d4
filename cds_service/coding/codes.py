"""The code family as loaded knowledge: rows, and the look-ups the rules are written in.

Knows no code number but the one the product argues in full. Rows come from `cds_service.knowledge`.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from cds_service.coding.anatomy import Lesion, Role, Territory, Treatment, Vessel
from cds_service.coding.facts import LineOfBusiness, PayerIdentity

ARGUED = "37257"
FAMILY = "lower-extremity-2026"
RETIRED = "lower-extremity-2011"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """One code: what it stands for, from when to when, and where that was read."""

    code: str
    family: str
    territory: Territory | None
    treatment: str
    lesion: Lesion | None
    role: Role
    rank: int | None
    pairs_with: frozenset[str]
    mue: int | None
    mue_indicator: str
    replaces: str
    effective_from: date
    effective_to: date | None
    source: str
    verified: bool

    @property
    def is_addon(self) -> bool:
        """True for a code that may not stand without an initial code."""
        return bool(self.pairs_with)


@dataclass(frozen=True, slots=True, kw_only=True)
class VesselRow:
    """One named artery: its territory and the vessel unit it is counted in (R-VESSEL)."""

    vessel: Vessel
    territory: Territory
    unit: str
    order: int
    only_if_alone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """One rule: paraphrase, source, confidence A to D (C and D are never asserted)."""

    id: str
    text: str
    source: str
    confidence: str
    effective_from: date
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One source: its title and the short form of it for a card, a public page, and the day it was seen."""

    id: str
    title: str
    short: str
    url: str
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyNote:
    """One payer's policy on iliac services: its name, and in a sentence of ours what it governs and what to check.

    `lines` are the lines of business it holds for, `treatments` what it governs. `seen` is the date printed on the
    edition that was read, `review_by` the last day of service for which that reading may be shown. `contractor` names
    the one Medicare contractor whose states it binds, empty where it binds all.
    """

    id: str
    payer: PayerIdentity
    lines: frozenset[LineOfBusiness]
    treatments: frozenset[Treatment]
    policy: str
    number: str
    publisher: str
    contractor: str
    text: str
    seen: date
    review_by: date
    effective_from: date
    effective_to: date | None
    source: str
    verified: bool

    def holds(self, day: date) -> bool:
        """True for a day of service on which the edition was in force and its reading not yet due for review."""
        last = min(self.review_by, self.effective_to or self.review_by)
        return self.effective_from <= day <= last


@dataclass(frozen=True, kw_only=True, eq=False)
class Knowledge:
    """All the coding rules read, of one version. Build it with `cds_service.knowledge.load`."""

    version: str
    family_from: date
    codes: dict[str, CodeRow]
    vessels: dict[Vessel, VesselRow]
    limits: dict[Territory, int]
    rules: dict[str, RuleRow]
    sources: dict[str, SourceRow]
    policies: tuple[PolicyNote, ...]

    @cached_property
    def _by_meaning(self) -> dict[tuple[str, Territory | None, str, Lesion | None, Role], CodeRow]:
        return {(r.family, r.territory, r.treatment, r.lesion, r.role): r for r in self.codes.values()}

    @cached_property
    def family(self) -> frozenset[str]:
        """The 46 code numbers of the 2026 family."""
        return frozenset(c for c, r in self.codes.items() if r.family == FAMILY)

    @cached_property
    def retired(self) -> frozenset[str]:
        """The code numbers of the family that ended with 2025."""
        return frozenset(c for c, r in self.codes.items() if r.family == RETIRED)

    def service(self, territory: Territory, treatment: Treatment, lesion: Lesion, role: Role) -> CodeRow | None:
        """The 2026 code of a service in a role, None where the family has none (iliac atherectomy)."""
        return self._by_meaning.get((FAMILY, territory, treatment.value, lesion, role))

    def beside(self, territory: Territory, treatment: str) -> CodeRow | None:
        """The code that stands beside a vessel's own: lithotripsy of a territory, or iliac atherectomy."""
        for role in (Role.LITHOTRIPSY, Role.SEPARATE):
            for family in (FAMILY, "adjacent"):
                row = self._by_meaning.get((family, territory, treatment, None, role))
                if row is not None:
                    return row
        return None

    def successors(self, retired: str) -> list[str]:
        """The 2026 codes a retired code may have become; which one depends on the lesion (R-DATE)."""
        return sorted(r.code for r in self.codes.values() if r.replaces == retired)

    def initials_for(self, code: str) -> frozenset[str]:
        """The initial codes an add-on may ride with (R-PAIR); empty for a code that is no add-on."""
        row = self.codes.get(code)
        if row is None:
            return frozenset()
        return frozenset(c for c in row.pairs_with if self.codes[c].role is Role.INITIAL)

    def cite(self, rule: str) -> str:
        """The title of a rule's source, for a reader."""
        return self.sources[self.rules[rule].source].title
