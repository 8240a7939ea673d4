"""Charges as the requests an Oracle Millennium client posts itself: Parameters for `ChargeItem/$create`.

Knows the fields that operation takes (docs.oracle.com, Millennium platform APIs, ChargeItem): status unknown, one
coding, occurrenceDateTime, modifiers as a pair of extensions. What else a ChargeItem holds would be ignored there.
Its code systems carry the tenant's id; the bill code schedule is the site's own and is left to it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from cards.model import Action, Link
from cds_service.identifiers import CHARGE_MODIFIER

OPERATION = "ChargeItem/$create"
_PAGE = "https://docs.oracle.com/en/industries/health/millennium-platform-apis/mfrap/op-chargeitem-create-post.html"
_DEFINED = "https://fhir-ehr.cerner.com/r4/StructureDefinition"
_SYSTEM = "https://fhir.cerner.com/{tenant}/CodeSystem/BillCodes-{kind}"
_KEPT = ("subject", "context", "occurrenceDateTime", "quantity")
LINK = Link(label="ChargeItem $create: the fields it takes", url=_PAGE)


def charge_requests(actions: Sequence[Action], tenant: str) -> list[dict[str, Any]]:
    """A Parameters resource for every charge to be created; other actions have no request of this kind.

    `tenant` is the id in the client's FHIR base; without one the code keeps its public system.
    """
    made = [a.resource for a in actions if a.type == "create" and a.resource.get("resourceType") == "ChargeItem"]
    return [_parameters(charge, tenant) for charge in made]


def _parameters(charge: Mapping[str, Any], tenant: str) -> dict[str, Any]:
    item: dict[str, Any] = {"resourceType": "ChargeItem", "status": "unknown"}
    item["code"] = {"coding": [_coding(charge["code"]["coding"][0], "CPT", tenant)]}
    item |= {name: charge[name] for name in _KEPT if name in charge}
    modifiers = [e["valueCode"] for e in charge.get("extension", ()) if e.get("url") == CHARGE_MODIFIER]
    if modifiers:
        item["extension"] = [_modifier(code, rank, tenant) for rank, code in enumerate(modifiers, start=1)]
    transaction = charge["identifier"][0]["value"]
    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "transactionId", "valueUuid": f"urn:uuid:{transaction}"},
            {"name": "chargeItem", "resource": item},
        ],
    }


def _modifier(code: str, rank: int, tenant: str) -> dict[str, Any]:
    parts = [
        {"url": "code", "valueCodeableConcept": {"coding": [_coding({"code": code}, "MODIFIER", tenant)]}},
        {"url": f"{_DEFINED}/priority", "valueUnsignedInt": rank},
    ]
    return {"url": f"{_DEFINED}/modifier-code", "extension": parts}


def _coding(coding: Mapping[str, Any], kind: str, tenant: str) -> dict[str, Any]:
    if not tenant:
        return dict(coding)
    return {"system": _SYSTEM.format(tenant=tenant, kind=kind), "code": coding["code"]}
