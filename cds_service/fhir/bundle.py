"""One index over everything a request carries, and the resolving of references within it.

Knows Bundles, containment and reference forms. Knows no clinical meaning.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cds_service.fhir.elements import Json, last_id, obj, objects, reference, text

_DEPTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A resource with the name evidence is quoted under (Type/id)."""

    raw: Json
    ref: str

    @property
    def kind(self) -> str:
        return text(self.raw.get("resourceType"))


@dataclass(slots=True)
class Chart:
    """The resources of a request: in order, by type, and by every form a reference to them can take."""

    patient: str = ""
    entries: list[Entry] = field(default_factory=list)
    foreign: list[Entry] = field(default_factory=list)
    _index: dict[str, Entry] = field(default_factory=dict)
    _unnamed: int = 0

    def add(self, value: Any) -> list[Entry]:
        """Add a resource, a Bundle or a list of them; what is neither is passed over. Returns what was added."""
        return [self._put(raw, url) for raw, url in _resources(value, _DEPTH)]

    def of(self, *kinds: str) -> list[Entry]:
        """The resources of these types, in the order they came; each once."""
        return [e for e in self.entries if e.kind in kinds]

    def resolve(self, ref: str, container: Json | None = None) -> Entry | None:
        """The resource a reference points to: contained, relative, absolute, versioned or urn:uuid."""
        if ref.startswith("#"):
            for raw in objects(obj(container).get("contained")):
                if text(raw.get("id")) in (ref[1:], ref) and not self.is_foreign(raw):
                    return Entry(raw=raw, ref=f"{text(raw.get('resourceType'))}/{ref}")
            return None
        return self._index.get(_plain(ref)) or self._index.get(_relative(ref))

    def is_foreign(self, raw: Json) -> bool:
        """True when the resource says it is about another patient than the request's."""
        subject = reference(raw.get("subject") or raw.get("patient") or raw.get("beneficiary"))
        if not self.patient or not subject or subject.startswith(("#", "urn:")):
            return False
        return "Patient/" in subject and last_id(subject) != last_id(self.patient)

    def _put(self, raw: Json, url: str) -> Entry:
        kind, key = text(raw.get("resourceType")), text(raw.get("id"))
        if not key:
            self._unnamed += 1
        entry = Entry(raw=raw, ref=f"{kind}/{key or f'without-id-{self._unnamed}'}")
        known = self._index.get(entry.ref) if key else None
        if known is not None:
            if _is_newer(raw, known.raw):
                self.entries[self.entries.index(known)] = self._index[entry.ref] = entry
            else:
                entry = known
        elif self.is_foreign(raw):
            self.foreign.append(entry)
        else:
            self.entries.append(entry)
            self._index[entry.ref] = entry
        if url and entry not in self.foreign:
            self._index.setdefault(_plain(url), entry)
        return entry


def _is_newer(raw: Json, known: Json) -> bool:
    """True when a second copy of a resource is a later version, or withdraws it."""
    if raw.get("status") == "entered-in-error" and known.get("status") != "entered-in-error":
        return True
    first, second = text(obj(known.get("meta")).get("lastUpdated")), text(obj(raw.get("meta")).get("lastUpdated"))
    return bool(first and second) and second > first


def _resources(value: Any, depth: int) -> Iterator[tuple[Json, str]]:
    if depth < 0:
        return
    if isinstance(value, list):
        for item in value:
            yield from _resources(item, depth - 1)
    elif isinstance(value, dict) and value.get("resourceType") == "Bundle":
        for entry in objects(value.get("entry")):
            yield from _of_entry(entry, depth)
    elif isinstance(value, dict) and isinstance(value.get("resourceType"), str):
        yield value, ""


def _of_entry(entry: Json, depth: int) -> Iterator[tuple[Json, str]]:
    raw = obj(entry.get("resource"))
    if raw.get("resourceType") == "Bundle":
        yield from _resources(raw, depth - 1)
    elif isinstance(raw.get("resourceType"), str):
        yield raw, text(entry.get("fullUrl"))


def _plain(ref: str) -> str:
    return ref.split("/_history/")[0].rstrip("/")


def _relative(ref: str) -> str:
    """The last Type/id of an absolute reference."""
    return "/".join(_plain(ref).split("/")[-2:])
