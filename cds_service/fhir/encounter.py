"""The encounter: its days, its links to other encounters, and the site of service.

Knows place-of-service, class and location codes. What does not settle the site leaves it unknown.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from cds_service.coding.facts import SiteOfService
from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.elements import Coding, When, codings, moment, obj, objects, reference, text
from cds_service.fhir.vocabulary import Vocabulary

_HOPS = 6


def period(entry: Entry | None) -> When:
    """When the encounter was: its day if it began and ended on one, else only the year both share."""
    raw = obj(entry.raw if entry else None)
    span = obj(raw.get("period")) or obj(raw.get("actualPeriod"))
    first, last = moment(text(span.get("start"))), moment(text(span.get("end")))
    if first.day is not None and first.day == last.day:
        return first
    same_year = first.year is not None and first.year == last.year
    return When(year=first.year) if same_year else When()


def stay(entry: Entry | None) -> tuple[date, date] | None:
    """The first and last day of an encounter; None unless both are recorded."""
    raw = obj(entry.raw if entry else None)
    span = obj(raw.get("period")) or obj(raw.get("actualPeriod"))
    first, last = moment(text(span.get("start"))).day, moment(text(span.get("end"))).day
    return (first, last) if first is not None and last is not None else None


def whole(ref: str, chart: Chart) -> str:
    """The encounter at the top of the partOf chain, so that a surgical case joins its hospital stay."""
    for _ in range(_HOPS):
        entry = chart.resolve(ref) if ref else None
        parent = reference(obj(entry.raw if entry else None).get("partOf"))
        if entry is None or not parent:
            return entry.ref if entry else ref
        target = chart.resolve(parent, entry.raw)
        ref = target.ref if target else parent
    return ref


def site_of_service(chart: Chart, encounter: Entry | None, vocabulary: Vocabulary) -> SiteOfService:
    """The place-of-service code by the strongest mark the record has; None where only weak marks are there."""
    seen = []
    for place, basis in _marks(chart, encounter, vocabulary):
        if place and place != "hospital":
            return SiteOfService(pos=place, basis=basis)
        if place == "hospital":
            return SiteOfService(pos="22", basis=f"{basis}, no inpatient class")
        seen.append(basis)
    text_seen = ", ".join(dict.fromkeys(seen))
    return SiteOfService(pos=None, basis=f"not settled by {text_seen}" if seen else "not recorded")


def _marks(chart: Chart, encounter: Entry | None, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    place = vocabulary.terminology.place
    for coding, basis in _explicit(chart):
        if vocabulary.terminology.system(coding.system) == "pos":
            yield place(coding.system, coding.code), basis
    if encounter is None:
        return
    raw = encounter.raw
    classes = [c for item in objects(raw.get("class")) for c in codings(item)]
    for coding in classes:
        yield place(coding.system, coding.code), f"Encounter.class {coding.code}"
    for coding, basis in _located(chart, encounter):
        yield place(coding.system, coding.code), basis
    for item in objects(raw.get("type")):
        for coding in codings(item):
            found = place(coding.system, coding.code)
            if found:
                yield found, f"Encounter.type {coding.code}"


def _explicit(chart: Chart) -> Iterator[tuple[Coding, str]]:
    """Places stated outright, on a claim or an order."""
    for entry in chart.of("Claim"):
        for item in objects(entry.raw.get("item")):
            for coding in codings(item.get("locationCodeableConcept")):
                yield coding, f"Claim.item.location {coding.code}"
    for entry in chart.of("ServiceRequest"):
        for value in objects(entry.raw.get("locationCode")):
            for coding in codings(value):
                yield coding, f"ServiceRequest.locationCode {coding.code}"


def _located(chart: Chart, encounter: Entry) -> Iterator[tuple[Coding, str]]:
    """The types of the encounter's locations up their partOf chain, then of its organization."""
    for item in objects(encounter.raw.get("location")):
        yield from _up(chart, item.get("location"), encounter, "Location.type")
    yield from _up(chart, encounter.raw.get("serviceProvider"), encounter, "Organization.type")


def _up(chart: Chart, value: Any, container: Entry, name: str) -> Iterator[tuple[Coding, str]]:
    target = chart.resolve(reference(value), container.raw)
    for _ in range(_HOPS):
        if target is None:
            return
        for item in objects(target.raw.get("type")):
            for coding in codings(item):
                yield coding, f"{name} {coding.code}"
        owner = target.raw.get("managingOrganization")
        if owner and target.kind == "Location":
            yield from _up(chart, owner, target, "Organization.type")
        target = chart.resolve(reference(target.raw.get("partOf")), target.raw)
