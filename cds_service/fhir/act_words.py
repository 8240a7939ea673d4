"""Words of an act that say little by themselves: a leg alone, a vessel alone, a kind of work beside the work named.

Knows clauses of short phrases. What they add up to is `acts`' business.
"""

from cds_service.coding.anatomy import Side
from cds_service.coding.facts import Evidence
from cds_service.fhir.elements import Json
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
