"""A resource of a chart with its name; and one that was left as it was written, because nothing in it can matter.

Knows what a chart asks of every Procedure; no more is decoded of one that was left until somebody wants the rest.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from msgspec import UNSET, DecodeError, Raw, Struct, UnsetType, field
from msgspec.json import Decoder

from cds_service.fhir.elements import Json, moment, objects


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A resource that is decoded."""

    raw: Json
    ref: str
    kind: str

    @property
    def names_reports(self) -> bool:
        """True when it has a list of reports of its own."""
        return "report" in self.raw

    @property
    def names_devices(self) -> bool:
        """True when it may point at a device."""
        raw = self.raw
        return "usedReference" in raw or "used" in raw or "device" in raw or "focalDevice" in raw


class _Object(Struct, gc=False):
    """Any object; what is in it is checked to be JSON and passed over."""


class _Concept(Struct, gc=False):
    coding: list[_Object] = []


class _Reference(Struct, gc=False):
    reference: str


class _Search(Struct, gc=False):
    mode: Literal["match"] = "match"


class _Period(Struct, gc=False):
    start: str = ""


_ABSENT = Raw(b"")
_ESCAPE, _ESCAPED_FIGURE = rb"\u00", re.compile(rb"\\u00[23]")
_DAY = r"[1-9][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
_TIME = r"T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?(?:Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])?"
# Most dates, which need no closer look.
_is_date = re.compile(f"{_DAY}(?:{_TIME})?").fullmatch


class _Told(Struct, gc=False, rename="camel"):
    """The elements of a Procedure that a chart asks for, of the types that leave no fault to be told of."""

    resource_type: Literal["Procedure"]
    id: str
    subject: _Reference | UnsetType = UNSET
    patient: UnsetType = UNSET
    beneficiary: UnsetType = UNSET
    status: str = ""
    code: _Concept | UnsetType = UNSET
    body_site: list[_Object] = []
    encounter: _Object | UnsetType = UNSET
    reason_code: list[_Object] = []
    reason_reference: list[Raw] = []
    note: list[_Object] = []
    part_of: list[Raw] | _Object = []
    class_: UnsetType = field(default=UNSET, name="class")
    performed_period: _Period | UnsetType = UNSET
    performed_date_time: str | UnsetType = UNSET
    occurrence_date_time: str | UnsetType = UNSET
    occurrence_period: Raw = _ABSENT
    occurrence_timing: Raw = _ABSENT
    reason: Raw = _ABSENT
    used: Raw = _ABSENT
    recorded: Raw = _ABSENT
    identifier: Raw = _ABSENT
    report: Raw = _ABSENT
    used_reference: Raw = _ABSENT
    device: Raw = _ABSENT
    focal_device: Raw = _ABSENT


class Left(Struct, gc=False, rename="camel"):
    """A Procedure that cannot matter, as it was written: it stands in a Bundle's list in place of its entry.

    There is no fault in it that would have to be told of. `written` is the JSON of the entry; whoever asks for `raw`
    has it decoded.
    """

    resource: _Told
    full_url: str = ""
    search: _Search | UnsetType = UNSET
    written: Raw = _ABSENT

    @property
    def raw(self) -> Json:
        found: Json = value_of(self.written)["resource"]
        return found

    @property
    def ref(self) -> str:
        return f"Procedure/{self.resource.id}"

    @property
    def kind(self) -> str:
        return "Procedure"

    def may_name(self, day: bytes) -> bool:
        """False when the day, as JSON has it, stands nowhere in what was written, not even with escaped figures."""
        written = bytes(self.written)
        return day in written or (_ESCAPE in written and _ESCAPED_FIGURE.search(written) is not None)

    @property
    def day(self) -> str:
        """The day it was done, as it was written; empty where one has to look closer."""
        told = self.resource
        period = "" if told.performed_period is UNSET else told.performed_period.start
        began = period if told.performed_date_time is UNSET else told.performed_date_time
        return began[:10] if _is_date(began) else ""

    @property
    def url(self) -> str:
        """Where it is to be found, empty where the entry does not say."""
        return self.full_url.strip()

    @property
    def subject(self) -> str:
        """The reference to whom it is about, empty where it does not say."""
        about = self.resource.subject
        return "" if about is UNSET else about.reference.strip()

    @property
    def numbers(self) -> Json:
        """Its identifiers alone, as they stand in a resource; empty where it has none."""
        written = self.resource.identifier
        return {"identifier": value_of(written)} if written else {}

    @property
    def names_reports(self) -> bool:
        return bool(self.resource.report)

    @property
    def names_devices(self) -> bool:
        told = self.resource
        return any((told.used_reference, told.used, told.device, told.focal_device))

    @property
    def is_r5(self) -> bool:
        """True when a mark of R5 is in it (`resources.release`)."""
        told = self.resource
        marks = (told.occurrence_period, told.occurrence_timing, told.reason, told.used, told.recorded)
        return told.occurrence_date_time is not UNSET or any(marks)

    @property
    def is_at_its_name(self) -> bool:
        """True when a reference to its URL leads to its name: an address that ends with the name, or none."""
        url = self.full_url
        if not url:
            return True
        return url.endswith(f"/Procedure/{self.resource.id}") and "/_history/" not in url and url[:4] != "urn:"


# A resource, `raw`, with the name evidence is quoted under, `ref` (Type/id), and its type, `kind`.
Entry: TypeAlias = Whole | Left

_decoded = Decoder(Left).decode


def value_of(written: Raw) -> Any:
    """The value of JSON that was left as it was written.

    Raises:
        ValueError, RecursionError: Python's own decoder does not take it.
    """
    return json.loads(str(written, "utf-8"))


def left_of(written: Raw) -> Left | None:
    """The Procedure of a Bundle's entry as one that is left; None for another resource or one that is out of order.

    `written` is JSON. That nothing in it can matter is for the caller to know.
    """
    try:
        left = _decoded(written)
    except (DecodeError, UnicodeDecodeError):
        return None
    left.written = written
    told = left.resource
    key, about, done, occurred = told.id, told.subject, told.performed_date_time, told.occurrence_date_time
    if not key or key != key.strip() or "/" in key or (about is not UNSET and not _is_plain(about.reference)):
        return None
    return left if _has_year(done) and _has_year(occurred) else None


def _has_year(told: str | UnsetType) -> bool:
    """True for a date that can be read, and for none."""
    return told is UNSET or _is_date(told) is not None or moment(told.strip()).year is not None


def _is_plain(reference: str) -> bool:
    """True for a reference that says all by itself: one with a type or an address, which asks for nothing."""
    return ("/" in reference or reference.startswith("urn:")) and "?" not in reference


def entries_of(bundle: Json) -> list[Json | Left]:
    """The entries of a Bundle; a single object where a list belongs counts as one."""
    listed = bundle.get("entry")
    if isinstance(listed, list):
        return [e for e in listed if isinstance(e, (dict, Left))]
    return [*objects(listed)]
