"""Devices whose own words name the vessel they are in: a stent "right external iliac" among what an act used.

Knows the devices of acts. A vessel told as ballooned only, which such a stent names, is a question.
"""

from collections.abc import Iterator, Sequence

from cds_service.coding.facts import Evidence, TreatedVessel
from cds_service.fhir.bundle import Chart
from cds_service.fhir.device_uses import STENTED, perhaps_stented
from cds_service.fhir.implants import Stent, devices_of, judge, stays
from cds_service.fhir.phrases import Place, read_clauses
from cds_service.fhir.procedures import Treated
from cds_service.fhir.vocabulary import Vocabulary


def with_named_stents(
    facts: Sequence[TreatedVessel], acts: Sequence[Treated], chart: Chart, vocabulary: Vocabulary
) -> tuple[TreatedVessel, ...]:
    """What was treated in a session, in doubt where a stent among the devices of its acts names the vessel."""
    if all(f.treatment in STENTED for f in facts):
        return tuple(facts)
    named = [n for act in acts for n in _named_stents(act, chart, vocabulary)]
    return tuple(perhaps_stented(f, [said for place, said in named if _is_in(f, place)]) for f in facts)


def _named_stents(act: Treated, chart: Chart, vocabulary: Vocabulary) -> Iterator[tuple[Place, Evidence]]:
    """The stents of an act that stayed, or may have, with the vessels that their own words name."""
    for path, value, action in devices_of(act.entry.raw):
        found = judge(value, act.entry.raw, vocabulary, chart)
        if Stent.NO in (found.stent, stays(action)):
            continue
        said = Evidence(resource=act.entry.ref, path=f"{act.entry.kind}.{path}", quote=found.quote)
        for clause in read_clauses(found.quote, vocabulary.lexicon):
            yield from ((place, said) for place in clause.places if place[1] is not None)


def _is_in(fact: TreatedVessel, place: Place) -> bool:
    territory, vessel, sides = place
    return fact.territory is territory and fact.vessel is vessel and (not sides or fact.side in (None, *sides))
