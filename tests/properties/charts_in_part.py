"""Requests with Procedures that can be left undecoded, among odd ones; and the two ways of decoding them."""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from cds_service.advice import Adviser
from cds_service.coding.document import document
from cds_service.fhir import partial
from cds_service.fhir.entry import Left
from cds_service.fhir.partial import PartialDecoder
from tests.charts import adviser, coding, concept, procedure

MOST_DEPTH = 100
Json = dict[str, Any]


@contextmanager
def nothing_too_small() -> Iterator[None]:
    """Decoding in part of requests of any size."""
    with patch.object(partial, "_SMALL", 0):
        yield


def in_part(body: bytes, one: Adviser | None = None, most_depth: int = MOST_DEPTH) -> Json | None:
    with nothing_too_small():
        return PartialDecoder((one or adviser()).vocabulary.places).request(body, most_depth)


def left_in(request: Json) -> list[Left]:
    bundles = [v for v in request["prefetch"].values() if isinstance(v, dict) and isinstance(v.get("entry"), list)]
    return [e for b in bundles for e in b["entry"] if isinstance(e, Left)]


def opened(value: Any) -> Any:
    """A request with what was left decoded."""
    if isinstance(value, Left):
        return json.loads(bytes(value.written))
    if isinstance(value, dict):
        return {k: opened(v) for k, v in value.items()}
    return [opened(v) for v in value] if isinstance(value, list) else value


def told(request: Json, one: Adviser | None = None) -> str:
    """What is read, decided and answered."""
    one = one or adviser()
    reading, decision = one.decide(request)
    return repr(reading) + json.dumps((document(decision), one.answer(request)), sort_keys=True)


WORDS = (
    "Colonoscopy",
    "Coronary stent",
    "Balloon dilation of the colon",
    "Angioplasty",
    "Stent",
    "Insertion of intraluminal device",
    "Endoprosthesis placed",
    "Right side",
    "CTA",
)
SUBJECTS: tuple[Any, ...] = (
    {"reference": "Patient/p"},
    {"reference": "Patient/p", "display": "Ångström, Zoë"},
    {"reference": "https://ehr.example/fhir/Patient/p"},
    {"reference": "urn:uuid:0000AAAA-0000-4000-8000-000000000001"},
    {"reference": "Patient/other"},
    {"reference": "https://ehr.example/fhir/Patient/other"},
    {"reference": " Patient/p "},
    {"reference": "p", "type": "Patient"},
    {"reference": "#p"},
    {"reference": "Patient?identifier=urn:mrn|1"},
    {"identifier": {"system": "urn:mrn", "value": "1"}},
    {"identifier": {"system": "urn:mrn", "value": "2"}},
    {"type": "Patient", "identifier": {"system": "urn:mrn", "value": "2"}},
    {"display": "somebody"},
    {"reference": "Procedure/u1"},
    {"reference": 7},
    {},
    None,
    "Patient/p",
)
URLS: tuple[Any, ...] = (
    "https://ehr.example/fhir/Procedure/{}",
    "https://ehr.example/fhir/Procedure/{}",
    "Procedure/{}",
    "Procedure/u2",
    "https://ehr.example/fhir/Procedure/u3",
    "https://ehr.example/fhir/Procedure/{}/_history/3",
    "https://ehr.example/_history/9/Procedure/{}",
    " https://ehr.example/fhir/Procedure/{}/ ",
    "urn:uuid:0000AAAA-0000-4000-8000-00000000000{}",
    "urn:logical:x/Procedure/{}",
    "Patient/p",
    "",
    None,
    5,
)
ODDITIES: tuple[Json, ...] = (
    {"status": None},
    {"status": 3},
    {"status": "entered-in-error"},
    {"status": "not-done"},
    {"code": []},
    {"code": {"coding": {"code": "1"}}},
    {"code": {"coding": [1]}},
    {"code": {"coding": None, "text": "Appendectomy"}},
    {"code": None},
    {"bodySite": {"text": "colon"}},
    {"bodySite": ["colon"]},
    {"bodySite": None},
    {"note": {"text": "all well"}},
    {"note": ["all well"]},
    {"reasonCode": "x"},
    {"reasonReference": {"reference": "Condition/c"}},
    {"partOf": {"reference": "Procedure/stent"}},
    {"partOf": "Procedure/stent"},
    {"performedDateTime": "2026"},
    {"performedDateTime": "2026-02-30"},
    {"performedDateTime": "2026-02-29"},
    {"performedDateTime": "yesterday"},
    {"performedDateTime": ""},
    {"performedDateTime": None},
    {"performedDateTime": "2026-03-04T10:00:00+14:30"},
    {"performedPeriod": "2026"},
    {"performedPeriod": {"start": "2026-03-04", "end": "2026-03-05"}},
    {"performedPeriod": {"start": "2026-03-05T03:00:00Z"}},
    {"performedPeriod": {"start": "2026", "end": "2026-03-04"}},
    {"performedPeriod": {"start": 2026}},
    {"performedPeriod": {}},
    {"performedDateTime": "2026-03-05T03:00:00Z"},
    {"performedDateTime": "2026-03-03T22:00:00-12:00"},
    {"occurrenceDateTime": "2026-03-04"},
    {"occurrenceDateTime": "x"},
    {"occurrencePeriod": {"start": "2026-03-04"}},
    {"class": "x"},
    {"class": {}},
    {"encounter": "Encounter/e1"},
    {"encounter": {"reference": "Encounter/other"}},
    {"patient": {"reference": "Patient/other"}},
    {"beneficiary": {"reference": "Patient/other"}},
    {"subject": {}, "patient": {"reference": "Patient/other"}},
    {"id": 7},
    {"id": " u1 "},
    {"id": ""},
    {"id": None},
    {"id": "a/b"},
    {"id": "u1"},
    {"id": "stent"},
    {"resourceType": "Procedure "},
    {"resourceType": "Observation"},
    {"resourceType": None},
    {"meta": {"lastUpdated": "2030-01-01T00:00:00Z"}, "id": "u1"},
    {"meta": {"lastUpdated": "2030-01-01T00:00:00Z"}, "id": "balloon"},
    {"report": [{"reference": "DiagnosticReport/r"}]},
    {"report": None},
    {"identifier": [{"system": "urn:n", "value": "same"}]},
    {"identifier": {"system": "urn:n", "value": 12}},
    {"identifier": [{"system": "urn:mrn", "value": "1"}]},
    {"contained": [{"resourceType": "DiagnosticReport", "id": "in", "conclusion": "Left CIA stented."}]},
    {"used": []},
    {"recorded": "2026"},
    {"doNotPerform": True},
    {"usedReference": [{"reference": "Device/d1"}]},
    {"used": [{"reference": {"reference": "Device/d2"}}]},
    {"focalDevice": [{"manipulated": {"reference": "Device/d1"}}]},
    {"device": {"reference": "Device/d2"}},
)


def unrelated(pick: random.Random, number: int) -> Json:
    """A Procedure that cannot treat a leg; now and then odd."""
    said = pick.choice(WORDS)
    more: Json = {"code": concept(coding("http://example.org", str(number)), text=said)}
    more["note"] = [{"text": f'{said} done, uneventful.\nFollow "up" 1/2; caf\u00e9 \u2013 {number}'}]
    more["identifier"] = [{"system": "urn:n", "value": f"n{number}"}]
    if pick.random() < 0.4:
        more["subject"] = pick.choice(SUBJECTS)
    if pick.random() < 0.3:
        more["partOf"] = [{"reference": f"Procedure/{pick.choice(('u1', 'u2', 'stent', 'balloon'))}"}]
    for odd in pick.choices(ODDITIES, k=pick.choice((0, 0, 0, 1, 1, 2))):
        more |= odd
    return {**procedure(f"u{number}", **{k: v for k, v in more.items() if v is not None}), **more}


def listed(pick: random.Random, resource: Any) -> Any:
    """An entry of a Bundle, its URL ordinary, odd or not there."""
    key = resource.get("id") if isinstance(resource, dict) else ""
    url = pick.choice(URLS) if pick.random() < 0.5 else URLS[0]
    entry: Json = {"fullUrl": url.format(key) if isinstance(url, str) else url, "resource": resource}
    entry |= pick.choice(({}, {}, {"search": {"mode": "match"}}, {"search": {"mode": "include"}}, {"search": None}))
    entry |= pick.choice(({}, {}, {"link": [{"relation": "self", "url": "x"}]}, {"response": {"status": "200"}}))
    return entry if url is not None else {k: v for k, v in entry.items() if k != "fullUrl"}


STRAY: tuple[Any, ...] = (
    None,
    7,
    "Procedure",
    {},
    {"resource": None},
    {"resource": []},
    {"resource": {"resourceType": "Bundle", "entry": [{"resource": procedure("u2")}]}},
    {"resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "invalid"}]}},
    {"resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid"}]}},
)
POINTING: tuple[Json, ...] = (
    {"partOf": [{"reference": "Procedure/u1"}]},
    {"partOf": [{"reference": "https://ehr.example/fhir/Procedure/u2"}]},
    {"partOf": [{"identifier": {"system": "urn:n", "value": "n3"}}]},
    {"partOf": [{"identifier": {"system": "urn:n", "value": "same"}}]},
    {"partOf": [{"type": "Procedure", "identifier": {"system": "urn:n", "value": "12"}}]},
    {"partOf": [{"reference": "urn:uuid:0000aaaa-0000-4000-8000-00000000000u1"}]},
    {"partOf": [{"reference": "Procedure/u1/_history/3"}]},
    {"reasonReference": [{"reference": "Procedure/u3"}]},
    {"encounter": {"reference": "Procedure/u1"}},
    {"subject": {"identifier": {"system": "urn:mrn", "value": "1"}}},
)


def among_unrelated(sent: Json, seed: int, count: int = 8) -> Json:
    """A request among Procedures that cannot matter, some of them odd, and others that point at them."""
    pick = random.Random(seed)
    sent = json.loads(json.dumps(sent))
    prefetch = sent["prefetch"]
    acts = [e.get("resource") for e in prefetch["procedures"]["entry"]]
    for act in acts:
        if isinstance(act, dict) and pick.random() < 0.4:
            act |= pick.choice(POINTING)
    entries = [listed(pick, r) for r in [*acts, *(unrelated(pick, n) for n in range(count))]]
    entries += [pick.choice(STRAY)] if pick.random() < 0.3 else []
    pick.shuffle(entries)
    prefetch["procedures"]["entry"] = entries
    if pick.random() < 0.5:
        prefetch["procedures"] |= pick.choice(
            ({"total": 3}, {"total": 99}, {"link": [{"relation": "next", "url": "x"}]}, {"id": "b"}, {"extra": 1})
        )
    if pick.random() < 0.4:
        mrn = {"system": "urn:mrn", "value": "1"}
        prefetch["patient"] = {"resourceType": "Patient", "id": pick.choice(("p", "q")), "identifier": [mrn]}
    if pick.random() < 0.3:
        more = [listed(pick, unrelated(pick, n)) for n in range(4)]
        prefetch[pick.choice(("history", "conditions", "reports"))] = {"resourceType": "Bundle", "entry": more}
    if pick.random() < 0.3:
        devices = [{"resourceType": "Device", "id": f"d{n}", "type": {"text": "Vascular stent"}} for n in (1, 2)]
        prefetch["devices"] = {"resourceType": "Bundle", "entry": [{"resource": d} for d in devices]}
    if pick.random() < 0.3:
        sent["extra"] = {"anything": [1.5, None]}
    return sent
