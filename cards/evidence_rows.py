"""The record's own words on a coding card: for every treated vessel what was done, and what the lesion was called.

Knows evidence and which piece of it says most. How a quote is cut and cleared of names is `quoting`'s.
"""

from collections.abc import Callable, Sequence
from datetime import date
from itertools import zip_longest
from typing import Any

from cards.names import TREATMENTS, place
from cards.quoting import Quoting, tells
from cds_service.coding.decision import SessionDecision
from cds_service.coding.facts import Evidence, TreatedVessel

_MOST_PIECES = 2


def evidence_rows(
    decided: Sequence[SessionDecision], each: int, quoting: Quoting, *, longest: int
) -> list[dict[str, Any]]:
    """One row per treated vessel with at most `each` quotes, every one with resource, element and date."""
    done = [(f, d.session.date) for d in decided for f in d.session.treated if f.done]
    return [
        _row(f, _quotes(f, day, each, lambda e, about: quoting.excerpt(e.quote, about, longest))) for f, day in done
    ]


def _row(fact: TreatedVessel, shown: list[dict[str, str]]) -> dict[str, Any]:
    done = TREATMENTS[fact.treatment] if fact.treatment else "treatment open"
    lesion = fact.lesion.value if fact.lesion else "lesion open"
    return {"what": f"{place(fact.side, fact.vessel, fact.territory)}, {done}, {lesion}", "shown": shown}


def _quotes(
    fact: TreatedVessel, day: date | None, each: int, cut: Callable[[Evidence, str], str]
) -> list[dict[str, str]]:
    return [
        {
            "resource": e.resource,
            "path": e.path.split(".", 1)[-1],
            "date": e.date or (day.isoformat() if day else ""),
            "quote": cut(e, about),
        }
        for e, about in (_best(fact)[-each:] if each else [])  # a single quote is the lesion's: it decides the code
    ]


def is_of_the_lesion(evidence: Evidence) -> bool:
    """True when a piece of evidence speaks of the lesion: a reason of the act, or another resource than the act's."""
    return "reason" in evidence.path or not evidence.resource.startswith("Procedure/")


def both_sides(evidence: Sequence[Evidence], about: str) -> list[Evidence]:
    """What speaks on the subject first; of that, one piece of every resource, then the next of every resource."""
    by_source: dict[str, list[Evidence]] = {}
    for piece in sorted(evidence, key=lambda e: not tells(e.quote, about)):
        by_source.setdefault(piece.resource, []).append(piece)
    turns = [piece for turn in zip_longest(*by_source.values()) for piece in turn if piece is not None]
    return sorted(turns, key=lambda e: not tells(e.quote, about))


def _best(fact: TreatedVessel) -> list[tuple[Evidence, str]]:
    """Evidence with its subject: the act in words, then the lesion; bare code numbers only where nothing else is said.

    Where the record contradicts itself both sides come before anything else.
    """
    disputes = [d for d in fact.doubts if d.reason == "conflict"]
    disputed = [(e, d.about) for d in disputes for e in both_sides(d.indicators, d.about)[:_MOST_PIECES]]
    spoken = [e for e in fact.evidence if any(c.isalpha() for c in e.quote)]
    lesion = [(e, "lesion") for e in spoken if is_of_the_lesion(e)]
    act = [(e, "treatment") for e in spoken if not is_of_the_lesion(e)]
    rest = [(e, "") for e in (*fact.evidence[:1], *(x for x in fact.evidence if "bodySite" in x.path))]
    ranked = [*disputed, *act[:1], *lesion[-1:], *act, *lesion, *rest]
    first: dict[Evidence, str] = {}
    for piece, about in ranked:
        first.setdefault(piece, about)
    return list(first.items())[:_MOST_PIECES]
