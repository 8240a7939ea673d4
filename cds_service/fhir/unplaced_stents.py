"""Stents placed by an act of their own that names no artery: each may lie in a vessel that others call ballooned.

Knows Procedures. A stent whose act is part of another, or gives it or its artery as the reason, is asked about there.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from cds_service.coding.anatomy import Treatment, Vessel
from cds_service.coding.facts import Evidence, Session, TreatedVessel
from cds_service.fhir.acts import read_act, services_of
from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.device_uses import STENTED, perhaps_stented
from cds_service.fhir.elements import When, concept, objects, performed, strings_of, text
from cds_service.fhir.encounter import encounter_of, same_stay
from cds_service.fhir.entry import Left
from cds_service.fhir.loose_devices import ELSEWHERE
from cds_service.fhir.parents import ancestors
from cds_service.fhir.phrases import read_clauses
from cds_service.fhir.procedures import DONE
from cds_service.fhir.reasons import reason_targets
from cds_service.fhir.vocabulary import Vocabulary

_LAST = date.max.toordinal()
_RESCUE = re.compile(r"bail-?\s?out|dissect|rescue|provisional|recoil|ruptur|perforat|flow-?limiting", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """A stent of an unnamed artery: the acts it belongs to, the arteries its reasons name, whether it was a rescue."""

    evidence: Evidence
    when: When
    encounter: str
    of: frozenset[str]
    vessels: frozenset[Vessel]
    rescue: bool


def unplaced_stents(sessions: Sequence[Session], chart: Chart, vocabulary: Vocabulary) -> list[Unplaced]:
    """The stents that Procedures of these sessions' days tell of without an artery, and without another organ.

    Only completed Procedures count; there are none where no session has a vessel that was ballooned alone.
    """
    dates = [s.date for s in sessions if any(map(_is_ballooned, s.treated))]
    days = {day for d in dates if d is not None for day in _about(d)}
    near = [e for e in chart.of("Procedure") if not isinstance(e, Left) or e.day in days or not e.day] if dates else []
    return [found for e in near if (found := _unplaced(e, chart, vocabulary)) is not None]


def _about(day: date) -> Iterator[str]:
    """A day of the site's clock as other clocks may have it."""
    number = day.toordinal()
    yield from (str(date.fromordinal(n)) for n in range(max(number - 1, 1), min(number + 1, _LAST) + 1))


def _is_ballooned(fact: TreatedVessel) -> bool:
    return fact.treatment is Treatment.ANGIOPLASTY


def with_unplaced_stents(session: Session, stents: Sequence[Unplaced], chart: Chart) -> Session:
    """The session with the question whether one of these stents of its day is in a vessel called ballooned."""
    here = [s for s in stents if s.when.day in (None, session.date) and _is_of_stay(s, session, chart)]
    if not here:
        return session
    acts = {e.resource for f in session.treated for e in f.evidence}
    alone = [s for s in here if s.of.isdisjoint(acts)]
    known = sum(1 for f in session.treated if f.treatment in STENTED)
    alone = alone if len(alone) > known else [s for s in alone if s.rescue or s.vessels]
    treated = tuple(perhaps_stented(f, [s.evidence for s in here if _may_be_of(s, f, alone)]) for f in session.treated)
    return replace(session, treated=treated)


def _may_be_of(stent: Unplaced, fact: TreatedVessel, alone: Sequence[Unplaced]) -> bool:
    if not _is_ballooned(fact) or (stent.vessels and fact.vessel not in stent.vessels):
        return False
    return stent in alone or not stent.of.isdisjoint(e.resource for e in fact.evidence)


def _is_of_stay(stent: Unplaced, session: Session, chart: Chart) -> bool:
    return not (stent.encounter and session.encounter) or same_stay(stent.encounter, session.encounter, chart)


def _unplaced(entry: Entry, chart: Chart, vocabulary: Vocabulary) -> Unplaced | None:
    if isinstance(entry, Left) and not vocabulary.stents.catches_json(bytes(entry.written)):
        return None
    raw = entry.raw
    said = "\n".join(strings_of(raw.get("code")))
    if text(raw.get("status")) not in DONE or ELSEWHERE.search(said) or not vocabulary.stents.catches(said):
        return None
    act = read_act(raw, entry.ref, vocabulary, chart)
    placed = (
        len(act.sites.places) > len(act.reasoned)
        or any(c.places for c, _ in act.clauses)
        or any(c.place for c in act.coded)
    )
    quote = act.treatments.get("stent") or next((e for c, e in act.told if "stent" in c.treatments), None)
    if quote is None or placed or act.away or (services_of(act) and not act.reasoned):
        return None
    causes = list(reason_targets(raw, chart))
    words = [text(concept(v).get("text")) for n in ("reasonCode", "reason") for v in objects(raw.get(n))]
    words += [text(concept(t.raw.get("code")).get("text")) for t in causes if t.kind == "Condition"]
    return Unplaced(
        evidence=quote,
        when=performed(raw),
        encounter=encounter_of(raw, chart),
        of=frozenset((*ancestors(entry, chart), *(t.ref for t in causes if t.kind == "Procedure"))),
        vessels=frozenset(v for phrase in words for v in _named(phrase, vocabulary)),
        rescue=any(
            _RESCUE.search(s) for name in ("code", "reasonCode", "reason", "note") for s in strings_of(raw.get(name))
        ),
    )


def _named(phrase: str, vocabulary: Vocabulary) -> Iterator[Vessel]:
    for clause in read_clauses(phrase, vocabulary.lexicon) if phrase else []:
        yield from (v for _, v, _ in clause.places if v is not None)
