"""Charts for tests: Procedures, Conditions, drafts and requests in few words, and their decision document."""

from functools import cache
from typing import Any

from cds_service.advice import Adviser, shipped_adviser
from cds_service.coding.document import document

SNOMED = "http://snomed.info/sct"
CPT = "http://www.ama-assn.org/go/cpt"
PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
RIGHT, LEFT = "24028007", "7771000"
COMMON, EXTERNAL, INTERNAL = "73634005", "113269004", "90024005"
STENT = "103716009"
BALLOON = "68457009"
OCCLUSION, STENOSIS = "2929001", "415582006"


@cache
def adviser() -> Adviser:
    return shipped_adviser()


def coding(system: str, code: str, display: str = "") -> dict[str, Any]:
    found = {"system": system, "code": code}
    return {**found, "display": display} if display else found


def concept(*codings: dict[str, Any], text: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {"coding": list(codings)} if codings else {}
    return {**out, "text": text} if text else out


def snomed(code: str) -> dict[str, Any]:
    return concept(coding(SNOMED, code))


def procedure(key: str, **more: Any) -> dict[str, Any]:
    """A completed Procedure of encounter e1 on 2026-03-04; `more` replaces or, when None, removes elements."""
    out: dict[str, Any] = {
        "resourceType": "Procedure",
        "id": key,
        "status": "completed",
        "subject": {"reference": "Patient/p"},
        "encounter": {"reference": "Encounter/e1"},
        "performedDateTime": "2026-03-04",
        **more,
    }
    return {k: v for k, v in out.items() if v is not None}


def treated(key: str, treatment: str, vessel: str, side: str, lesion: str | None = None, **more: Any) -> dict[str, Any]:
    """A Procedure with everything in SNOMED codes."""
    found: dict[str, Any] = {"code": snomed(treatment), "bodySite": [snomed(vessel), snomed(side)], **more}
    if lesion:
        found.setdefault("reasonCode", [snomed(lesion)])
    return procedure(key, **found)


def condition(key: str, *codings: dict[str, Any], text: str = "", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": key,
        "subject": {"reference": "Patient/p"},
        "clinicalStatus": concept(coding("http://terminology.hl7.org/CodeSystem/condition-clinical", "active")),
        "code": concept(*codings, text=text),
        **more,
    }


def charge(key: str, code: str, *modifiers: str, units: int = 1, **more: Any) -> dict[str, Any]:
    """A planned ChargeItem; modifiers stand in our own extension."""
    out: dict[str, Any] = {
        "resourceType": "ChargeItem",
        "id": key,
        "status": "planned",
        "code": concept(coding(CPT, code)),
        "subject": {"reference": "Patient/p"},
        "quantity": {"value": units},
    }
    if modifiers:
        url = "https://iliac-cds.org/fhir/StructureDefinition/charge-modifier"
        out["extension"] = [{"url": url, "valueCode": m} for m in modifiers]
    return {**out, **more}


def claim(key: str, *lines: tuple[str, list[str], int]) -> dict[str, Any]:
    """A draft Claim with items (code, modifiers, units)."""
    items = []
    for number, (code, modifiers, units) in enumerate(lines, start=1):
        item: dict[str, Any] = {
            "sequence": number,
            "productOrService": concept(coding(CPT, code)),
            "quantity": {"value": units},
        }
        if modifiers:
            item["modifier"] = [concept(coding("https://example.org/modifiers", m)) for m in modifiers]
        items.append(item)
    return {
        "resourceType": "Claim",
        "id": key,
        "status": "draft",
        "type": concept(coding("http://terminology.hl7.org/CodeSystem/claim-type", "institutional")),
        "use": "claim",
        "patient": {"reference": "Patient/p"},
        "created": "2026-03-05",
        "provider": {"display": "Vascular group"},
        "priority": concept(coding("http://terminology.hl7.org/CodeSystem/processpriority", "normal")),
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": "Plan"}}],
        "item": items,
    }


def bundle(*resources: Any, kind: str = "searchset") -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": r} for r in resources]}


def encounter(key: str = "e1", code: str = "IMP", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "id": key,
        "status": "finished",
        "class": coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", code),
        "subject": {"reference": "Patient/p"},
        **more,
    }


def request(
    *procedures: dict[str, Any],
    conditions: tuple[dict[str, Any], ...] = (),
    drafts: tuple[dict[str, Any], ...] | None = None,
    hook: str = "org.iliac-cds.charge-review",
    **prefetch: Any,
) -> dict[str, Any]:
    """A hook request for patient p and encounter e1. `drafts` None: nobody says what is charged."""
    context: dict[str, Any] = {"userId": "Practitioner/c", "patientId": "p", "encounterId": "e1"}
    if drafts is not None:
        context["draftCharges"] = bundle(*drafts, kind="collection")
    found: dict[str, Any] = {"encounter": encounter(), "procedures": bundle(*procedures), **prefetch}
    if conditions:
        found["conditions"] = bundle(*conditions)
    return {
        "hook": hook,
        "hookInstance": "5f0c6d1e-1b7a-4b0e-9a55-0d3d0a4f7a11",
        "context": context,
        "prefetch": found,
    }


def explained(sent: dict[str, Any]) -> dict[str, Any]:
    """The decision document of a request."""
    return document(adviser().decide(sent)[1])


def cards(sent: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = adviser().answer(sent)["cards"]
    return found


def session(sent: dict[str, Any]) -> dict[str, Any]:
    """The only session of a request's decision."""
    sessions = explained(sent)["sessions"]
    assert len(sessions) == 1, sessions
    found: dict[str, Any] = sessions[0]
    return found


def lines(found: dict[str, Any]) -> list[str]:
    """Lines as "37258-RT"; with " x2" for units and " ?" for review."""
    out = []
    for line in found["lines"]:
        text = "-".join([line["code"], *line["modifiers"]])
        text += f" x{line['units']}" if line["units"] != 1 else ""
        out.append(text + (" ?" if line["status"] == "review" else ""))
    return out


def facts(found: dict[str, Any]) -> set[tuple[Any, ...]]:
    return {(t["side"], t["vessel"], t["treatment"], t["lesion"]) for t in found["treated"]}


def findings(found: dict[str, Any]) -> set[str]:
    return {f["code"] for f in found["draft"]["findings"]}


def asked(found: dict[str, Any]) -> set[tuple[Any, ...]]:
    return {(q["code"], q["side"], q["vessel"]) for q in found["questions"]}


def mission(**more: Any) -> dict[str, Any]:
    """Stent of a stenosed right common iliac, balloon of an occluded right external iliac, one session."""
    return request(
        treated("stent", STENT, COMMON, RIGHT, STENOSIS),
        treated("balloon", BALLOON, EXTERNAL, RIGHT, OCCLUSION),
        **more,
    )
