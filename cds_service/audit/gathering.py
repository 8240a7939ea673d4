"""The second pass over a portion: it takes the lines of candidate groups from where the first pass found them.

Knows places of lines. Decodes only what it takes.
"""

from array import array
from collections.abc import Iterator
from itertools import accumulate

from cds_service.audit.keys import Wanted
from cds_service.audit.rows import NoResource, group_of, resource_of
from cds_service.audit.sources import Interrupted, Portion, blocks_of, line_at, unmarked


def taken(portion: Portion, places: tuple[bytes, bytes, int], wanted: Wanted) -> Iterator[tuple[int, str, bytes]]:
    """The lines of wanted groups in a portion, as (line, group, body)."""
    chosen = wanted.lines(array("I", places[0]))
    if not chosen:
        return
    sizes = array("I", places[1])
    lines = _again(portion, chosen, sizes, places[2]) if portion.end is not None else _unpacked_again(portion, chosen)
    for number, line in lines:
        body = unmarked(number or places[2], line)
        try:
            group = group_of(resource_of(body))
        except NoResource:
            continue
        yield number + 1, group, body


def _again(portion: Portion, chosen: list[int], sizes: "array[int]", begin: int) -> Iterator[tuple[int, bytes]]:
    starts = list(accumulate(sizes, lambda at, size: at + size + 1, initial=begin))
    with open(portion.path, "rb") as raw:
        for number in chosen:
            yield number, line_at(raw, starts[number], sizes[number])


def _unpacked_again(portion: Portion, chosen: list[int]) -> Iterator[tuple[int, bytes]]:
    first, remaining = 0, iter(chosen)
    following = next(remaining, None)
    try:
        for _, lines in blocks_of(portion):
            while following is not None and following < first + len(lines):
                yield following, lines[following - first]
                following = next(remaining, None)
            first += len(lines)
            if following is None:
                return
    except Interrupted:
        return
