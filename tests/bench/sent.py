"""The requests that are sent: charts out of a seed, each with one iliac session among other procedures.

Every chart has its own patient, ids, dates, staff and texts. SERIAL stands where the load generator writes a number
that no other call has, so that no two calls of a run are alike. Knows FHIR shapes; nothing of servers.
"""

import json
import random
from datetime import date, timedelta
from typing import Any

from tests.bench.words import FAMILY, FINDINGS, GIVEN, OTHER, PLACES, REASONS

SERIAL = "zzzzzzzz"
HOOK = "encounter-discharge"
SNOMED = "http://snomed.info/sct"
BASE = "https://ehr.example.org/fhir"
VESSELS = {"common": "73634005", "external": "113269004", "internal": "90024005"}
SIDES = {"right": "24028007", "left": "7771000"}
STENT, BALLOON = ("103716009", "Placement of stent"), ("68457009", "Percutaneous transluminal angioplasty")
STENOSIS, OCCLUSION = ("415582006", "Stenosis"), ("2929001", "Occlusion")

Json = dict[str, Any]


def bodies(procedures: int, count: int, seed: int) -> list[str]:
    """`count` request bodies, each one line of JSON with that many Procedures (two of them the session) and SERIAL."""
    return [json.dumps(request(procedures, f"{seed}-{n}"), ensure_ascii=False) for n in range(count)]


def body(text: str, serial: int) -> bytes:
    """One of `bodies` as it is sent."""
    return text.replace(SERIAL, f"{serial:08x}").encode()


def request(procedures: int, seed: str, *, iliac: bool = True) -> Json:
    """A hook request; without the iliac session all its Procedures are others."""
    chance = random.Random(f"{procedures}-{seed}")
    chart = _Chart(chance)
    acts = chart.session() if iliac else [chart.other(n) for n in range(2)]
    acts += [chart.other(n) for n in range(2, procedures)]
    chance.shuffle(acts)
    prefetch = {
        "patient": chart.patient(),
        "encounter": chart.encounter(),
        "procedures": _bundle(acts),
        "conditions": _bundle([chart.condition(n) for n in range(4)]),
        "charges": _bundle([chart.charge()] if iliac else []),
        "coverage": _bundle([chart.coverage()]),
        "reports": _bundle([chart.report()] if iliac else []),
    }
    context = {"userId": chart.operator["reference"], "patientId": chart.key, "encounterId": f"e-{chart.key}"}
    instance = f"{chance.getrandbits(32):08x}-0000-4000-8000-0000{SERIAL}"
    return {"hook": HOOK, "hookInstance": instance, "context": context, "prefetch": prefetch}


class _Chart:
    """One patient's chart; the order of the calls decides what chance gives."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.key = f"p{chance.randrange(10**6)}-{SERIAL}"
        self.name = [chance.choice(FAMILY), chance.choice(GIVEN)]
        self.day = date(2026, 1, 1) + timedelta(days=chance.randrange(180))
        self.operator = self.person()
        self.side = chance.choice(list(SIDES))
        self.stented, self.dilated = chance.sample(list(VESSELS), 2)

    def person(self) -> Json:
        found = self.chance
        shown = f"Dr. {found.choice(GIVEN)} {found.choice(FAMILY)}"
        return {"reference": f"Practitioner/pr-{found.randrange(10**5)}", "display": shown}

    def subject(self) -> Json:
        return {"reference": f"Patient/{self.key}", "display": " ".join(reversed(self.name))}

    def patient(self) -> Json:
        born = f"19{self.chance.randrange(35, 70)}-0{self.chance.randrange(1, 10)}-{self.chance.randrange(10, 29)}"
        return {
            "resourceType": "Patient",
            "id": self.key,
            "identifier": [{"system": "https://ehr.example.org/mrn", "value": f"MRN-{SERIAL}"}],
            "name": [{"use": "official", "family": self.name[0], "given": [self.name[1]]}],
            "birthDate": born,
        }

    def encounter(self) -> Json:
        code = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB", "display": "ambulatory"}
        return {
            "resourceType": "Encounter",
            "id": f"e-{self.key}",
            "status": "finished",
            "class": code,
            "subject": self.subject(),
            "period": {"start": f"{self.day}T06:45:00-05:00", "end": f"{self.day}T15:30:00-05:00"},
        }

    def session(self) -> list[Json]:
        """A stent of a stenosis and a balloon of an occlusion, in two iliac arteries of one leg."""
        return [self._act(STENT, self.stented, STENOSIS), self._act(BALLOON, self.dilated, OCCLUSION)]

    def _act(self, treatment: tuple[str, str], vessel: str, lesion: tuple[str, str]) -> Json:
        site = (VESSELS[vessel], f"{vessel.capitalize()} iliac artery structure")
        side = (SIDES[self.side], self.side.capitalize())
        return {
            "resourceType": "Procedure",
            "id": f"iliac-{vessel}-{SERIAL}",
            "status": "completed",
            "code": _concept(treatment, f"{treatment[1]}, {self.side} {vessel} iliac artery"),
            "subject": self.subject(),
            "encounter": {"reference": f"Encounter/e-{self.key}"},
            "performedPeriod": {"start": f"{self.day}T08:10:00-05:00", "end": f"{self.day}T08:50:00-05:00"},
            "performer": [{"actor": self.operator}],
            "reasonCode": [_concept(lesion)],
            "bodySite": [_concept(site), _concept(side)],
        }

    def other(self, number: int) -> Json:
        """A Procedure of another stay, years ago, with all that an EHR sends along: about 2 kB."""
        chance = self.chance
        code, display, kind, places = chance.choice(OTHER)
        reason, place = chance.choice(REASONS), chance.choice(places)
        day = self.day - timedelta(days=chance.randrange(400, 5000))
        key = f"{number}-{chance.randrange(10**6)}-{SERIAL}"
        return {
            "resourceType": "Procedure",
            "id": f"other-{key}",
            "meta": {"versionId": str(chance.randrange(1, 9)), "lastUpdated": f"{day}T19:20:00Z"},
            "identifier": [{"system": "https://ehr.example.org/procedure", "value": f"PR{key}"}],
            "status": "completed",
            "category": _concept(("387713003", "Surgical procedure"), kind),
            "code": _concept((code, display), display),
            "subject": self.subject(),
            "encounter": {"reference": f"Encounter/e-{key}", "display": f"Stay of {day}"},
            "performedPeriod": {
                "start": f"{day}T09:00:00-05:00",
                "end": f"{day}T10:{chance.randrange(10, 59)}:00-05:00",
            },
            "recorder": self.person(),
            "asserter": self.person(),
            "performer": [
                {"function": {"text": "Operator"}, "actor": self.person()},
                {"function": {"text": "Assistant"}, "actor": self.person()},
            ],
            "location": {
                "reference": f"Location/l-{chance.randrange(400)}",
                "display": f"Room {chance.randrange(1, 60)}",
            },
            "reasonCode": [_concept(reason, f"{reason[1]}, known since {day.year - 1}")],
            "bodySite": [_concept(place)],
            "outcome": {"text": "Successful"},
            "followUp": [{"text": f"Clinic in {chance.randrange(2, 12)} weeks"}],
            "note": [{"time": f"{day}T18:00:00Z", "text": self._note(display, day)}],
        }

    def _note(self, display: str, day: date) -> str:
        said = " ".join(self.chance.sample(FINDINGS, 4))
        minutes, amount = self.chance.randrange(15, 200), self.chance.randrange(5, 300)
        return f"{display} on {day}, case {SERIAL}. {said} Time {minutes} minutes, blood loss {amount} ml."

    def condition(self, number: int) -> Json:
        reason = self.chance.choice(REASONS)
        system = "http://terminology.hl7.org/CodeSystem/condition-clinical"
        return {
            "resourceType": "Condition",
            "id": f"c{number}-{SERIAL}",
            "clinicalStatus": {"coding": [{"system": system, "code": "active"}]},
            "code": _concept(reason, reason[1]),
            "subject": self.subject(),
            "recordedDate": str(self.day - timedelta(days=self.chance.randrange(10, 900))),
        }

    def charge(self) -> Json:
        """The draft knows the stent only."""
        return {
            "resourceType": "ChargeItem",
            "id": f"ch-{SERIAL}",
            "status": "planned",
            "code": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "37258"}]},
            "subject": self.subject(),
            "context": {"reference": f"Encounter/e-{self.key}"},
            "occurrenceDateTime": str(self.day),
            "quantity": {"value": 1},
            "bodysite": [_concept((SIDES[self.side], self.side.capitalize()))],
        }

    def coverage(self) -> Json:
        return {
            "resourceType": "Coverage",
            "id": f"cov-{SERIAL}",
            "status": "active",
            "beneficiary": self.subject(),
            "period": {"start": f"{self.day.year - 1}-01-01"},
            "payor": [{"display": self.chance.choice(PLACES) + " Health Plan"}],
        }

    def report(self) -> Json:
        stent = f"{self.chance.choice((6, 7, 8))} x {self.chance.choice((27, 37, 57))} mm balloon-expandable stent"
        conclusion = (
            f"{self.side.capitalize()} {self.stented} iliac artery: {self.chance.randrange(70, 95)} % stenosis, treated "
            f"with an {stent}. {self.side.capitalize()} {self.dilated} iliac artery: occluded; crossed with a "
            f"hydrophilic wire and dilated with a {self.chance.randrange(5, 8)} mm balloon, no stent. Case {SERIAL}."
        )
        return {
            "resourceType": "DiagnosticReport",
            "id": f"rep-{SERIAL}",
            "status": "final",
            "code": {"text": "Iliac angiography and intervention"},
            "subject": self.subject(),
            "encounter": {"reference": f"Encounter/e-{self.key}"},
            "effectiveDateTime": f"{self.day}T09:45:00-05:00",
            "performer": [self.operator],
            "conclusion": conclusion,
        }


def _concept(code: tuple[str, str], text: str = "") -> Json:
    found: Json = {"coding": [{"system": SNOMED, "code": code[0], "display": code[1]}]}
    return {**found, "text": text} if text else found


def _bundle(resources: list[Json]) -> Json:
    entries = [
        {"fullUrl": f"{BASE}/{r['resourceType']}/{r['id']}", "resource": r, "search": {"mode": "match"}}
        for r in resources
    ]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}
