"""Findings that several acts give as their reason, and what each of them can still take from such a finding.

Knows statements and services. A finding that names no vessel is the lesion of one act's only vessel, not of several.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from cds_service.fhir.act import Service
from cds_service.fhir.lesions import LesionStatement

Cited = Mapping[str, set[Service]]


def cited_for(acts: Iterable[tuple[Iterable[str], Iterable[Service]]]) -> Cited:
    """The services that each finding is given as the reason of, from pairs of findings and services."""
    out: dict[str, set[Service]] = {}
    for cites, services in acts:
        mine = set(services)
        for ref in cites:
            out.setdefault(ref, set()).update(mine)
    return out


def not_shared(statement: LesionStatement, cited: Cited) -> LesionStatement:
    """The statement, in doubt where it names no vessel and is the reason of work in several."""
    if statement.vessel is not None or statement.doubt == "denied":
        return statement
    meant = {
        (s.territory, s.vessel, s.side)
        for s in cited.get(statement.evidence.resource, ())
        if not statement.sides or s.side is None or s.side in statement.sides
    }
    return replace(statement, lesion=None, doubt="uncertain") if len(meant) > 1 else statement
