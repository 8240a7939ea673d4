"""Keys of lines: whom a resource is about as a number of 32 bits, and sets of such numbers.

Knows rows. Two groups may share a number: whoever goes by it takes a few lines too many, and never one too few.
"""

import re
import zlib
from array import array
from collections.abc import Collection, Iterable, Sequence
from string import ascii_letters, digits

from cds_service.audit.rows import OTHER, NoResource, Row, group_in, key_of, kind_of, part, row_of

_BITS = 1 << 27
_FEW = 100_000
_MEMORY = 50_000
_UNTOLD = -1
_TYPE = re.compile(r"(?:https?://[^\s?#|]{1,500}/)?[A-Za-z]{1,64}/")
_PLAIN = (ascii_letters + digits + "-._").encode()


class Wanted:
    """A set of groups by their keys: as they are where they are few, else in 16 MB, whatever their number.

    It may hold a few too many, which the join lets go.
    """

    def __init__(self, groups: Iterable[str]) -> None:
        keys = array("I", map(number_of, groups))
        self._few = frozenset(keys) if len(keys) <= _FEW else None
        self._bits = bytearray(0 if self._few is not None else _BITS // 8)
        if self._few is None:
            for place in (key % _BITS for key in keys):
                self._bits[place >> 3] |= 1 << (place & 7)

    def holds(self, key: int) -> bool:
        """True for the key of a wanted group."""
        return bool(self.among((key,)))

    def among(self, keys: Iterable[int]) -> list[int]:
        """Which of some keys are of wanted groups, in any order."""
        if self._few is not None:
            return [*self._few.intersection(keys)]
        bits = self._bits
        return [key for key in keys if key and bits[(key % _BITS) >> 3] >> (key & 7) & 1]


def number_of(group: str) -> int:
    """A 32-bit key of a group; 0 stands for none."""
    return zlib.crc32(group.encode("utf-8", "replace")) or 1


def keys_of_references(references: Collection[str]) -> bytes | None:
    """The keys of the patients that different references of one form are about, as an array; None where they are of
    several forms, or of one that takes a closer look.
    """
    first = next(iter(references), "")
    kind = first[: first.rfind("/") + 1]
    if not _TYPE.fullmatch(kind):
        return None
    start, *ids = ("\n" + "\n".join(references)).encode("utf-8", "replace").split(f"\n{kind}".encode())
    return None if start else _keys_of(ids)


def keys_of_ids(ids: Collection[str]) -> bytes | None:
    """The keys of Patients by their ids, as `keys_of_references`."""
    return _keys_of("\n".join(ids).encode("utf-8", "replace").split(b"\n"))


def _keys_of(ids: list[bytes]) -> bytes | None:
    """Keys of ids that are written in JSON as they are."""
    if b"".join(ids).translate(None, _PLAIN) or b"" in ids:
        return None
    return array("I", [crc or 1 for crc in map(zlib.crc32, ids)]).tobytes()


class _Numbers(dict[bytes, int]):
    """Keys of groups by the raw reference, or the raw id of a Patient; what does not tell is remembered too."""

    def __missing__(self, written: bytes) -> int:
        value = part(written)
        key = value if isinstance(value, str) else key_of(value)
        if len(self) >= _MEMORY:
            self.clear()
        found = self[written] = _of_group(key) or _UNTOLD
        return found


class _Kinds(dict[bytes, str]):
    """Types of resources by the raw word; those an audit does not know are one: their names may be anything."""

    def __missing__(self, written: bytes) -> str:
        kind = kind_of(written)
        if kind is not OTHER:
            self[written] = kind
        return kind


class Keys:
    """What lines are and whom they are about, as short keys; what comes again and again is looked up once."""

    def __init__(self) -> None:
        self._kinds, self._numbers = _Kinds(), _Numbers()

    def kinds(self, rows: Sequence[Row]) -> list[str]:
        """The types of rows."""
        known = self._kinds
        return [known[bytes(row.resource_type)] for row in rows]

    def numbers(self, kinds: Sequence[str], rows: Sequence[Row], lines: Sequence[bytes]) -> list[int]:
        """The keys of rows' groups; 0 for one that is of no use or names nobody."""
        known = self._numbers
        found = [
            known[bytes(row.id if kind == "Patient" else row.subject or row.patient or row.beneficiary)]
            for kind, row in zip(kinds, rows, strict=True)
        ]
        if OTHER in kinds:
            found = [0 if kind is OTHER else number for kind, number in zip(kinds, found, strict=True)]
        if _UNTOLD in found:
            found = [_of_group(group_in(line)) if n == _UNTOLD else n for n, line in zip(found, lines, strict=True)]
        return found

    def of_line(self, line: bytes) -> int:
        """The key of one line's group."""
        try:
            rows = [row_of(line)]
        except NoResource:
            return 0
        return self.numbers(self.kinds(rows), rows, [line])[0]


def _of_group(group: str) -> int:
    return number_of(group) if group else 0
