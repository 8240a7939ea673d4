"""Why an act was done: its reason codes, and the Conditions and reports it points at.

Knows where FHIR keeps reasons. What a reason says of a lesion is read in `lesions`.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cds_service.coding.anatomy import Territory
from cds_service.coding.facts import Evidence
from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.elements import Coding, Json, codings, concept, objects, reference, text
from cds_service.fhir.lesions import LesionStatement, of_concept, of_finding
from cds_service.fhir.phrases import read_clauses
from cds_service.fhir.places import Site
from cds_service.fhir.vocabulary import Vocabulary

OUT = {"aneurysm", "trauma", "vein"}


def reasons_of(act: Entry, chart: Chart, vocabulary: Vocabulary) -> list[LesionStatement]:
    """The lesions an act gives as its reason: reasonCode, reasonReference, and R5's reason."""
    out: list[LesionStatement] = []
    for path, item in _concepts(act.raw):
        if concept(item):
            out += of_concept(item, f"{act.kind}.{path}", act.ref, vocabulary)
    for target in reason_targets(act.raw, chart):
        if target.kind in ("Condition", "DiagnosticReport"):
            out += of_finding(target, vocabulary, own=True)
    return out


def points_away(act: Entry, chart: Chart, vocabulary: Vocabulary) -> Evidence | None:
    """R-OUT: the words of an act's own reason that is an aneurysm, a vein or an injury; None where none is."""
    named: list[tuple[Entry, str, Any]] = [(act, path, item) for path, item in _concepts(act.raw)]
    named += [(t, "code", t.raw.get("code")) for t in reason_targets(act.raw, chart) if t.kind == "Condition"]
    for entry, path, value in named:
        phrases = [text(concept(value).get("text")), *(c.display for c in codings(value))]
        coded = any(_is_away(c, vocabulary) for c in codings(value))
        if coded or any(OUT & c.away for p in phrases if p for c in read_clauses(p, vocabulary.lexicon)):
            quote = next((p for p in (*phrases, *(c.code for c in codings(value))) if p), path)
            return Evidence(resource=entry.ref, path=f"{entry.kind}.{path}", quote=quote)
    return None


def _is_away(coding: Coding, vocabulary: Vocabulary) -> bool:
    known = vocabulary.concept(coding)
    injured = vocabulary.terminology.system(coding.system) == "icd10cm" and coding.code.startswith("S35")
    return injured or (known is not None and known.excludes in OUT)


def cited_by(act: Entry, chart: Chart) -> frozenset[str]:
    """The findings an act gives as its own reason, and other acts may give too: those it contains are its alone."""
    return frozenset(e.ref for e in reason_targets(act.raw, chart) if "/#" not in e.ref)


def reasoned_places(raw: Json, vocabulary: Vocabulary, chart: Chart | None) -> list[Site]:
    """The iliac artery that the reasons of an act name, for one that names no place at all; at most one place.

    A reason is a finding, and work for it may be in another vessel: which one is to be asked.
    """
    found = [s for path, item in _concepts(raw) for s in _places(item, path, "", vocabulary)]
    for path, pointer in reason_references(raw):
        target = chart.resolve(pointer, raw) if chart is not None else None
        if target is not None and target.kind == "Condition":
            for value in (target.raw.get("code"), *objects(target.raw.get("bodySite"))):
                found += _places(value, path, pointer, vocabulary)
    if not found or any(s.territory is not Territory.ILIAC for s in found):
        return []
    vessels, legs = {s.vessel for s in found if s.vessel}, {s.sides for s in found if s.sides}
    one = vessels.pop() if len(vessels) == 1 else None
    return [replace(found[0], vessel=one, sides=legs.pop() if len(legs) == 1 else ())]


def _places(value: Any, path: str, pointer: str, vocabulary: Vocabulary) -> Iterator[Site]:
    """The places that a concept names; `pointer` is what stands at the path where the concept is another resource's."""
    for coding in codings(value):
        known = vocabulary.concept(coding)
        if known is not None and known.territory:
            quote = pointer or coding.display or coding.code
            yield Site(territory=known.territory, vessel=known.vessel, sides=known.sides, path=path, quote=quote)
    for phrase in (text(concept(value).get("text")), *(c.display for c in codings(value))):
        for clause in read_clauses(phrase, vocabulary.lexicon) if phrase else ():
            for territory, vessel, sides in clause.places:
                legs = sides or clause.sides
                yield Site(territory=territory, vessel=vessel, sides=legs, path=path, quote=pointer or phrase)


def _concepts(raw: Json) -> Iterator[tuple[str, Json]]:
    """The items that may hold a reason in words or codes, with their paths."""
    for name in ("reasonCode", "reason"):
        yield from ((f"{name}[{index}]", item) for index, item in enumerate(objects(raw.get(name))))


def reason_references(raw: Json) -> Iterator[tuple[str, str]]:
    """What an act points at as its reason, with the path of each reference."""
    for name in ("reasonReference", "reason"):
        for index, item in enumerate(objects(raw.get(name))):
            if pointer := reference(item):
                yield f"{name}[{index}]", pointer


def reason_targets(raw: Json, chart: Chart) -> Iterator[Entry]:
    """The resources an act points at as its reason."""
    for _, pointer in reason_references(raw):
        target = chart.resolve(pointer, raw)
        if target is not None:
            yield target
