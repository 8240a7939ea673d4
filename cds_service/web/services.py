"""The services offered: their hooks, what a call must carry, and discovery.

Knows the CDS Hooks contract of each service; the README documents the custom hook.
"""

from dataclasses import dataclass
from typing import Any

from cds_service.fhir.prefetch import NEEDED, TEMPLATES

CHARGE_HOOK = "org.iliac-cds.charge-review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service on one hook. `required` are context fields, `needed` prefetch keys without which nothing is said."""

    id: str
    hook: str
    title: str
    description: str
    usage: str
    required: tuple[str, ...]
    bundles: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "hook": self.hook,
            "title": self.title,
            "description": self.description,
            "id": self.id,
            "prefetch": dict(TEMPLATES),
            "usageRequirements": self.usage,
            "version": "2.0.1",
        }


_PERSON = ("userId", "patientId", "encounterId")
_CHARGE_TEXT = (
    "Works out from Procedures which iliac arteries were treated, on which leg and for which lesion, compares the "
    "draft charge with it and suggests the CPT lines the record supports, each with its evidence."
)
_SERVICES = (
    Service(
        id="iliac-order-sign",
        hook="order-sign",
        title="Iliac revascularization: documentation of planned procedures",
        description="Tells what the note of a planned iliac artery procedure will need to record, and asks what is "
        "unclear in the record of a completed one.",
        usage="Planned services are read from draftOrders, completed ones from the prefetched Procedures.",
        required=("userId", "patientId", "draftOrders"),
        bundles=("draftOrders",),
    ),
    Service(
        id="iliac-charge-review",
        hook=CHARGE_HOOK,
        title="Iliac revascularization: charge review",
        description=_CHARGE_TEXT,
        usage="A custom hook, defined in the README: fire it when charges of an encounter are reviewed. "
        "Clients that cannot fire it use encounter-discharge.",
        required=_PERSON,
        bundles=("draftCharges",),
        needed=NEEDED,
    ),
    Service(
        id="iliac-charge-review",
        hook="encounter-discharge",
        title="Iliac revascularization: charge review at discharge",
        description=_CHARGE_TEXT,
        usage="The nearest standard hook to charge time; draft charges come by prefetch.",
        required=_PERSON,
        needed=NEEDED,
    ),
)
_STAND_IN = Service(
    id="iliac-charge-review",
    hook="patient-view",
    title="Iliac revascularization: charge review by patient-view",
    description=_CHARGE_TEXT,
    usage="A stand-in for clients that deliver their own triggers as patient-view.",
    required=("userId", "patientId"),
    needed=NEEDED,
)


def offered(*, patient_view: bool) -> tuple[Service, ...]:
    """The services of an installation."""
    return (*_SERVICES, _STAND_IN) if patient_view else _SERVICES


def discovery(services: tuple[Service, ...]) -> dict[str, Any]:
    """The answer to GET /cds-services."""
    return {"services": [s.to_json() for s in services]}
