"""The first pass over a portion: it finds candidates, names what cannot be read, and notes where every patient stands.

Knows blocks, rows and the screen. Blocks of one type are looked at as a whole; any other is read row by row, and where
it is not one object a line, line by line.
"""

from array import array
from collections import Counter
from collections.abc import Iterable

from cds_service.audit.keys import Keys
from cds_service.audit.rows import SCREENED, NoResource, Row, encounter_keys, group_of, resource_of, row_of, rows_of
from cds_service.audit.screen import Screen
from cds_service.audit.sources import Block, Interrupted, unmarked
from cds_service.audit.state import Found
from cds_service.audit.swift import Swift
from cds_service.fhir.elements import Json

Candidate = tuple[str, str]
"""A group and an encounter of it; the encounter empty for what names none."""
_KEPT = 100_000
_HOMELESS = "the resource names neither a patient nor an encounter; its charges cannot be audited"


class Finder:
    """The first pass; one for each worker."""

    def __init__(self, screen: Screen) -> None:
        self._screen, self._swift, self._keys = screen, Swift(screen), Keys()
        self._candidates: set[Candidate] = set()

    def find(self, portion: int, blocks: Iterable[Block]) -> Found:
        """What the lines of a portion hold; whatever is wrong with one is noted and stops nothing."""
        book = _Book()
        try:
            for at, block in blocks:
                self._read(at, block, book)
        except Interrupted as reason:
            book.note(0, str(reason))
        return book.found(portion)

    def _read(self, at: int, block: bytes, book: "_Book") -> None:
        look = self._swift.look(block)
        if look is None:
            lines = block.split(b"\n")
            keys = {*self._slowly([unmarked(at, lines[0]), *lines[1:]], book)} - {0}
            book.add(len(lines), (at, len(block)), array("I", sorted(keys)).tobytes(), loose=True)
            return
        book.kinds[look.kind] += look.lines
        for place, line in look.suspects:
            book.note(place, self._judged(look.kind, row_of(line), line))
        book.add(look.lines, (at, len(block)), look.keys, loose=False)

    def _slowly(self, lines: list[bytes], book: "_Book") -> list[int]:
        """The keys of lines that may be anything."""
        rows = rows_of(lines)
        if rows is not None:
            return self._look(rows, lines, 0, book)
        return [key for place, line in enumerate(lines) for key in self._one(line, place, book)]

    def _one(self, line: bytes, place: int, book: "_Book") -> list[int]:
        if not line or line.isspace():
            return []
        try:
            return self._look([row_of(line)], [line], place, book)
        except NoResource as reason:
            book.note(place, str(reason))
            return []

    def _look(self, rows: list[Row], lines: list[bytes], first: int, book: "_Book") -> list[int]:
        """The keys of rows that stand one after another; what is found in them is noted."""
        kinds = self._keys.kinds(rows)
        book.kinds.update(kinds)
        for place, kind in enumerate(kinds):
            if kind in SCREENED:
                book.note(first + place, self._judged(kind, rows[place], lines[place]))
        return self._keys.numbers(kinds, rows, lines)

    def _judged(self, kind: str, row: Row, line: bytes) -> list[Candidate] | str:
        """The candidates of a row, or why it cannot be audited."""
        try:
            if not (self._screen.suspects(kind, row) and self._screen.passes(kind, row, line, self._is_known)):
                return []
            found = _candidates_of(resource_of(line))
        except NoResource as reason:
            return str(reason)
        if len(self._candidates) >= _KEPT:
            self._candidates.clear()
        self._candidates.update(found)
        return found or _HOMELESS

    def _is_known(self, resource: Json) -> bool:
        """True for a resource that can make no candidate which is not one already."""
        found = _candidates_of(resource)
        return bool(found) and self._candidates.issuperset(found)


def _candidates_of(resource: Json) -> list[Candidate]:
    """What a resource makes candidates, if it gives a session; empty where it names nobody."""
    group = group_of(resource)
    return [(group, e) for e in encounter_keys(resource) or ("",)] if group else []


class _Book:
    """What is written down while a portion is read."""

    def __init__(self) -> None:
        self.lines = 0
        self.keys, self.blocks = array("I"), array("Q")
        self.kinds: Counter[str] = Counter()
        self.rejects: list[tuple[int, str]] = []
        self.hits: dict[Candidate, None] = {}

    def note(self, place: int, found: list[Candidate] | str) -> None:
        """The candidates of the line at a place of the block, from 0, or why it is rejected."""
        if isinstance(found, str):
            self.rejects.append((self.lines + place + 1, found))
        else:
            self.hits.update(dict.fromkeys(found))

    def add(self, lines: int, span: tuple[int, int], keys: bytes, *, loose: bool) -> None:
        """A block is behind: its lines, where it stands, and whom it is about."""
        self.lines += lines
        self.blocks.extend((*span, len(keys) // self.keys.itemsize * 2 + loose))
        self.keys.frombytes(keys)

    def found(self, portion: int) -> Found:
        return Found(
            portion=portion,
            lines=self.lines,
            kinds=dict(self.kinds),
            rejects=self.rejects,
            hits=list(self.hits),
            keys=self.keys.tobytes(),
            blocks=self.blocks.tobytes(),
        )
