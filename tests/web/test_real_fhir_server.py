"""A FHIR server of other people's making, and the production server beside it: what is fetched decides as what is sent."""

import http.client
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.ports import free_port
from tests.scenarios.golden import loaded, names
from tests.web.test_servers import call, started, until_ready

FOLDER = Path(__file__).parents[1] / "fhir_server"
INSTALLED = shutil.which("node") is not None and (FOLDER / "node_modules" / "@medplum" / "fhir-router").is_dir()
pytestmark = [
    pytest.mark.server,
    pytest.mark.enable_socket,
    pytest.mark.skipif(not INSTALLED, reason="needs node, and `npm ci --ignore-scripts` in tests/fhir_server"),
]
TOKEN = "to.ken-of-the-tests"
GRANT = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "user/*.rs", "subject": "iliac-cds"}
LISTS = ("conditions", "charges", "coverage", "reports")
# What a search of an R4 server by encounter cannot bring, and why.
OTHERWISE = {
    "r5-shapes": "the server holds R4 only",
    "two-encounters-one-day": "the acts of the other encounter are not asked for",
}


class Server:
    """The FHIR server: resources are put into it, and it is emptied."""

    def __init__(self, port: int) -> None:
        self.port, self.base = port, f"http://127.0.0.1:{port}/fhir/R4"

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/fhir+json"}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    def holds(self, prefetch: dict[str, Any]) -> None:
        """Make it hold these resources and no others."""
        assert self.ask("DELETE", "/")[0] == 200
        for resource in resources(prefetch):
            path = f"/fhir/R4/{resource['resourceType']}/{resource['id']}"
            assert self.ask("PUT", path, resource)[0] in (200, 201), path


def resources(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and value.get("resourceType") == "Bundle":
        for entry in value.get("entry", []):
            yield from resources(entry["resource"])
    elif isinstance(value, dict) and "resourceType" in value:
        yield from () if value["resourceType"] == "OperationOutcome" else (value,)
    elif isinstance(value, dict):
        for each in value.values():
            yield from resources(each)


@contextmanager
def a_server(**environment: str) -> Iterator[Server]:
    process = subprocess.Popen(
        ["node", "server.mjs"],
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TOKEN": TOKEN, **environment},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    server = Server(int(process.stdout.readline()))
    try:
        yield server
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


@contextmanager
def beside(server: Server, *, pages: int = 10) -> Iterator[int]:
    """The production server, for which this FHIR server is on the list; its port."""
    port = free_port()
    environment = {
        "ILIAC_CDS_AUTH": "off",
        "ILIAC_CDS_FHIR_SERVERS": server.base,
        "ILIAC_CDS_FHIR_DEADLINE": "60",
        "ILIAC_CDS_FHIR_MAX_PAGES": str(pages),
    }
    environment["ILIAC_CDS_LOG_LEVEL"] = "warning"  # nobody reads the pipe: a line a request would fill it
    with started("serve", "--port", str(port), "--workers", "1", **environment) as process:
        until_ready(port, process)
        yield port
        process.terminate()
        output = process.communicate(timeout=60)[0]
    assert TOKEN not in output


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with a_server() as found:
        yield found


@pytest.fixture(scope="module")
def port(server: Server) -> Iterator[int]:
    with beside(server) as found:
        yield found


def bare(server: Server, sent: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The request of a client that prefetches nothing."""
    return {
        **{k: v for k, v in sent.items() if k != "prefetch"},
        "fhirServer": server.base,
        "fhirAuthorization": {**GRANT, **more},
    }


def post(port: int, sent: dict[str, Any]) -> tuple[int, Any]:
    service = "iliac-order-sign" if sent["hook"] == "order-sign" else "iliac-charge-review"
    return call(port, f"/cds-services/{service}", json.dumps(sent).encode())


def in_full(sent: dict[str, Any]) -> dict[str, Any]:
    """The request with an empty list where the scenario has none, or an error: what a server answers that has none."""
    prefetch = sent["prefetch"]
    empty = {"resourceType": "Bundle", "type": "searchset"}
    lists = {k: prefetch[k] if prefetch.get(k, {}).get("resourceType") == "Bundle" else empty for k in LISTS}
    return {**sent, "prefetch": {**prefetch, **lists}}


@pytest.mark.parametrize("name", [n for n in names() if n not in OTHERWISE])
def test_a_client_that_prefetches_nothing_gets_the_cards_of_one_that_prefetches_all(
    server: Server, port: int, name: str
) -> None:
    sent = loaded(name, "request.json")
    server.holds(sent["prefetch"])
    status, fetched = post(port, bare(server, sent))
    assert (status, fetched) == post(port, in_full(sent))
    assert status == 200


def test_the_two_that_differ_still_exist() -> None:
    assert set(OTHERWISE) <= set(names())


def test_a_chart_on_many_pages_is_the_same_chart() -> None:
    sent = loaded("three-vessels-one-leg", "request.json")
    with a_server(PAGE="1") as paged, beside(paged, pages=30) as port:
        paged.holds(sent["prefetch"])
        page = paged.ask("GET", "/fhir/R4/Procedure")[1]
        assert (len(page["entry"]), page["link"][0]["relation"]) == (1, "next")
        status, fetched = post(port, bare(paged, sent))
        assert (status, fetched) == post(port, in_full(sent))
        assert len(fetched["cards"]) == 1


def test_a_token_that_the_server_does_not_know_is_412(server: Server, port: int) -> None:
    sent = loaded("mission", "request.json")
    server.holds(sent["prefetch"])
    status, found = post(port, bare(server, sent, access_token="an.other"))
    assert status == 412
    assert [i["expression"] for i in found["issue"]] == [["prefetch.procedures"], ["prefetch.encounter"]]
    assert all("status 401" in i["diagnostics"] for i in found["issue"])


def test_an_encounter_that_the_server_does_not_know_is_412(server: Server, port: int) -> None:
    sent = loaded("mission", "request.json")
    server.holds({})
    status, found = post(port, bare(server, sent))
    assert status == 412
    assert [(i["expression"], "status 404" in i["diagnostics"]) for i in found["issue"]] == [
        (["prefetch.encounter"], True)
    ]
