"""Bars: where each stands and how long it is, for the page's template to draw as SVG.

Knows geometry, in units of the drawing. Colours, fonts and words are the template's and the style's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cds_service.outcomes.tally import Count, Reason

WIDTH = 720.0
_ROW, _BAR = 30.0, 18.0
_NAMES, _NUMBERS = 300.0, 48.0
_HEIGHT, _FOOT, _SCALE = 220.0, 34.0, 40.0
_MOST_LABELS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A piece of a bar; `kind` is accepted, overridden or silent, `cards` what its length stands for."""

    kind: str
    cards: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A text at a place; `anchor` is start, middle or end, as SVG has it."""

    text: str
    x: float
    y: float
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A drawing with its size; `lines` are the heights at which a quiet line crosses it."""

    width: float
    height: float
    bars: tuple[Bar, ...]
    labels: tuple[Label, ...]
    lines: tuple[float, ...] = ()


def _pieces(count: Count) -> tuple[tuple[str, int], ...]:
    return ("accepted", count.accepted), ("overridden", count.overridden), ("silent", count.silent)


def lying(rows: Sequence[tuple[str, Sequence[tuple[str, int]]]]) -> Plot:
    """Lying bars, one for each name, made of (kind, cards); the total stands behind each."""
    most = max((sum(cards for _, cards in pieces) for _, pieces in rows), default=0) or 1
    scale = (WIDTH - _NAMES - _NUMBERS) / most
    bars: list[Bar] = []
    labels: list[Label] = []
    for number, (name, pieces) in enumerate(rows):
        top, x = number * _ROW, _NAMES
        middle = top + _BAR / 2 + 5
        labels.append(Label(text=_short(name), x=_NAMES - 8, y=middle, anchor="end"))
        for kind, cards in pieces:
            if cards:
                bars.append(Bar(kind=kind, cards=cards, x=x, y=top, width=cards * scale, height=_BAR))
            x += cards * scale
        labels.append(Label(text=str(sum(cards for _, cards in pieces)), x=x + 6, y=middle, anchor="start"))
    return Plot(width=WIDTH, height=max(len(rows), 1) * _ROW, bars=tuple(bars), labels=tuple(labels))


def of_subjects(counts: Sequence[Count]) -> Plot:
    """Cards by rule and question."""
    return lying([(count.name, _pieces(count)) for count in counts])


def of_reasons(reasons: Sequence[Reason]) -> Plot:
    """Overridden cards by reason."""
    return lying([(reason.name, (("overridden", reason.cards),)) for reason in reasons])


def of_periods(counts: Sequence[Count]) -> Plot:
    """Standing bars, one for each period, with a scale at the left and every so many periods named."""
    most = max((count.cards for count in counts), default=0) or 1
    step = (WIDTH - _SCALE) / max(len(counts), 1)
    unit = (_HEIGHT - _FOOT - 10) / most
    ground, every = _HEIGHT - _FOOT, -(-len(counts) // _MOST_LABELS) or 1
    bars: list[Bar] = []
    labels = [Label(text=str(n), x=_SCALE - 6, y=ground - n * unit + 4, anchor="end") for n in sorted({0, most})]
    for number, count in enumerate(counts):
        x, y = _SCALE + number * step, ground
        for kind, cards in _pieces(count):
            y -= cards * unit
            if cards:
                bars.append(Bar(kind=kind, cards=cards, x=x + step * 0.1, y=y, width=step * 0.8, height=cards * unit))
        if number % every == 0:
            labels.append(Label(text=count.name, x=x + step / 2, y=ground + 20, anchor="middle"))
    return Plot(
        width=WIDTH, height=_HEIGHT, bars=tuple(bars), labels=tuple(labels), lines=(ground, ground - most * unit)
    )


def _short(name: str) -> str:
    return name if len(name) <= 42 else f"{name[:41]}\u2026"
