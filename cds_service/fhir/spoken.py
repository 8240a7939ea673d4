"""An act whose code is only words, read as a note: free-text procedures name several vessels in one line.

Knows when words stand alone. Coded acts and acts with a body site are read by `acts`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cds_service.coding.anatomy import Treatment
from cds_service.coding.facts import Doubt, QuestionCode
from cds_service.fhir.act import Act, Service
from cds_service.fhir.elements import Json, codings, concept, text
from cds_service.fhir.lesions import LesionStatement
from cds_service.fhir.narrative import read_narrative
from cds_service.fhir.notes.told import Told
from cds_service.fhir.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """The services an act's words tell, and its statements about lesions."""

    services: tuple[Service, ...]
    statements: tuple[LesionStatement, ...]


def spoken_act(raw: Json, act: Act, vocabulary: Vocabulary) -> Spoken | None:
    """What the words of an uncoded act tell; None where a code or a body site speaks, or nothing is told."""
    if act.treatments or act.coded or act.sites.places or act.sites.sides or act.devices:
        return None
    words = text(concept(raw.get("code")).get("text"))
    displays = [c.display for c in codings(raw.get("code")) if c.display]
    said = words or (displays[0] if displays else "")
    path = "code.text" if words else "code.coding[0].display"
    told = [t for t in read_narrative(said, vocabulary.notes) if t.is_treated] if said else []
    if not told or any(t.failed for t in told) or _segment_stands_apart(told, act):
        return None
    return Spoken(
        services=tuple(s for t in told for s in _services(t, act, path)),
        statements=tuple(s for t in told for s in statements_of(t, act, path)),
    )


def _segment_stands_apart(told: Sequence[Told], act: Act) -> bool:
    """True where a name in the order of a list says which iliac, as in "ILIAC STENT COMMON": such names are phrases."""
    if len(told) != 1 or told[0].vessel is not None:
        return False
    return len({p[1] for clause, _ in act.told for p in clause.places if p[1] is not None}) == 1


def _services(told: Told, act: Act, path: str) -> list[Service]:
    """What was done in a vessel; a balloon beside an atherectomy is a service of its own."""
    found = [_service(told, act, path)]
    return [*found, replace(found[0], treatment=Treatment.ANGIOPLASTY)] if told.ballooned_too else found


def _service(told: Told, act: Act, path: str) -> Service:
    quotes = tuple(act.evidence(path, q.words) for q in told.quotes)
    doubts: tuple[Doubt, ...] = ()
    if told.unclear:
        doubts += (Doubt(question=QuestionCode.TREATMENT, about="treatment", reason="unclear", values=told.unclear,
                         indicators=quotes),)  # fmt: skip
    if told.bridging is not None and told.treatment is not Treatment.STENT:
        doubts += (Doubt(question=QuestionCode.BRIDGING_LESION, about="done", reason="bridging", values=(False,),
                         indicators=quotes),)  # fmt: skip
    return Service(
        territory=told.territory,
        vessel=told.vessel,
        side=told.side,
        treatment=told.treatment,
        lithotripsy=told.lithotripsy,
        evidence=quotes,
        doubts=doubts,
    )


def statements_of(told: Told, act: Act, path: str) -> list[LesionStatement]:
    """What words of an act, read as a note, say of the lesions of a vessel."""
    return [
        LesionStatement(
            lesion=said.lesion,
            territory=told.territory,
            vessel=told.vessel,
            sides=(told.side,) if told.side else (),
            evidence=act.evidence(path, said.quote.words),
            own=True,
            doubt=said.doubt,
        )
        for said in told.lesions
    ]
