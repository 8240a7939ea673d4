"""One line of an export, decoded no further than it takes to know what it is and whom it is about.

Knows where FHIR keeps patient and encounter of the resources an audit reads. The whole line is checked to be JSON; its
parts stay bytes until somebody asks.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast

import msgspec

from cds_service.fhir.elements import LOGICAL, Json, last_id, obj, objects, reference

ACTS, CHARGES = ("Procedure",), ("ChargeItem", "Claim")
PAPERS = ("DiagnosticReport", "DocumentReference", "Composition")
AUDITED = (*ACTS, "Encounter", "Condition", *CHARGES, *PAPERS, "Coverage")
KINDS = frozenset((*AUDITED, "Patient"))
SCREENED = frozenset((*ACTS, *CHARGES, *PAPERS))
OTHER = "other"
ABSENT = cast(msgspec.Raw, b"")
_KEPT = 8192  # references come again and again within a chart


class PlainActParts(msgspec.Struct, rename="camel"):
    """The elements by which most Procedures name a service; empty when absent."""

    code: msgspec.Raw = ABSENT
    body_site: msgspec.Raw = ABSENT


class ActParts(PlainActParts):
    """All elements of a Procedure, beside its notes, in which the reader may find a service; empty when absent."""

    extension: msgspec.Raw = ABSENT
    contained: msgspec.Raw = ABSENT
    body_structure: msgspec.Raw = ABSENT
    order_detail: msgspec.Raw = ABSENT
    used_code: msgspec.Raw = ABSENT
    used: msgspec.Raw = ABSENT
    used_reference: msgspec.Raw = ABSENT
    focal_device: msgspec.Raw = ABSENT


class Row(ActParts):
    """The parts of a resource that decide whether it is looked at again, as raw JSON; empty when absent."""

    resource_type: msgspec.Raw = ABSENT
    id: msgspec.Raw = ABSENT
    subject: msgspec.Raw = ABSENT
    patient: msgspec.Raw = ABSENT
    beneficiary: msgspec.Raw = ABSENT
    note: msgspec.Raw = ABSENT
    item: msgspec.Raw = ABSENT
    conclusion: msgspec.Raw = ABSENT
    conclusion_code: msgspec.Raw = ABSENT
    presented_form: msgspec.Raw = ABSENT
    content: msgspec.Raw = ABSENT
    section: msgspec.Raw = ABSENT
    text: msgspec.Raw = ABSENT


class NoResource(Exception):
    """A line is no FHIR resource; the message says why and holds nothing of it."""


_rows = msgspec.json.Decoder(Row)
_any = msgspec.json.Decoder().decode


def row_of(line: bytes) -> Row:
    """The row of a line.

    Raises:
        NoResource: it is not JSON, no object, or has no resourceType.
    """
    try:
        row = _rows.decode(line)
    except msgspec.ValidationError:
        raise NoResource("the line is JSON, but no object; a line holds one FHIR resource") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise NoResource(f"the line is not JSON: {_place(error)}") from None
    if not bytes(row.resource_type).startswith(b'"'):
        raise NoResource("the object has no resourceType; a line holds one FHIR resource")
    return row


def kind_of(raw: msgspec.Raw | bytes) -> str:
    """The type of a resource by the raw word for it; OTHER for those an audit does not read."""
    kind = part(raw)
    return kind if isinstance(kind, str) and kind in KINDS else OTHER


def rows_of(lines: Sequence[bytes]) -> list[Row] | None:
    """The rows of lines that are one JSON object each, all at once; None when some are not, or may not be.

    The decoder passes over line ends. Where every line opens and closes with a brace it cannot have passed over one
    within an object, because no object can follow a closing brace there without a comma.
    """
    if not all(line[:1] == b"{" and line[-1:] == b"}" for line in lines):
        return None
    try:
        rows = _rows.decode_lines(b"\n".join(lines))
    except (msgspec.DecodeError, RecursionError):
        return None
    told = all(bytes(row.resource_type)[:1] == b'"' for row in rows)
    return rows if told and len(rows) == len(lines) else None


def resource_of(line: bytes) -> Json:
    """The whole resource of a line.

    Raises:
        NoResource: its strings are not UTF-8, or it nests too deep.
    """
    try:
        return cast(Json, _any(line))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NoResource(f"the resource cannot be read: {_place(error)}") from None


def part(raw: msgspec.Raw | bytes) -> Any:
    """A raw part as JSON data, None when it is absent or cannot be read."""
    written = bytes(raw)
    try:
        return _any(written) if written else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def patient_key(resource: Json) -> str:
    """Whom a resource is about: the id, or the identifier of a logical reference; empty when it does not say."""
    if resource.get("resourceType") == "Patient":
        return str(resource.get("id") or "")
    whom = resource.get("subject") or resource.get("patient") or resource.get("beneficiary")
    return next((key for about in objects(whom) if (key := key_of(about))), "")  # a Composition of R5 has a list


def group_of(resource: Json) -> str:
    """What a resource is joined by: its patient, else its first encounter as Encounter/id; empty for neither."""
    return patient_key(resource) or next((f"Encounter/{e}" for e in encounter_keys(resource)), "")


def group_in(line: bytes) -> str:
    """What a line's resource is joined by, as `group_of`; empty for one that cannot be read, too."""
    try:
        return group_of(resource_of(line))
    except NoResource:
        return ""


def encounter_keys(resource: Json) -> tuple[str, ...]:
    """The encounters a resource is of, by id; a Claim names them on its items, documents in their context."""
    if resource.get("resourceType") == "Encounter":
        return (str(resource.get("id") or ""),)
    context = resource.get("context")
    places: list[Any] = objects(resource.get("encounter"))
    if context is not None:
        places = [*places, *objects(obj(context).get("encounter"))]
        places += [c for c in objects(context) if "reference" in c or "identifier" in c]
    if resource.get("resourceType") == "Claim":
        places = [*places, *(e for i in objects(resource.get("item")) for e in objects(i.get("encounter")))]
    return tuple(dict.fromkeys(k for p in places if _is_encounter(p) and (k := key_of(p))))


def key_of(value: Any) -> str:
    """A reference as a key: the last id, or the name of a logical reference; contained ones are none."""
    return _key_in(_written(value))


def _written(value: Any) -> str:
    """A reference string; one with a type or an address says all by itself, whatever stands beside it."""
    ref = value.get("reference") if isinstance(value, dict) else None
    return ref if isinstance(ref, str) and _says_all(ref) else reference(value)


@lru_cache(maxsize=_KEPT)
def _says_all(ref: str) -> bool:
    return "/" in ref and reference({"reference": ref}) == ref


@lru_cache(maxsize=_KEPT)
def _key_in(ref: str) -> str:
    return last_id(ref) or (ref if ref.startswith((LOGICAL, "urn:")) else "")


def _is_encounter(value: Json) -> bool:
    """False for a reference that names another type: R5 documents keep several kinds in their context."""
    return _names_encounter(_written(value))


@lru_cache(maxsize=_KEPT)
def _names_encounter(ref: str) -> bool:
    kinds = ref.split("/_history/")[0].split("/")[-2:-1]
    return not kinds or kinds == ["Encounter"] or ref.startswith("urn:")


def _place(error: Exception) -> str:
    """What a decoder says, without the words it may quote."""
    if isinstance(error, RecursionError):
        return "it nests too deep"
    if isinstance(error, UnicodeDecodeError):
        return "its characters are not UTF-8"
    return str(error).removeprefix("JSON is malformed: ")
