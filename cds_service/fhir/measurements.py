"""Observations as statements about lesions: reached from an act, or of its occasion with vessel and leg named.

Knows status, links, places and times of Observations and of the reports they are results of. What is preliminary,
unclear or about something else is a doubt; what was measured after the treatment says nothing of the lesion treated.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from cds_service.coding.facts import Evidence
from cds_service.fhir.act import Place
from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.degrees import ASIDE, Topic, answer, may_matter, quote_of, read_topic
from cds_service.fhir.elements import Json, codings, last_id, moment, objects, reference, text, words
from cds_service.fhir.entry import Whole
from cds_service.fhir.lesions import LesionStatement, of_concept
from cds_service.fhir.places import Sites, read_sites
from cds_service.fhir.reasons import reason_targets
from cds_service.fhir.structures import target_sites
from cds_service.fhir.vocabulary import Vocabulary

_FINAL = ("final", "amended", "corrected", "appended")
_VOID = ("entered-in-error", "cancelled")
_NEGATIVE = ("n", "neg", "nd", "negative", "normal", "not detected")
_PLACE_ASKED = re.compile(r"vessel|arter|site|location|segment|side|lateral", re.IGNORECASE)
_NOT_TREATED = re.compile(r"access|approach|punctur|sheath|donor|entry", re.IGNORECASE)
_MEMBERS_DEEP = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured(LesionStatement):
    """A statement of an Observation; `at` is the moment it was measured, where that is recorded."""

    at: datetime | None = None

    def is_of(self, day: date | None, encounter: str, ended: datetime | None = None) -> bool:
        """False for what was measured after the act, and, unless the act points at it, on another occasion."""
        if self.since is not None and day is not None and self.since > day:
            return False
        if self.at is not None and ended is not None and _later(self.at, ended):
            return False
        if self.own:
            return True
        if self.encounter and encounter:
            return self.encounter == encounter
        return not self.encounter and self.since is not None and self.since == day


def _later(first: datetime, second: datetime) -> bool:
    if (first.tzinfo is None) != (second.tzinfo is None):
        first, second = first.replace(tzinfo=None), second.replace(tzinfo=None)
    return first > second


def measured_of(chart: Chart, vocabulary: Vocabulary) -> list[LesionStatement]:
    """What the chart's Observations say of lesions whose vessel and leg they name."""
    entries = [*chart.of("Observation"), *_contained_results(chart)]
    found = [s for e in entries for s in _read(e, chart, vocabulary, own=False)]
    return [s for s in found if s.vessel is not None and s.sides]


def _contained_results(chart: Chart) -> Iterator[Entry]:
    """The results that final reports contain, of the reports' encounter and moment where they name none."""
    for report in chart.of("DiagnosticReport"):
        raw = report.raw
        if text(raw.get("status")) not in _FINAL or not raw.get("contained") or ASIDE.search(words(raw.get("code"))):
            continue
        given: Json = {k: raw[k] for k in ("encounter", "effectiveDateTime", "effectivePeriod") if k in raw}
        for ref in filter(lambda r: r.startswith("#"), map(reference, objects(raw.get("result")))):
            entry = chart.resolve(ref, raw)
            if entry is not None and entry.kind == "Observation":
                own = any(k.startswith("effective") for k in entry.raw)
                kept = {k: v for k, v in given.items() if k == "encounter" or not own}
                yield Whole(raw={**kept, **entry.raw}, ref=entry.ref, kind=entry.kind)


def measured_for(act: Entry, chart: Chart, vocabulary: Vocabulary) -> list[LesionStatement]:
    """What an act's own Observations say: its reasons, the results of its reports, and those that are part of it."""
    reasons = list(reason_targets(act.raw, chart))
    reports = [t for t in reasons if t.kind == "DiagnosticReport"]
    for item in objects(act.raw.get("report")):
        target = chart.resolve(reference(item), act.raw)
        reports += [target] if target is not None and target.kind == "DiagnosticReport" else []
    own = [t for t in reasons if t.kind == "Observation"]
    own += [e for e in chart.of("Observation") if act.ref in _wholes(e, chart)]
    out = [s for e in _with_members(own, chart) for s in _read(e, chart, vocabulary, own=True)]
    for report in {r.ref: r for r in reports}.values():
        out += _of_report(report, chart, vocabulary)
    return out


def _wholes(entry: Entry, chart: Chart) -> set[str]:
    targets = [chart.resolve(reference(p), entry.raw) for p in objects(entry.raw.get("partOf"))]
    return {t.ref for t in targets if t is not None}


def _of_report(report: Entry, chart: Chart, vocabulary: Vocabulary) -> Iterator[LesionStatement]:
    """The results of a report. One that names no vessel may be of any vessel the report is about."""
    status = text(report.raw.get("status"))
    if status in _VOID or ASIDE.search(words(report.raw.get("code"))):
        return
    targets = [chart.resolve(reference(r), report.raw) for r in objects(report.raw.get("result"))]
    for entry in _with_members([t for t in targets if t is not None and t.kind == "Observation"], chart):
        for said in _read(entry, chart, vocabulary, own=True):
            firm = status in _FINAL and said.vessel is not None
            yield said if firm or said.doubt == "denied" else replace(said, lesion=None, doubt="uncertain")


def _with_members(entries: list[Entry], chart: Chart) -> list[Entry]:
    """The Observations with the members of panels, each once."""
    out, level = {e.ref: e for e in entries}, entries
    for _ in range(_MEMBERS_DEEP):
        refs = [(reference(m), e.raw) for e in level for m in objects(e.raw.get("hasMember"))]
        found = [t for ref, raw in refs if (t := chart.resolve(ref, raw)) is not None and t.kind == "Observation"]
        level = [t for t in found if t.ref not in out]
        out |= {t.ref: t for t in level}
    return list(out.values())


def _read(entry: Entry, chart: Chart, vocabulary: Vocabulary, *, own: bool) -> Iterator[LesionStatement]:
    raw = entry.raw
    looked_at = [raw, *objects(raw.get("component"))]
    if text(raw.get("status")) in _VOID or not any(may_matter(p, vocabulary) for p in looked_at):
        return
    parts = [("Observation", raw), *((f"Observation.component[{i}]", c) for i, c in enumerate(looked_at[1:]))]
    topics = [(path, part, read_topic(part.get("code"), vocabulary)) for path, part in parts]
    whole = topics[0][2]
    if whole.is_aside or whole.away or ASIDE.search(words(raw.get("method"))):
        return
    here = read_sites([*objects(raw.get("bodySite")), *(s for _, s in target_sites(raw, chart))], vocabulary)
    told = [*_in_sites(here), *_in_components(topics[1:], vocabulary)]
    for path, part, topic in topics:
        if topic.is_aside or topic.away:
            continue
        for found, where in _statements(path, part, topic, entry, vocabulary=vocabulary):
            places = [*told, *topic.places, *(whole.places if topic is not whole else ()), *where]
            doubtful = bool(here.away) or not _is_firm(raw)
            yield _placed(found, places, here, raw, own=own, doubtful=doubtful)


def _statements(
    path: str, part: Json, topic: Topic, entry: Entry, *, vocabulary: Vocabulary
) -> Iterator[tuple[LesionStatement, list[Place]]]:
    """What one part says, with the places its value names; a code without any value is a statement by itself."""
    valued = any(k.startswith("value") for k in part) or part.get("dataAbsentReason")
    if not valued and not part.get("component") and not topic.in_percent:
        yield from ((s, []) for s in of_concept(part.get("code"), f"{path}.code", entry.ref, vocabulary))
        return
    found = answer(part, topic, vocabulary) if valued or topic.in_percent else None
    if found is None:
        return
    name, (lesion, doubt), places = found
    evidence = Evidence(resource=entry.ref, path=f"{path}.{name}", quote=quote_of(part, name) or "no value")
    yield _bare(lesion, doubt, evidence), places


def _bare(lesion: Any, doubt: str, evidence: Evidence) -> LesionStatement:
    return LesionStatement(
        lesion=lesion, territory=None, vessel=None, sides=(), evidence=evidence, own=True, doubt=doubt
    )


def _placed(
    said: LesionStatement, places: list[Place], sites: Sites, raw: Json, *, own: bool, doubtful: bool
) -> Measured:
    """The statement with the one place all elements agree on; where they do not, it is in doubt."""
    places = [*places, *([(said.territory, said.vessel, said.sides)] if said.territory else [])]
    named = dict.fromkeys((t, v) for t, v, _ in places if v is not None)
    coarse = next(iter(dict.fromkeys(t for t, _, _ in places)), None)
    legs = dict.fromkeys(s for *_, s in places if s) | ({sites.sides: None} if sites.sides else {})
    legs |= {said.sides: None} if said.sides else {}
    territory, vessel = next(iter(named), (coarse, None))
    agreed = len(named) <= 1 and len(legs) <= 1 and len({t for t, _, _ in places}) <= 1
    unclear = doubtful or not agreed
    when = _measured(raw)
    start = moment(when)
    return Measured(
        lesion=None if unclear else said.lesion,
        territory=territory,
        vessel=vessel,
        sides=next(iter(legs), ()),
        evidence=replace(said.evidence, date=start.day.isoformat() if start.day else ""),
        own=own,
        doubt="uncertain" if unclear else said.doubt,
        since=start.day,
        encounter=last_id(reference(raw.get("encounter"))),
        at=start.start,
    )


def _measured(raw: Json) -> str:
    period = raw.get("effectivePeriod")
    start = text(period.get("start")) if isinstance(period, dict) else ""
    return text(raw.get("effectiveDateTime")) or text(raw.get("effectiveInstant")) or start


def _in_sites(sites: Sites) -> list[Place]:
    return [(p.territory, p.vessel, p.sides) for p in sites.places]


def _in_components(parts: list[tuple[str, Json, Topic]], vocabulary: Vocabulary) -> list[Place]:
    """The place that a component of its own gives as its value, such as "vessel: right external iliac artery"."""
    out: list[Place] = []
    for _, part, topic in parts:
        asked = " ".join(topic.phrases)
        if _PLACE_ASKED.search(asked) and not _NOT_TREATED.search(asked) and not topic.lesions:
            value = part.get("valueCodeableConcept") or {"text": text(part.get("valueString"))}
            out += _in_sites(read_sites(value, vocabulary))
    return out


def _is_firm(raw: Json) -> bool:
    """True for an Observation that is final and says nothing that changes its meaning."""
    said = {c.code.lower() for i in objects(raw.get("interpretation")) for c in codings(i)}
    said |= {words(i).lower() for i in objects(raw.get("interpretation"))}
    odd = raw.get("modifierExtension") or raw.get("focus") or said & set(_NEGATIVE)
    odd = odd or any(ASIDE.search(text(n.get("text"))) for n in objects(raw.get("note")))
    return text(raw.get("status")) in _FINAL and not odd
