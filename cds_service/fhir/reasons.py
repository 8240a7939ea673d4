"""Why an act was done: its reason codes, and the Conditions and reports it points at.

Knows where FHIR keeps reasons. What a reason says of a lesion is read in `lesions`.
"""

from collections.abc import Iterator
from typing import Any

from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.elements import codings, concept, objects, reference, text
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


def points_away(act: Entry, chart: Chart, vocabulary: Vocabulary) -> bool:
    """R-OUT: True when an act's own reason is an aneurysm, a vein or an injury."""
    values: list[Any] = [v for name in ("reasonCode", "reason") for v in objects(act.raw.get(name))]
    values += [t.raw.get("code") for t in reason_targets(act, chart) if t.kind == "Condition"]
    for value in values:
        for coding in codings(value):
            known = vocabulary.concept(coding)
            system = vocabulary.terminology.system(coding.system)
            injured = system == "icd10cm" and coding.code.startswith("S35")
            if injured or (known is not None and known.excludes in OUT):
                return True
        phrases = [text(concept(value).get("text")), *(c.display for c in codings(value))]
        if any(OUT & c.away for p in phrases if p for c in read_clauses(p, vocabulary.lexicon)):
            return True
    return False


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
