"""What resources say in their human-readable narratives: the sections of a Composition, and a resource's own text.

Knows where FHIR keeps narratives. A section's title stands above its words, as a heading does in a note.
"""

from collections.abc import Iterator
from itertools import islice

from cds_service.coding.decision import Unread
from cds_service.fhir.attachments import MOST_CHARACTERS, NotRead, read_narrative
from cds_service.fhir.bundle import Entry
from cds_service.fhir.elements import Json, obj, objects, text, words

_MOST_SECTIONS = 200
_DEPTH = 6


def composed(entry: Entry, unread: list[Unread]) -> str:
    """A Composition's sections as one text, in their order; what cannot be read is named in `unread`."""
    parts, left = [], MOST_CHARACTERS
    for path, section in islice(_sections(entry.raw, "section", _DEPTH), _MOST_SECTIONS):
        said = _said(section, f"Composition.{path}.text", entry.ref, unread) if section.get("text") else ""
        title = text(section.get("title")) or words(section.get("code"))
        part = "\n".join(p for p in (f"{title.rstrip(':')}:" if title else "", said) if p)
        left -= len(part)
        if left < 0:
            unread.append(Unread(resource=entry.ref, text=f"Composition.{path}: it is larger than what is read"))
            break
        parts.append(part)
    return "\n\n".join(p for p in parts if p)


def own_narrative(entry: Entry, unread: list[Unread]) -> str:
    """The human-readable text of a resource itself; empty where it has none."""
    return _said(entry.raw, f"{entry.kind}.text", entry.ref, unread) if obj(entry.raw.get("text")).get("div") else ""


def _said(raw: Json, path: str, ref: str, unread: list[Unread]) -> str:
    narrative = obj(raw.get("text"))
    if text(narrative.get("status")) == "empty":
        return ""
    found = read_narrative(narrative)
    if isinstance(found, NotRead):
        unread.append(Unread(resource=ref, text=f"{path}: {found.reason}"))
        return ""
    return found.text


def _sections(raw: Json, path: str, depth: int) -> Iterator[tuple[str, Json]]:
    """Every section with its path, those inside it after it."""
    for number, section in enumerate(objects(raw.get("section")) if depth else []):
        here = f"{path}[{number}]"
        yield here, section
        yield from _sections(section, f"{here}.section", depth - 1)
