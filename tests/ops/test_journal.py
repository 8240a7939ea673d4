"""One line and one count for every request, with what an operator needs and nothing of a chart."""

import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds_service.app import create_app
from cds_service.course import COURSE, STAGES, mark, note
from cds_service.logs import Lines, what_and_where
from cds_service.settings import Settings
from cds_service.stores import Stores
from cds_service.stores.memory import MemoryCardStore, MemoryTokenStore
from tests.charts import adviser, mission
from tests.ops.listening import listening

CHARGE = "/cds-services/iliac-charge-review"
UUID = "2a4b6c8d-0e1f-4a2b-8c3d-4e5f6a7b8c9d"


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings()).test_client()


def one_line(client: FlaskClient, body: Any, url: str = CHARGE, **headers: str) -> dict[str, Any]:
    with listening() as heard:
        client.post(url, json=body, headers=headers)
    (line,) = heard.lines()
    return line


def sample(client: FlaskClient, name: str) -> float:
    text = client.get("/metrics").get_data(as_text=True)
    found = re.search(rf"^{re.escape(name)} (.+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_a_call_is_one_line_that_tells_what_was_said_and_where_the_time_went(client: FlaskClient) -> None:
    line = one_line(client, mission())
    times = line.pop("stages")
    assert list(times) == [s for s in STAGES if s not in ("auth", "store")]
    assert sum(times.values()) <= line.pop("ms") + 1
    assert line.pop("bytes_in") > 1000
    assert line.pop("bytes_out") > 1000
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("at"))
    assert re.fullmatch(r"[0-9a-f-]{36}", line.pop("request"))
    assert isinstance(line.pop("process"), int)
    assert line == {
        "level": "info",
        "event": "request",
        "method": "POST",
        "service": "iliac-charge-review",
        "hook": "org.iliac-cds.charge-review",
        "status": 200,
        "cards": ["coder"],
        "verdicts": ["yes"],
        "rules": ["R-LESION", "R-VESSEL", "R-RANK", "R-PAIR", "R-LEG"],
    }


def test_the_line_in_the_readme_is_one_like_those_that_are_written() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    (shown,) = [json.loads(body) for body in re.findall(r"```json\n(.*?)```", readme, re.DOTALL) if '"event"' in body]
    app = create_app(Settings())
    app.before_request(lambda: note(issuer="https://ehr.hospital.example") or mark("auth"))  # type: ignore[func-returns-value]
    line = one_line(app.test_client(), mission())
    assert list(shown) == list(line)
    assert list(shown["stages"]) == list(line["stages"])
    same = set(line) - {"at", "process", "request", "bytes_in", "bytes_out", "ms", "stages"}
    assert {k: shown[k] for k in same} == {k: line[k] for k in same}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", shown["at"])


def test_the_metrics_in_the_readme_are_those_there_are(client: FlaskClient) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    text = client.get("/metrics").get_data(as_text=True)
    there = {name for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE) if "_created" not in name}
    assert set(re.findall(r"^\| `(iliac_cds_\w+)` \|", readme, re.MULTILINE)) == there


CALL = ("iliac-charge-review", "none")
REFUSED: list[tuple[Any, str, int, tuple[str, str], str]] = [
    ([], CHARGE, 400, CALL, "no request at all"),
    ({**mission(), "hook": "order-sign"}, CHARGE, 400, CALL, "another service's hook"),
    (mission(), "/cds-services/nobody", 404, ("other", "none"), "an id that is not offered"),
    (mission(), "/elsewhere", 404, ("other", "none"), "an address that is not there"),
    ({**mission(), "prefetch": {}}, CHARGE, 412, (CALL[0], "org.iliac-cds.charge-review"), "what is needed is missing"),
    ({"feedback": []}, f"{CHARGE}/feedback", 404, ("other", "none"), "feedback where nothing remembers"),
]


@pytest.mark.parametrize(("body", "url", "status", "named", "why"), REFUSED, ids=[r[4] for r in REFUSED])
def test_a_refused_call_is_a_line_and_a_count_too(
    client: FlaskClient, body: Any, url: str, status: int, named: tuple[str, str], why: str
) -> None:
    service, hook = named
    name = f'iliac_cds_requests_total{{hook="{hook}",service="{service}",status="{status}"}}'
    before = sample(client, name)
    line = one_line(client, body, url)
    assert (line["status"], line["service"]) == (status, service), why
    assert "cards" not in line
    assert sample(client, name) == before + 1


def test_discovery_and_feedback_are_counted_under_their_names() -> None:
    client = create_app(Settings(), stores=Stores(cards=MemoryCardStore(), tokens=MemoryTokenStore())).test_client()
    with listening() as heard:
        client.get("/cds-services")
        client.post(f"{CHARGE}/feedback", json={"feedback": []})
    assert [line["service"] for line in heard.lines()] == ["discovery", "feedback"]
    assert list(heard.lines()[1]["stages"]) == ["receive", "parse", "store"]


IDS: list[tuple[str, bool, str]] = [
    (UUID, True, "a UUID"),
    (UUID.upper(), True, "a UUID in capitals"),
    (UUID.replace("-", ""), True, "32 hexadecimal digits, as proxies write it"),
    ("", False, "none"),
    ("MRN-4711", False, "a number of a chart"),
    (f"{UUID}; Miller", False, "more than an id"),
    ("2a4b6c8d0e1f-4a2b-8c3d-4e5f6a7b8c9d", False, "dashes here and there"),
]


@pytest.mark.parametrize(("sent", "kept", "why"), IDS, ids=[i[2] for i in IDS])
def test_a_request_id_is_kept_only_where_it_can_hold_no_words(
    client: FlaskClient, sent: str, kept: bool, why: str
) -> None:
    with listening() as heard:
        answer = client.post(CHARGE, json=mission(), headers={"X-Request-Id": sent} if sent else {})
    (line,) = heard.lines()
    assert answer.headers["X-Request-Id"] == line["request"]
    assert (line["request"] == sent) is kept, why


def test_an_authenticated_issuer_is_named(client: FlaskClient) -> None:
    app = create_app(Settings())

    @app.before_request
    def authenticate() -> None:
        mark("auth")
        note(issuer="https://ehr.example")

    line = one_line(app.test_client(), mission())
    assert line["issuer"] == "https://ehr.example"
    assert list(line["stages"]) == [s for s in STAGES if s != "store"]


def test_cards_and_rules_are_counted(client: FlaskClient) -> None:
    cards = 'iliac_cds_cards_total{audience="coder",verdict="yes"}'
    rules = 'iliac_cds_card_rules_total{rule="R-PAIR",verdict="yes"}'
    before = sample(client, cards), sample(client, rules)
    client.post(CHARGE, json=mission())
    assert (sample(client, cards), sample(client, rules)) == (before[0] + 1, before[1] + 1)
    assert sample(client, 'iliac_cds_stage_seconds_count{stage="decide"}') >= 1
    assert sample(client, "iliac_cds_in_flight") == 1


def test_probes_are_neither_counted_nor_logged_below_debug(client: FlaskClient) -> None:
    count = 'iliac_cds_request_seconds_count{service="other"}'
    before = sample(client, count)
    with listening() as heard:
        for path in ("/healthz", "/readyz", "/metrics"):
            assert client.get(path).status_code == 200
    assert heard.lines() == []
    assert [line["level"] for line in heard.lines("probe")] == ["debug"] * 3
    assert sample(client, count) == before


def test_outside_a_request_marks_and_notes_do_nothing() -> None:
    mark("read")
    note(service="iliac-order-sign")
    assert COURSE.get() is None


def test_a_failure_is_logged_with_its_request_and_its_place_but_not_its_words() -> None:
    class Broken:
        vocabulary = adviser().vocabulary

        def advise(self, *_: Any) -> Any:
            raise KeyError("Miller")

    client = create_app(Settings(), adviser=Broken()).test_client()  # type: ignore[arg-type]
    with listening() as heard:
        answer = client.post(CHARGE, json=mission())
    failure = json.loads(heard.text.splitlines()[0])
    assert failure["request"] == answer.headers["X-Request-Id"]
    assert re.fullmatch(r"unforeseen KeyError at hooks\.py:\d+ in answer", failure["event"])
    assert "Miller" not in heard.text


FOREIGN: list[tuple[str, str, bool, str]] = [
    ("urllib3.connectionpool", "Retrying /Patient/Miller", False, "a URL"),
    ("pypdf", "cannot read Miller", False, "a text"),
    ("cds_service", "Exception on /Miller", False, "Flask writes under the package's name"),
    ("gunicorn.error", "Invalid request from Miller", False, "a request the server could not read"),
    ("cds_service.web", "unforeseen", True, "our own"),
]


@pytest.mark.parametrize(("name", "message", "shown", "why"), FOREIGN, ids=[f[3] for f in FOREIGN])
def test_of_a_foreign_record_only_its_origin_is_written(name: str, message: str, shown: bool, why: str) -> None:
    record = logging.LogRecord(name, logging.WARNING, "/lib/base.py", 12, message, None, None)
    line = Lines(as_json=True).format(record)
    assert (message in line) is shown, why
    assert shown or f"{name}: withheld, base:12" in line


def test_the_server_tells_of_its_processes_in_its_own_words() -> None:
    record = logging.LogRecord("gunicorn.error", 20, "/lib/arbiter.py", 1, "Booting worker with pid: %s", (7,), None)
    assert "Booting worker with pid: 7" in Lines(as_json=True).format(record)


def test_text_lines_say_the_same() -> None:
    record = logging.LogRecord("cds_service.requests", 20, "/journal.py", 1, "request", None, None)
    record.fields = {"status": 200, "rules": ["R-LEG", "R-PAIR"], "stages": {"read": 1.5}}
    assert "event=request status=200 rules=R-LEG,R-PAIR stages=read:1.5" in Lines(as_json=False).format(record)


def test_an_exception_is_told_by_type_and_innermost_place_of_our_own() -> None:
    from cds_service.fhir.elements import depth_of

    with pytest.raises(TypeError) as raised:
        depth_of({"a": 1}, "Miller")  # type: ignore[arg-type]
    assert re.fullmatch(r"TypeError at elements\.py:\d+ in depth_of", what_and_where(raised.value))
