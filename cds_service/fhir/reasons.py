"""Why an act was done: its reason codes, and the Conditions and reports it points at.

Knows where FHIR keeps reasons. What a reason says of a lesion is read in `lesions`.
"""

from collections.abc import Iterator
from typing import Any

from cds_service.coding.facts import Evidence
from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.elements import Coding, codings, concept, objects, reference, text
from cds_service.fhir.lesions import LesionStatement, of_concept, of_finding
from cds_service.fhir.phrases import read_clauses
from cds_service.fhir.vocabulary import Vocabulary

OUT = {"aneurysm", "trauma", "vein"}


def reasons_of(act: Entry, chart: Chart, vocabulary: Vocabulary) -> list[LesionStatement]:
    """The lesions an act gives as its reason: reasonCode, reasonReference, and R5's reason."""
    out: list[LesionStatement] = []
    for name in ("reasonCode", "reason"):
        for index, item in enumerate(objects(act.raw.get(name))):
            if concept(item):
                out += of_concept(item, f"{act.kind}.{name}[{index}]", act.ref, vocabulary)
    for target in reason_targets(act, chart):
        if target.kind in ("Condition", "DiagnosticReport"):
            out += of_finding(target, vocabulary, own=True)
    return out


def points_away(act: Entry, chart: Chart, vocabulary: Vocabulary) -> Evidence | None:
    """R-OUT: the words of an act's own reason that is an aneurysm, a vein or an injury; None where none is."""
    named: list[tuple[Entry, str, Any]] = [
        (act, f"{name}[{n}]", v) for name in ("reasonCode", "reason") for n, v in enumerate(objects(act.raw.get(name)))
    ]
    named += [(t, "code", t.raw.get("code")) for t in reason_targets(act, chart) if t.kind == "Condition"]
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
    return frozenset(e.ref for e in reason_targets(act, chart) if "/#" not in e.ref)


def reason_targets(act: Entry, chart: Chart) -> Iterator[Entry]:
    """The resources an act points at as its reason."""
    for name in ("reasonReference", "reason"):
        for item in objects(act.raw.get(name)):
            target = chart.resolve(reference(item), act.raw)
            if target is not None:
                yield target
