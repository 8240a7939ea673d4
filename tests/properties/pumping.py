"""Strings that make a backtracking matcher work: runs of what a pattern repeats, and of what it can begin with.

Knows Python's own parse of an expression. What a search costs is counted in processor time of this thread, the least of
several runs, so that what else the machine does is left out.
"""

import re
import re._constants as sre
import re._parser as parser
import time
from collections.abc import Iterable, Iterator
from typing import Any

Node = tuple[Any, Any]
MANY = 16  # a repetition up to here costs a constant
_SAMPLES = " a0.-(,\n\tZ_:é"
ENDS = ("\x00", "")
FLOOR = 0.002
"""Seconds below which a search is quick, whatever its ratio to a shorter one."""
SIZES = (16, 24, 64, 256, 512, 1024)
"""Ever longer, so that what grows beyond all bounds is seen before it does, and no search is longer than it need be."""


def pumped(pattern: str, flags: int) -> Iterator[tuple[str, str, str]]:
    """(before, unit, after): the string is `before`, then `unit` as often as wanted, then `after`."""
    tree = list(parser.parse(pattern, flags))
    found: list[tuple[str, str]] = []
    _repeats(tree, "", found)
    first = _text(tree)
    units = {(before, unit) for before, unit in found if unit}
    units |= {("", before + unit) for before, unit in found if before + unit}
    units |= {("", first), ("", first[: len(first) // 2 + 1]), ("", first + " ")} if first else set()
    for before, unit in sorted(units):
        for after in ENDS:
            yield before, unit, after


def _repeats(nodes: Iterable[Node], before: str, out: list[tuple[str, str]]) -> None:
    """Every long repetition within, with the shortest text that leads there and texts that it takes."""
    lead = before
    for op, argument in nodes:
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            _, most, body = argument
            if most is sre.MAXREPEAT or most > MANY:
                out += [(lead, unit) for unit in _texts(body)]
            _repeats(body, lead, out)
        elif op is sre.BRANCH:
            for way in argument[1]:
                _repeats(way, lead, out)
        elif op in (sre.SUBPATTERN, sre.ATOMIC_GROUP):
            _repeats(argument[-1] if op is sre.SUBPATTERN else argument, lead, out)
        elif op in (sre.ASSERT, sre.ASSERT_NOT):
            _repeats(argument[1], lead, out)
        lead += _text([(op, argument)])


def _texts(body: Any) -> list[str]:
    """Some texts that a body takes: as it stands, and for a set each sample that is in it."""
    nodes = list(body)
    out = [_text(nodes)]
    if len(nodes) == 1 and nodes[0][0] in (sre.IN, sre.NOT_LITERAL, sre.ANY):
        out += [c for c in _SAMPLES if _in(nodes[0], c)]
    if len(nodes) == 1 and nodes[0][0] is sre.SUBPATTERN:
        out += _texts(nodes[0][1][-1])
    if len(nodes) == 1 and nodes[0][0] is sre.BRANCH:
        out += [_text(way) for way in nodes[0][1][1]]
    return list(dict.fromkeys(t for t in out if t))


def _in(node: Node, character: str) -> bool:
    op, argument = node
    if op is sre.ANY:
        return character != "\n"
    if op is sre.NOT_LITERAL:
        return ord(character) != argument
    inside = any(_item(kind, value, character) for kind, value in argument if kind is not sre.NEGATE)
    return inside is not (argument[0][0] is sre.NEGATE)


_CLASSES = {
    sre.CATEGORY_SPACE: r"\s", sre.CATEGORY_NOT_SPACE: r"\S", sre.CATEGORY_DIGIT: r"\d", sre.CATEGORY_NOT_DIGIT: r"\D",
    sre.CATEGORY_WORD: r"\w", sre.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip


def _item(kind: Any, value: Any, character: str) -> bool:
    if kind is sre.LITERAL:
        return ord(character) == value
    if kind is sre.RANGE:
        return bool(value[0] <= ord(character) <= value[1])
    return re.fullmatch(_CLASSES[value], character) is not None


def _text(nodes: Iterable[Node]) -> str:
    """A short text that a sequence takes; assertions are not looked at."""
    out = ""
    for op, argument in nodes:
        if op is sre.LITERAL:
            out += chr(argument)
        elif op in (sre.IN, sre.ANY, sre.NOT_LITERAL):
            out += next((c for c in "a 0.-(:" + _SAMPLES if _in((op, argument), c)), "")
            if op is sre.IN and not out[-1:] and argument[0][0] is sre.LITERAL:
                out += chr(argument[0][1])
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            out += _text(argument[2]) * min(argument[0], MANY)
        elif op is sre.BRANCH:
            out += min((_text(way) for way in argument[1]), key=len)
        elif op is sre.SUBPATTERN:
            out += _text(argument[-1])
        elif op is sre.ATOMIC_GROUP:
            out += _text(argument)
    return out


def cost(pattern: "re.Pattern[Any]", text: Any, runs: int = 3) -> float:
    """Seconds that a search of a text takes, at its best; one that takes long is not done again."""
    best = float("inf")
    for _ in range(runs):
        start = time.thread_time()
        pattern.search(text)
        best = min(best, time.thread_time() - start)
        if best > 20 * FLOOR or best < FLOOR / 2:
            break
    return best


def growth(pattern: str, flags: int) -> tuple[float, str]:
    """The worst ratio of a search to one in a text a quarter as long, and what the text was made of.

    A linear search has 4, a quadratic one 16. Where no text of these sizes takes long, the ratio is 0. The long text is
    searched once, which can but raise the ratio, and at its best where that is the worst so far.
    """
    is_text = bool(flags & re.UNICODE or flags & re.ASCII)
    made: Any = re.compile(pattern if is_text else pattern.encode("latin-1"), flags)
    worst = (0.0, "")
    for before, unit, after in pumped(pattern, flags):
        for size in SIZES:
            texts = [before + unit * (n // len(unit) + 1) + after for n in (size, size // 4)]
            long, short = texts if is_text else [t.encode("latin-1", "replace") for t in texts]
            slow = cost(made, long, runs=1)
            if slow > FLOOR:
                quick = max(cost(made, short), 1e-7)
                if slow / quick > worst[0]:
                    ratio = min(slow, cost(made, long)) / quick
                    worst = max(worst, (ratio, f"{before[:40]!r} {unit[:40]!r} {after!r}"))
                break
    return worst
