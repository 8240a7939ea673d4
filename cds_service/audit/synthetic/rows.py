"""The resources of a synthetic export, shaped as EHRs send them in bulk. Knows FHIR's shapes and made-up people."""

import base64
from random import Random
from typing import Any

from cds_service.audit.synthetic.cases import COMMON, EXTERNAL, INTERNAL, STENT, Act, Case
from cds_service.audit.synthetic.words import FAMILIES, GIVEN, LABELS, OTHERS, SENTENCES
from cds_service.identifiers import CHARGE_MODIFIER

Json = dict[str, Any]
SNOMED, CPT = "http://snomed.info/sct", "http://www.ama-assn.org/go/cpt"
LOCAL = "https://ehr.example.org/procedure-codes"
_VESSELS = {
    COMMON: ("73634005", "Common iliac artery structure"),
    EXTERNAL: ("113269004", "External iliac artery structure"),
    INTERNAL: ("90024005", "Internal iliac artery structure"),
}
_SIDES = {"right": ("24028007", "Right", "RT"), "left": ("7771000", "Left", "LT")}
_LESIONS = {"stenosis": ("415582006", "Stenosis"), "occlusion": ("2929001", "Occlusion of artery")}
_TREATED = {"stent": ("103716009", "Placement of stent"), "balloon": ("68457009", "Percutaneous balloon angioplasty")}
SITES = {"22": "AMB", "21": "IMP"}
PAYERS = (("medicare", "Medicare Part B", "121"), ("commercial", "Aetna Choice POS", "5"))


def concept(system: str, code: str, display: str, text: str = "") -> Json:
    """A concept with one coding; codes of CPT are written without words."""
    coding = {"system": system, "code": code}
    return {"coding": [{**coding, "display": display} if display else coding], **({"text": text} if text else {})}


def patient(key: str, rng: Random) -> Json:
    """A person nobody is."""
    family, given = rng.choice(FAMILIES), rng.choice(GIVEN)
    return {
        "resourceType": "Patient",
        "id": key,
        "identifier": [{"system": "https://ehr.example.org/mrn", "value": f"MRN{rng.randrange(10**8):08d}"}],
        "name": [{"use": "official", "family": family, "given": [given]}],
        "gender": rng.choice(("female", "male")),
        "birthDate": f"{rng.randrange(1935, 1990)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}",
    }


def coverage(key: str, who: str, payer: tuple[str, str, str]) -> Json:
    """A coverage in force all year; the payer is named on its payor."""
    return {
        "resourceType": "Coverage",
        "id": f"cov-{key}",
        "status": "active",
        "type": {"coding": [{"system": "https://nahdo.org/sopt", "code": payer[2]}]},
        "beneficiary": {"reference": f"Patient/{who}"},
        "payor": [{"display": payer[1]}],
    }


def encounter(key: str, who: str, day: str, site: str) -> Json:
    """A stay of one day; an outpatient's is told to be in a hospital by its place."""
    found: Json = {"resourceType": "Encounter", "id": key}
    if site == "22":
        place = {"resourceType": "Location", "id": "room", "type": [concept(SNOMED, "5584006", "Outpatient suite")]}
        found |= {"contained": [place], "location": [{"location": {"reference": "#room"}}]}
    return found | {
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": SITES[site]},
        "type": [{"text": "Procedure visit"}],
        "subject": {"reference": f"Patient/{who}"},
        "period": {"start": f"{day}T07:00:00-05:00", "end": f"{day}T16:00:00-05:00"},
        "serviceProvider": {"reference": "Organization/hospital", "display": "Lakeside Medical Center"},
    }


def _act(key: str, where: tuple[str, str, str], group: int, code: Json) -> Json:
    who, stay, day = where
    return {
        "resourceType": "Procedure",
        "id": key,
        "meta": {"versionId": "1", "lastUpdated": f"{day}T18:00:00Z"},
        "identifier": [{"system": "https://ehr.example.org/procedures", "value": key}],
        "status": "completed",
        "category": concept(SNOMED, "387713003", "Surgical procedure"),
        "code": code,
        "subject": {"reference": f"Patient/{who}"},
        "encounter": {"reference": f"Encounter/{stay}"},
        "performedPeriod": {"start": f"{day}T08:10:00-05:00", "end": f"{day}T08:50:00-05:00"},
        "performer": [
            {
                "actor": {"reference": f"Practitioner/p{group}-1", "display": f"Clinician {group}-1"},
                "onBehalfOf": {"reference": f"Organization/group-{group}"},
            }
        ],
    }


def other_act(key: str, where: tuple[str, str, str], group: int, rng: Random) -> tuple[Json, str]:
    """A procedure that is none of the family's, with its CPT code."""
    code, words, charge = rng.choice(OTHERS)
    found = _act(key, where, group, concept(LOCAL, code, words, words))
    if rng.random() < 0.3:
        found["note"] = [{"text": " ".join(rng.sample(SENTENCES, 3))}]
    found["text"] = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{words}</p></div>'}
    return found, charge


def iliac_act(key: str, where: tuple[str, str, str], group: int, done: tuple[Act, str, str]) -> Json:
    """A treatment in an iliac artery; `done` is what, in which leg, and whether codes or words tell it."""
    act, side, told = done
    vessel, leg, treated = _VESSELS[act.vessel], _SIDES[side], _TREATED[act.treatment]
    place = f"{side} {act.vessel} iliac artery"
    if told == "words":
        how = "Stent placement" if act.treatment == STENT else "Balloon angioplasty"
        return _act(key, where, group, {"text": f"{how}, {act.lesion} of the {place}"})
    found = _act(key, where, group, concept(SNOMED, *treated))
    found["bodySite"] = [concept(SNOMED, *vessel), concept(SNOMED, leg[0], leg[1])]
    if act.lesion:
        found["reasonCode"] = [{**concept(SNOMED, *_LESIONS[act.lesion]), "text": f"{act.lesion} of the {place}"}]
    return found


def iliac_note(key: str, where: tuple[str, str, str], side: str, case: Case) -> Json:
    """An operative note that alone tells a case."""
    lines = ["OPERATIVE NOTE", ""]
    for act in case.acts:
        state = "occluded" if act.lesion == "occlusion" else "80% stenosis"
        how = (
            "stented with a balloon-expandable stent" if act.treatment == STENT else "dilated with a balloon, no stent"
        )
        lines.append(f"{side.capitalize()} {act.vessel} iliac artery: {state}, {how}.")
    return document(key, where, "\n".join(lines))


def document(key: str, where: tuple[str, str, str], words: str) -> Json:
    """A signed note as plain text."""
    who, stay, day = where
    data = base64.b64encode(words.encode()).decode()
    return {
        "resourceType": "DocumentReference",
        "id": key,
        "status": "current",
        "docStatus": "final",
        "type": concept("http://loinc.org", "11504-8", "Surgical operation note"),
        "subject": {"reference": f"Patient/{who}"},
        "date": f"{day}T17:00:00Z",
        "content": [{"attachment": {"contentType": "text/plain", "data": data}}],
        "context": {"encounter": [{"reference": f"Encounter/{stay}"}], "period": {"start": f"{day}T08:10:00-05:00"}},
    }


def other_note(key: str, where: tuple[str, str, str], rng: Random) -> Json:
    """A note about something else, of some 2,000 characters."""
    parts = [f"{label.upper()}\n{' '.join(rng.choices(SENTENCES, k=5))}" for label in LABELS]
    return document(key, where, "\n\n".join(parts))


def other_report(key: str, where: tuple[str, str, str], rng: Random) -> Json:
    """A report with a conclusion about something else."""
    who, stay, day = where
    return {
        "resourceType": "DiagnosticReport",
        "id": key,
        "status": "final",
        "code": concept("http://loinc.org", "30746-2", "Portable XR Chest Views"),
        "subject": {"reference": f"Patient/{who}"},
        "encounter": {"reference": f"Encounter/{stay}"},
        "effectiveDateTime": f"{day}T10:00:00-05:00",
        "conclusion": " ".join(rng.choices(SENTENCES, k=4)),
    }


def condition(key: str, where: tuple[str, str, str], rng: Random) -> Json:
    """A diagnosis that decides nothing here."""
    code, words = rng.choice(
        (("E11.9", "Type 2 diabetes"), ("I10", "Hypertension"), ("I70.211", "Claudication, right"))
    )
    return {
        "resourceType": "Condition",
        "id": key,
        "clinicalStatus": concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", ""),
        "code": concept("http://hl7.org/fhir/sid/icd-10-cm", code, words, words),
        "subject": {"reference": f"Patient/{where[0]}"},
        "recordedDate": where[2],
    }


def charge(key: str, where: tuple[str, str, str], line: tuple[str, str, int]) -> Json:
    """A charge that was billed; a modifier stands in an extension."""
    who, stay, day = where
    code, modifier, units = line
    found: Json = {
        "resourceType": "ChargeItem",
        "id": key,
        "status": "billed",
        "code": concept(CPT, code, ""),
        "subject": {"reference": f"Patient/{who}"},
        "context": {"reference": f"Encounter/{stay}"},
        "occurrenceDateTime": day,
        "quantity": {"value": units},
    }
    return {**found, "extension": [{"url": CHARGE_MODIFIER, "valueCode": modifier}]} if modifier else found


def claim(key: str, where: tuple[str, str, str], lines: list[tuple[str, str, int]]) -> Json:
    """A claim with one item a line."""
    who, stay, day = where
    items: list[Json] = []
    for number, (code, modifier, units) in enumerate(lines, start=1):
        item = {"sequence": number, "productOrService": concept(CPT, code, ""), "quantity": {"value": units}}
        item |= {"servicedDate": day, "encounter": [{"reference": f"Encounter/{stay}"}]}
        items.append({**item, "modifier": [{"coding": [{"code": modifier}]}]} if modifier else item)
    return {
        "resourceType": "Claim",
        "id": key,
        "status": "active",
        "type": concept("http://terminology.hl7.org/CodeSystem/claim-type", "professional", ""),
        "use": "claim",
        "patient": {"reference": f"Patient/{who}"},
        "created": day,
        "provider": {"reference": "Organization/hospital"},
        "priority": concept("http://terminology.hl7.org/CodeSystem/processpriority", "normal", ""),
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": f"Coverage/cov-{who}"}}],
        "item": items,
    }
