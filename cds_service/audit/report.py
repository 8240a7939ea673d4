"""The report: one self-contained page with plots, tables and the evidence of findings.

Knows counts and published outcomes. Draws bars; vessels are drawn elsewhere and handed over as SVG.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from cds_service import __version__
from cds_service.audit.outcomes import Direction
from cds_service.audit.summary import TABLES, Counts, Summary
from cds_service.fhir.elements import Json
from cds_service.knowledge.loader import cpt_notice, load

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
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A row of a plot: its label, its segments one after another, and its sum."""

    label: str
    y: int
    segments: tuple[Segment, ...]
    end: float
    whole: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Bars of one table, the largest rows only; `left_out` counts the others, which the table holds."""

    key: str
    title: str
    bars: tuple[Bar, ...]
    rows: tuple[tuple[str, Counts], ...]
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
    """The page as HTML. It loads nothing: style and plots stand in it."""
    return _template().render(
        summary=summary,
        plots=[plot(key, title, summary.rows(key)) for key, title in TABLES.items()],
        shown=[(f.outcome, Markup(f.picture)) for f in shown],  # noqa: S704 - our own drawing of a document
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


def plot(key: str, title: str, rows: Sequence[tuple[str, Counts]]) -> Plot:
    """Bars of at most 24 rows; of months the last ones."""
    kept = rows[-MOST:] if key == "month" else rows[:MOST]
    most = max((c.whole for _, c in kept), default=1)
    return Plot(
        key=key,
        title=title,
        bars=tuple(_bar(i, label, counts, most) for i, (label, counts) in enumerate(kept)),
        rows=tuple(rows),
        height=len(kept) * ROW + 4,
        left_out=len(rows) - len(kept),
    )


def _bar(index: int, label: str, counts: Counts, most: int) -> Bar:
    scale = (WIDTH - LABEL - 60) / most
    x, segments = float(LABEL), []
    for direction in Direction:
        count = counts.directions[direction]
        if count:
            width = round(count * scale, 2)
            segments.append(Segment(direction=direction, x=round(x, 2), width=width, count=count))
            x += width
    return Bar(label=label, y=index * ROW + 4, segments=tuple(segments), end=round(x + 6, 2), whole=counts.whole)


@lru_cache(maxsize=1)
def _template() -> Template:
    loader = PackageLoader("cds_service.audit", "templates")
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).get_template("report.html.j2")
