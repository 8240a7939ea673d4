"""Exports in a text: rows of values that a sign separates, under a header of keys.

Knows separators and headers. A row that does not fit its header leaves the whole export open.
"""

import bisect
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cds_service.fhir.notes.fields import role_of, separated
from cds_service.fhir.notes.lines import Span
from cds_service.fhir.notes.tables import Row
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Token

_SIGNS = (";", ",")
_FEWEST, _LONGEST_KEY = 4, 32
TOLD = ("treatment", "stent", "balloon", "atherectomy", "lithotripsy")
_NO, _WHOSE, _SIZE = cue("form-no"), cue("form-whose"), cue("device-size")


def exported(text: str, lines: Sequence[Span], tokens: Sequence[Token]) -> dict[int, list[Row]]:
    """The rows of exports, by the lines they stand in; a header is given nothing."""
    out: dict[int, list[Row]] = {}
    at = 0
    while at < len(lines):
        sign = next((s for s in _SIGNS if text.count(s, *lines[at]) >= _FEWEST - 1), "")
        roles = _roles(text, lines[at], sign) if sign else ()
        if not roles:
            at += 1
            continue
        first = at = at + 1
        while at < len(lines) and text.count(sign, *lines[at]) >= _FEWEST - 2:
            at += 1
        rows = [separated(text, line, sign) for line in lines[first:at]]
        keys = [text[slice(*c)] for c in separated(text, lines[first - 1], sign)]
        read = list(_rows(text, rows, roles, tokens=tokens))
        if len(read) > 1:
            is_open = _is_open(text, rows, keys) or any(r.is_open for r in read)
            out[lines[first - 1][0]] = []
            out |= {r.line: [replace(r, is_open=is_open)] for r in read}
    return out


def _roles(text: str, line: Span, sign: str) -> Sequence[str]:
    cells = separated(text, line, sign)
    if any(b - a > _LONGEST_KEY for a, b in cells):
        return ()
    roles = [role_of(text[a:b])[0] for a, b in cells]
    if roles.count("place") > 1:
        roles = [
            "before" if text[a:b].lower().startswith("lesion") else r for r, (a, b) in zip(roles, cells, strict=True)
        ]
    fits = roles.count("place") == 1 and any(r in TOLD for r in roles) and sum(bool(r) for r in roles) >= _FEWEST - 1
    return roles if fits else ()


def _rows(text: str, rows: Sequence[Sequence[Span]], roles: Sequence[str], *, tokens: Sequence[Token]) -> Iterator[Row]:
    starts = [t.start for t in tokens if t.kind in ("vessel", "short")]
    sized = [
        i
        for i, role in enumerate(roles)
        if role == "stent" and any(_SIZE.search(text, *r[i]) for r in rows if len(r) > i)
    ]
    for cells in rows:
        line = (text.rfind("\n", 0, cells[0][0]) + 1, cells[-1][1])
        told = [
            (role, cell)
            for i, (role, cell) in enumerate(zip(roles, cells, strict=False))
            if role and not (i in sized and cell[0] == cell[1])
        ]
        place = next((c for r, c in told if r == "place"), (0, 0))
        named = bisect.bisect_left(starts, place[0]) < bisect.bisect_left(starts, place[1])
        treated = any(r in TOLD and not _NO.fullmatch(text, *c) for r, c in told)
        is_open = len(cells) != len(roles) or (treated and not named)
        yield Row(start=line[0], end=line[1], line=line[0], cells=tuple(told), is_form=True, is_open=is_open)


def _is_open(text: str, rows: Sequence[Sequence[Span]], keys: Sequence[str]) -> bool:
    """True where a column tells patients, days or hands apart."""
    for index, key in enumerate(keys):
        words = " ".join(re.findall(r"[a-z]+", key.lower()))
        values = {text[slice(*row[index])].lower() for row in rows if len(row) > index} - {""}
        if _WHOSE.fullmatch(words) and len(values) > 1:
            return True
    return False
