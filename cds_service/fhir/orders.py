"""Planned services: the ServiceRequests of draftOrders, and Procedures in preparation.

Knows orders. What they plan is a forecast (R-DONE); nothing here is evidence of what was done.
"""

from collections.abc import Sequence

from cds_service.coding.anatomy import Lesion
from cds_service.fhir.act import Act, Coded
from cds_service.fhir.acts import read_act, services_of
from cds_service.fhir.binding import bind
from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.elements import Json, reference, text, when
from cds_service.fhir.lesions import LesionStatement
from cds_service.fhir.order_parts import billing_options, is_withheld
from cds_service.fhir.own_statements import coded_lesion, own_statements
from cds_service.fhir.procedures import Treated
from cds_service.fhir.reasons import points_away
from cds_service.fhir.resources import faults
from cds_service.fhir.vocabulary import Vocabulary

_WITHDRAWN = ("revoked", "entered-in-error", "completed")


def read_orders(
    orders: Sequence[Entry], chart: Chart, vocabulary: Vocabulary, conditions: Sequence[LesionStatement]
) -> list[Treated]:
    """The services that draft orders plan in arteries of a leg. An order not to do something plans nothing."""
    out = []
    for entry in orders:
        raw = entry.raw
        if entry.kind != "ServiceRequest" or is_withheld(raw) or text(raw.get("status")) in _WITHDRAWN:
            continue
        act = read_act(raw, entry.ref, vocabulary, chart)
        options = _billed_as(raw, act, vocabulary)
        services = services_of(act)
        if not services or points_away(entry, chart, vocabulary):
            continue
        planned_for = when(raw, "occurrence")
        own = own_statements(entry, act, chart, vocabulary, day=planned_for.day) + options
        out.append(
            Treated(
                entry=entry,
                vessels=tuple(bind(services, own, conditions)),
                encounter=reference(raw.get("encounter")),
                when=planned_for,
                planned=True,
                unread=tuple(faults(raw)),
            )
        )
    return out


def _billed_as(raw: Json, act: Act, vocabulary: Vocabulary) -> list[LesionStatement]:
    """CRD's likely billing codes: what they say of treatment and lesion, beside the order's own code."""
    out: list[LesionStatement] = []
    for coding in billing_options(raw):
        known = vocabulary.concept(coding)
        if known is None or not known.treatment:
            continue
        evidence = act.evidence("code.extension(billing-options)", coding.code)
        act.treatments.setdefault(known.treatment, evidence)
        if known.territory:
            act.coded.append(Coded(place=(known.territory, known.vessel, known.sides), evidence=evidence))
        if known.lesion in ("stenosis", "occlusion"):
            out.append(coded_lesion(Lesion(known.lesion), evidence))
    return out
