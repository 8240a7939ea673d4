"""The records of a form, one for each vessel: fields under a field that names it, or fields of one number.

Knows fields and tokens. Only a form with two vessels or more is read so; what is not told by its keys is left to be
read as any other words under the vessel's name.
"""

import bisect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cds_service.fhir.notes.exports import TOLD, exported
from cds_service.fhir.notes.fields import Field, fields_of
from cds_service.fhir.notes.form_standing import Surroundings
from cds_service.fhir.notes.lines import Span
from cds_service.fhir.notes.tables import Row
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Token

Items = Mapping[int, Sequence["Row | Aside"]]
"""What is to be read in place of the lines that begin there."""

_LONGEST_PLACE, _LONGEST_VALUE = 60, 160
_KEY = r"(?:segm?|segment|vessel|artery|art|target|lesion|les|site|location|loc|level)s?"
_LIKELY = re.compile(
    rf"^[^\n:=;,]{{0,24}}{_KEY}[^\n:=;,]{{0,24}}(?:[:=_;,]| {{2}})"
    rf"|[;,|{{]\s*[^\n:=;, ]{{0,16}}{_KEY}[^\n:=;,]{{0,24}}(?:[:=_]|[;,|](?=\S))",
    re.IGNORECASE | re.MULTILINE,
)
_SIGNS, _FEWEST_FIELDS = (":", "=", ";", "|", "..", ",", "  "), 4  # two records of two fields
_NO, _LEG = cue("form-no"), cue("leg-heading")
_PLACE_LIKE, _SIDE = cue("place-like"), cue("side")
_BARE_YES = re.compile(r"\s*(?:y|yes|x|true)\W*", re.IGNORECASE)
_BARE_NO = re.compile(r"\s*(?:n|no|false|not\s+done)\W*", re.IGNORECASE)
_OF_PATIENT = ("history", "plan", "case")
"""What is asked of the patient rather than of a vessel, where it stands apart from a record."""
_UNREAD = ("plan", "case", "after", "size", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A field of a vessel, at [start, end), of which only its words tell what it is; `label` names the vessel."""

    start: int
    end: int
    label: Span


@dataclass(slots=True, kw_only=True)
class _Record:
    place: Field
    named: bool
    leg: Span | None
    fields: list[Field] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class _Form:
    """The records of a form as they are gathered, field by field; `odd`: what belongs to no record or to two."""

    text: str
    tokens: Sequence[Token]
    starts: Sequence[int]
    records: list[_Record] = field(default_factory=list)
    numbered: dict[str, list[_Record]] = field(default_factory=dict)
    current: _Record | None = None
    leg: Span | None = None
    leg_first: bool = False
    odd: bool = False

    def kinds(self, span: Span) -> set[str]:
        first, last = (bisect.bisect_left(self.starts, at) for at in span)
        return {t.kind for t in self.tokens[first:last]}

    def take(self, said: Field) -> None:
        """Take in the next field."""
        value = self.text[slice(*said.value)]
        if said.role in _OF_PATIENT and not said.index and self.text.endswith("\n\n", 0, said.line):
            self.current = None
        kinds = self.kinds(said.value)
        bare = not kinds & {"lesion", "treatment"} and len(value) <= _LONGEST_PLACE
        named = bool(kinds & {"vessel", "short"})
        empty = _NO.fullmatch(value) and not said.key.lower().startswith("lesion")
        if said.role == "place" and bare and (named or said.index or empty):
            self.current = _Record(place=said, named=named, leg=self.leg)
            self.records.append(self.current)
            self.numbered.setdefault(said.index, []).append(self.current)
            return
        role = "before" if said.role == "place" else said.role
        said = Field(key=said.key, role=role, index=said.index, start=said.start, value=said.value, line=said.line,
                     indent=said.indent)  # fmt: skip
        if role == "side" and (self.leg_first or not self.records) and not (said.index and self.records):
            self.leg, self.leg_first, self.current = said.value, True, None
        elif not role and _PLACE_LIKE.search(said.key.replace("_", " ")):
            self.current = None
        else:
            self._hold(said, value)

    def _hold(self, said: Field, value: str) -> None:
        owner = self.current
        if said.index and owner is not None and said.index != owner.place.index and said.role:
            numbered = self.numbered.get(said.index, [])
            owner = numbered[-1] if len(numbered) == 1 else owner
            self.odd = self.odd or len(numbered) > 1
        elif owner is not None and said.indent < owner.place.indent + (0 if not owner.fields else _depth(owner)):
            owner = self.current = None
        if owner is not None and not (said.role == "case" and not said.index):
            owner.fields.append(said)
        elif self.records:
            flat = {"stent": _BARE_YES, "treatment": _BARE_NO}.get(said.role)
            self.odd = self.odd or (flat is not None and flat.fullmatch(value) is not None)


def _depth(record: _Record) -> int:
    return record.fields[0].indent - record.place.indent


def records_of(text: str, lines: Sequence[Span], tokens: Sequence[Token]) -> Items:
    """The records of every form in a text, by the lines they are read at; lines they take up are given nothing."""
    if sum(map(text.count, _SIGNS)) < _FEWEST_FIELDS or not _LIKELY.search(text):
        return {}
    items = exported(text, lines, tokens)
    form, around = _Form(text=text, tokens=tokens, starts=[t.start for t in tokens]), Surroundings()
    for line in lines:
        if line[0] in items:
            continue
        words = text[slice(*line)].strip(" \t=-*_#:.,[]{}()")
        found = list(fields_of(text, line))
        begun = bool(form.records or (items and line[0] > min(items)))
        for said in found:
            around.see_field(said, text[slice(*said.value)], begun=begun, within=form.current is not None)
            form.take(said)
        if not found and words:
            if _SIDE.fullmatch(words) or _LEG.fullmatch(words):
                form.leg, form.leg_first = line, True
            form.current = None
            around.see_line(words, begun=begun)
    is_open = form.odd or around.is_open
    out = {at: [replace(row, is_open=row.is_open or around.is_open) for row in rows] for at, rows in items.items()}
    told = [r for r in form.records if r.named and any(f.role in TOLD for f in r.fields)]
    if len(told) < 2 or any(_is_prose(f) for r in told for f in r.fields):
        return out
    return {**out, **_items(form, is_open=is_open)}


def _is_prose(said: Field) -> bool:
    return bool(said.role) and said.role not in _UNREAD and said.value[1] - said.value[0] > _LONGEST_VALUE


def _items(form: _Form, *, is_open: bool) -> dict[int, list[Row | Aside]]:
    out: dict[int, list[Row | Aside]] = {}
    for record in form.records:
        for said in (record.place, *record.fields):
            out.setdefault(said.line, [])
    for record in form.records:
        out[record.place.line] += _read(form, record, is_open=is_open)
    return out


def _read(form: _Form, record: _Record, *, is_open: bool) -> Iterator[Row | Aside]:
    text, known = form.text, [f for f in record.fields if f.role]
    if not record.named:
        treated = [f for f in known if f.role in TOLD and not _NO.fullmatch(text, *f.value)]
        if treated:
            yield _row(record, [*known], is_open=True)
        return
    yield _row(record, known, is_open=is_open)
    for said in record.fields:
        if not said.role or _tells_lesion(form, said):
            yield Aside(start=said.start, end=said.value[1], label=record.place.value)


def _tells_lesion(form: _Form, said: Field) -> bool:
    """True for "Occlusion length: 4 cm", whose key alone may name the lesion."""
    told = said.role == "size" and not _NO.fullmatch(form.text, *said.value)
    return told and "lesion" in form.kinds((said.start, said.value[0]))


def _row(record: _Record, known: Sequence[Field], *, is_open: bool) -> Row:
    cells = [("place", record.place.value), *((f.role, f.value) for f in known)]
    if record.leg is not None:
        cells.append(("leg", record.leg))
    spans = [span for role, span in cells if role != "leg"]
    start, end = min(record.place.start, *(a for a, _ in spans)), max(b for _, b in spans)
    return Row(start=start, end=end, line=record.place.line, cells=tuple(cells), is_form=True, is_open=is_open)
