"""Attacks over HTTP that other tests do not try: on the clock of a token, on the log, on headers, paths, and on cards."""

import io
import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds_service.app import create_app
from cds_service.clients.verification import Authentication, NotAuthenticated, Reason
from cds_service.logs import Lines
from cds_service.outbound.servers import allowed, server_at
from cds_service.settings import Settings
from cds_service.web.markdown import rendered, rendered_line
from tests.charts import adviser, mission
from tests.clients.signing import PATH, authentication, claims, head, signed, table, token, trusting
from tests.ops.test_nothing_leaks import planted
from tests.scenarios.golden import loaded, names

CHARGE = "/cds-services/iliac-charge-review"


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings(patient_view=True), sandbox=True, adviser=adviser()).test_client()


def refused(gate: Authentication, made: str) -> Reason | None:
    try:
        gate.caller(f"Bearer {made}", PATH)
    except NotAuthenticated as refusal:
        return refusal.reason
    return None


def test_a_second_decides_at_both_ends_of_a_tokens_life(tmp_path: Path) -> None:
    (ehr,) = trusting(tmp_path, table())
    strict = authentication(ehr, leeway=0)
    now = int(time.time())
    assert refused(strict, token(iat=now - 60, exp=now - 1)) is Reason.EXPIRED
    assert refused(strict, token(iat=now - 60, exp=now)) is Reason.EXPIRED
    assert refused(strict, token(iat=now - 60, exp=now + 60)) is None
    assert refused(strict, token(nbf=now + 30)) is Reason.EARLY
    assert refused(authentication(ehr, leeway=30), token(iat=now - 60, exp=now - 31)) is Reason.EXPIRED


def twice(value: dict[str, Any], name: str, first: Any) -> bytes:
    """JSON in which a member stands twice, the value's own behind another."""
    return (json.dumps({name: first})[:-1] + ", " + json.dumps(value)[1:]).encode()


TWICE: dict[str, tuple[Callable[[], bytes], Callable[[], bytes], Reason | None]] = {
    "alg first": (lambda: twice(head(), "alg", "none"), lambda: plainly(claims()), None),
    "alg last": (
        lambda: twice({**head(), "alg": "none"}, "alg", "ES384"), lambda: plainly(claims()), Reason.ALGORITHM
    ),
    "kid": (lambda: twice({**head(), "kid": "thief"}, "kid", "es384"), lambda: plainly(claims()), Reason.KEY),
    "iss": (lambda: plainly(head()), lambda: spoiled("iss", "https://thief.example"), Reason.CLIENT),
    "aud": (lambda: plainly(head()), lambda: spoiled("aud", "https://thief.example"), Reason.AUDIENCE),
    "exp": (lambda: plainly(head()), lambda: spoiled("exp", 1), Reason.EXPIRED),
}  # fmt: skip


def plainly(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode()


def spoiled(name: str, last: Any) -> bytes:
    """Claims of now in which a member stands rightly first and wrongly last."""
    now = claims()
    return twice({**now, name: last}, name, now[name])


@pytest.mark.parametrize("name", TWICE)
def test_of_a_member_that_stands_twice_the_last_counts_everywhere(tmp_path: Path, name: str) -> None:
    """One reading of it for every step: what is checked is what is used. Tokens are made when they are sent."""
    (ehr,) = trusting(tmp_path, table())
    header, payload, reason = TWICE[name]
    assert refused(authentication(ehr), signed(header(), payload())) is reason


EVIL = '\x1b[31m\r\n{"event": "forged"}\u2028\x00'
PATHS = ("/cds-services/%0d%0aforged", "/cds-services/%1b[2J", f"{CHARGE}%0aX:%20y", "/%0d%0aSet-Cookie:%20a=b", "/scenario/%0d%0aSet-Cookie:%20a=b",
         "/sandbox-static/%0d%0ax", "/cds-services/%e2%80%a8/feedback", "/try?x=%0d%0aLocation:%20https://evil.example")  # fmt: skip


@pytest.fixture(params=[True, False], ids=["json", "text"])
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Lines(as_json=request.param))
    logger = logging.getLogger()
    ours = logging.getLogger("cds_service")
    before = ours.level
    ours.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)
    ours.setLevel(before)


def test_nobody_writes_lines_or_signs_into_the_log(client: FlaskClient, log: io.StringIO) -> None:
    headers = {
        "X-Request-Id": "forged\x1b[31m",
        "User-Agent": "forged",
        "traceparent": "forged",
        "Origin": "forged",
        "Host": "forged",
    }
    calls = 0
    for path in PATHS:
        for method in ("GET", "POST"):
            client.open(path, method=method, headers=headers)
            calls += 1
    for place in ("hook", "hookInstance", "fhirServer"):
        client.post(CHARGE, json={**mission(), place: EVIL}, headers=headers)
        calls += 1
    sent = json.loads(json.dumps(mission()).replace('"Procedure"', json.dumps("Procedure" + EVIL)))
    sent["context"]["userId"] = EVIL
    client.post(CHARGE, json={**sent, "prefetch": {**sent["prefetch"], EVIL: None}}, headers=headers)
    said = log.getvalue()
    assert "forged" not in said
    assert len(said.splitlines()) == calls + 1
    assert all(line.isprintable() for line in said.split("\n"))


def test_nobody_writes_a_header_of_an_answer(client: FlaskClient) -> None:
    for path in PATHS:
        answer = client.get(path, headers={"X-Request-Id": "a b", "Origin": "https://evil.example"})
        assert not {"Set-Cookie", "X"} & set(answer.headers.keys()), path
        assert "evil.example" not in str(answer.headers), path
        assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["X-Request-Id"])


WAYS = ("..", "%2e%2e", "..%2f..", "%252e%252e", "....//", "..%5c..", "/etc/passwd", "%00", "sandbox.css%00.html", "C:%5cwindows", "~root", "sandbox.css/..")  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_no_path_leads_to_a_file_that_is_not_served(client: FlaskClient, way: str) -> None:
    for path in (f"/sandbox-static/{way}", f"/sandbox-static/{way}/sandbox.py", f"/scenario/{way}", f"/scenario/{way}/request.json", f"/scenario/mission/{way}"):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code in (404, 308), path
        assert "root:" not in answer.text
        assert "def " not in answer.text


PAYLOADS = ("<script>alert(1)</script>", "](javascript:alert(1)) ![x](data:text/html,x)", '"><img src=x onerror=alert(1)>', "| a | b |\n| --- | --- |\n# h\n",
            "<https://evil.example> https://evil.example www.evil.example", "`x` **b** ~~s~~ [l]: javascript:x")  # fmt: skip
FREE = frozenset(("text", "display", "conclusion", "description", "title", "comment", "div", "contentType"))


class _Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


HARMLESS = {"p", "strong", "em", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "div", "br"}


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_no_text_of_a_chart_formats_links_or_runs_on_a_card(payload: str) -> None:
    """Cards of every scenario, with the payload behind every string that a person or a client may write freely."""
    odd = json.loads(json.dumps(mission()).replace('"balloon"', json.dumps(f"balloon {payload}")))
    shown = [(name, planted(loaded(name, "request.json"), FREE.__contains__, payload)) for name in names()]
    shown += [("words", planted(mission(), FREE.__contains__, payload)), ("ids", odd)]
    answered = [(name, card) for name, sent in shown for card in adviser().answer(sent)["cards"]]
    for name, card in answered:
        for html in (rendered(card["detail"]), rendered_line(card["summary"])):
            tags = _Tags(html).found
            assert {tag for tag, _ in tags} <= HARMLESS, (name, html)
            assert not [a for _, found in tags for a in found if a.startswith("on") or a in ("href", "src")], name
        assert all(x["url"].startswith("https://") and "evil" not in x["url"] for x in card.get("links", ())), name
        assert not [s for s in card.get("suggestions", ()) if re.search(r"[<>]|evil|alert", s["label"])], name
    assert len(answered) > 60
    assert "ids" in {name for name, _ in answered}


HOSTS = ("2130706433", "0x7f000001", "017700000001", "0177.0.0.1", "127.1", "127.0.0.1.", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "localhost.", "127.0.0.1%2f",
         "fhir.example.org@127.0.0.1", "fhir.example.org%40127.0.0.1", "fhir.example.org#@127.0.0.1", "fhir.example.org.", "fhir.example.org:80", "fhir.example.org:0")  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_no_writing_of_a_host_gets_another_server_called(host: str) -> None:
    servers = allowed(["https://fhir.example.org/r4"])
    assert server_at(servers, f"https://{host}/r4") is None
    assert servers[0].within(f"https://{host}/r4/Binary/1") == ""
    assert servers[0].within(f"//{host}/r4/Binary/1") == ""
