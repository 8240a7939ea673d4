"""The screen: which rows make their encounter a candidate.

A row passes when the reader, shown the row alone, sees a session. Most rows are spared that by the nets, and equal
parts are judged once. What gives a session only beside other rows has a row among them that gives one alone: lesions,
legs, days and payers of other resources refine a service or a charge, and never make one.
"""

import base64
import binascii
from collections.abc import Callable
from operator import attrgetter

import msgspec

from cds_service.advice import Adviser
from cds_service.audit.nets import PlaceNet, charge_net
from cds_service.audit.rows import ACTS, CHARGES, PAPERS, Row, part, resource_of, strings_of
from cds_service.fhir.attachments import Text, read_attachment
from cds_service.fhir.elements import Json, obj, objects
from cds_service.fhir.reader import read_request

_MEMORY = 50_000
_ACT = {
    "code": "code",
    "body_site": "bodySite",
    "extension": "extension",
    "contained": "contained",
    "body_structure": "bodyStructure",
    "order_detail": "orderDetail",
    "used_code": "usedCode",
    "used": "used",
    "used_reference": "usedReference",
    "focal_device": "focalDevice",
}
_act_parts = attrgetter(*_ACT)
_PLAIN = ("text/plain", "text/plain; charset=utf-8", "text/plain;charset=utf-8")


def as_reviewed(charge: Json) -> Json:
    """A charge as a review before the bill would see it: an audit looks at what was billed."""
    return {**charge, "status": "billable"} if charge.get("status") == "billed" else charge


class Screen:
    """Decides for one row after another; keeps what it decided about parts that come again and again."""

    def __init__(self, adviser: Adviser) -> None:
        self._adviser = adviser
        self._places = PlaceNet(adviser.vocabulary)
        self._charges = charge_net(adviser.knowledge.codes)
        self._known: dict[bytes, bool] = {}

    def passes(self, kind: str, row: Row, line: bytes) -> bool:
        """True when the row may give a session.

        Raises:
            NoResource: the row matters and cannot be read.
        """
        if kind in ACTS:
            return self._once(b"".join(_act_parts(row)), lambda: self._is_act(row)) or self._is_noted(row, line)
        if kind in CHARGES:
            return self._is_charge(kind, row) and self._gives_session("charges", resource_of(line))
        return kind in PAPERS and self._is_paper(row) and self._gives_session("reports", resource_of(line))

    def _once(self, key: bytes, judge: Callable[[], bool]) -> bool:
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MEMORY:
                self._known.clear()
            known = self._known[key] = judge()
        return known

    def _is_act(self, row: Row) -> bool:
        raws = _act_parts(row)
        if not self._names_place(b" ".join(raws), *raws):
            return False
        parts = {name: part(raw) for name, raw in zip(_ACT.values(), raws, strict=True) if bytes(raw)}
        act = {"resourceType": "Procedure", "id": "1", "status": "completed", **parts}
        return self._gives_session("procedures", act)

    def _is_noted(self, row: Row, line: bytes) -> bool:
        written = bytes(row.note)
        return (
            bool(written)
            and self._names_place(written, row.note)
            and self._gives_session("procedures", resource_of(line))
        )

    def _names_place(self, written: bytes, *raws: msgspec.Raw) -> bool:
        """True when JSON may name a place: looked at as it is written, or decoded where it is written in escapes."""
        if written.isascii() and b"\\" not in written:
            return self._places.catches_ascii(written)
        return self._places.catches("\n".join(s for raw in raws for s in strings_of(part(raw))))

    def _is_charge(self, kind: str, row: Row) -> bool:
        if kind == "Claim":
            return self._bears_code(row.item)
        key = bytes(row.code) + bytes(row.extension)
        return self._once(key, lambda: self._bears_code(row.code) or self._bears_code(row.extension))

    def _bears_code(self, raw: msgspec.Raw) -> bool:
        written = bytes(raw)
        if b"\\" in written:
            written = "\n".join(strings_of(part(raw))).encode("utf-8", "replace")
        return bool(self._charges.caught(written))

    def _is_paper(self, row: Row) -> bool:
        if b'"Binary"' in bytes(row.contained) or self._names_place(bytes(row.conclusion), row.conclusion):
            return True
        forms = objects(part(row.presented_form)) + [obj(c.get("attachment")) for c in objects(part(row.content))]
        return any(self._is_form(f) for f in forms)

    def _is_form(self, form: Json) -> bool:
        """True for an attachment that may name a place; plain ASCII is looked at as it is, all else as it is read."""
        plain = _plain(form)
        if plain is not None:
            return self._places.catches_ascii(plain)
        found = read_attachment(form)
        return isinstance(found, Text) and self._places.catches(found.text)

    def _gives_session(self, key: str, resource: Json) -> bool:
        if resource.get("resourceType") == "ChargeItem":
            resource = as_reviewed(resource)
        found = read_request({"prefetch": {key: resource}}, self._adviser.knowledge, self._adviser.vocabulary)
        return any(s.treated or s.draft for s in found.sessions)


def _plain(form: Json) -> bytes | None:
    """The text of an attachment that is plain beyond doubt; None for one the reader has to open."""
    data = form.get("data")
    if form.get("contentType") not in _PLAIN or not isinstance(data, str):
        return None
    try:
        raw = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None
    odd = any(sign in raw for sign in (b"<", b"\x00", b"%PDF-", b"{\\rtf"))
    return raw if raw.isascii() and not odd else None
