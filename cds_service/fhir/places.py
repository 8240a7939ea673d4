"""Body sites: vessel and side out of bodySite entries that may hold both, one, or the two split over several.

Knows codes and short phrases. Entries are merged before anything is counted as a vessel.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cds_service.coding.anatomy import Side, Territory, Vessel
from cds_service.fhir.elements import Coding, Json, codings, concept, merged, obj, objects, text
from cds_service.fhir.phrases import Clause, read_clauses
from cds_service.fhir.vocabulary import Vocabulary

_QUALIFIER = re.compile(r"laterality|qualifier|body-?site-?side", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A named place: the vessel None when only the territory is named; `path` is the element that names it."""

    territory: Territory
    vessel: Vessel | None
    sides: tuple[Side, ...]
    path: str
    quote: str


@dataclass(slots=True, kw_only=True)
class Sites:
    """All places of a resource. `sides` are those of entries that name a side alone; `away` what points elsewhere, and
    the first element that does.
    """

    places: list[Site] = field(default_factory=list)
    sides: tuple[Side, ...] = ()
    side_path: str = ""
    side_quote: str = ""
    away: set[str] = field(default_factory=set)
    away_path: str = "bodySite"
    away_quote: str = "bodySite"


def read_sites(value: Any, vocabulary: Vocabulary, paths: Sequence[str] = ()) -> Sites:
    """Read bodySite entries, in R4 or R5 form, and hand a side that stands alone to the vessels without one.

    `paths` name the elements where they are not plain bodySite entries.
    """
    sites = Sites()
    for index, item in enumerate(objects(value)):
        _entry(_qualified(item), paths[index] if paths else f"bodySite[{index}]", sites, vocabulary)
    if sites.sides:
        sites.places = [p if p.sides else replace(p, sides=sites.sides) for p in sites.places]
    return sites


def _qualified(item: Json) -> Json:
    """A body site with what extensions say of it, such as its leg, as further codings and words of its own."""
    place = concept(item)
    holders = [item, *([] if place is item else [place]), *objects(place.get("coding"))]
    told = [q for holder in holders if "extension" in holder for q in qualifiers_of(holder)]
    return merged([place, *told]) if told else item


def qualifiers_of(holder: Json) -> Iterator[Json]:
    """What extensions of an element qualify its place by, such as a leg, as concepts."""
    for part in objects(holder.get("extension")):
        if _QUALIFIER.search(text(part.get("url"))):
            said = text(part.get("valueString")) or text(part.get("valueCode"))
            coding = obj(part.get("valueCoding"))
            yield obj(part.get("valueCodeableConcept")) or ({"coding": [coding]} if coding else {"text": said})


def _entry(item: Any, path: str, sites: Sites, vocabulary: Vocabulary) -> None:
    legs: list[tuple[Side, ...]] = []
    found: list[tuple[Territory, Vessel | None]] = []
    named_by = codings(item)
    for coding in named_by:
        known = vocabulary.concept(coding)
        if known is None:
            continue
        legs += [known.sides] if known.sides else []
        if known.excludes:
            sites.away.add(known.excludes)
        elif known.territory:
            found.append((known.territory, known.vessel))
    words = text(concept(item).get("text"))
    clauses = [c for p in _phrases(words, named_by) for c in read_clauses(p, vocabulary.lexicon)]
    spoken = _spoken(clauses, sites, coded=bool(found))
    if sites.away and sites.away_path == "bodySite":
        sites.away_path, sites.away_quote = path, words or next((c.display or c.code for c in named_by), "bodySite")
    lone = next((s for _, _, s in spoken if s), ()) or next((c.sides for c in clauses if c.sides), ())
    sides = next(iter(legs), lone)
    named = _agreed([v for v in found if v[1] is not None], [(t, v) for t, v, _ in spoken if v is not None])
    named = named or found or [(t, v) for t, v, _ in spoken]
    quote = words or next((c.display or c.code for c in named_by if c.display or c.code), "bodySite")
    for territory, vessel in dict.fromkeys(named):
        own = next((s for t, v, s in spoken if (t, v) == (territory, vessel) and s), sides)
        own = () if _at_odds(legs, own, lone) else own
        sites.places.append(Site(territory=territory, vessel=vessel, sides=own, path=path, quote=quote))
    if not named and sides and not _at_odds(legs, sides, lone):
        merged = dict.fromkeys((*sites.sides, *sides))
        sites.sides, sites.side_path, sites.side_quote = tuple(merged), path, quote


def _at_odds(legs: list[tuple[Side, ...]], *spoken: tuple[Side, ...]) -> bool:
    """True when the codings of one entry name different legs, or its words another leg than they do."""
    return len(set(legs)) > 1 or any(legs and s and s not in legs for s in spoken)


def _agreed(
    coded: list[tuple[Territory, Vessel | None]], spoken: list[tuple[Territory, Vessel | None]]
) -> list[tuple[Territory, Vessel | None]]:
    """The vessels of one entry. Codings that name several, or words that name another one, leave the segment open."""
    if len(set(coded)) > 1 or (coded and spoken and not set(coded) & set(spoken)):
        return [(t, None) for t in dict.fromkeys(t for t, _ in coded)]
    return coded or spoken


def _phrases(words: str, named_by: Iterable[Coding]) -> list[str]:
    return [t for t in dict.fromkeys((words, *(c.display for c in named_by))) if t]


def _spoken(
    clauses: Iterable[Clause], sites: Sites, *, coded: bool
) -> list[tuple[Territory, Vessel | None, tuple[Side, ...]]]:
    """Places an entry names in words; what its words exclude counts only where no code says otherwise."""
    out: list[tuple[Territory, Vessel | None, tuple[Side, ...]]] = []
    for clause in clauses:
        sites.away |= clause.away
        if coded or not clause.away:
            out += clause.places
    return [p for p in out if p[1] is not None] or out
