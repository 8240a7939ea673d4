"""The report: one self-contained page with plots, tables and the evidence of findings.

Knows counts and published outcomes. Draws bars; vessels are drawn elsewhere and handed over as SVG.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from cds_service import __version__
from cds_service.audit.cells import LEAST, cell, column, total
from cds_service.audit.outcomes import Direction
from cds_service.audit.summary import TABLES, Counts, Summary
from cds_service.fhir.elements import Json
from cds_service.knowledge.loader import cpt_notice, load

_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
_BEFORE_ID = (' aria-labelledby="picture-title ', ' aria-labelledby="', ' id="', ' href="#', "url(#")
WIDTH, LABEL, ROW, BAR = 640, 200, 22, 14
MOST = 24
WORDS = {Direction.UNDER: "under-coded", Direction.OVER: "over-coded", Direction.FORM: "error of form"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A session shown on the page, with its picture as SVG; empty where none is drawn."""

    outcome: Json
    picture: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of a bar, in units of the drawing."""

    direction: Direction
    x: float
    width: float
    count: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A row of a plot: its label, its segments one after another, and its sum; a count not told is drawn as 10."""

    label: str
    y: int
    segments: tuple[Segment, ...]
    end: float
    whole: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a table: its label, its counts by direction and its sessions, as they are shown."""

    label: str
    cells: tuple[str, ...]
    sessions: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Bars of one table, the largest rows only; `left_out` counts the others, which the table holds."""

    key: str
    title: str
    bars: tuple[Bar, ...]
    rows: tuple[Row, ...]
    height: int
    left_out: int


def page(
    summary: Summary,
    shown: Sequence[Found],
    *,
    narrowed: Sequence[str],
    rejects: int,
    kinds: Mapping[str, int],
) -> str:
    """The page as HTML. It loads nothing: style and plots stand in it. Without names no small count is told."""
    masked = summary.names is not None
    style = next((s.group() for f in shown if (s := _STYLE.search(f.picture))), "")
    pictures = [_on_page(f.picture, number) for number, f in enumerate(shown, start=1)]
    return _template().render(
        summary=summary,
        count=partial(cell, masked=masked),
        plots=[plot(key, title, summary.rows(key), masked=masked) for key, title in TABLES.items()],
        shown=[(f.outcome, Markup(p)) for f, p in zip(shown, pictures, strict=True)],  # noqa: S704 - our own drawing
        picture_style=Markup(style),  # noqa: S704
        narrowed=narrowed,
        rejects=rejects,
        kinds=kinds,
        directions=[(d, WORDS[d]) for d in Direction],
        version=__version__,
        knowledge=load().version,
        notice=cpt_notice(),
        width=WIDTH,
        label=LABEL,
        bar=BAR,
    )


def plot(key: str, title: str, rows: Sequence[tuple[str, Counts]], *, masked: bool) -> Plot:
    """Bars of at most 24 rows; of months the last ones."""
    found = _rows(rows, masked=masked)
    kept = found[-MOST:] if key == "month" else found[:MOST]
    most = max((sum(map(_drawn, row.cells)) for row in kept), default=1)
    return Plot(
        key=key,
        title=title,
        bars=tuple(_bar(i, row, most) for i, row in enumerate(kept)),
        rows=found,
        height=len(kept) * ROW + 4,
        left_out=len(found) - len(kept),
    )


def _rows(rows: Sequence[tuple[str, Counts]], *, masked: bool) -> tuple[Row, ...]:
    columns = [column([c.directions[d] for _, c in rows], masked=masked) for d in Direction]
    sessions = column([c.sessions for _, c in rows], masked=masked)
    return tuple(
        Row(label=label, cells=tuple(cells), sessions=whole)
        for (label, _), whole, *cells in zip(rows, sessions, *columns, strict=True)
    )


def _drawn(shown: str) -> int:
    return int(shown) if shown.isdecimal() else LEAST - 1


def _bar(index: int, row: Row, most: int) -> Bar:
    scale = (WIDTH - LABEL - 60) / most
    x, segments = float(LABEL), []
    for direction, count in zip(Direction, row.cells, strict=True):
        if count != "0":
            width = round(_drawn(count) * scale, 2)
            segments.append(Segment(direction=direction, x=round(x, 2), width=width, count=count))
            x += width
    whole = total(row.cells)
    return Bar(label=row.label, y=index * ROW + 4, segments=tuple(segments), end=round(x + 6, 2), whole=whole)


def _on_page(picture: str, number: int) -> str:
    """A picture without its style, which the page has once, and with ids that no other picture of the page has."""
    shown = _STYLE.sub("", picture)
    for words in _BEFORE_ID:
        shown = shown.replace(words, f"{words}{number}-")
    return shown


@lru_cache(maxsize=1)
def _template() -> Template:
    loader = PackageLoader("cds_service.audit", "templates")
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).get_template("report.html.j2")
