"""What the record says: treated vessels, draft charge lines and sessions, each fact with its evidence.

Knows no FHIR. A fact without the resource, the path and the quote it came from cannot be constructed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from cds_service.coding.anatomy import Lesion, Side, Territory, Treatment, Vessel


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where a fact was read: `resource` is Type/id, `path` a FHIR path, `quote` the words as they stand there.

    `offset` is the place of the quote in a longer text, in characters from its beginning; None for a whole element.
    """

    resource: str
    path: str
    quote: str
    date: str = ""
    offset: int | None = None

    def __post_init__(self) -> None:
        if not (self.resource and self.path and self.quote):
            raise ValueError("evidence needs a resource, a path and a quote")


class QuestionCode(StrEnum):
    """What can be unclear in a record; the closed list of the decision document."""

    LESION_TYPE = "lesion-type"
    LATERALITY = "laterality"
    VESSEL = "vessel"
    TREATMENT = "treatment"
    SESSION = "session"
    BRIDGING_LESION = "bridging-lesion"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One field of a fact that could also have other values.

    `about` is side, vessel, treatment, lesion or done; `values` are what the field may be besides what the fact
    states (members of the field's enum; for done True or False). `reason` is a stable word such as
    "not-recorded", "conflict", "subtotal", "in-stent", "status". `indicators` are quotes that raised the doubt.
    """

    question: QuestionCode
    about: str
    reason: str
    values: tuple[Any, ...]
    indicators: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatedVessel:
    """One service in one vessel as one act of the record states it. None means: not recorded.

    `done` False is a service that the record names but does not show as completed: it adds nothing, and its
    doubt says what to ask. `episode` tells operative episodes of one session apart when that is in doubt.
    """

    territory: Territory
    side: Side | None
    vessel: Vessel | None
    treatment: Treatment | None
    lesion: Lesion | None
    evidence: tuple[Evidence, ...]
    lithotripsy: bool = False
    done: bool = True
    episode: int = 0
    doubts: tuple[Doubt, ...] = ()

    def __post_init__(self) -> None:
        if not self.evidence:
            raise ValueError("a treated vessel needs evidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """One charge line that somebody drafted. `units` as charged, `side` None when the line names no leg.

    `both_legs` is modifier 50, or both legs named. `vessels` are those the line itself names. `original` is the
    sender's own JSON, carried untouched for edits; `item` is the index of a Claim item, None for a ChargeItem. `twins`
    are lines of other resources that say the same: the Claim of a charge, the claim of the other biller.
    """

    code: str
    units: int
    modifiers: tuple[str, ...]
    side: Side | None
    resource: str
    both_legs: bool = False
    can_carry_modifiers: bool = False
    vessels: tuple[Vessel, ...] = ()
    original: Mapping[str, Any] = field(default_factory=dict)
    item: int | None = None
    twins: tuple["DraftLine", ...] = ()


class Timing(StrEnum):
    """Whether the services were done or are only planned."""

    PERFORMED = "performed"
    ANTICIPATED = "anticipated"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteOfService:
    """The CMS place-of-service code, None where the record does not settle it, and what it was read from."""

    pos: str | None
    basis: str


class PayerIdentity(StrEnum):
    """Who pays; OTHER is anybody else, and anybody the record does not name."""

    MEDICARE = "medicare"
    AETNA = "aetna"
    BCBS = "bcbs"
    CIGNA = "cigna"
    UNITEDHEALTHCARE = "unitedhealthcare"
    OTHER = "other"


class LineOfBusiness(StrEnum):
    """Under which programme a payer pays: Medicare's own, one that others run for it, or none of Medicare's."""

    MEDICARE = "medicare"
    MEDICARE_ADVANTAGE = "medicare-advantage"
    MEDICARE_SUPPLEMENT = "medicare-supplement"
    MEDICARE_DRUG = "medicare-drug"
    DUAL = "dual"
    MEDICAID = "medicaid"
    GOVERNMENT = "government"
    COMMERCIAL = "commercial"
    SELF_PAY = "self-pay"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """One payer of a session. `identity` MEDICARE is Medicare itself; a plan run for it has the name of who runs it.

    `basis` says what it was read from, in the words of the knowledge files: never the sender's, so no patient data.
    """

    identity: PayerIdentity
    line: LineOfBusiness
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The services of one encounter and day.

    `date` is None when the record does not give the day; `year` may still be known, which is enough to tell the code
    family. `companions` are services of the same day that may belong to the same operative
    session. `drafted` is False when nobody said what is charged so far, so nothing can be missing from it.
    `payers` come primary first and are empty where none is known. `in_scope`: it belongs to the encounter the
    request is about. `edits` are pairs of codes between which the caller says a claim edit applies. `cut`: only a
    part of the procedures was sent; `draft_cut`: only a part of the charges was.
    """

    encounter: str | None
    date: date | None
    timing: Timing
    treated: tuple[TreatedVessel, ...]
    site: SiteOfService
    draft: tuple[DraftLine, ...] = ()
    drafted: bool = False
    year: int | None = None
    payers: tuple[Payer, ...] = ()
    companions: tuple[TreatedVessel, ...] = ()
    in_scope: bool = True
    edits: frozenset[frozenset[str]] = frozenset()
    cut: bool = False
    draft_cut: bool = False

    @property
    def medicare(self) -> bool | None:
        """True when Medicare itself is among the payers, False when only others are, None when no payer is known."""
        return any(p.identity is PayerIdentity.MEDICARE for p in self.payers) if self.payers else None

    @property
    def dated(self) -> bool:
        """True when the day, or at least the year, of service is recorded."""
        return self.date is not None or self.year is not None
