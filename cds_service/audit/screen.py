"""The screen: which rows make their encounter a candidate.

A row passes when the reader, shown the row alone, sees a session. Most rows are spared that by the nets, and equal
parts are judged once. What gives a session only beside other rows has a row among them that gives one alone: lesions,
legs, days and payers of other resources refine a service or a charge, and never make one.
"""

import base64
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import msgspec

from cds_service.advice import Adviser
from cds_service.audit.rows import ACTS, CHARGES, ActParts, Row, part, resource_of
from cds_service.fhir.attachments import Text, read_attachment, read_narrative
from cds_service.fhir.elements import Json, obj, objects, strings_of, text
from cds_service.fhir.entry import Whole
from cds_service.fhir.nets import charge_net
from cds_service.fhir.reader import read_request
from cds_service.fhir.sections import composed

_MEMORY = 50_000
_act_parts = attrgetter(*ActParts.__struct_fields__)
# Between parts in the names of what is remembered; no JSON holds it.
_APART = b"\0"
_PLAIN = ("text/plain", "text/plain; charset=utf-8", "text/plain;charset=utf-8")


class Form(msgspec.Struct, rename="camel"):
    """An attachment with its data unpacked."""

    content_type: str = ""
    data: bytes = b""


class Content(msgspec.Struct):
    """A content of a DocumentReference."""

    attachment: Form = msgspec.field(default_factory=Form)


_forms = msgspec.json.Decoder(list[Form]).decode
_contents = msgspec.json.Decoder(list[Content]).decode


class Screen:
    """Decides for one row after another; keeps what it decided about parts that come again and again."""

    def __init__(self, adviser: Adviser) -> None:
        self._adviser = adviser
        self._places = adviser.vocabulary.places
        self.codes = tuple(adviser.knowledge.codes)
        self._charges = charge_net(self.codes)
        self._known: dict[bytes, bool] = {}

    def suspects(self, kind: str, row: Row) -> bool:
        """True for a row of a type that the nets catch."""
        if kind in ACTS:
            return self._knows(row) or bool(row.note)
        nets = {
            "ChargeItem": self._is_charged,
            "Claim": self._is_claimed,
            "DiagnosticReport": self._is_report,
            "Composition": self._is_composed,
        }
        return nets.get(kind, self._is_paper)(row)

    def acts(self, rows: Sequence[Any]) -> list[int]:
        """Which of some acts may pass: those that give a session by their own parts, and those with a note."""
        keys = [*map(_APART.join, map(_act_parts, rows))]
        hot = {key for key, row in dict(zip(keys, rows, strict=True)).items() if self._knows_by(key, row)}
        noted = [n for n, row in enumerate(rows) if row.note]
        notes = [rows[n].note for n in noted]
        if notes and not self._names_place(b"\n".join(notes), *notes):
            noted = []
        return sorted({*noted, *(n for n, key in enumerate(keys) if key in hot)} if hot else noted)

    def papers(self, kind: str, rows: Sequence[Any]) -> list[int]:
        """Which of some papers the net may catch: all of them when it catches something in one, and Compositions."""
        every = [*range(len(rows))]
        if kind == "Composition":
            return every
        forms = [f for row in rows for f in (*row.presented_form, *(c.attachment for c in row.content))]
        texts = [*(row.conclusion.encode("utf-8", "replace") for row in rows), *(f.data for f in forms)]
        plain = all(f.content_type in _PLAIN and not _opens_otherwise(f.data) for f in forms)
        told = kind != "DiagnosticReport" or all(row.conclusion.strip() for row in rows if row.text)
        coded = [row.conclusion_code for row in rows if row.conclusion_code]
        whole = b"\n".join(texts)
        plain = plain and told and _is_plain_within(whole) and b"%PDF-" not in whole
        if plain and not self._places.catches_ascii(whole) and not self._names_place(b"\n".join(coded), *coded):
            return []
        return every

    def passes(self, kind: str, row: Row, line: bytes) -> bool:
        """True when a suspect may give a session.

        Raises:
            NoResource: the row matters and cannot be read.
        """
        if kind in ACTS:
            return self._knows(row) or self._is_noted(row, line)
        return kind in CHARGES or self._gives_session("reports", resource_of(line))

    def _knows(self, row: Row) -> bool:
        """Whether an act gives a session by its own parts, judged once for equal parts."""
        return self._knows_by(_APART.join(_act_parts(row)), row)

    def _knows_by(self, key: bytes, row: Any) -> bool:
        known = self._known.get(key)
        return self._keep(key, self._is_act(row)) if known is None else known

    def _keep(self, key: bytes, verdict: bool) -> bool:
        if len(self._known) >= _MEMORY:
            self._known.clear()
        self._known[key] = verdict
        return verdict

    def _is_act(self, row: Row) -> bool:
        raws = _act_parts(row)
        if not self._names_place(b" ".join(raws), *raws):
            return False
        named = zip(ActParts.__struct_encode_fields__, raws, strict=True)
        parts = {name: part(raw) for name, raw in named if raw}
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

    def _is_charged(self, row: Row) -> bool:
        """True for a ChargeItem with a code of the knowledge."""
        key = _APART.join((row.code, row.extension))
        known = self._known.get(key)
        if known is None:
            known = self._keep(key, self._bears_code(row.code) or self._bears_code(row.extension))
        return known

    def _is_claimed(self, row: Row) -> bool:
        return self._bears_code(row.item)

    def _bears_code(self, raw: msgspec.Raw) -> bool:
        written = bytes(raw)
        if b"\\" in written:
            written = "\n".join(strings_of(part(raw))).encode("utf-8", "replace")
        return bool(self._charges.caught(written))

    def _is_paper(self, row: Row) -> bool:
        """True for a report or document with a text that may name a place."""
        said = (row.conclusion, row.conclusion_code)
        if b'"Binary"' in bytes(row.contained) or self._names_place(b"\n".join(said), *said):
            return True
        try:
            forms = [c.attachment for c in _contents(row.content)] if row.content else []
            forms += _forms(row.presented_form) if row.presented_form else []
        except msgspec.DecodeError:  # not as FHIR has it, or no base64: the reader knows what to make of it
            return any(self._is_form(f) for f in _loose_forms(row))
        return any(self._is_plain(f) for f in forms)

    def _is_report(self, row: Row) -> bool:
        """True for a report with a text that may name a place; its narrative is read where nothing else is said."""
        return self._is_paper(row) or (bool(row.text) and not text(part(row.conclusion)) and self._is_narrated(row))

    def _is_narrated(self, row: Row) -> bool:
        found = read_narrative(obj(part(row.text)))
        return isinstance(found, Text) and self._places.catches(found.text)

    def _is_composed(self, row: Row) -> bool:
        """True for a Composition whose sections may name a place, as the reader reads them."""
        return self._places.catches(composed(Whole(raw={"section": part(row.section)}, ref="", kind="Composition"), []))

    def _is_plain(self, form: Form) -> bool:
        """What `_is_form` says; plain ASCII is looked at as it is."""
        if form.content_type in _PLAIN and _is_plain_beyond_doubt(form.data):
            return self._places.catches_ascii(form.data)
        return self._is_form({"contentType": form.content_type, "data": base64.b64encode(form.data).decode()})

    def _is_form(self, form: Json) -> bool:
        """True for an attachment that may name a place, as the reader reads it."""
        found = read_attachment(form)
        return isinstance(found, Text) and self._places.catches(found.text)

    def _gives_session(self, key: str, resource: Json) -> bool:
        found = read_request({"prefetch": {key: resource}}, self._adviser.knowledge, self._adviser.vocabulary)
        return any(s.treated or s.draft for s in found.sessions)


def _is_plain_beyond_doubt(data: bytes) -> bool:
    """True for ASCII that no mark makes another type: no tag, no PDF, no RTF, no wide characters."""
    return not _opens_otherwise(data) and b"%PDF-" not in data[:1024] and _is_plain_within(data)


def _opens_otherwise(data: bytes) -> bool:
    return data[:1] == b"{" or data[:1].isspace()


def _is_plain_within(data: bytes) -> bool:
    return data.isascii() and b"<" not in data and b"\x00" not in data


def _loose_forms(row: Row) -> list[Json]:
    return [*objects(part(row.presented_form)), *(obj(c.get("attachment")) for c in objects(part(row.content)))]
