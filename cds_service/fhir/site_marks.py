"""What encounters, locations and organizations say about the place of service, as marks.

Knows where FHIR R4 and R5 keep class, type and location, and what a mark leaves possible. Which marks win is decided
in `site_of_service`. Displays never count, and codes of unknown systems settle nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.elements import Coding, Json, When, codings, obj, objects, reference, text
from cds_service.fhir.periods import covers
from cds_service.fhir.vocabulary import Vocabulary

KNOWN = frozenset({"11", "19", "21", "22", "23", "24"})
_HOSPITAL = frozenset({"19", "21", "22", "23"})
_HOPS = 6
_LONGEST_CODE = 40


class Tier(StrEnum):
    """How directly a mark speaks of the place, strongest first."""

    EXPLICIT = "explicit"
    CLASS = "class"
    PLACE = "place"
    OWNER = "owner"


# What a mark leaves possible where that is more than its own code. The class of a patient decides between in- and
# outpatient whatever hospital room was used; a hospital may own a surgery centre.
_ALLOWS: dict[tuple[Tier, str], frozenset[str]] = {
    (Tier.CLASS, "22"): frozenset({"19", "22"}),
    (Tier.CLASS, "outpatient"): KNOWN - {"21"},
    (Tier.CLASS, "hospital"): _HOSPITAL,
    (Tier.PLACE, "19"): frozenset({"19", "21"}),
    (Tier.PLACE, "22"): frozenset({"19", "21", "22"}),
    (Tier.PLACE, "23"): _HOSPITAL,
    (Tier.PLACE, "hospital"): _HOSPITAL,
    (Tier.OWNER, "22"): _HOSPITAL | {"24"},
    (Tier.OWNER, "23"): _HOSPITAL | {"24"},
    (Tier.OWNER, "hospital"): _HOSPITAL | {"24"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One statement of the record: `place` is a place-of-service code or a word of places.csv; empty, it says nothing.

    The words are "hospital", "outpatient" and "either" (a class that leaves open whether the patient was admitted).
    `weak`: it only narrows what stronger marks leave open.
    """

    tier: Tier
    place: str
    basis: str
    weak: bool = False

    @property
    def allows(self) -> frozenset[str]:
        """The place-of-service codes this mark leaves possible."""
        own = frozenset({self.place}) if self.place.isdigit() else KNOWN
        return _ALLOWS.get((self.tier, self.place), own)


def mark(tier: Tier, coding: Coding, name: str, vocabulary: Vocabulary) -> Mark:
    """The mark of one coding; the code alone counts, never its display."""
    place = vocabulary.terminology.place(coding.system, coding.code)
    return Mark(tier=tier, place=place, basis=f"{name} {coding.code[:_LONGEST_CODE]}".strip())


def outright(coding: Coding, name: str, vocabulary: Vocabulary) -> Mark:
    """The mark of a coding that stands where a place of service may: other codes there are kinds of place.

    A place-of-service code that places.csv does not have still rules the others out.
    """
    if vocabulary.terminology.system(coding.system) != "pos":
        return mark(Tier.PLACE, coding, name, vocabulary)
    found = mark(Tier.EXPLICIT, coding, name, vocabulary)
    return found if found.place or not coding.code.isdigit() else replace(found, place=coding.code)


def class_marks(entry: Entry, moments: tuple[When, ...], vocabulary: Vocabulary) -> list[Mark]:
    """The class at the time of service; Encounter.type only where the class leaves the kind of patient open.

    A single AMB proves nothing and is weak; beside a second class it says that the patient was once an outpatient.
    """
    name = "Encounter.classHistory" if objects(entry.raw.get("classHistory")) else "Encounter.class"
    found = [mark(Tier.CLASS, c, name, vocabulary) for c in _classes(entry.raw, moments)]
    if not any(m.place in KNOWN for m in found):
        types = [c for item in objects(entry.raw.get("type")) for c in codings(item)]
        found += [m for c in types if (m := mark(Tier.CLASS, c, "Encounter.type", vocabulary)).place]
    alone = len({m.place for m in found if m.place}) == 1
    return [replace(m, weak=alone and m.place == "outpatient") for m in found]


def _classes(raw: Json, moments: tuple[When, ...]) -> list[Coding]:
    """The classes the encounter had at those moments; the current one began when the recorded ones ended."""
    current = [c for item in objects(raw.get("class")) for c in codings(item)]
    spans = [(c, obj(row.get("period"))) for row in objects(raw.get("classHistory")) for c in codings(row.get("class"))]
    if not spans:
        return current
    last = max((text(span.get("end")) for _, span in spans), default="")
    known = {c.code for c, _ in spans}
    spans += [(c, {"start": last}) for c in current if c.code not in known]
    return [c for c, span in spans if not moments or any(covers(span, m) for m in moments)]


def located(entry: Entry, moments: tuple[When, ...], chart: Chart, vocabulary: Vocabulary) -> Iterator[Mark]:
    """The marks of an encounter's locations at the time of service, then of the organization that provides it."""
    for item in objects(entry.raw.get("location")):
        meant = text(item.get("status")) in ("planned", "reserved")
        if not meant and (not moments or any(covers(item.get("period"), m) for m in moments)):
            yield from climb(item.get("location"), entry, chart, vocabulary)
    yield from climb(entry.raw.get("serviceProvider"), entry, chart, vocabulary)


def climb(value: Any, container: Entry, chart: Chart, vocabulary: Vocabulary) -> Iterator[Mark]:
    """The types of a location up its partOf chain and of those who run it; the nearest that settles is the place."""
    target = chart.resolve(reference(value), container.raw)
    settled = False
    for _ in range(_HOPS):
        if target is None or target.kind not in ("Location", "Organization"):
            return
        is_place = target.kind == "Location" and not settled
        found = _types(target, Tier.PLACE if is_place else Tier.OWNER, vocabulary)
        yield from found
        settled = settled or any(m.place for m in found)
        owner = target.raw.get("managingOrganization")
        if owner and target.kind == "Location":
            yield from climb(owner, target, chart, vocabulary)
        target = chart.resolve(reference(target.raw.get("partOf")), target.raw)


def _types(target: Entry, tier: Tier, vocabulary: Vocabulary) -> list[Mark]:
    codes = [c for item in objects(target.raw.get("type")) for c in codings(item)]
    told = [replace(m, tier=tier) for m in stated(target, target.raw, vocabulary)]
    return [*told, *(mark(tier, c, f"{target.kind}.type", vocabulary) for c in codes)]


def stated(entry: Entry, part: Json, vocabulary: Vocabulary) -> Iterator[Mark]:
    """Places of service that extensions of a resource, or of a part of it, state outright."""
    for extension in objects(part.get("extension")):
        for holder in (extension, *objects(extension.get("extension"))):
            for coding in (*codings(holder.get("valueCodeableConcept")), *codings(holder.get("valueCoding"))):
                if vocabulary.terminology.system(coding.system) == "pos":
                    yield outright(coding, f"{entry.kind}.extension", vocabulary)
