"""The first pass over a portion: it finds candidates, names what cannot be read, and notes where every line stands.

Knows rows and the screen. Lines are decoded a block at a time; where a block is not one object a line, line by line.
"""

from array import array
from collections import Counter
from collections.abc import Iterable

from cds_service.audit.keys import Keys
from cds_service.audit.rows import SCREENED, NoResource, Row, encounter_keys, group_of, resource_of, row_of, rows_of
from cds_service.audit.screen import Screen
from cds_service.audit.sources import Block, Interrupted, unmarked
from cds_service.audit.state import Found

_HOMELESS = "the resource names neither a patient nor an encounter; its charges cannot be audited"


class Finder:
    """The first pass; one for each worker."""

    def __init__(self, screen: Screen) -> None:
        self._screen, self._keys = screen, Keys()

    def find(self, portion: int, blocks: Iterable[Block]) -> Found:
        """What the lines of a portion hold; whatever is wrong with one is noted and stops nothing."""
        book = _Book()
        try:
            for at, lines in blocks:
                book.begin = at if book.begin is None else book.begin
                self._read([unmarked(at, lines[0]), *lines[1:]], book)
                book.sizes.extend(map(len, lines))
        except Interrupted as reason:
            book.rejects.append((len(book.keys) + 1, str(reason)))
        return book.found(portion)

    def _read(self, lines: list[bytes], book: "_Book") -> None:
        rows = rows_of(lines)
        if rows is not None:
            book.keys.extend(self._look(rows, lines, book))
            return
        for line in lines:
            book.keys.append(self._one(line, book))

    def _one(self, line: bytes, book: "_Book") -> int:
        """The key of a line that may be anything."""
        if not line or line.isspace():
            return 0
        try:
            return self._look([row_of(line)], [line], book)[0]
        except NoResource as reason:
            book.rejects.append((len(book.keys) + 1, str(reason)))
            return 0

    def _look(self, rows: list[Row], lines: list[bytes], book: "_Book") -> list[int]:
        """The keys of rows; candidates are noted."""
        kinds = self._keys.kinds(rows)
        book.kinds.update(kinds)
        for kind in SCREENED.intersection(kinds):
            own = [n for n, k in enumerate(kinds) if k == kind] if len(set(kinds)) > 1 else range(len(rows))
            for place in self._screen.suspects(kind, rows, own):
                try:
                    if self._screen.passes(kind, rows[place], lines[place]):
                        book.hits.update(dict.fromkeys(_candidates(resource_of(lines[place]))))
                except NoResource as reason:
                    book.rejects.append((len(book.keys) + place + 1, str(reason)))
        return self._keys.numbers(kinds, rows, lines)


class _Book:
    """What is written down while a portion is read."""

    def __init__(self) -> None:
        self.begin: int | None = None
        self.keys, self.sizes = array("I"), array("I")
        self.kinds: Counter[str] = Counter()
        self.rejects: list[tuple[int, str]] = []
        self.hits: dict[tuple[str, str], None] = {}

    def found(self, portion: int) -> Found:
        return Found(
            portion=portion,
            lines=len(self.keys),
            kinds=dict(self.kinds),
            rejects=self.rejects,
            hits=list(self.hits),
            keys=self.keys.tobytes(),
            sizes=self.sizes.tobytes(),
            begin=self.begin or 0,
        )


def _candidates(resource: dict[str, object]) -> list[tuple[str, str]]:
    """Group and encounters of a row that passed.

    Raises:
        NoResource: it names nobody.
    """
    group = group_of(resource)
    if not group:
        raise NoResource(_HOMELESS)
    return [(group, e) for e in encounter_keys(resource) or ("",)]
