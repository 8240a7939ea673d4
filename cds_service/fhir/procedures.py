"""Procedures as treated vessels: status, parent, date and encounter around what `acts` and `binding` read.

Knows which status lets a service count (R-DONE). Sessions are made elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cds_service.coding.anatomy import Treatment
from cds_service.coding.facts import Doubt, Evidence, QuestionCode, TreatedVessel
from cds_service.fhir.act import Act, Service, spoken_sides
from cds_service.fhir.acts import read_act, services_of
from cds_service.fhir.binding import bind, placed_by_reason
from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.citing import Cited, cited_for, not_shared
from cds_service.fhir.device_uses import STENTED, Occasion, Use, perhaps_stented, stent_uses, with_uses
from cds_service.fhir.elements import (
    Json,
    When,
    codings,
    last_id,
    objects,
    performed,
    reference,
    relative,
    text,
    words,
)
from cds_service.fhir.encounter import encounter_of
from cds_service.fhir.lesions import LesionStatement
from cds_service.fhir.own_statements import beside_words, own_statements
from cds_service.fhir.parents import ancestors, outermost
from cds_service.fhir.phrases import read_clauses
from cds_service.fhir.reasons import OUT, cited_by, points_away, reasons_of
from cds_service.fhir.remarks import short_notes
from cds_service.fhir.resources import faults
from cds_service.fhir.spoken import Spoken, spoken_act
from cds_service.fhir.vocabulary import Vocabulary

NEVER = ("not-done", "entered-in-error", "stopped")
PLANNED = ("preparation",)
DONE = ("completed",)
NAMED = "name:"  # before the name of a performer who is told by no reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Treated:
    """An act with the vessels it treated and what places it in a session. `planned`: not yet done."""

    entry: Entry
    vessels: tuple[TreatedVessel, ...]
    encounter: str
    when: When
    parent: str = ""
    performers: frozenset[str] = frozenset()
    planned: bool = False
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """An act read by itself: its services, and the Conditions it cites."""

    entry: Entry
    act: Act
    services: tuple[Service, ...]
    cites: frozenset[str]
    when: When
    spoken: Spoken | None = None

    def explained(self, conditions: Sequence[LesionStatement]) -> list[LesionStatement]:
        """Those of the Conditions the act cites that name the vessel it treats, or that place it."""
        cited = [s for s in conditions if s.evidence.resource in self.cites]
        placed = {(s.vessel, s.side) for s in placed_by_reason(self.services, cited)}
        return [s for s in cited if any((s.vessel, x) in placed for x in s.sides)]


def read_procedures(
    chart: Chart, vocabulary: Vocabulary, conditions: Sequence[LesionStatement]
) -> tuple[list[Treated], list[LesionStatement]]:
    """Every Procedure of the chart that treats an artery of a leg, and the Conditions that are no act's own."""
    entries = chart.acts()
    uses = stent_uses(chart, vocabulary)
    alone = [r for e in entries if (r := _alone(e, chart, vocabulary, uses)) is not None]
    explained = {id(s) for r in alone for s in r.explained(conditions)}
    loose = [s for s in conditions if id(s) not in explained]
    cited = cited_for((r.cites, r.services) for r in alone)
    read = {r.entry.ref: _bound(r, chart, vocabulary, conditions=loose, cited=cited) for r in alone}
    named = [r for r in read.values() if any(v.vessel is not None for v in r.vessels)]
    containers = {ref for r in named for ref in ancestors(r.entry, chart)}
    stented = [r for r in named if any(v.treatment in STENTED for v in r.vessels)]
    with_stent = {ref for r in stented for ref in ancestors(r.entry, chart)}
    out = []
    for ref, act in read.items():
        if ref in containers and all(v.vessel is None for v in act.vessels):
            continue
        out.append(_inherit(act, chart, vocabulary, with_stent))
    return out, loose


def _alone(entry: Entry, chart: Chart, vocabulary: Vocabulary, uses: Sequence[Use]) -> _Reading | None:
    if text(entry.raw.get("status")) in NEVER or True in (entry.raw.get("doNotPerform"), entry.raw.get("notDone")):
        return None
    act = read_act(entry.raw, entry.ref, vocabulary, chart)
    spoken = spoken_act(entry.raw, act, vocabulary)
    services = list(spoken.services) if spoken else services_of(act)
    if services and (away := points_away(entry, chart, vocabulary)):
        inside = [s.evidence for s in reasons_of(entry, chart, vocabulary) if s.lesion and s.vessel]
        act.against += [*inside, away]
        services = services_of(act) if inside and not spoken else []
    if not services:
        return None
    names, done = (entry.ref, *ancestors(entry, chart)), performed(entry.raw)
    stay = last_id(encounter_of(entry.raw, chart))
    services = with_uses(services, uses, Occasion(names=names, when=done, encounter=stay))
    cites = cited_by(entry, chart)
    return _Reading(entry=entry, act=act, services=tuple(services), cites=cites, when=done, spoken=spoken)


def _bound(
    reading: _Reading,
    chart: Chart,
    vocabulary: Vocabulary,
    *,
    conditions: Sequence[LesionStatement],
    cited: Cited,
) -> Treated:
    entry, raw = reading.entry, reading.entry.raw
    status = text(raw.get("status"))
    encounter = encounter_of(raw, chart)
    day, ended, stay = reading.when.day, reading.when.end, last_id(encounter)
    own = [s for s in _own(reading, chart, vocabulary) if s.is_of(day, stay, ended)]
    own = [not_shared(s, cited) for s in own]
    services = placed_by_reason(reading.services, own)
    vessels = bind(services, own, [s for s in conditions if s.is_of(day, stay, ended)])
    unread = tuple(faults(raw))
    vessels = [_noted(v, reading, vocabulary, alone=len(vessels) == 1) for v in vessels]
    open_status = (status not in DONE and status not in PLANNED) or entry.ref in chart.disputed
    if unread or open_status or _status_reason(raw) or _unsuccessful(raw) or raw.get("modifierExtension"):
        vessels = [_in_doubt(v, entry, "unreadable" if unread else "status") for v in vessels]
    return Treated(
        entry=entry,
        vessels=tuple(vessels),
        encounter=encounter,
        when=reading.when,
        parent=outermost(entry, chart),
        performers=_performers(raw),
        planned=status in PLANNED,
        unread=unread,
    )


def _own(reading: _Reading, chart: Chart, vocabulary: Vocabulary) -> list[LesionStatement]:
    """What an act says of its lesions, its words read as a note where they alone speak."""
    if reading.spoken is None:
        return own_statements(reading.entry, reading.act, chart, vocabulary, day=reading.when.day)
    beside = beside_words(reading.entry, reading.act, chart, vocabulary, day=reading.when.day)
    return [*reading.spoken.statements, *beside]


def _noted(vessel: TreatedVessel, reading: _Reading, vocabulary: Vocabulary, *, alone: bool) -> TreatedVessel:
    """A short note that names a failure or a stent against the act's own code raises a doubt."""
    entry = reading.entry
    for path, phrase in short_notes(entry.raw, reading.when.day):
        for clause in read_clauses(phrase, vocabulary.lexicon):
            here = any(v is vessel.vessel for _, v, _ in clause.places) or (alone and not clause.places)
            quote = Evidence(resource=entry.ref, path=f"{entry.kind}.{path}", quote=clause.quote)
            if alone and clause.away & OUT:
                vessel = _in_doubt(vessel, entry, "conflict", quote)
            if not here:
                continue
            if "failed" in clause.scopes:
                vessel = _in_doubt(vessel, entry, "failed", quote)
            elif "stent" in clause.treatments and vessel.treatment is Treatment.ANGIOPLASTY:
                doubt = Doubt(
                    question=QuestionCode.CONFLICT,
                    about="treatment",
                    reason="conflict",
                    values=(Treatment.STENT,),
                    indicators=(quote,),
                )
                vessel = replace(vessel, doubts=(*vessel.doubts, doubt))
    return vessel


def _in_doubt(vessel: TreatedVessel, entry: Entry, reason: str, quote: Evidence | None = None) -> TreatedVessel:
    """A service whose completion the record does not show: it adds nothing, and the question is asked."""
    status = text(entry.raw.get("status")) or "not recorded"
    quote = quote or Evidence(resource=entry.ref, path=f"{entry.kind}.status", quote=status)
    doubt = Doubt(question=QuestionCode.TREATMENT, about="done", reason=reason, values=(True,), indicators=(quote,))
    return replace(vessel, done=False, doubts=(*vessel.doubts, doubt))


def _unsuccessful(raw: Json) -> bool:
    """True when the act's outcome is recorded as unsuccessful (SNOMED CT 385671000, or words)."""
    outcome = raw.get("outcome")
    said = words(outcome).lower()
    return any(c.code == "385671000" for c in codings(outcome)) or "unsuccess" in said or "fail" in said


def _status_reason(raw: Json) -> bool:
    return bool(words(raw.get("statusReason")))


def _performers(raw: Json) -> frozenset[str]:
    """Who performed an act, where all are practitioners, or all are told by name only: roles cannot be compared."""
    actors = [a for p in objects(raw.get("performer")) for a in objects(p.get("actor"))]
    refs = [relative(reference(a)) for a in actors]
    if not any(refs):
        names = [" ".join(text(a.get("display")).casefold().split()) for a in actors]
        return frozenset(NAMED + n for n in names) if all(names) else frozenset()
    return frozenset(refs) if all(r.startswith("Practitioner/") for r in refs) else frozenset()


def _inherit(act: Treated, chart: Chart, vocabulary: Vocabulary, with_stent: set[str]) -> Treated:
    """What a part leaves out and one of its wholes says, the nearest first: encounter, date and leg.

    A stent among the devices of a whole none of whose parts (`with_stent`) is a stent may be in any of them.
    """
    for ref in ancestors(act.entry, chart):
        entry = chart.resolve(ref)
        if entry is not None:
            whole = read_act(entry.raw, entry.ref, vocabulary, chart)
            act = _inherit_from(entry, whole, act, chart)
            stents = list(whole.devices.values()) if ref not in with_stent else []
            act = replace(act, vessels=tuple(perhaps_stented(v, stents) for v in act.vessels))
    return act


def _inherit_from(parent: Entry, whole: Act, act: Treated, chart: Chart) -> Treated:
    sides = (
        whole.sites.sides
        or whole.sides
        or spoken_sides(whole)
        or next((p.sides for p in whole.sites.places if p.sides), ())
    )
    side = sides[0] if len(sides) == 1 else None
    vessels = []
    for vessel in act.vessels:
        if vessel.side is None and side is not None:
            quote = words(parent.raw.get("code")) or side.value
            evidence = Evidence(resource=parent.ref, path="Procedure.code", quote=quote)
            vessel = replace(vessel, side=side, evidence=(*vessel.evidence, evidence))
        vessels.append(vessel)
    if text(parent.raw.get("status")) in NEVER:
        vessels = [_in_doubt(v, parent, "status") for v in vessels]
    own_time = act.when if act.when.year is not None else performed(parent.raw)
    return replace(
        act, vessels=tuple(vessels), when=own_time, encounter=act.encounter or encounter_of(parent.raw, chart)
    )
