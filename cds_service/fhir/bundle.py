"""One index over everything a request carries, and the resolving of references within it.

Knows Bundles, containment and reference forms. Knows no clinical meaning.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cds_service.fhir.elements import LOGICAL, Json, last_id, obj, objects, plain, reference, relative, text
from cds_service.fhir.entry import Entry as Entry
from cds_service.fhir.entry import Left, Whole, entries_of
from cds_service.fhir.names import BY_UUID, id_in, names_of, numbers_of, uuid_name
from cds_service.fhir.versions import contradicts, is_newer

_DEPTH = 8


@dataclass(slots=True)
class Chart:
    """The resources of a request: in order, by type, and by every form a reference to them can take."""

    patient: str = ""
    entries: list[Entry] = field(default_factory=list)
    foreign: list[Entry] = field(default_factory=list)
    disputed: set[str] = field(default_factory=set)
    _acts: list[Entry] | None = None
    _index: dict[str, Entry] = field(default_factory=dict)
    _places: dict[str, int] = field(default_factory=dict)
    _numbered: dict[str, Entry | None] = field(default_factory=dict)
    _unnumbered: list[Left] = field(default_factory=list)
    _seen: dict[str, Entry] = field(default_factory=dict)
    _unnamed: int = 0
    _ours: str = ""
    _by_kind: dict[str, list[Entry]] = field(default_factory=dict)
    _by_day: dict[date, list[Entry]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ours = f"Patient/{key}" if (key := last_id(self.patient)) else ""

    def add(self, value: Any) -> list[Entry]:
        """Add a resource, a Bundle or a list of them; what is neither is passed over. Returns what was added.

        Patients come first: whom the others are about may be told by a patient's number or full URL only.
        """
        self._by_kind, self._by_day = {}, {}
        found = list(_resources(value, _DEPTH))
        for raw, url in found:
            if not isinstance(raw, Left) and raw.get("resourceType") == "Patient":
                self._put(raw, url)
        return [self._put_left(raw) if isinstance(raw, Left) else self._put(raw, url) for raw, url in found]

    def holds(self, entry: Entry) -> bool:
        """True when an added resource is in the chart: about this patient, and not replaced by a later version."""
        return self._index.get(entry.ref) is entry

    def of(self, *kinds: str) -> list[Entry]:
        """The resources of these types, in the order they came; each once."""
        if not self._by_kind:
            for entry in self.entries:
                self._by_kind.setdefault(entry.kind, []).append(entry)
        there = [entries for kind in kinds if (entries := self._by_kind.get(kind))]
        found = [e for one in there for e in one]
        return found if len(there) < 2 else sorted(found, key=lambda e: self._places[e.ref])

    def acts(self) -> list[Entry]:
        """The Procedures that can matter, in their order: all of them until somebody has looked."""
        return self.of("Procedure") if self._acts is None else self._acts

    def keep_acts(self, matters: Callable[[Entry], bool]) -> None:
        """Leave the Procedures that cannot matter unread; they stay in the chart for whatever refers to them."""
        self._acts = [self._decoded(e) if isinstance(e, Left) else e for e in self.of("Procedure") if matters(e)]

    def procedures_naming(self, day: date) -> list[Entry]:
        """The Procedures that name a day anywhere; of those left as they were written no other one is decoded."""
        if day not in self._by_day:
            name = day.isoformat().encode()
            there = [e for e in self.of("Procedure") if not isinstance(e, Left) or e.may_name(name)]
            self._by_day[day] = [self._decoded(e) if isinstance(e, Left) else e for e in there]
        return self._by_day[day]

    def resolve(self, ref: str, container: Json | None = None) -> Entry | None:
        """The resource a reference points to: contained, relative, absolute, versioned, by full URL or by identifier.

        An identifier that several resources carry points at none of them.
        """
        if ref.startswith("#"):
            return self._contained(ref, obj(container))
        if ref.startswith(LOGICAL):
            self._number_left()
            found = self._numbered.get(ref)
        else:
            found = self._index.get(plain(ref)) or self._index.get(relative(ref))
        return self._decoded(found) if isinstance(found, Left) else found

    def _decoded(self, left: Left) -> Entry:
        """A Procedure that was left, once somebody wants to see it."""
        if left.ref not in self._seen:
            self._seen[left.ref] = Whole(raw=left.raw, ref=left.ref, kind=left.kind)
        return self._seen[left.ref]

    def is_foreign(self, raw: Json) -> bool:
        """True when the resource says it is about another patient than the request's."""
        subject = reference(raw.get("subject") or raw.get("patient") or raw.get("beneficiary"))
        if not self.patient or not subject or subject.startswith("#"):
            return False
        if self._is_ours(subject):
            return False
        known = self.resolve(subject)
        if known is None and subject.startswith(LOGICAL):
            return self._is_numbered_otherwise(subject)
        name = known.ref if known is not None else subject
        if plain(name).startswith(BY_UUID):
            return plain(name) != uuid_name(last_id(self.patient)) != ""
        return "Patient/" in name and last_id(name) != last_id(self.patient)

    def _is_ours(self, subject: str) -> bool:
        """True for the plain name of the request's patient, which is what most resources say they are about."""
        return subject == self._ours and ((known := self._index.get(subject)) is None or known.ref == subject)

    def _is_numbered_otherwise(self, subject: str) -> bool:
        """True when the request's patient has a number of this kind, and it is another one."""
        ours = self._index.get(f"Patient/{last_id(self.patient)}")
        kind, _, number = subject.removeprefix(LOGICAL).partition(":")
        systems = {n.partition("|")[0] for n in numbers_of(ours.raw)} if ours is not None else set()
        return kind in ("", "Patient") and number.partition("|")[0] in systems

    def _contained(self, ref: str, container: Json) -> Entry | None:
        """A contained resource, which can itself point at its neighbours."""
        if ref == "#":
            return None
        for raw in _inside(container, _DEPTH):
            if text(raw.get("id")) in (ref[1:], ref) and not self.is_foreign(raw):
                beside = [*objects(raw.get("contained")), *objects(container.get("contained"))]
                kind = text(raw.get("resourceType"))
                return Whole(raw={**raw, "contained": beside}, ref=f"{kind}/{ref}", kind=kind)
        return None

    def _put(self, raw: Json, url: str) -> Entry:
        kind = text(raw.get("resourceType"))
        key = text(raw.get("id")) or id_in(url, kind)
        if not key:
            self._unnamed += 1
        entry: Entry = Whole(raw=raw, ref=f"{kind}/{key or f'without-id-{self._unnamed}'}", kind=kind)
        known = self._index.get(entry.ref) if key else None
        if isinstance(known, Left) and known.url:
            self._index.setdefault(plain(known.url), known)
        if known is not None and known.ref == entry.ref:  # and not another one, whose URL this name is
            if is_newer(raw, known.raw):
                self.entries[self._places[entry.ref]] = self._index[entry.ref] = entry
            elif contradicts(raw, known.raw):
                return self._put_beside(raw, entry.ref, kind)
            else:
                entry = known
        elif self.is_foreign(raw):
            self.foreign.append(entry)
            return entry
        else:
            self._places[entry.ref] = len(self.entries)
            self.entries.append(entry)
            self._index[entry.ref] = entry
        if name := uuid_name(key):
            self._index.setdefault(name, entry)
        if url:
            self._locate(plain(url), entry)
        self._number(entry)
        return entry

    def _put_beside(self, raw: Json, name: str, kind: str) -> Entry:
        """Another state of a resource, which nothing tells to be the older one: both stand, and may contradict."""
        entry: Entry = Whole(raw=raw, ref=f"{name}/_history/{len(self.disputed)}", kind=kind)
        self._places[entry.ref] = len(self.entries)
        self.entries.append(entry)
        self._index[entry.ref] = entry
        self.disputed |= {name, entry.ref}
        return entry

    def _put_left(self, left: Left) -> Entry:
        """What `_put` does, for a Procedure that was left.

        Its numbers wait until somebody asks for one. A URL that ends in its name leads there of itself.
        """
        ref, subject = left.ref, left.subject
        if ref in self._index:
            return self._put(left.raw, left.url)
        known = self._index.get(self._ours)
        is_ours = not subject or (subject == self._ours and (known is None or known.ref == subject))
        if not is_ours and self.is_foreign({"subject": {"reference": subject}}):
            self.foreign.append(left)
            return left
        self._places[ref] = len(self.entries)
        self.entries.append(left)
        self._index[ref] = left
        if not left.is_at_its_name:
            self._locate(plain(left.url), left)
        self._unnumbered.append(left)
        return left

    def _locate(self, url: str, entry: Entry) -> None:
        """Have a URL lead to a resource, unless it leads to an earlier one."""
        there = self._index.get(relative(url))
        if isinstance(there, Left) and there.url == url:
            entry = there
        self._index.setdefault(url, entry)

    def _number_left(self) -> None:
        """Give the numbers of what was left since this was done last; what came after it with its name has its own."""
        for left in self._unnumbered:
            for name in names_of(left.kind, left.numbers):
                known = self._numbered.setdefault(name, left)
                if known is not None and known.ref != left.ref:
                    self._numbered[name] = None
        self._unnumbered = []

    def _number(self, entry: Entry) -> None:
        for name in names_of(entry.kind, entry.raw) if "identifier" in entry.raw else ():
            known = self._numbered.setdefault(name, entry)
            self._numbered[name] = entry if known is not None and known.ref == entry.ref else None


def _resources(value: Any, depth: int) -> Iterator[tuple[Json | Left, str]]:
    if depth < 0:
        return
    if isinstance(value, list):
        for item in value:
            yield from _resources(item, depth - 1)
    elif isinstance(value, dict) and value.get("resourceType") == "Bundle":
        for entry in entries_of(value):
            if isinstance(entry, Left):
                yield entry, ""
            else:
                yield from _of_entry(entry, depth)
    elif isinstance(value, dict) and isinstance(value.get("resourceType"), str):
        yield value, ""


def _of_entry(entry: Json, depth: int) -> Iterator[tuple[Json | Left, str]]:
    raw = obj(entry.get("resource"))
    if raw.get("resourceType") == "Bundle":
        yield from _resources(raw, depth - 1)
    elif isinstance(raw.get("resourceType"), str):
        yield raw, text(entry.get("fullUrl"))


def _inside(container: Json, depth: int) -> Iterator[Json]:
    """The resources inside a resource, those inside them too."""
    for raw in objects(container.get("contained")) if depth else []:
        yield raw
        yield from _inside(raw, depth - 1)
