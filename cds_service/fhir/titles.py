"""The leg that a title names: of a Procedure, of a document, or in the first words of a text.

Knows titles. Work that is told in the other leg only contradicts them; which is right is for people.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from cds_service.coding.anatomy import Side, Territory
from cds_service.fhir.notes.told import Told

_FIRST = re.compile(r"\s*([^\n]{3,120}?)(?:\.\s|\n|$)")
_LABELLED = re.compile(
    r"(?:^|\n)\W{0,3}(?:title|procedures?(?:\s+performed)?|operations?(?:\s+performed)?|exam(?:ination)?|study)"
    r"\s{0,3}:\s{0,3}([^\n]{3,160}?)(?:\.\s|\n|$)",
    re.IGNORECASE,
)
_HEAD = 1500
_WORK = re.compile(
    r"\b(?:intervention|(?:re-?)?vasculari[sz]|recan\b|recanali[sz]|angioplast|stent|PTA\b|balloon|endovascular|treatment)",
    re.IGNORECASE,
)
_OF_LEG = re.compile(r"\b(?:iliacs?|legs?|limbs?|extremity|LE|RLE|LLE|pelvic|[RL]?[CEI]IA)\b", re.IGNORECASE)
_OF_OLD = re.compile(
    r"\b(?:prior|previous\w*|old|history|hx|h/o|s/p|status\s+post|known|earlier|years?|months?|weeks?|ago|since|indication|"
    r"reason|diagnosis|(?:19|20)\d\d|was|were|had|has|is|are)\b",
    re.IGNORECASE,
)
_WAY_IN = re.compile(
    r"\b(?:right|left|rt|lt|r|l)\b\.?\s+(?:\w+\s+)?(?:CFA|femoral|groin|radial|brachial|pedal|access|approach|puncture)\b",
    re.IGNORECASE,
)
_SIDE = re.compile(r"\b(?:(right|rt|RLE|R)|(left|lt|LLE|L)|(bilateral|both))\b", re.IGNORECASE)


def titles_in(text: str) -> Iterator[str]:
    """The first words of a text, and those that it labels as its title or procedure."""
    first = _FIRST.match(text)
    if first is not None:
        yield first[1]
    for labelled in _LABELLED.finditer(text, 0, _HEAD):
        yield labelled[1]


def leg_of(title: str) -> Side | None:
    """The one leg of a title on work in iliac arteries or in a leg; None for any other title."""
    if not (_WORK.search(title) and _OF_LEG.search(title)) or _OF_OLD.search(title):
        return None
    sides = {m.lastindex for m in _SIDE.finditer(_WAY_IN.sub(" ", title))}
    return {1: Side.RIGHT, 2: Side.LEFT}.get(sides.pop() or 0) if len(sides) == 1 else None


def held_to(told: Sequence[Told], titles: Iterable[Side], acts: Sequence[frozenset[Side]]) -> Sequence[Told]:
    """What a text tells, its legs in doubt where a title names a leg in which it tells of no work.

    `titles` are its own and its resource's, `acts` the legs that each of the Procedures it is of names.
    """
    treated = [t for t in told if t.is_treated and t.territory is Territory.ILIAC and t.side is not None]
    sides = {t.side for t in treated}
    own, others = set(titles), frozenset[Side]().union(*acts)
    apart = (len(own) == 1 and not own & sides) or (others and not others & sides)
    if not treated or not (apart or (len(acts) == 1 and not others <= sides)):
        return told
    return [replace(t, other_side=t.other_side or t.quotes[0]) if t in treated else t for t in told]
