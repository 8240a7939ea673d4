"""The leg of a text that names none: the one that the Procedures it belongs to are of, by their sites or their titles.

Knows body sites and titles of Procedures. What a text says of legs itself always goes before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cds_service.coding.anatomy import Side, Territory
from cds_service.coding.facts import Evidence
from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.elements import Json, codings, concept, obj, objects, text
from cds_service.fhir.notes.legs import is_of_one_leg
from cds_service.fhir.notes.plain import plain
from cds_service.fhir.notes.told import Told
from cds_service.fhir.places import Sites
from cds_service.fhir.structures import locate
from cds_service.fhir.titles import leg_of
from cds_service.fhir.vocabulary import Vocabulary
from cds_service.knowledge.terms import Lexicon


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


def _titles_of(raw: Json) -> Iterator[tuple[str, str]]:
    """The titles of a report or document with their paths: its own, its type's and its attachments'."""
    for name in ("title", "description"):
        yield name, text(raw.get(name))
    kind = "type" if "type" in raw else "code"
    yield f"{kind}.text", text(concept(raw.get(kind)).get("text"))
    yield from ((f"{kind}.coding[{n}].display", c.display) for n, c in enumerate(codings(raw.get(kind))))
    forms = [(f"presentedForm[{n}]", f) for n, f in enumerate(objects(raw.get("presentedForm")))]
    forms += [(f"content[{n}].attachment", obj(c.get("attachment"))) for n, c in enumerate(objects(raw.get("content")))]
    yield from ((f"{path}.title", text(form.get("title"))) for path, form in forms)


def titled_legs(entry: Entry) -> Iterator[Leg]:
    """The legs that the titles of a report or document name; a Procedure's are its `legs_of_act`."""
    for path, title in _titles_of(entry.raw) if entry.kind != "Procedure" else ():
        side = leg_of(title)
        if side is not None:
            yield Leg(side=side, evidence=Evidence(resource=entry.ref, path=f"{entry.kind}.{path}", quote=title))


def own_leg(acts: Sequence[Sequence[Leg]], titles: Sequence[Leg]) -> Leg | None:
    """The leg that all Procedures of a text are of, each naming it, else the one of its titles."""
    for legs in ([leg for named in acts for leg in named] if all(acts) else [], titles):
        if len({leg.side for leg in legs}) == 1:
            return legs[0]
    return None


def with_leg(told: Sequence[Told], said: str, leg: Leg, lexicon: Lexicon) -> Sequence[Told]:
    """What a text tells, with the leg it stands under, where it names none and nothing in it points to the other."""
    if any(t.side is not None for t in told):
        return told
    words = plain(said)
    if not is_of_one_leg(words, lexicon.scan(words), leg.side):
        return told
    return [replace(t, side=leg.side) if t.territory is Territory.ILIAC else t for t in told]
