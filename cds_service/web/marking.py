"""Words of the chart with what the decision quotes marked in place.

Knows evidence (resource, path, quote, offset) and runs of text. Knows neither FHIR nor HTML.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from cards.text import UNSEEN
from cds_service.picture import place_of

MOST_SHOWN = 12_000
"""The most characters of one text that a page shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What was quoted: where it stands within its resource, its words, and the place of the picture it speaks of."""

    path: str
    words: str
    offset: int | None
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Words on end that are quoted for the same places; none: not quoted."""

    text: str
    places: tuple[str, ...] = ()


def quotes_of(document: Mapping[str, Any]) -> dict[str, list[Quote]]:
    """The quotes of a decision document by resource, each once for each place."""
    found: dict[str, dict[Quote, None]] = {}
    for number, session in enumerate(document["sessions"]):
        for fact in session["treated"]:
            place = f"s{number}-{place_of(fact)}"
            for e in fact["evidence"]:
                quote = Quote(path=e["path"], words=e["quote"], offset=e.get("offset"), place=place)
                found.setdefault(e["resource"], {})[quote] = None
    return {resource: list(quotes) for resource, quotes in found.items()}


def span_of(quote: Quote, text: str) -> tuple[int, int] | None:
    """Where a quote stands in a text: at its offset, or where its words are first found."""
    start = quote.offset if quote.offset is not None else text.find(quote.words)
    if start < 0 or text[start : start + len(quote.words)] != quote.words or start + len(quote.words) > MOST_SHOWN:
        return None
    return start, start + len(quote.words)


def runs_of(text: str, spans: Iterable[tuple[tuple[int, int], str]]) -> tuple[Run, ...]:
    """A text cut where quotes begin and end; spans may overlap."""
    marked = list(spans)
    cut = text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "\u2026"
    edges = sorted({0, len(cut), *(edge for span, _ in marked for edge in span)})
    runs = []
    for start, end in pairwise(edges):
        places = tuple(sorted({place for (a, b), place in marked if a <= start and end <= b}))
        runs.append(Run(text=_visible(cut[start:end]), places=places))
    return tuple(runs)


def _visible(text: str) -> str:
    """Each character that hides or turns others as a space; lines stay."""
    return "".join("\n" if c == "\n" else " " if UNSEEN.match(c) else c for c in text)
