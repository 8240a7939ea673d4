"""What a client did not send is fetched from its FHIR server: the same cards, or a clear word on what is missing."""

import base64
import copy
import io
import json
import time
from typing import Any
from unittest.mock import patch

import pytest
from flask.testing import FlaskClient

from cds_service.app import create_app
from cds_service.fhir.answers import Limits
from cds_service.fhir.client import FhirServers
from cds_service.fhir.missing import Completed, complete
from cds_service.fhir.partial import PartialDecoder
from cds_service.outbound.servers import allowed
from cds_service.settings import Settings
from tests.charts import adviser, bundle, condition, explained, procedure, request
from tests.charts import mission as whole
from tests.client.fake import Fake, after, fhir, raw, running, status
from tests.ports import free_port
from tests.properties.charts_in_part import left_in
from tests.web.test_servers import call, started, until_ready

pytestmark = [pytest.mark.server, pytest.mark.enable_socket]
CHARGE = "/cds-services/iliac-charge-review"
GRANT = {"access_token": "se.cr-et", "token_type": "Bearer", "expires_in": 300, "scope": "x", "subject": "y"}
CHART = {
    "Patient/p": fhir({"resourceType": "Patient", "id": "p"}),
    "Encounter/e1": fhir(whole()["prefetch"]["encounter"]),
    "Procedure?encounter=Encounter/e1": fhir(whole()["prefetch"]["procedures"]),
    "Condition?patient=p": fhir(bundle()),
    "ChargeItem?context=Encounter/e1": fhir(bundle()),
    "Coverage?patient=p": fhir(bundle()),
    "DiagnosticReport?encounter=Encounter/e1": fhir(bundle()),
    "DocumentReference?encounter=Encounter/e1": fhir(bundle()),
}


def client(fake: Fake, *servers: str, **more: Any) -> FlaskClient:
    settings = Settings(fhir_servers=servers or (fake.base,), fhir_deadline=more.pop("seconds", 3.0), **more)
    return create_app(settings).test_client()


def bare(fake: Fake, **prefetch: Any) -> dict[str, Any]:
    """A hook request with nothing but these prefetch keys."""
    found = {**whole(), "fhirServer": fake.base, "fhirAuthorization": GRANT, "prefetch": prefetch}
    return {k: v for k, v in found.items() if k != "prefetch" or v}


def post(app: FlaskClient, body: dict[str, Any], url: str = CHARGE) -> tuple[int, Any]:
    answer = app.post(url, json=body)
    return answer.status_code, answer.get_json()


def completed(fake: Fake, body: dict[str, Any], *, files: int = 10, most: int = 10_000) -> Completed:
    limits = Limits(seconds=3, pages=5, bytes=most, depth=100, files=files)
    return complete(body, FhirServers(allowed([fake.base]), limits))


def test_a_client_that_sends_nothing_gets_the_cards_of_one_that_sends_all() -> None:
    with running(CHART) as fake:
        fetched = post(client(fake), bare(fake))
        sent = {
            **whole()["prefetch"],
            **dict.fromkeys(("patient", "conditions", "charges", "coverage", "reports"), bundle()),
        }
        assert fetched == post(client(fake), {**whole(), "prefetch": sent})
    assert fetched[0] == 200
    assert sorted(fake.paths()) == sorted(CHART)
    assert {c.headers["authorization"] for c in fake.calls} == {"Bearer se.cr-et"}


def test_without_an_allow_list_nothing_changes() -> None:
    with running(CHART) as fake:
        app = create_app(Settings()).test_client()
        status_code, answer = post(app, bare(fake))
        assert post(app, {**bare(fake), "prefetch": whole()["prefetch"]}) == post(app, whole())
    assert status_code == 412
    assert [i["diagnostics"] for i in answer["issue"]] == [
        "The prefetch key procedures is needed and was not sent.",
        "The prefetch key encounter is needed and was not sent.",
    ]
    assert fake.calls == []


def test_a_server_that_is_not_listed_is_not_called_and_the_answer_says_so() -> None:
    with running(CHART) as fake, running() as other:
        status_code, answer = post(client(fake), {**bare(fake), "fhirServer": other.base})
    assert status_code == 412
    assert answer["issue"][0]["diagnostics"] == (
        "The prefetch key procedures is needed and was not sent; it could not be fetched: "
        "fhirServer is not on this service's allow-list."
    )
    assert fake.calls == other.calls == []


def test_only_what_is_missing_or_failed_is_fetched() -> None:
    failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
    with running(CHART) as fake:
        sent = {
            **whole()["prefetch"],
            "procedures": failed,
            "conditions": None,
            "charges": bundle(),
            "patient": None,
            "coverage": None,
        }
        status_code, _ = post(client(fake), bare(fake, **sent))
    assert status_code == 200
    assert sorted(fake.paths()) == [
        "DiagnosticReport?encounter=Encounter/e1",
        "DocumentReference?encounter=Encounter/e1",
        "Procedure?encounter=Encounter/e1",
    ]


@pytest.mark.parametrize("lost", ["Procedure?encounter=Encounter/e1", "Encounter/e1"])
def test_needed_data_that_cannot_be_had_is_412_with_its_key_and_why(lost: str) -> None:
    with running({**CHART, lost: status(403)}) as fake:
        status_code, answer = post(client(fake), bare(fake))
    key = "procedures" if "Procedure" in lost else "encounter"
    assert status_code == 412
    assert [(i["expression"], i["diagnostics"]) for i in answer["issue"]] == [
        ([f"prefetch.{key}"], f"The prefetch key {key} is needed and was not sent; it could not be fetched: the server answered with status 403.")
    ]  # fmt: skip
    assert "se.cr-et" not in json.dumps(answer)


@pytest.mark.parametrize(
    ("lost", "key"),
    [("Condition?patient=p", "conditions"), ("ChargeItem?context=Encounter/e1", "charges"), ("DiagnosticReport?encounter=Encounter/e1", "reports"), ("DocumentReference?encounter=Encounter/e1", "reports")],
)  # fmt: skip
def test_optional_data_that_cannot_be_had_is_named_on_the_card(lost: str, key: str) -> None:
    with running({**CHART, lost: status(403)}) as fake:
        status_code, answer = post(client(fake), bare(fake))
    assert status_code == 200
    assert f"Could not be had: {key}." in answer["cards"][0]["detail"]


FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
ELSE = {"resourceType": "Patient", "id": "p"}


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "was not sent"),
        ({"procedures": FAILED}, "came as an error"),
        ({"procedures": bundle(FAILED)}, "came as an error"),
        ({"procedures": "<html>"}, "came as an error"),
        ({"procedures": bundle(ELSE)}, "came as another resource than is asked for"),
    ],
)
def test_what_came_in_place_of_needed_data_is_told_apart(sent: dict[str, Any], said: str) -> None:
    prefetch = {**whole()["prefetch"], **sent}
    prefetch = {k: v for k, v in prefetch.items() if k != "procedures" or k in sent}
    for answer, why in (
        (status(403), "the server answered with status 403"),
        (fhir(FAILED), "the server answered with an error in place of data"),
        (fhir(bundle(FAILED)), "the server answered with an error in place of data"),
        (fhir(bundle(ELSE)), "the server answered with another resource"),
    ):
        with running({**CHART, "Procedure?encounter=Encounter/e1": answer}) as fake:
            status_code, found = post(client(fake), bare(fake, **prefetch))
        assert status_code == 412
        (issue,) = found["issue"]
        assert issue["expression"] == ["prefetch.procedures"]
        assert (
            issue["diagnostics"] == f"The prefetch key procedures is needed and {said}; it could not be fetched: {why}."
        )
    with running(CHART) as fake:
        assert post(client(fake), bare(fake, **prefetch)) == post(client(fake), bare(fake, **whole()["prefetch"]))


def test_what_came_in_place_of_something_else_is_kept_beside_what_is_fetched() -> None:
    wrong = bundle({"resourceType": "Observation", "id": "o1"})
    with running(CHART) as fake:
        found = completed(fake, bare(fake, **whole()["prefetch"], conditions=wrong)).request["prefetch"]
    assert found["conditions as sent"] == wrong
    assert found["conditions"] == bundle()


def test_pages_are_asked_for_in_the_size_of_a_chart() -> None:
    with running(CHART) as fake:
        post(client(fake), bare(fake))
    assert all(c.path.endswith("&_count=100") for c in fake.calls if "?" in c.path)


class Slow(io.BytesIO):
    """A body that takes longer to arrive than a request may take."""

    def read(self, size: int | None = -1, /) -> bytes:
        time.sleep(0.6)
        return super().read(size)


def test_the_deadline_counts_from_the_arrival_of_a_request_and_its_body_takes_of_it() -> None:
    with running(CHART) as fake:
        body = json.dumps(bare(fake)).encode()
        answer = client(fake, seconds=0.5).post(
            CHARGE, input_stream=Slow(body), content_length=len(body), content_type="application/json"
        )
    assert answer.status_code == 412
    assert all("it was not answered in time" in i["diagnostics"] for i in answer.get_json()["issue"])
    assert fake.calls == []


def test_what_there_is_no_time_to_read_is_not_taken_on() -> None:
    many = bundle(*({"resourceType": "Condition", "id": f"c{n}"} for n in range(3100)))
    with running({**CHART, "Condition?patient=p": fhir(many)}) as fake:
        soon = post(client(fake, seconds=0.5), bare(fake, procedures=whole()["prefetch"]["procedures"], encounter=None))
        later = post(client(fake, seconds=60), bare(fake))
        assert "Could not be had:" in soon[1]["cards"][0]["detail"]
        assert "conditions" in soon[1]["cards"][0]["detail"].partition("Could not be had:")[2]
        assert "Could not be had:" not in later[1]["cards"][0]["detail"]
        fake.answers["Procedure?encounter=Encounter/e1"] = fhir(
            bundle(*({"resourceType": "Procedure"} for _ in range(20_000)))
        )
        status_code, answer = post(client(fake, seconds=3), bare(fake))
    assert status_code == 412
    assert "there is more than can be read in time" in answer["issue"][0]["diagnostics"]


def test_a_note_that_there_is_no_time_to_read_is_named() -> None:
    long = raw(b"Nothing of note. " * 40_000, "text/plain")
    sent = bundle(document("d1", {"contentType": "text/plain", "url": "Binary/1"}))
    with running({**CHART, "Binary/1": long, "DocumentReference?encounter=Encounter/e1": fhir(sent)}) as fake:
        found = completed(fake, bare(fake), most=1_000_000).request
    assert "DocumentReference/d1" in [u["resource"] for u in explained(found)["unread"]]


def test_notes_within_a_list_that_there_is_no_time_to_read_are_not_taken_on() -> None:
    data = base64.b64encode(b"Nothing of note. " * 40_000).decode()
    sent = bundle(document("d1", {"contentType": "text/plain", "data": data}))
    with running({**CHART, "DocumentReference?encounter=Encounter/e1": fhir(sent)}) as fake:
        found = completed(fake, bare(fake), most=1_000_000)
    assert found.lost == {"reports": "there is more than can be read in time"}


def test_a_pdf_is_taken_on_whatever_its_length() -> None:
    long = b"%PDF-1.7 " + b"x" * 700_000
    inside = document("d2", {"contentType": "application/pdf", "data": base64.b64encode(long).decode()})
    sent = bundle(document("d1", {"contentType": "application/pdf", "url": "Binary/1"}), inside)
    answers = {"Binary/1": raw(long, "application/pdf"), "DocumentReference?encounter=Encounter/e1": fhir(sent)}
    with running({**CHART, **answers}) as fake:
        found = completed(fake, bare(fake), most=2_000_000)
    assert found.lost == {}
    reports = found.request["prefetch"]["reports"]["entry"]
    assert [base64.b64decode(e["resource"]["content"][0]["attachment"]["data"]) for e in reports] == [long, long]


def test_the_deadline_holds_for_the_whole_request() -> None:
    """What comes after it is not there, however good."""
    with running({**CHART, "Condition?patient=p": after(20, fhir(bundle()))}) as fake:
        status_code, answer = post(client(fake, seconds=2), bare(fake))
    assert status_code == 200
    assert "Could not be had: conditions." in answer["cards"][0]["detail"]


def test_a_context_without_an_encounter_asks_for_the_patient_only() -> None:
    order = request(hook="order-sign")
    order["context"] = {"userId": "Practitioner/c", "patientId": "Patient/p", "draftOrders": bundle(kind="collection")}
    with running(CHART) as fake:
        status_code, _ = post(
            client(fake), {**order, "fhirServer": fake.base, "prefetch": {}}, "/cds-services/iliac-order-sign"
        )
    assert status_code == 200
    assert sorted(fake.paths()) == ["Condition?patient=p", "Coverage?patient=p", "Patient/p"]


@pytest.mark.parametrize("key", ["e1&_include=*", "e1/$everything", "e 1", "x" * 65, "%2e%2e", "..?x"])
def test_an_id_that_is_none_is_not_put_into_an_address(key: str) -> None:
    with running(CHART) as fake:
        context = {**whole()["context"], "encounterId": key, "patientId": key}
        status_code, _ = post(client(fake), {**bare(fake), "context": context})
    assert status_code == 412
    assert fake.calls == []


def test_a_list_that_came_in_part_is_made_whole() -> None:
    first, second = whole()["prefetch"]["procedures"]["entry"]
    with running({**CHART, "Procedure?page=2": fhir({"resourceType": "Bundle", "entry": [second]})}) as fake:
        plain = post(client(fake), bare(fake))
        link = [{"relation": "next", "url": "Procedure?page=2"}]
        paged = {"resourceType": "Bundle", "link": link, "entry": [first]}
        assert post(client(fake), bare(fake, **{**whole()["prefetch"], "procedures": paged})) == plain
        counted = {"resourceType": "Bundle", "total": 2, "entry": [first]}
        assert post(client(fake), bare(fake, **{**whole()["prefetch"], "procedures": counted})) == plain


def test_further_pages_follow_what_the_first_one_left_undecoded() -> None:
    """A whole of page one that cannot treat, and a part of it on page two: the part takes the whole's encounter."""
    acts = whole()["prefetch"]["procedures"]["entry"]
    others = [{"resource": procedure(f"o{n}", note=[{"text": "All went well. " * 60}])} for n in range(30)]
    acts[1]["resource"] |= {"encounter": None, "partOf": [{"reference": "Procedure/o7"}]}
    first = {**bundle(), "entry": [*others, acts[0]], "link": [{"relation": "next", "url": "Procedure?page=2"}]}
    with running({**CHART, "Procedure?page=2": fhir({**bundle(), "entry": [acts[1]]})}) as fake:
        sent = json.dumps(bare(fake, procedures=first))
        cut = client(fake).post(CHARGE, data=sent, content_type="application/json").get_json()
        with patch.object(PartialDecoder, "request", lambda *_: None):
            full = client(fake).post(CHARGE, data=sent, content_type="application/json").get_json()
        assert left_in(PartialDecoder(adviser().vocabulary.places).request(sent.encode(), 100) or {})
    assert cut == full
    assert "37257" in cut["cards"][0]["summary"]


def test_a_list_that_cannot_be_made_whole_is_taken_for_the_part_it_is() -> None:
    paged = {**whole()["prefetch"]["procedures"], "link": [{"relation": "next", "url": "https://elsewhere.example/x"}]}
    with running(CHART) as fake:
        body = bare(fake, **{**whole()["prefetch"], "procedures": paged})
        status_code, answer = post(client(fake), body)
        assert completed(fake, body).request["prefetch"]["procedures"] == paged
    assert status_code == 200
    assert "Incomplete" in answer["cards"][0]["detail"]


NOTE = "Right external iliac artery: occlusion, balloon only."
DATA = base64.b64encode(NOTE.encode()).decode()


def document(key: str, *attachments: dict[str, Any], **more: Any) -> dict[str, Any]:
    content = [{"attachment": a} for a in attachments]
    return {"resourceType": "DocumentReference", "id": key, "status": "current", "content": content, **more}


def report(key: str, *forms: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "DiagnosticReport", "id": key, "status": "final", "presentedForm": list(forms)}


def test_notes_by_url_get_their_data_in_a_copy() -> None:
    sent = bundle(
        document("d1", {"contentType": "text/plain", "url": "Binary/1"}),
        report("r1", {"url": "Binary/2", "title": "Angiogram"}),
        document(
            "d2", {"contentType": "application/pdf", "url": "Binary/3"}, {"contentType": "text/html", "url": "Binary/4"}
        ),
    )
    binary = {"resourceType": "Binary", "contentType": "text/html", "data": DATA}
    answers = {
        "Binary/1": raw(NOTE.encode(), "text/plain; charset=utf-8"),
        "Binary/2": raw(NOTE.encode(), "text/plain"),
        "Binary/4": fhir(binary),
    }
    with running({**CHART, **answers}) as fake:
        body = bare(fake, **whole()["prefetch"], reports=sent, conditions=None)
        before = copy.deepcopy(body)
        found = completed(fake, body)
    assert body == before
    assert found.lost == {}
    first, second, third = (e["resource"] for e in found.request["prefetch"]["reports"]["entry"])
    assert first["content"] == [
        {"attachment": {"contentType": "text/plain; charset=utf-8", "url": "Binary/1", "data": DATA}}
    ]
    assert second["presentedForm"] == [
        {"url": "Binary/2", "title": "Angiogram", "contentType": "text/plain", "data": DATA}
    ]
    assert [c["attachment"].get("data") for c in third["content"]] == [None, DATA]
    assert found.request["prefetch"]["procedures"] == before["prefetch"]["procedures"]


def test_notes_that_need_no_fetching_or_cannot_be_read_are_left_alone() -> None:
    sent = bundle(
        document("d1", {"contentType": "image/jpeg", "url": "Binary/1"}),
        document("d2", {"contentType": "text/plain", "url": "Binary/2"}, {"contentType": "text/html", "data": DATA}),
        document("d3", {"contentType": "text/plain", "url": "Binary/3"}, status="entered-in-error"),
        document("d4", {"contentType": "text/plain", "url": "Binary/4"}, docStatus="entered-in-error"),
        document("d5", {"contentType": "text/plain", "url": "Binary/5", "size": 20_000}),
        document("d6", {"contentType": "text/plain", "url": ["Binary/6"]}),
        {"resourceType": "DocumentReference", "content": [None, 7, {"attachment": 7}, {}]},
        {"resourceType": "DiagnosticReport", "presentedForm": "x"},
    )
    with running() as fake:
        body = bare(
            fake,
            **dict.fromkeys(("patient", "encounter", "procedures", "conditions", "charges", "coverage"), None),
            reports=sent,
        )
        assert completed(fake, body) == Completed(request=body)
    assert fake.calls == []


def test_at_most_so_many_notes_are_fetched_and_the_rest_is_named() -> None:
    notes = {f"Binary/{n}": raw(NOTE.encode(), "text/plain") for n in range(5)}
    sent = bundle(*(document(f"d{n}", {"contentType": "text/plain", "url": f"Binary/{n}"}) for n in range(5)))
    with running({**CHART, **notes, "DocumentReference?encounter=Encounter/e1": fhir(sent)}) as fake:
        found = completed(fake, bare(fake), files=3).request
    had = [e["resource"]["content"][0]["attachment"].get("data") for e in found["prefetch"]["reports"]["entry"]]
    assert had == [DATA, DATA, DATA, None, None]
    assert [u["resource"] for u in explained(found)["unread"]] == ["DocumentReference/d3", "DocumentReference/d4"]


def test_a_note_elsewhere_is_not_fetched_and_is_named() -> None:
    with running({"Binary/1": raw(NOTE.encode(), "text/plain")}) as other, running(CHART) as fake:
        note = document("d1", {"contentType": "text/plain", "url": f"{other.base}/Binary/1"})
        found = completed(fake, bare(fake, **whole()["prefetch"], reports=bundle(note)))
    assert other.calls == []
    assert [u["resource"] for u in explained(found.request)["unread"]] == ["DocumentReference/d1"]


def test_a_fetched_note_decides_like_a_sent_one() -> None:
    act = whole()["prefetch"]["procedures"]
    plain = {"contentType": "text/plain", "url": "Binary/1"}
    words = b"Right external iliac artery occlusion was crossed and stented. Right common iliac artery stenosis was stented."

    def note(**more: Any) -> dict[str, Any]:
        subject, stay = {"reference": "Patient/p"}, {"encounter": [{"reference": "Encounter/e1"}]}
        return document("d1", {**plain, **more}, subject=subject, context=stay, date="2026-03-04T10:00:00Z")

    with running(
        {
            **CHART,
            "Binary/1": raw(words, "text/plain"),
            "DocumentReference?encounter=Encounter/e1": fhir(bundle(note())),
        }
    ) as fake:
        fetched = completed(fake, bare(fake)).request
        with_data = bundle(note(data=base64.b64encode(words).decode()))
        sent = {**whole(), "prefetch": {**dict.fromkeys(fetched["prefetch"]), **whole()["prefetch"], "procedures": act}}
        sent["prefetch"] |= {"reports": with_data, "charges": bundle()}
    assert explained(fetched) == explained(sent)
    assert explained(fetched)["unread"] == []


def test_a_fetched_diagnosis_decides_like_a_sent_one() -> None:
    conditions = bundle(
        condition("c1", text="Occlusion of right external iliac artery", encounter={"reference": "Encounter/e1"})
    )
    with running({**CHART, "Condition?patient=p": fhir(conditions)}) as fake:
        fetched = post(client(fake), bare(fake))
        sent = post(client(fake), bare(fake, conditions=conditions))
    assert fetched == sent


def test_the_production_server_fetches_in_its_workers() -> None:
    port = free_port()
    with running(CHART) as fake:
        environment = {"ILIAC_CDS_AUTH": "off", "ILIAC_CDS_FHIR_SERVERS": fake.base, "ILIAC_CDS_FHIR_DEADLINE": "3"}
        with started("serve", "--port", str(port), "--workers", "2", **environment) as process:
            until_ready(port, process)
            found = [call(port, CHARGE, json.dumps(bare(fake)).encode()) for _ in range(4)]
            fake.answers["Encounter/e1"] = status(401)
            refused = call(port, CHARGE, json.dumps(bare(fake)).encode())
            process.terminate()
            output = process.communicate(timeout=30)[0]
    assert [status_code for status_code, _ in found] == [200] * 4
    assert len(found[0][1]["cards"]) == 1
    assert refused[0] == 412
    assert "se.cr-et" not in output
    assert str(fake.port) not in output
