"""What kind of paper a report or document is: void, signed, replaced, or one that looks ahead.

Knows statuses, types and titles. Reads nothing of what the paper says.
"""

import re
from collections.abc import Iterator
from typing import Any

from cds_service.fhir.bundle import Chart
from cds_service.fhir.elements import Json, codings, obj, objects, reference, text, words

_VOID = frozenset(("entered-in-error", "cancelled", "superseded", "nullified", "deprecated"))
_SIGNED = frozenset(("current", "final", "amended", "corrected", "appended"))
_FORWARD = re.compile(
    r"\b(?:consent|history\s+(?:and|&)\s+physical|h\s*&\s*p|consult\w*|referral|pre-?(?:op|admission|procedure)\w*|care\s+plan|plan\s+of\s+care|order"
    r"|requisition|(?:patient\s+)?instructions|education|anesthesia\s+evaluation)\b",
    re.IGNORECASE,
)
_OF_THE_ACT = re.compile(
    r"\b(?:operative|operation|surgical|procedur(?:e|al)|interventional)\s+(?:note|report|record)\b|\bop[ -]note\b",
    re.IGNORECASE,
)
_WORK = re.compile(r"\b(?:intervention|angioplast|stent|revasculari[sz]|recanali[sz]|operati(?:ve|on))", re.IGNORECASE)
_FORWARD_LOINC = frozenset(
    ("34117-2", "11488-4", "59284-0", "18776-5", "57133-1", "64290-0", "51851-4", "18841-7", "34133-9")
)
_STAY = re.compile(r"\b(?:discharge|transfer)\s+(?:summary|letter|note)|\bhospital\s+course\b", re.IGNORECASE)
_STAY_LOINC = frozenset(("18842-5", "8648-8"))
_ACT_LOINC = frozenset(("11504-8", "28570-0"))


def is_void(raw: Json) -> bool:
    """True for what was withdrawn."""
    return bool(_VOID & {text(raw.get("status")), text(raw.get("docStatus"))})


def is_signed(raw: Json) -> bool:
    """True for what is final and says nothing that may change its meaning."""
    signed = text(raw.get("status")) in _SIGNED and text(raw.get("docStatus")) in {"", *_SIGNED}
    return signed and not raw.get("modifierExtension")


def tells_of_work(raw: Json) -> bool:
    """True for a report whose code or title names treatment: what it found, it found before that."""
    names = [words(k) for k in [raw.get("code"), raw.get("type"), *objects(raw.get("category"))]]
    return any(_WORK.search(n) for n in [*names, *_titles(raw)])


def sums_up_stay(raw: Json) -> bool:
    """True for a summary of a whole stay, which tells of its work days later."""
    kinds: list[Any] = [raw.get("type"), *objects(raw.get("category")), raw.get("code")]
    coded = {c.code for k in kinds for c in codings(k)}
    return bool(coded & _STAY_LOINC) or any(_STAY.search(n) for n in [*map(words, kinds), *_titles(raw)])


def looks_ahead(raw: Json) -> bool:
    """True for a consent, an examination before, an order: by its type, else by its description or titles."""
    kinds: list[Any] = [raw.get("type"), *objects(raw.get("category")), raw.get("code")]
    names = [words(k) for k in kinds]
    codes = {c.code for k in kinds for c in codings(k)}
    if codes & _FORWARD_LOINC or any(_FORWARD.search(n) for n in names):
        return True
    if codes & _ACT_LOINC or any(_OF_THE_ACT.search(n) for n in names):
        return False
    return any(_FORWARD.search(t) and not _OF_THE_ACT.search(t) for t in _titles(raw))


def _titles(raw: Json) -> Iterator[str]:
    yield from (text(raw.get(n)) for n in ("description", "title"))
    forms = [*objects(raw.get("presentedForm")), *(obj(c.get("attachment")) for c in objects(raw.get("content")))]
    yield from (text(f.get("title")) for f in forms)


def replaced(chart: Chart) -> set[str]:
    """The documents that a signed one takes the place of."""
    entries = [e for e in chart.of("DocumentReference", "Composition") if is_signed(e.raw) and not is_void(e.raw)]
    return {ref for e in entries for ref in _related(e.raw, chart, "replaces")}


def added_to(raw: Json, chart: Chart) -> frozenset[str]:
    """The documents that a document adds to: what it says is said of their work, whenever it was written."""
    return frozenset(_related(raw, chart, "appends"))


def _related(raw: Json, chart: Chart, how: str) -> Iterator[str]:
    for item in objects(raw.get("relatesTo")):
        code = text(item.get("code")) or next((c.code for c in codings(item.get("code"))), "")
        said = item.get("target") or item.get("targetReference")
        target = chart.resolve(reference(said), raw)
        if code == how and target is not None:
            yield target.ref
