"""The screen: which rows make their encounter a candidate.

A row passes when the reader, shown the row alone, sees a session. Most rows are spared that by the nets, and equal
parts are judged once. What gives a session only beside other rows has a row among them that gives one alone: lesions,
legs, days and payers of other resources refine a service or a charge, and never make one.
"""

import base64
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import msgspec

from cds_service.advice import Adviser
from cds_service.audit.rows import ACTS, CHARGES, ActParts, PlainActParts, Row, part, resource_of
from cds_service.fhir.attachments import Text, read_attachment, read_narrative
from cds_service.fhir.elements import Json, obj, objects, strings_of, text
from cds_service.fhir.entry import Whole
from cds_service.fhir.nets import charge_net
from cds_service.fhir.reader import read_request
from cds_service.fhir.sections import composed

_MEMORY = 50_000
_act_parts = attrgetter(*ActParts.__struct_fields__)
_plain_parts = attrgetter(*PlainActParts.__struct_fields__)
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
        self._hot: set[bytes] = set()  # parts of acts by which these give a session
        self._cold: set[bytes] = set()  # and by which they give none
        self._charged: dict[bytes, bool] = {}

    def suspects(self, kind: str, row: Row) -> bool:
        """True for a row of a type that the nets catch."""
        if kind in ACTS:
            return self._gives_by_parts(row) or bool(row.note)
        nets = {
            "ChargeItem": self._is_charged,
            "Claim": self._is_claimed,
            "DiagnosticReport": self._is_report,
            "Composition": self._is_composed,
        }
        return nets.get(kind, self._is_paper)(row)

    def acts(self, rows: Sequence[Any]) -> list[int]:
        """Which of some acts of one shape may pass: those that give a session by their own parts, and those with a
        note.
        """
        parts = _act_parts if isinstance(rows[0], ActParts) else _plain_parts
        keys = [*map(_APART.join, map(parts, rows))]
        hot = {key for key in {*keys}.difference(self._cold) if self._knows(key)}
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
        forms = [f for row in rows for f in row.presented_form] + [c.attachment for row in rows for c in row.content]
        said = "\n".join([row.conclusion for row in rows]).encode("utf-8", "replace")
        datas = [f.data for f in forms]
        plain = {f.content_type for f in forms}.issubset(_PLAIN) and not any(map(_opens_otherwise, datas))
        told = kind != "DiagnosticReport" or all(row.conclusion.strip() for row in rows if row.text)
        coded = [row.conclusion_code for row in rows if row.conclusion_code]
        whole = b"\n".join([said, *datas])
        plain = plain and told and _is_plain_within(whole) and not any(map(_is_pdf, datas))
        if plain and not self._places.catches_ascii(whole) and not self._names_place(b"\n".join(coded), *coded):
            return []
        return every

    def passes(self, kind: str, row: Row, line: bytes, known: Callable[[Json], bool]) -> bool:
        """True when a suspect may give a session. `known` says so of a resource without reading it, where it can.

        Raises:
            NoResource: the row matters and cannot be read.
        """
        if kind in ACTS:
            return self._gives_by_parts(row) or self._is_noted(row, line, known)
        return kind in CHARGES or self._reads("reports", resource_of(line), known)

    def _gives_by_parts(self, row: Row) -> bool:
        """Whether an act gives a session by its own parts."""
        return self._knows(_APART.join(_act_parts(row)))

    def _knows(self, key: bytes) -> bool:
        """Whether the parts of an act give a session, judged once for equal parts."""
        if key not in self._hot and key not in self._cold:
            if len(self._hot) + len(self._cold) >= _MEMORY:
                self._hot.clear()
                self._cold.clear()
            (self._hot if self._is_act(key.split(_APART)) else self._cold).add(key)
        return key in self._hot

    def _is_act(self, raws: Sequence[bytes]) -> bool:
        if not self._names_place(b" ".join(raws), *raws):
            return False
        named = zip(ActParts.__struct_encode_fields__, raws, strict=False)  # the plain ones come first
        parts = {name: part(raw) for name, raw in named if raw}
        act = {"resourceType": "Procedure", "id": "1", "status": "completed", **parts}
        return self._gives_session("procedures", act)

    def _is_noted(self, row: Row, line: bytes, known: Callable[[Json], bool]) -> bool:
        written = bytes(row.note)
        return (
            bool(written)
            and self._names_place(written, row.note)
            and self._reads("procedures", resource_of(line), known)
        )

    def _reads(self, key: str, resource: Json, known: Callable[[Json], bool]) -> bool:
        return known(resource) or self._gives_session(key, resource)

    def _names_place(self, written: bytes, *raws: msgspec.Raw | bytes) -> bool:
        """True when JSON may name a place: looked at as it is written, or decoded where it is written in escapes."""
        if written.isascii() and b"\\" not in written:
            return self._places.catches_ascii(written)
        return self._places.catches("\n".join(s for raw in raws for s in strings_of(part(raw))))

    def _is_charged(self, row: Row) -> bool:
        """True for a ChargeItem with a code of the knowledge."""
        key = _APART.join((row.code, row.extension))
        known = self._charged.get(key)
        if known is None:
            if len(self._charged) >= _MEMORY:
                self._charged.clear()
            known = self._charged[key] = self._bears_code(row.code) or self._bears_code(row.extension)
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
    return not _opens_otherwise(data) and not _is_pdf(data) and _is_plain_within(data)


def _is_pdf(data: bytes) -> bool:
    return b"%PDF-" in data[:1024]


def _opens_otherwise(data: bytes) -> bool:
    return data[:1] == b"{" or data[:1].isspace()


def _is_plain_within(data: bytes) -> bool:
    return data.isascii() and b"<" not in data and b"\x00" not in data


def _loose_forms(row: Row) -> list[Json]:
    return [*objects(part(row.presented_form)), *(obj(c.get("attachment")) for c in objects(part(row.content)))]
