"""The two passes over a portion: the first finds candidates and notes where every line stands, the second takes the
lines of candidate groups from there.

Knows rows and the screen. The first pass decodes each line once; the second decodes only what it takes.
"""

import zlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator

from cds_service.audit.rows import (
    KINDS,
    OTHER,
    SCREENED,
    NoResource,
    Row,
    encounter_keys,
    group_of,
    key_of,
    kind_of,
    part,
    resource_of,
    row_of,
)
from cds_service.audit.screen import Screen
from cds_service.audit.sources import Interrupted, Portion, line_at, lines_of
from cds_service.audit.state import Found

_BITS = 1 << 27
_MEMORY = 50_000
_HOMELESS = "the resource names neither a patient nor an encounter; its charges cannot be audited"
_MARK = b"\xef\xbb\xbf"


class Wanted:
    """A set of groups in 16 MB, whatever their number; it may hold a few too many, which the join lets go."""

    def __init__(self, groups: Iterable[str]) -> None:
        self._bits = bytearray(_BITS // 8)
        for group in groups:
            place = number_of(group) % _BITS
            self._bits[place >> 3] |= 1 << (place & 7)

    def holds(self, key: int) -> bool:
        """True for the key of a wanted group."""
        return bool(key and self._bits[(key % _BITS) >> 3] >> (key & 7) & 1)

    def lines(self, keys: Iterable[int]) -> Iterator[int]:
        """Which of a portion's lines are of these groups, counted from 0."""
        bits = self._bits
        for line, key in enumerate(keys):
            if key and bits[(key % _BITS) >> 3] >> (key & 7) & 1:
                yield line


def number_of(group: str) -> int:
    """A 32-bit key of a group; 0 stands for none."""
    return zlib.crc32(group.encode("utf-8", "replace")) or 1


class Keys:
    """The keys of lines by their groups; what comes again and again is looked up once."""

    def __init__(self) -> None:
        self._kinds: dict[bytes, str] = {}
        self._numbers: dict[bytes, int] = {}

    def kind(self, row: Row) -> str:
        """The resource type of a row."""
        written = bytes(row.resource_type)
        kind = self._kinds.get(written)
        if kind is None:
            kind = self._kinds[written] = kind_of(row)
        return kind

    def number(self, kind: str, row: Row, line: bytes) -> int:
        """The key of a row's group; 0 for one that names nobody."""
        raw = row.id if kind == "Patient" else row.subject or row.patient or row.beneficiary
        written = bytes(raw)
        known = self._numbers.get(written)
        if known is not None:
            return known
        value = part(raw)
        key = (str(value) if kind == "Patient" else key_of(value)) if value is not None else ""
        if not key:
            group = group_of(resource_of(line))
            return number_of(group) if group else 0
        if len(self._numbers) >= _MEMORY:
            self._numbers.clear()
        found = self._numbers[written] = number_of(key)
        return found

    def of_line(self, line: bytes) -> int:
        """The key of a line, 0 for one that is of no use."""
        try:
            row = row_of(line)
            kind = self.kind(row)
            return self.number(kind, row, line) if kind in KINDS else 0
        except NoResource:
            return 0


class Finder:
    """The first pass; one for each worker."""

    def __init__(self, screen: Screen) -> None:
        self._screen, self._keys = screen, Keys()

    def find(self, portion: int, lines: Iterable[tuple[int, bytes]]) -> Found:
        """What the lines of a portion hold, each with its place; what is wrong with one is noted and stops nothing."""
        keys, starts = array("I"), array("Q")
        kinds: Counter[str] = Counter()
        rejects: list[tuple[int, str]] = []
        hits: dict[tuple[str, str], None] = {}
        end = 0
        try:
            for at, line in lines:
                starts.append(at)
                end = at + len(line) + 1
                try:
                    keys.append(self._look(unmarked(at, line), kinds, hits))
                except NoResource as reason:
                    keys.append(0)
                    rejects.append((len(starts), str(reason)))
        except Interrupted as reason:
            rejects.append((len(starts) + 1, str(reason)))
        starts.append(end)
        return Found(
            portion=portion,
            lines=len(keys),
            kinds=dict(kinds),
            rejects=rejects,
            hits=list(hits),
            keys=keys.tobytes(),
            starts=starts.tobytes(),
        )

    def _look(self, line: bytes, kinds: Counter[str], hits: dict[tuple[str, str], None]) -> int:
        """The key of a line's group; a candidate is noted."""
        if not line or line.isspace():
            return 0
        row = row_of(line)
        kind = self._keys.kind(row)
        kinds[kind if kind in KINDS else OTHER] += 1  # another type's name may be anything
        if kind not in KINDS:
            return 0
        if kind in SCREENED and self._screen.passes(kind, row, line):
            hits.update(dict.fromkeys(_candidates(resource_of(line))))
        return self._keys.number(kind, row, line)


def unmarked(at: int, line: bytes) -> bytes:
    """A line without the byte order mark that some systems put at the start of a file."""
    return line if at else line.removeprefix(_MARK)


def _candidates(resource: dict[str, object]) -> list[tuple[str, str]]:
    """Group and encounters of a row that passed.

    Raises:
        NoResource: it names nobody.
    """
    group = group_of(resource)
    if not group:
        raise NoResource(_HOMELESS)
    return [(group, e) for e in encounter_keys(resource) or ("",)]


def taken(portion: Portion, places: tuple[bytes, bytes], wanted: Wanted) -> Iterator[tuple[int, str, bytes]]:
    """The lines of wanted groups in a portion, as (line, group, body)."""
    keys, starts = array("I", places[0]), array("Q", places[1])
    chosen = list(wanted.lines(keys))
    if not chosen:
        return
    lines = _again(portion, chosen, starts) if portion.end is not None else _unpacked_again(portion, chosen)
    for number, line in lines:
        body = unmarked(starts[number], line)
        try:
            group = group_of(resource_of(body))
        except NoResource:
            continue
        yield number + 1, group, body


def _again(portion: Portion, chosen: list[int], starts: "array[int]") -> Iterator[tuple[int, bytes]]:
    with open(portion.path, "rb") as raw:
        for number in chosen:
            yield number, line_at(raw, starts[number], starts[number + 1] - starts[number] - 1)


def _unpacked_again(portion: Portion, chosen: list[int]) -> Iterator[tuple[int, bytes]]:
    remaining = iter(chosen)
    following = next(remaining, None)
    try:
        for number, (_, line) in enumerate(lines_of(portion)):
            if following is None:
                return
            if number == following:
                yield number, line
                following = next(remaining, None)
    except Interrupted:
        return
