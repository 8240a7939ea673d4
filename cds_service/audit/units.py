"""Units of an audit: the hook-like requests that a patient's lines make, one for each candidate encounter.

Knows which resource belongs to which encounter, as the prefetch templates of the service would have it, and what
becomes of resources that name none. Knows no code and no vascular word.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cds_service.audit.rows import ACTS, CHARGES, PAPERS, encounter_keys, patient_key
from cds_service.fhir.bundle import Chart
from cds_service.fhir.dates import served
from cds_service.fhir.elements import Json, last_id, moment, obj, objects, performed, text, when
from cds_service.fhir.encounter import stay, whole

_BY_KEY = {"procedures": ACTS, "charges": CHARGES, "reports": PAPERS}
_OF_PATIENT = {"conditions": ("Condition",), "coverage": ("Coverage",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A request and what it is about: `encounter` is an id, empty for what no encounter holds.

    `companions` are Procedures of the patient's other encounters on the same days: they may be of the same session.
    """

    patient: str
    encounter: str
    request: Json
    acts: tuple[Json, ...]
    companions: tuple[Json, ...] = ()

    @property
    def with_companions(self) -> Json:
        """The request with the companions among its procedures."""
        prefetch = self.request["prefetch"]
        return {**self.request, "prefetch": {**prefetch, "procedures": [*prefetch["procedures"], *self.companions]}}


_Held = dict[str, list[Json]]  # what an encounter holds, by prefetch key


def units_of(resources: Sequence[Json], candidates: Iterable[str], kinds: Collection[str]) -> list[Unit]:
    """The units of one patient, ordered by encounter.

    `resources` are all of the patient's lines, `candidates` the encounters with rows that may give a session (the empty
    string for rows without one), `kinds` the resource types that the export has at all.
    """
    patient = _Patient(resources)
    wanted = set(candidates)
    tops = {patient.top(c) for c in wanted if c}
    placed = [(k, raw, encounter_keys(raw)) for k, types in _BY_KEY.items() for raw in patient.of(*types)]
    loose = [(key, raw) for key, raw, encounters in placed if not encounters]
    homes = _homes([raw for _, raw in loose], tops, patient)
    tops |= {home for home in homes if home and "" in wanted}
    held: dict[str, _Held] = {top: {key: [] for key in _BY_KEY} for top in (*tops, "")}
    for key, raw, encounters in placed:
        for top in {patient.top(e) for e in encounters} & tops:
            held[top][key].append(raw)
    for (key, raw), home in zip(loose, homes, strict=True):
        held[home if home in tops else ""][key].append(raw)
    units = [_unit(patient, top, held, kinds) for top in sorted(tops)]
    if "" in wanted and any(held[""].values()):
        units.append(_unit(patient, "", held, kinds))
    return units


class _Patient:
    """The resources of a patient by type, and the encounters they are of."""

    def __init__(self, resources: Sequence[Json]) -> None:
        self._chart = Chart()
        self._chart.add(list(resources))
        self._tops: dict[str, str] = {}
        self._of: dict[str, list[Json]] = {}
        for entry in self._chart.entries:
            self._of.setdefault(entry.kind, []).append(entry.raw)
        self.key = next((k for e in self._chart.entries if (k := patient_key(e.raw))), "")
        self.encounters = [(self.top(last_id(e.ref)), e.raw) for e in self._chart.of("Encounter")]

    def of(self, *kinds: str) -> list[Json]:
        """The resources of some types, in the order they came."""
        if len(kinds) == 1:
            return self._of.get(kinds[0], [])
        return [e.raw for e in self._chart.of(*kinds)] if any(k in self._of for k in kinds) else []

    def top(self, encounter: str) -> str:
        """The encounter at the top of the partOf chain: its id, or its name where only a number is told."""
        if encounter not in self._tops:
            top = whole(_named(encounter), self._chart)
            self._tops[encounter] = last_id(top) or top
        return self._tops[encounter]

    def stay(self, encounter: str) -> tuple[date, date] | None:
        """The days of an encounter."""
        return stay(self._chart.resolve(_named(encounter)))


def _named(encounter: str) -> str:
    return encounter if encounter.startswith("urn:") else f"Encounter/{encounter}"


def _homes(raws: Sequence[Json], tops: Collection[str], patient: _Patient) -> list[str]:
    """For resources without an encounter the one whose stay holds their day, a candidate before any other; or none."""
    if not raws:
        return []
    known = {top for top, _ in patient.encounters} | set(tops)
    spans = sorted((top not in tops, span, top) for top in known if (span := patient.stay(top)) is not None)
    days = [_day(raw) for raw in raws]
    return [next((top for _, (first, last), top in spans if day and first <= day <= last), "") for day in days]


def _day(raw: Json) -> date | None:
    """The day a resource without an encounter is about."""
    kind = raw.get("resourceType")
    if kind == "Procedure":
        return performed(raw).day
    if kind == "ChargeItem":
        return when(raw, "occurrence").day
    if kind == "Claim":
        items = (when(i, "serviced").day for i in objects(raw.get("item")))
        return next((d for d in items if d), moment(text(obj(raw.get("billablePeriod")).get("start"))).day)
    return served(raw, obj(raw.get("context")))[0].day


def _unit(patient: _Patient, top: str, held: dict[str, _Held], kinds: Collection[str]) -> Unit:
    own = held[top]
    prefetch: dict[str, Any] = {}
    if people := patient.of("Patient"):
        prefetch["patient"] = people[0]
    if top:
        prefetch["encounter"] = [raw for its, raw in patient.encounters if its == top] or None
    others = [r for t, h in sorted(held.items()) if t != top for r in h["procedures"]]
    prefetch["procedures"] = own["procedures"]
    if set(kinds) & set(CHARGES):
        prefetch["charges"] = [_as_reviewed(c) for c in own["charges"]]
    if set(kinds) & set(PAPERS):
        prefetch["reports"] = own["reports"]
    for key, types in _OF_PATIENT.items():
        if set(kinds) & set(types):
            prefetch[key] = list(patient.of(*types))
    context = {"userId": "", "patientId": patient.key, "encounterId": top}
    request = {"hook": "org.iliac-cds.charge-review", "context": context, "prefetch": prefetch}
    return Unit(
        patient=patient.key,
        encounter=top,
        request=request,
        acts=tuple(own["procedures"]),
        companions=tuple(_same_days(others, own["procedures"])),
    )


def _as_reviewed(charge: Json) -> Json:
    """A charge as a review before the bill would see it: an audit looks at what was billed."""
    return {**charge, "status": "billable"} if charge.get("status") == "billed" else charge


def _same_days(others: Sequence[Json], own: Iterable[Json]) -> list[Json]:
    if not others:
        return []
    days = {d for r in own if (d := performed(r).day)}
    return [r for r in others if performed(r).day in days]
