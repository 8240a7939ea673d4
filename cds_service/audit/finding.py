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

_HOMELESS = "the resource names neither a patient nor an encounter; its charges cannot be audited"


class Finder:
    """The first pass; one for each worker."""

    def __init__(self, screen: Screen) -> None:
        self._screen, self._swift, self._keys = screen, Swift(screen), Keys()

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

    def _judged(self, kind: str, row: Row, line: bytes) -> list[tuple[str, str]] | str:
        """The candidates of a row, as group and encounter, or why it cannot be audited."""
        try:
            if not (self._screen.suspects(kind, row) and self._screen.passes(kind, row, line)):
                return []
            resource = resource_of(line)
            group = group_of(resource)
            return [(group, e) for e in encounter_keys(resource) or ("",)] if group else _HOMELESS
        except NoResource as reason:
            return str(reason)


class _Book:
    """What is written down while a portion is read."""

    def __init__(self) -> None:
        self.lines = 0
        self.keys, self.blocks = array("I"), array("Q")
        self.kinds: Counter[str] = Counter()
        self.rejects: list[tuple[int, str]] = []
        self.hits: dict[tuple[str, str], None] = {}

    def note(self, place: int, found: list[tuple[str, str]] | str) -> None:
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
