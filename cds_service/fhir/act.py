"""What one act of the record holds while it is read: codings, words, body sites, devices, and what speaks against it.

Knows the shapes only; `acts` fills them, `contradictions` weighs them.
"""

from dataclasses import dataclass, field

from cds_service.coding.anatomy import Side, Territory, Treatment, Vessel
from cds_service.coding.facts import Doubt, Evidence
from cds_service.fhir.phrases import Clause
from cds_service.fhir.places import Site, Sites

Place = tuple[Territory, Vessel | None, tuple[Side, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A treatment at a place as one act states it."""

    territory: Territory
    vessel: Vessel | None
    side: Side | None
    treatment: Treatment | None
    lithotripsy: bool
    evidence: tuple[Evidence, ...]
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """A coding that names a place, with its treatment (empty: none) and the code system it is of."""

    place: Place
    evidence: Evidence
    treatment: str = ""
    system: str = ""

    @property
    def vessel(self) -> Vessel | None:
        return self.place[1]

    @property
    def sides(self) -> tuple[Side, ...]:
        return self.place[2]

    @property
    def is_whole(self) -> bool:
        """True when the coding alone names a service: a vessel and what was done in it."""
        return self.vessel is not None and bool(self.treatment)


@dataclass(slots=True, kw_only=True)
class Act:
    """What an act's own elements say: treatments, coded and spoken places, clauses, devices, exclusions.

    `told` are the clauses that tell of treatment carried out. `away`: codes take the act out of the family.
    `against`: words, devices or codings that contradict what was coded. `reasoned`: places that only its reasons name.
    """

    ref: str
    kind: str
    treatments: dict[str, Evidence] = field(default_factory=dict)
    coded: list[Coded] = field(default_factory=list)
    clauses: list[tuple[Clause, Evidence]] = field(default_factory=list)
    told: list[tuple[Clause, Evidence]] = field(default_factory=list)
    devices: dict[str, Evidence] = field(default_factory=dict)
    hints: list[Evidence] = field(default_factory=list)
    against: list[Evidence] = field(default_factory=list)
    sides: tuple[Side, ...] = ()
    sites: Sites = field(default_factory=Sites)
    reasoned: list[Site] = field(default_factory=list)
    away: set[str] = field(default_factory=set)

    def evidence(self, path: str, quote: str) -> Evidence:
        return Evidence(resource=self.ref, path=f"{self.kind}.{path}", quote=quote)

    def hear(self, clause: Clause, evidence: Evidence) -> None:
        """Take in the next clause of the act's words."""
        self.clauses.append((clause, evidence))
        if clause.is_done:
            self.told.append((clause, evidence))

    @property
    def names_vessel(self) -> bool:
        """True when any element of its own names a vessel."""
        spoken = (v for c, _ in self.clauses for _, v, _ in c.places)
        placed = (*(c.vessel for c in self.coded), *(p.vessel for p in self.sites.places))
        return any(v is not None for v in (*spoken, *placed))

    @property
    def names_place(self) -> bool:
        """True when any element of its own names a place, in a leg or elsewhere."""
        elsewhere = self.away or self.sites.away or any(c.away for c, _ in self.clauses)
        return bool(elsewhere or self.coded or self.sites.places or any(c.places for c, _ in self.clauses))

    @property
    def tells_treatment(self) -> bool:
        """True when a code, or words on work carried out, name a treatment."""
        return bool(self.treatments) or any(c.treatments for c, _ in self.told)

    @property
    def wholes(self) -> dict[tuple[Place, str], Evidence]:
        """The services that single codings name, each once; one that leaves out the leg another names is the same."""
        found = {(c.place, c.treatment): c.evidence for c in self.coded if c.is_whole}
        sided = {(t, v, how) for (t, v, sides), how in found if sides}
        return {k: e for k, e in found.items() if k[0][2] or (k[0][0], k[0][1], k[1]) not in sided}


def spoken_sides(act: Act) -> tuple[Side, ...]:
    """The leg the act's words name, when they name one only."""
    said = {c.sides for c, _ in act.told if c.sides and (c.treatments or c.places)}
    return next(iter(said)) if len(said) == 1 else ()
