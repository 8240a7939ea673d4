"""Acts that the record names as not carried out, or stopped: against a text that says they were done.

Knows which statuses deny. A text alone does not outrank a denial: whether it was done is a question.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cds_service.coding.facts import Evidence, TreatedVessel
from cds_service.fhir.act import Service
from cds_service.fhir.acts import read_act, services_of
from cds_service.fhir.bundle import Chart
from cds_service.fhir.contradictions import conflict
from cds_service.fhir.elements import When, performed, reference, relative, text
from cds_service.fhir.encounter import whole
from cds_service.fhir.vocabulary import Vocabulary

_DENYING = ("not-done", "stopped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """An act that was not done, with what it would have been, and when and where."""

    services: tuple[Service, ...]
    when: When
    encounter: str
    evidence: Evidence

    def is_of(self, encounter: str, when: When) -> bool:
        """False for another encounter, or another day."""
        return self.encounter in ("", encounter) and (None in (self.when.day, when.day) or self.when.day == when.day)


def denied_acts(chart: Chart, vocabulary: Vocabulary) -> list[Denied]:
    """The acts of the chart that were not carried out, or not to their end."""
    out = []
    for entry in chart.acts():
        status = text(entry.raw.get("status"))
        services = services_of(read_act(entry.raw, entry.ref, vocabulary, chart)) if status in _DENYING else []
        if services:
            stay = relative(reference(entry.raw.get("encounter")))
            out.append(
                Denied(
                    services=tuple(services),
                    when=performed(entry.raw),
                    encounter=whole(stay, chart) if stay else "",
                    evidence=Evidence(resource=entry.ref, path="Procedure.status", quote=status),
                )
            )
    return out


def with_denials(told: TreatedVessel, denied: Sequence[Denied]) -> TreatedVessel:
    """What a text tells, in conflict with acts that deny it."""
    for act in denied:
        if any(_is_meant(s, told) for s in act.services):
            quotes = (act.evidence, *told.evidence)
            told = replace(told, doubts=(*told.doubts, conflict("done", (True, False), quotes)))
    return told


def _is_meant(service: Service, told: TreatedVessel) -> bool:
    same = (service.territory, told.territory), (service.vessel, told.vessel), (service.side, told.side)
    alike = (*same, (service.treatment, told.treatment))
    return all(None in pair or pair[0] is pair[1] for pair in alike)
