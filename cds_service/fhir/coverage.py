"""The payer, as far as a coding rule hangs on it: whether the patient is covered by Medicare itself.

Knows Source of Payment Typology codes and the name of the programme. Plans run by others are not Medicare here.
"""

import re

from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.elements import codings, obj, objects, reference, text, words
from cds_service.fhir.vocabulary import Vocabulary

_NAME = re.compile(
    r"^\s*(?:us |u\.s\. |original |traditional |cms )?medicare"
    r"(?: part [ab]| a ?(?:and|&) ?b| ffs| fee[- ]for[- ]service)?\s*$",
    re.IGNORECASE,
)


def covered_by_medicare(chart: Chart, vocabulary: Vocabulary) -> bool | None:
    """True for Medicare itself among the active coverages, False for others only, None when none is known."""
    active = [e for e in chart.of("Coverage") if text(e.raw.get("status")) in ("", "active")]
    said = [_is_medicare(e, chart, vocabulary) for e in active]
    return any(said) if said else None


def _is_medicare(entry: Entry, chart: Chart, vocabulary: Vocabulary) -> bool:
    raw = entry.raw
    for coding in codings(raw.get("type")):
        if vocabulary.terminology.system(coding.system) == "sopt":
            return coding.code == "1" or coding.code.startswith("12")
    names = [words(raw.get("type"))]
    for payer in [*objects(raw.get("payor")), *objects(raw.get("insurer"))]:
        target = chart.resolve(reference(payer), raw)
        names += [text(payer.get("display")), text(obj(target.raw if target else None).get("name"))]
    return any(_NAME.match(name) for name in names if name)
