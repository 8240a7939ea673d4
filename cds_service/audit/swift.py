"""Blocks that hold resources of one type, read at once: what they are, whom they are about, which may be candidates.

Knows for each type the parts that tell. A block that is not as plain as it takes is left to the slower way, which any
line can go; both come to the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from cds_service.audit.keys import keys_of_ids, keys_of_references
from cds_service.audit.rows import (
    ABSENT,
    ACTS,
    CHARGES,
    KINDS,
    OTHER,
    PAPERS,
    ActParts,
    NoResource,
    PlainActParts,
    kind_of,
    row_of,
)
from cds_service.audit.screen import Content, Form, Screen
from cds_service.audit.sieve import Sieve


class _About(msgspec.Struct, gc=False, frozen=True):
    """A reference to a patient."""

    reference: str = ""


class _Subject(msgspec.Struct, rename="camel", gc=False, kw_only=True):
    """A resource with a subject."""

    whom: _About = msgspec.field(name="subject")


class _Encounter(_Subject, kw_only=True):
    resource_type: Literal["Encounter"]


class _Condition(_Subject, kw_only=True):
    resource_type: Literal["Condition"]


class _Charge(_Subject, kw_only=True):
    resource_type: Literal["ChargeItem"]


class _PlainAct(PlainActParts, gc=False, kw_only=True):
    """A Procedure, with the parts by which the screen knows it; one with any of the rarer parts is not plain."""

    resource_type: Literal["Procedure"]
    whom: _About = msgspec.field(name="subject")
    note: msgspec.Raw = ABSENT
    extension: None = None
    contained: None = None
    body_structure: None = None
    order_detail: None = None
    used_code: None = None
    used: None = None
    used_reference: None = None
    focal_device: None = None


class _Act(ActParts, gc=False, kw_only=True):
    """A Procedure, with all parts by which the screen knows it."""

    resource_type: Literal["Procedure"]
    whom: _About = msgspec.field(name="subject")
    note: msgspec.Raw = ABSENT


class _Paper(_Subject, kw_only=True):
    """A text of the patient; one that contains resources is not plain."""

    conclusion: str = ""
    conclusion_code: msgspec.Raw = ABSENT
    presented_form: tuple[Form, ...] = ()
    content: tuple[Content, ...] = ()
    contained: None = None


class _Report(_Paper, kw_only=True):
    resource_type: Literal["DiagnosticReport"]
    text: msgspec.Raw = ABSENT


class _Document(_Paper, kw_only=True):
    resource_type: Literal["DocumentReference"]


class _Composition(_Subject, kw_only=True):
    """A document in sections; each is looked at as the reader reads it."""

    resource_type: Literal["Composition"]


class _Claim(msgspec.Struct, rename="camel", gc=False):
    """A Claim; a `subject`, which it should not have, would come first."""

    resource_type: Literal["Claim"]
    whom: _About = msgspec.field(name="patient")
    subject: None = None


class _Coverage(msgspec.Struct, rename="camel", gc=False):
    resource_type: Literal["Coverage"]
    whom: _About = msgspec.field(name="beneficiary")
    subject: None = None
    patient: None = None


class _Person(msgspec.Struct, rename="camel", gc=False):
    resource_type: Literal["Patient"]
    id: str


class _Other(msgspec.Struct, rename="camel", gc=False):
    """A resource of which only the type matters."""

    resource_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a block holds: its type, how many lines, the keys of the groups they are about, and lines to be judged, each
    with its number in the block, from 0.
    """

    kind: str
    lines: int
    keys: bytes
    suspects: Sequence[tuple[int, bytes]] = ()


_SHAPES: dict[str, tuple[type[msgspec.Struct], ...]] = {
    "Procedure": (_PlainAct, _Act),
    "Encounter": (_Encounter,),
    "Condition": (_Condition,),
    "ChargeItem": (_Charge,),
    "Claim": (_Claim,),
    "DiagnosticReport": (_Report,),
    "DocumentReference": (_Document,),
    "Composition": (_Composition,),
    "Coverage": (_Coverage,),
    "Patient": (_Person,),
    OTHER: (_Other,),
}


class Swift:
    """Looks at blocks; it remembers what the last one held, because files of one type are the rule."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._plain, self._coded = Sieve(), Sieve(screen.codes)
        self._decoders = {kind: [*map(msgspec.json.Decoder, shapes)] for kind, shapes in _SHAPES.items()}
        self._last = "Procedure"

    def look(self, block: bytes) -> Look | None:
        """What a block holds, without the end of its last line; None when it must be read line by line."""
        found = self._as(self._last, block)
        if found is None and (kind := _first(block)) not in ("", self._last):
            self._last = kind
            found = self._as(kind, block)
        return found

    def _as(self, kind: str, block: bytes) -> Look | None:
        """A block of resources of one type; None when it is not all of that."""
        if block[:1] != b"{" or block[-1:] != b"}":  # a blank line is one that a decoder does not count
            return None
        rows = self._rows(kind, block)
        if rows is None:
            return None
        ends = (self._coded if kind in CHARGES else self._plain).ends(block)
        keys = self._keys(kind, rows)
        if ends is None or keys is None:
            return None
        return Look(kind=kind, lines=len(rows), keys=keys, suspects=self._suspects(kind, rows, block, ends))

    def _rows(self, kind: str, block: bytes) -> list[Any] | None:
        """The rows of a block in the first shape of its type that holds them; it is tried first from then on."""
        decoders = self._decoders[kind]
        for decoder in decoders:
            try:
                rows = decoder.decode_lines(block)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue
            if decoder is not decoders[0]:
                decoders.insert(0, decoders.pop(decoders.index(decoder)))
            return rows
        return None

    def _keys(self, kind: str, rows: list[Any]) -> bytes | None:
        if kind == OTHER:
            return None if KINDS.intersection(row.resource_type for row in rows) else b""
        if kind == "Patient":
            return keys_of_ids({row.id: None for row in rows})
        return keys_of_references({row.whom.reference: None for row in rows})

    def _suspects(self, kind: str, rows: list[Any], block: bytes, ends: list[int]) -> Sequence[tuple[int, bytes]]:
        if kind in CHARGES:
            return _lines_at(block, ends) if ends else ()
        if kind not in (*ACTS, *PAPERS):
            return ()
        places = self._screen.acts(rows) if kind in ACTS else self._screen.papers(kind, rows)
        if not places:
            return ()
        lines = block.split(b"\n")
        return [(n, lines[n]) for n in places]


def _lines_at(block: bytes, ends: list[int]) -> list[tuple[int, bytes]]:
    """The lines in which something ends, each once, with their numbers."""
    found, after = [], 0
    for end in sorted(ends):
        if end > after:
            start = block.rfind(b"\n", 0, end) + 1
            after = block.find(b"\n", end)
            after = len(block) if after < 0 else after
            found.append((block.count(b"\n", 0, start), block[start:after]))
    return found


def _first(block: bytes) -> str:
    """The type of a block's first line; empty for what is no resource."""
    try:
        return kind_of(row_of(block.partition(b"\n")[0]).resource_type)
    except NoResource:
        return ""
