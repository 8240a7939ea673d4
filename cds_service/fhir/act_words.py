"""Words of an act that say little by themselves: a leg alone, a vessel alone, a kind of work beside the work named.

Knows clauses of short phrases, and where FHIR keeps an act's reasons. What they add up to is `acts`' business.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cds_service.coding.anatomy import Side, Territory
from cds_service.coding.facts import Evidence
from cds_service.fhir.bundle import Chart
from cds_service.fhir.elements import Json, codings, concept, objects, reference, text
from cds_service.fhir.phrases import Clause, read_clauses
from cds_service.fhir.places import Site
from cds_service.fhir.remarks import notes_of
from cds_service.fhir.vocabulary import Vocabulary

_LEG_WORDS = frozenset(("sided", "operation", "surgery", "laterality"))


def leg_alone(display: str, vocabulary: Vocabulary) -> tuple[Side, ...]:
    """The leg of a coding that names nothing else, such as OPCS-4's "left sided operation"."""
    clauses = read_clauses(display, vocabulary.lexicon) if display else ()
    if len(clauses) != 1:
        return ()
    (said,) = clauses
    other = said.places or said.treatments or said.lesions or said.away or said.loose - _LEG_WORDS
    return () if other else said.sides


def noted_places(raw: Json, vocabulary: Vocabulary) -> list[Site]:
    """The vessel that a note names and nothing else: "external iliac" beside an act that names none."""
    found = []
    for path, said, _ in notes_of(raw):
        clauses = read_clauses(said, vocabulary.lexicon)
        told = clauses[0] if len(clauses) == 1 else None
        if told is None or told.treatments or told.lesions or told.denied or told.away or told.scopes or told.loose:
            continue
        named = [(t, v, s) for t, v, s in told.places if v is not None]
        found += [Site(territory=t, vessel=v, sides=s, path=path, quote=said) for t, v, s in named]
    return found if len(found) == 1 else []


def reasoned_places(raw: Json, vocabulary: Vocabulary, chart: Chart | None) -> list[Site]:
    """The iliac artery that the reasons of an act name, where the act itself names no place at all.

    A reason is a finding, and work for it may be in another vessel: which one is to be asked.
    """
    found = [s for path, value, quote in _reasons(raw, chart) for s in _told_places(value, path, quote, vocabulary)]
    if not found or any(s.territory is not Territory.ILIAC for s in found):
        return []
    vessels, legs = {s.vessel for s in found if s.vessel}, {s.sides for s in found if s.sides}
    one = vessels.pop() if len(vessels) == 1 else None
    return [replace(found[0], vessel=one, sides=legs.pop() if len(legs) == 1 else ())]


def _reasons(raw: Json, chart: Chart | None) -> Iterator[tuple[str, Any, str]]:
    """What an act gives as its reasons, and what the Conditions it points at are called and where they are.

    Each with its path in the act, and what stands there where the words stand in another resource.
    """
    for name in ("reasonCode", "reason", "reasonReference"):
        for index, item in enumerate(objects(raw.get(name))):
            path, pointer = f"{name}[{index}]", reference(item)
            yield path, item, ""
            target = chart.resolve(pointer, raw) if chart is not None and pointer else None
            if target is not None and target.kind == "Condition":
                for value in (target.raw.get("code"), *objects(target.raw.get("bodySite"))):
                    yield path, value, pointer


def _told_places(value: Any, path: str, pointer: str, vocabulary: Vocabulary) -> Iterator[Site]:
    for coding in codings(value):
        known = vocabulary.concept(coding)
        if known is not None and known.territory:
            quote = pointer or coding.display or coding.code
            yield Site(territory=known.territory, vessel=known.vessel, sides=known.sides, path=path, quote=quote)
    for phrase in (text(concept(value).get("text")), *(c.display for c in codings(value))):
        for clause in read_clauses(phrase, vocabulary.lexicon) if phrase else ():
            for territory, vessel, sides in clause.places:
                legs = sides or clause.sides
                yield Site(territory=territory, vessel=vessel, sides=legs, path=path, quote=pointer or phrase)


def without_vaguer(spoken: list[tuple[Clause, Evidence]]) -> list[tuple[Clause, Evidence]]:
    """Clauses less those that another element tells with its vessel: "ILIAC STENT" beside "stent, common iliac"."""
    exact = [(c, e) for c, e in spoken if all(v is not None for _, v, _ in c.places)]
    return [
        (c, e)
        for c, e in spoken
        if not all(v is None for _, v, _ in c.places)
        or not any(
            e.path != o.path
            and set(c.treatments) <= set(x.treatments)
            and {t for t, _, _ in c.places} <= {t for t, _, _ in x.places}
            for x, o in exact
        )
    ]
