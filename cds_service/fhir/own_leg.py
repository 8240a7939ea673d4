"""The leg of a text that names none: the one that the Procedures it belongs to are of, by their sites or their titles.

Knows body sites and titles of Procedures. What a text says of legs itself always goes before.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cds_service.coding.anatomy import Side, Territory
from cds_service.coding.facts import Evidence
from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.elements import Json, codings, concept, obj, objects, text
from cds_service.fhir.notes.told import Told
from cds_service.fhir.places import Sites
from cds_service.fhir.structures import locate
from cds_service.fhir.titles import leg_of, without_way_in
from cds_service.fhir.vocabulary import Vocabulary

_LEG = re.compile(
    r"\b(?:right|rt|RLE|R|lt|LLE|L|bilat\w*|both\s+(?:legs|sides|iliacs)"
    r"|left(?!\s+(?:un\w+|alone|without|w/o|bare|open|as\b|it\b|in\s+(?:place|situ))))\b",
    re.IGNORECASE,
)
"""Any word for a leg, and not what was "left unstented"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One leg, and the element that names it."""

    side: Side
    evidence: Evidence


def legs_of_act(act: Entry, chart: Chart, vocabulary: Vocabulary) -> Iterator[Leg]:
    """The legs that a Procedure's body sites and its title name, each where it is only one."""
    sites = locate(act.raw, vocabulary, chart).sites
    site = None if sites.away else _of_sites(sites)
    if site is not None:
        side, path, quote = site
        yield Leg(side=side, evidence=Evidence(resource=act.ref, path=f"Procedure.{path}", quote=quote))
    code = concept(act.raw.get("code"))
    said = [("text", text(code.get("text")))]
    said += [(f"coding[{n}].display", c.display) for n, c in enumerate(codings(act.raw.get("code")))]
    for path, title in said:
        named = leg_of(title)
        if named is not None:
            yield Leg(side=named, evidence=Evidence(resource=act.ref, path=f"Procedure.code.{path}", quote=title))


def _of_sites(sites: Sites) -> tuple[Side, str, str] | None:
    """The one leg of the iliac places among sites, else of the sites that name a side alone."""
    iliac = [p for p in sites.places if p.territory is Territory.ILIAC]
    if iliac:
        legs = {p.sides for p in iliac}
        first = iliac[0]
        return (first.sides[0], first.path, first.quote) if len(legs) == 1 and len(first.sides) == 1 else None
    if sites.places or len(sites.sides) != 1:
        return None
    return sites.sides[0], sites.side_path, sites.side_quote


def own_leg(acts: Sequence[Entry], chart: Chart, vocabulary: Vocabulary) -> Leg | None:
    """The leg that all of some Procedures are of; None where one of them names none, or they differ."""
    named = [list(legs_of_act(act, chart, vocabulary)) for act in acts]
    legs = {leg.side for found in named for leg in found}
    return named[0][0] if named and all(named) and len(legs) == 1 else None


def titles_of(raw: Json) -> Iterator[tuple[str, str]]:
    """The titles of a report or document with their paths: its own, its type's and its attachments'."""
    for name in ("title", "description"):
        yield name, text(raw.get(name))
    kind = "type" if "type" in raw else "code"
    yield f"{kind}.text", text(concept(raw.get(kind)).get("text"))
    yield from ((f"{kind}.coding[{n}].display", c.display) for n, c in enumerate(codings(raw.get(kind))))
    forms = [(f"presentedForm[{n}]", f) for n, f in enumerate(objects(raw.get("presentedForm")))]
    forms += [(f"content[{n}].attachment", obj(c.get("attachment"))) for n, c in enumerate(objects(raw.get("content")))]
    yield from ((f"{path}.title", text(form.get("title"))) for path, form in forms)


def titled_leg(entry: Entry) -> Leg | None:
    """The one leg that the titles of a report or document name; a Procedure's are for `own_leg`."""
    if entry.kind == "Procedure":
        return None
    named = [(leg, path, title) for path, title in titles_of(entry.raw) if (leg := leg_of(title)) is not None]
    if len({leg for leg, _, _ in named}) != 1:
        return None
    side, path, title = named[0]
    return Leg(side=side, evidence=Evidence(resource=entry.ref, path=f"{entry.kind}.{path}", quote=title))


def with_leg(told: Sequence[Told], said: str, leg: Leg) -> Sequence[Told]:
    """What a text tells, with the leg it stands under, where it names no leg but as a way in."""
    if any(t.side is not None for t in told) or _LEG.search(without_way_in(said)):
        return told
    return [replace(t, side=leg.side) if t.territory is Territory.ILIAC else t for t in told]
