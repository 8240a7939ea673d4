"""The record's own words on a coding card: for every treated vessel what was done, and what the lesion was called.

Knows evidence and which piece of it says most. How a quote is cut and cleared of names is `quoting`'s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import Any

from cards.names import TREATMENTS, place
from cards.quoting import Quoting, cut, tells
from cds_service.coding.decision import SessionDecision
from cds_service.coding.facts import Evidence, TreatedVessel

_MOST_PIECES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece of evidence, its quote without the patient's marks; `about` is what it is shown for."""

    where: Mapping[str, str]
    quote: str
    about: str

    def shown(self, longest: int) -> dict[str, str]:
        return {**self.where, "quote": cut(self.quote, self.about, longest)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A treated vessel in words, and the pieces of evidence that say most of it, the most telling last."""

    what: str
    pieces: tuple[Piece, ...]

    def row(self, each: int, longest: int) -> dict[str, Any]:
        """The vessel with at most `each` quotes of at most `longest` characters."""
        chosen = self.pieces[-each:] if each else ()  # a single quote is the lesion's: it decides the code
        return {"what": self.what, "shown": [p.shown(longest) for p in chosen]}


def evidence_of(decided: Sequence[SessionDecision], quoting: Quoting) -> list[Told]:
    """What the record says of every treated vessel, each piece with resource, element and date."""
    return [_told(f, d.session.date, quoting) for d in decided for f in d.session.treated if f.done]


def _told(fact: TreatedVessel, day: date | None, quoting: Quoting) -> Told:
    done = TREATMENTS[fact.treatment] if fact.treatment else "treatment open"
    lesion = fact.lesion.value if fact.lesion else "lesion open"
    return Told(
        what=f"{place(fact.side, fact.vessel, fact.territory)}, {done}, {lesion}",
        pieces=tuple(
            Piece(
                where={
                    "resource": e.resource,
                    "path": e.path.split(".", 1)[-1],
                    "date": e.date or (day.isoformat() if day else ""),
                },
                quote=quoting.masked(e.quote),
                about=about,
            )
            for e, about in _best(fact)
        ),
    )


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
