"""The second pass over a portion: it takes the lines of candidate groups from where the first pass found them.

Knows places of blocks. Decodes only what it takes.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from cds_service.audit.keys import Keys, Wanted
from cds_service.audit.rows import group_in
from cds_service.audit.sources import Interrupted, Portion, blocks_of, unmarked

Line = tuple[int, str, bytes]


class _Place(NamedTuple):
    """A block that holds wanted groups; where it is loose, a reference may be written in any way."""

    number: int
    at: int
    size: int
    wanted: list[int]
    loose: bool


def taken(
    portion: Portion, places: tuple[bytes, bytes], wanted: Wanted, groups: Callable[[int], Sequence[str]]
) -> Iterator[Line]:
    """The lines of wanted groups in a portion, as (byte, group, body). `groups` tells the groups of a wanted key."""
    chosen = list(_chosen(places, wanted))
    if not chosen:
        return
    blocks = _again(portion, chosen) if portion.end is not None else _unpacked_again(portion, chosen)
    for place, block in blocks:
        lines = _loose(place.at, block, wanted) if place.loose else _plain(place, block, groups)
        yield from lines


def _chosen(places: tuple[bytes, bytes], wanted: Wanted) -> Iterator[_Place]:
    keys, blocks = array("I", places[0]), array("Q", places[1])
    first = 0
    for number in range(len(blocks) // 3):
        at, size, told = blocks[3 * number : 3 * number + 3]
        if found := wanted.among(keys[first : first + told // 2]):
            yield _Place(number, at, size, found, bool(told % 2))
        first += told // 2


def _plain(place: _Place, block: bytes, groups: Callable[[int], Sequence[str]]) -> Iterator[Line]:
    """Lines of a block whose references end in plain ids."""
    for group in (g for key in place.wanted for g in groups(key)):
        needle, after = group.encode() + b'"', 0
        while (found := block.find(needle, after)) >= 0:
            start = block.rfind(b"\n", 0, found) + 1
            after = block.find(b"\n", found)
            after = len(block) if after < 0 else after
            if group_in(line := block[start:after]) == group:
                yield place.at + start, group, line


def _loose(at: int, block: bytes, wanted: Wanted) -> Iterator[Line]:
    keys = Keys()
    for line in block.split(b"\n"):
        body = unmarked(at, line)
        if wanted.holds(keys.of_line(body)) and (group := group_in(body)):
            yield at, group, body
        at += len(line) + 1


def _again(portion: Portion, chosen: list[_Place]) -> Iterator[tuple[_Place, bytes]]:
    with open(portion.path, "rb", buffering=0) as raw:
        for place in chosen:
            raw.seek(place.at)
            yield place, raw.read(place.size)


def _unpacked_again(portion: Portion, chosen: list[_Place]) -> Iterator[tuple[_Place, bytes]]:
    """The same blocks of a packed file; they are the same each time it is unpacked."""
    left = {place.number: place for place in chosen}
    try:
        for number, (_, block) in enumerate(blocks_of(portion)):
            if number in left:
                yield left.pop(number), block
            if not left:
                return
    except Interrupted:
        return
