"""Tables in plain text: rows of cells under a header, by pipes, tabs or aligned columns.

Knows cells and header words. A table whose columns are vessels is turned, so that every row is about one vessel.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cds_service.knowledge.cues import cue

Span = tuple[int, int]

# A run of spaces is tried from its beginning only, or a long one would take a time that grows with its square.
_GAP = re.compile(
    r"(?:(?<![^\S\n])\s++)?\|\s*|(?:(?<![^\S\n])\s*)?\t\s*|(?<=[^\s.!?:;,]) {2,}(?=\S)|(?<=\S) {3,}(?=\S)"
)
_MOST_CELLS = 100  # a line of more is no row of a table about vessels
_PARTED = re.compile(r"[|\t]|  ")  # what stands between the cells of any row
_LINE = re.compile(r"[^\n]+")
_BOX = re.compile(r"\[[ xX]?\]|[☐☑☒]")
_RULE = re.compile(r"[\s|+:=-]*")
_ROLES = (
    ("after", re.compile(r"\b(?:post|after|residual|result|outcome|final|end)\b", re.IGNORECASE)),
    ("stent", re.compile(r"stents?\W*", re.IGNORECASE)),
    ("balloon", re.compile(r"balloons?\W*", re.IGNORECASE)),
    ("treatment", re.compile(r"\b(?:treatment|intervention|therapy|procedure|tx|rx|done|device|devices|technique"
                             r"|modality|balloon|stent|what was done|action|management"
                             r"|therapie|ingreep|behandeling|behandlung)\b", re.IGNORECASE)),
    ("before", re.compile(r"\b(?:lesion|finding|findings|pre|before|stenosis|disease|baseline|degree|severity|type"
                          r"|angiogram|angiography|morphology|status"
                          r"|befund|bevinding|laesie|vooraf)\b", re.IGNORECASE)),
    ("side", re.compile(r"\b(?:side|leg|laterality|limb|seite|zijde|kant)\b", re.IGNORECASE)),
    ("place", re.compile(r"\b(?:vessel|artery|segment|site|location|level|target|vat"
                         r"|slagader|arterie)\b", re.IGNORECASE)),
    ("other", re.compile(r"\b(?:length|size|diameter|comment|comments|pressure|time|#|no\.?)\b", re.IGNORECASE)),
)  # fmt: skip
_SIDE = cue("side")
_PLACE = cue("place")
_LEG = cue("leg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row at [start, end), read at the line that begins at `line`; `cells` are (role, span) pairs, the role empty
    where no header tells it. `label` is the span of a header cell that names the leg of the whole table. `is_form`: its
    cells are fields of a form or an export, wherever they stand; `is_open`: such a one contradicts itself."""

    start: int
    end: int
    line: int
    cells: tuple[tuple[str, Span], ...]
    label: Span | None = None
    is_form: bool = False
    is_open: bool = False


def rows_of(text: str) -> Iterator[Row]:
    """The rows of every table of a text."""
    block: list[list[Span]] = []
    spans: list[Span] = []
    for match in _LINE.finditer(text) if any(sign in text for sign in ("|", "\t", "  ")) else ():
        line = (match.start(), match.end())
        if not block and not _PARTED.search(text, *line):
            continue
        cells = _cells(text, line)
        legs = _is_of_legs(text, cells)
        if legs and block:
            yield from _table(text, block, spans)
            block, spans = [], []
        parted = len(cells) >= 3 or "|" in match.group() or "\t" in match.group() or legs
        if 2 <= len(cells) <= _MOST_CELLS and parted:
            block.append(cells)
            spans.append(line)
        elif block and _RULE.fullmatch(match.group()) and match.group().strip():
            continue
        else:
            yield from _table(text, block, spans)
            block, spans = [], []
    yield from _table(text, block, spans)


def _cells(text: str, line: Span) -> list[Span]:
    if _RULE.fullmatch(text, *line) or _BOX.search(text, *line):
        return []
    out, at = [], line[0]
    for match in _GAP.finditer(text, *line):
        out.append((at, match.start()))
        at = match.end()
    out.append((at, line[1]))
    kept = [(a, b) for a, b in out if text[a:b].strip()]
    piped = "|" in text[line[0] : line[1]] or "\t" in text[line[0] : line[1]].strip()
    return [c for i, c in enumerate(out) if text[slice(*c)].strip() or 0 < i < len(out) - 1] if piped else kept


def _table(text: str, block: Sequence[list[Span]], spans: Sequence[Span]) -> Iterator[Row]:
    at = next((i for i, row in enumerate(block[:4]) if sum(bool(_role(text[a:b])) for a, b in row) >= 3), 0)
    block, spans = block[at:], spans[at:]
    if len(block) < 2:
        return
    head = block[0]
    legs = [i for i, (a, b) in enumerate(head) if _SIDE.fullmatch(text[a:b].strip())]
    if len(legs) > 1 and (0 not in legs or _has_no_corner(block)):
        yield from _by_leg(text, block, spans, legs)
        return
    roles = [_role(text[a:b]) for a, b in head]
    label = next((c for c, r in zip(head, roles, strict=True) if r == "place" and _LEG.search(text[c[0] : c[1]])), None)
    if sum(bool(r) for r in roles) >= 2 and not any(_PLACE.search(text[a:b]) for a, b in head[:1]):
        for cells, span in zip(block[1:], spans[1:], strict=True):
            named = roles if len(cells) == len(head) else _aligned(head, roles, cells, span[0] - spans[0][0])
            told = tuple(zip(named, cells, strict=True))
            yield Row(start=span[0], end=span[1], line=span[0], cells=told, label=label)
    elif len(head) >= 2 and sum(bool(_PLACE.search(text[a:b])) for a, b in head) >= 2 and _is_turned(text, block):
        yield from _turned(text, block, spans)
    elif any("|" in text[a:b] for a, b in spans):
        for cells, span in zip(block, spans, strict=True):
            yield Row(start=span[0], end=span[1], line=span[0], cells=tuple(("", c) for c in cells))


def _aligned(head: Sequence[Span], roles: Sequence[str], cells: Sequence[Span], lines: int) -> list[str]:
    """The roles of the cells of a row with blanks, where each begins right under a cell of the header."""
    under = {start + lines: role for (start, _), role in zip(head, roles, strict=True)}
    found = [under.get(start) for start, _ in cells]
    return [role or "" for role in found] if None not in found else [""] * len(cells)


def _is_of_legs(text: str, cells: Sequence[Span]) -> bool:
    """True for the header of a table with one column for each leg and no word above the vessels: "   R      L"."""
    return len(cells) == 2 and all(_SIDE.fullmatch(text[a:b].strip()) for a, b in cells)


def _has_no_corner(block: Sequence[list[Span]]) -> bool:
    """True where every row has one cell more than the header, its first."""
    return all(len(row) == len(block[0]) + 1 for row in block[1:])


def _by_leg(text: str, block: Sequence[list[Span]], spans: Sequence[Span], legs: Sequence[int]) -> Iterator[Row]:
    """A table with one column for each leg; its first column may tell what the others hold: "CIA lesion"."""
    wide = len(block[0]) + (0 in legs)
    for row, span in zip(block[1:], spans[1:], strict=True):
        role = _role(text[slice(*row[0])])
        for index in legs if len(row) == wide else ():
            cells = (("place", row[0]), ("side", block[0][index]), (role, row[index + (0 in legs)]))
            yield Row(start=span[0], end=span[1], line=span[0], cells=cells)


def _is_turned(text: str, block: Sequence[list[Span]]) -> bool:
    """True for a table with vessels across and attributes, or legs, down."""
    return not any(_PLACE.search(text[row[0][0] : row[0][1]]) for row in block[1:])


def _turned(text: str, block: Sequence[list[Span]], spans: Sequence[Span]) -> Iterator[Row]:
    head = [c for c in block[0] if _PLACE.search(text[c[0] : c[1]])]
    whole = (spans[0][0], spans[-1][1])
    if all(_SIDE.fullmatch(text[slice(*row[0])].strip()) and len(row) == len(head) + 1 for row in block[1:]):
        for row in block[1:]:
            for place, cell in zip(head, row[1:], strict=True):
                yield Row(
                    start=whole[0], end=whole[1], line=whole[0], cells=(("side", row[0]), ("place", place), ("", cell))
                )
        return
    for index, place in enumerate(head):
        cells: list[tuple[str, Span]] = [("place", place)]
        for row in block[1:]:
            if len(row) == len(head) + 1:
                cells.append((_role(text[row[0][0] : row[0][1]]), row[index + 1]))
        yield Row(start=whole[0], end=whole[1], line=whole[0], cells=tuple(cells))


def _role(words: str) -> str:
    exact = words.strip()
    return next((r for r, p in _ROLES if (p.fullmatch(exact) if r in ("stent", "balloon") else p.search(words))), "")
