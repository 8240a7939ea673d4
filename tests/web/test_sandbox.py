"""The try-it pages: every packaged scenario, pasted requests however odd, and chart text that attacks the page."""

import json
import random
import re
import shlex
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds_service import __version__
from cds_service.advice import Adviser
from cds_service.app import create_app
from cds_service.picture import picture
from cds_service.settings import Settings
from cds_service.web.fixtures import Scenario, scenarios
from cds_service.web.markdown import rendered
from cds_service.web.marking import MOST_SHOWN
from cds_service.web.tables import MOST_CHARACTERS, MOST_ROWS
from tests.charts import (
    BALLOON,
    COMMON,
    EXTERNAL,
    ICD10CM,
    LEFT,
    OCCLUSION,
    RIGHT,
    SNOMED,
    STENOSIS,
    STENT,
    adviser,
    bundle,
    charge,
    claim,
    coding,
    concept,
    condition,
    explained,
    mission,
    procedure,
    request,
    snomed,
    treated,
)

CSP = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
OWN_SCRIPT = [{"src": "/sandbox-static/sandbox.js", "defer": ""}]
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</textarea></pre><iframe src=//evil.example></iframe>",
    "[go](javascript:alert(1))",
    "![x](data:image/png;base64,AAAA) <data:text/html,x> [y](data:text/html;base64,AA)",
    "[home](/try) https://evil.example <https://evil.example>",
    "{{ 7*7 }} {% raw %} ${7*7}",
    "stenosis | occlusion |\n| --- |\n# head\n\u202egnisrever\u200b",
    "occlusion " + "x" * 5_000,
]


class _Page(HTMLParser):
    """What a browser would make of a page: its tags with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {k: v or "" for k, v in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [a for t, a in self.tags if t == tag]


def _client(**settings: Any) -> FlaskClient:
    return create_app(Settings(**settings), sandbox=True, adviser=adviser()).test_client()


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return _client()


def _tried(client: FlaskClient, value: Any) -> str:
    response = client.post("/try", data={"request": json.dumps(value)})
    assert response.status_code == 200, response.text[:2000]
    return response.text


def _assert_harmless(html: str) -> _Page:
    page = _Page(html)
    known = {"html", "head", "meta", "title", "link", "body", "main", "header", "footer", "nav", "section", "article"}
    known |= {"a", "b", "br", "button", "code", "details", "div", "em", "form", "hr", "label", "pre", "span", "strong"}
    known |= {"h1", "h2", "h3", "h4", "h5", "summary", "p", "ul", "ol", "li", "textarea"}
    known |= {"table", "thead", "tbody", "tr", "th", "td", "dl", "dt", "dd", "mark", "fieldset", "legend"}
    known |= {"input", "select", "option", "svg", "g", "path", "rect", "circle", "text", "desc", "script", "img"}
    assert page.all("script") == OWN_SCRIPT
    assert {t for t, _ in page.tags} <= known
    for tag, attributes in page.tags:
        assert not [a for a in attributes if a.startswith("on") or a == "srcset"], (tag, attributes)
        assert attributes.get("src", "/").startswith("/"), (tag, attributes)
        assert not attributes.get("src", "").startswith("//"), (tag, attributes)
        assert "style" not in attributes or tag in ("th", "td"), (tag, attributes)
    assert {f["action"] for f in page.all("form")} <= {"/try", "/play", "/#scenarios"}
    for link in page.all("a"):
        assert link["href"].startswith(("/", "#", "https://")), link
        assert "evil.example" not in link["href"]
    return page


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _ids(found: list[Scenario]) -> list[str]:
    return [s.name for s in found]


PACKAGED = list(scenarios().values())
every_scenario = pytest.mark.parametrize("scenario", PACKAGED, ids=_ids(PACKAGED))


# The scenarios


def test_the_mission_is_packaged_and_comes_first() -> None:
    assert next(iter(scenarios())) == "mission"


@every_scenario
def test_every_scenario_is_a_hook_request_with_three_lines_that_say_why(scenario: Scenario) -> None:
    assert isinstance(json.loads(scenario.body), dict)
    assert scenario.hook
    assert len(scenario.why) == 3


@every_scenario
def test_every_scenario_has_a_page_with_its_chart_its_cards_and_its_decision(
    client: FlaskClient, scenario: Scenario
) -> None:
    response = client.get(f"/scenario/{scenario.name}")
    assert response.status_code == 200
    page = _assert_harmless(response.text)
    sent = json.loads(scenario.body)
    for card in adviser().answer(sent)["cards"]:
        assert card["summary"] in page.text
        assert all(s["label"] in page.text for s in card.get("suggestions", []))
        assert all(o["display"] in page.text for o in card["overrideReasons"])
    for decided in adviser().decide(sent)[1].sessions:
        assert decided.session.site.basis in page.text
        assert all(payer.basis in page.text for payer in decided.session.payers)
        assert all(why.text in page.text for why in decided.answer.why)
        assert all(finding.text in page.text for finding in decided.findings)
    assert sent["hookInstance"] in page.text
    assert "cut here" not in page.text


@every_scenario
def test_the_curl_line_of_a_scenario_sends_its_file_to_the_service_of_its_hook(
    client: FlaskClient, scenario: Scenario
) -> None:
    page = _Page(client.get(f"/scenario/{scenario.name}").text)
    source, url = f"http://localhost/scenario/{scenario.name}/request.json", "http://localhost/cds-services/iliac-"
    assert f"curl -sS {source} | " in page.text
    assert url in page.text
    sent = client.get(f"/scenario/{scenario.name}/request.json")
    assert (sent.data, sent.mimetype) == (scenario.body, "application/json")


def test_an_unknown_scenario_is_a_page_that_says_so(client: FlaskClient) -> None:
    for name in ("nope", "..", "%2e%2e", "mission%00", "Mission", "__init__.py", "x" * 5000):
        for path in (f"/scenario/{name}", f"/scenario/{name}/request.json"):
            response = client.get(path)
            assert response.status_code == 404, path
    page = client.get("/scenario/nope")
    assert page.mimetype == "text/html"
    assert "There is no scenario of this name." in page.text


def test_no_path_leads_out_of_the_packaged_folders(client: FlaskClient) -> None:
    for path in (
        "/scenario/../pyproject.toml",
        "/scenario/..%2f..%2fpyproject.toml/request.json",
        "/scenario/mission%2f..%2fmission",
        "/sandbox-static/../sandbox.py",
        "/sandbox-static/..%2fsandbox.py",
    ):
        assert client.get(path).status_code == 404, path


# The gallery


def test_the_gallery_lists_every_scenario_with_its_story(client: FlaskClient) -> None:
    page = _assert_harmless(client.get("/").text)
    links = {a["href"] for a in page.all("a")}
    for scenario in PACKAGED:
        assert f"/scenario/{scenario.name}" in links
        assert scenario.headline in page.text


def test_the_gallery_names_host_version_knowledge_and_the_cpt_notice() -> None:
    page = _Page(_client().get("/", base_url="http://127.0.0.1:5055/").text)
    assert "curl -sS http://127.0.0.1:5055/scenario/mission/request.json | " in page.text
    assert "http://127.0.0.1:5055/cds-services/iliac-charge-review" in page.text
    assert f"Version {__version__}, knowledge {adviser().knowledge.version}" in page.text
    assert adviser().notice in page.text


def test_every_page_has_a_language_a_heading_a_skip_link_and_a_labelled_field(client: FlaskClient) -> None:
    for path in ("/", "/scenario/mission", "/scenario/nope"):
        page = _Page(client.get(path).text)
        ids = {a["id"] for _, a in page.tags if "id" in a}
        assert page.all("html") == [{"lang": "en"}]
        assert len(page.all("h1")) == 1
        assert page.all("a")[0]["href"] == "#content"
        assert all(a["href"][1:] in ids for a in page.all("a") if a["href"].startswith("#"))
        assert {a["id"] for a in page.all("textarea")} <= {a["for"] for a in page.all("label")}


# Headers


def test_every_answer_of_the_pages_forbids_script_framing_sniffing_and_keeping(client: FlaskClient) -> None:
    answers = [client.get(p) for p in ("/", "/scenario/mission", "/scenario/nope", "/favicon.ico", "/try")]
    answers += [client.get(f"/sandbox-static/sandbox.{kind}") for kind in ("css", "js")]
    answers += [
        client.get("/picture.css"),
        client.get("/play"),
        client.post("/play", data={"request": "{"}),
        client.post("/try", data={"request": "{"}),
    ]
    answers += [client.post("/try", data={"request": json.dumps(mission())})]
    for answer in answers:
        assert answer.headers["Content-Security-Policy"] == CSP
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        answer.close()


def test_a_picture_by_itself_is_what_explain_prints_and_may_use_its_own_style_only(client: FlaskClient) -> None:
    answer = client.get("/scenario/mission/picture.svg")
    assert answer.mimetype == "image/svg+xml"
    assert answer.text == picture(explained(json.loads(scenarios()["mission"].body)))
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'"
    assert client.get("/scenario/nope/picture.svg").status_code == 404


def test_the_favicon_is_empty_and_the_style_sheet_loads_nothing(client: FlaskClient) -> None:
    icon, sheet = client.get("/favicon.ico"), client.get("/sandbox-static/sandbox.css")
    assert (icon.status_code, icon.data) == (204, b"")
    assert sheet.mimetype == "text/css"
    assert "url(" not in sheet.text
    assert "@import" not in sheet.text
    sheet.close()


def test_errors_beside_the_pages_stay_operation_outcomes(client: FlaskClient) -> None:
    found = [client.get("/cds-services/nope"), client.get("/nowhere"), client.post("/cds-services/x", json={})]
    for response in found:
        assert response.get_json()["resourceType"] == "OperationOutcome"


def test_without_the_sandbox_there_are_no_pages() -> None:
    plain = create_app(Settings(), adviser=adviser()).test_client()
    for path in ("/", "/scenario/mission", "/sandbox-static/sandbox.css", "/favicon.ico"):
        assert plain.get(path).status_code == 404


# What is pasted


def test_a_pasted_request_shows_what_a_scenario_shows(client: FlaskClient) -> None:
    sent = mission(drafts=(charge("c1", "37257", "RT"),))
    page = _assert_harmless(_tried(client, sent))
    assert adviser().answer(sent)["cards"][0]["summary"] in page.text
    assert "37257 applies, 1 unit" in page.text
    assert "missing initial" in page.text
    assert f"--data-binary {shlex.quote(compact(sent))} http://localhost/cds-services/iliac-charge-review" in page.text


@pytest.mark.parametrize(
    "value",
    [
        bundle(*(e["resource"] for e in mission()["prefetch"]["procedures"]["entry"])),
        mission()["prefetch"]["procedures"]["entry"][1]["resource"],
    ],
    ids=["a Bundle", "one Procedure"],
)
def test_a_bundle_or_a_resource_is_read_as_prefetched_procedures(client: FlaskClient, value: Any) -> None:
    page = _Page(_tried(client, value))
    assert "external iliac" in page.text
    assert "It names no hook that is served here" in page.text
    assert "request.json" not in page.text


def test_a_request_the_service_would_refuse_is_shown_with_the_refusal(client: FlaskClient) -> None:
    sent = mission()
    del sent["prefetch"]["encounter"]
    page = _Page(_tried(client, sent))
    assert (
        "To what was sent alone the service would answer 412: The prefetch key encounter is needed and was not sent."
        in page.text
    )


@pytest.mark.parametrize(
    ("pasted", "status", "message"),
    [
        ("", 400, "is not JSON"),
        ("{", 400, "is not JSON (line 1, column 2)"),
        ("[]", 400, "must be a JSON object"),
        ('{"a": 1}', 400, "neither a hook request"),
        ('{"hook": NaN}', 400, "a number JSON does not have"),
        ('{"prefetch": ' + "[" * 200 + "]" * 200 + "}", 400, "nests deeper than 100 levels"),
        ('{"prefetch": ' + "[" * 100_000, 400, "nests too deeply"),
        ('{"hook": "' + "x" * 5000 + '"}', 413, "at most 4096 bytes"),
        ("x" * 50_000, 413, "at most 4096 bytes"),
    ],
)
def test_what_cannot_be_read_is_said_on_the_page(pasted: str, status: int, message: str) -> None:
    small = _client(max_body_bytes=4096) if status == 413 else _client()
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        response = small.post("/try", data={"request": pasted}, content_type=kind)
        page = _assert_harmless(response.text)
        assert response.status_code == status
        assert response.mimetype == "text/html"
        assert message in page.text


def test_what_could_not_be_read_stands_in_the_form_again(client: FlaskClient) -> None:
    response = client.post("/try", data={"request": '{"a": </textarea><script>'})
    page = _assert_harmless(response.text)
    assert '{"a": </textarea><script>' in page.text


def test_a_form_without_the_field_or_of_another_kind_is_a_page_too(client: FlaskClient) -> None:
    answers = [
        client.post("/try"),
        client.post("/try", data={"other": "x"}),
        client.post("/try", json={"hook": "x"}),
        client.post("/try", data=b"request=%ff%fe\xff", content_type="application/x-www-form-urlencoded"),
        client.post("/try", data=b"--x", content_type="multipart/form-data"),
    ]
    assert {(a.status_code, a.mimetype) for a in answers} == {(400, "text/html")}


def test_asking_for_the_form_s_address_leads_back_to_the_gallery(client: FlaskClient) -> None:
    response = client.get("/try")
    assert (response.status_code, response.headers["Location"]) == (302, "/")


def test_nothing_that_was_pasted_is_kept(client: FlaskClient) -> None:
    _tried(client, mission(patient={"resourceType": "Patient", "id": "kept-7f3a"}))
    assert not [p for p in ("/", "/scenario/mission") if "kept-7f3a" in client.get(p).text]


class _Failing(Adviser):
    def decide(self, request: Any) -> Any:
        raise RuntimeError(f"secret {request}")


def test_a_fault_of_the_service_itself_gives_a_page_that_tells_nothing_of_it(caplog: pytest.LogCaptureFixture) -> None:
    failing = _Failing(knowledge=adviser().knowledge, vocabulary=adviser().vocabulary, notice="", card_notice="")
    broken = create_app(Settings(), sandbox=True, adviser=failing).test_client()
    response = broken.post("/try", data={"request": json.dumps({"hook": "secret"})})
    assert (response.status_code, response.mimetype) == (422, "text/html")
    assert "The service failed on this request." in response.text
    assert "RuntimeError" not in response.text
    told = [r.getMessage() for r in caplog.records if r.name == "cds_service.web"]
    assert len(told) == 1
    assert re.fullmatch(r"unforeseen RuntimeError at advice\.py:\d+ in advise", told[0])


# The chart


def test_the_chart_shows_words_codes_places_reasons_and_charges(client: FlaskClient) -> None:
    stent = procedure(
        "stent",
        performedDateTime=None,
        performedPeriod={"start": "2026-03-04T08:10:00-05:00", "end": "2026-03-04T08:50:00-05:00"},
        code=concept(coding(SNOMED, STENT, "Placement of stent"), text="Stent, right common iliac"),
        bodySite=[concept(coding(SNOMED, COMMON, "Common iliac artery")), concept(coding(SNOMED, RIGHT, "Right"))],
        reasonReference=[{"reference": "Condition/why"}, {"reference": "Condition/elsewhere"}],
        note=[{"text": "Good result."}],
    )
    why = condition("why", coding(ICD10CM, "I77.1"), text="Narrowing of the common iliac")
    sent = request(
        stent, conditions=(why,), drafts=(charge("c1", "37258", "RT", units=2), claim("k", ("37257", ["LT"], 1)))
    )
    text = " ".join(_Page(_tried(client, sent)).text.split())
    for shown in (
        "2026-03-04 08:10 to 08:50 -05:00",
        "Stent, right common iliac SNOMED CT 103716009 Placement of stent",
        "Common iliac artery SNOMED CT 73634005",
        "Narrowing of the common iliac ICD-10-CM I77.1",
        "Condition/elsewhere, not sent",
        "Good result.",
        "ChargeItem/c1 planned Charge CPT 37258-RT 2 units",
        "Claim/k draft Item 1 CPT 37257-LT 1 unit",
    ):
        assert shown.replace(" ", "") in text.replace(" ", ""), shown


def test_r5_shapes_are_shown_as_well(client: FlaskClient) -> None:
    act = procedure(
        "five",
        performedDateTime=None,
        occurrenceDateTime="2026-03-04",
        code=snomed(BALLOON),
        bodySite=[snomed(EXTERNAL), snomed(LEFT)],
        reason=[
            {"concept": concept(coding(SNOMED, OCCLUSION), text="Closed off")},
            {"reference": {"reference": "Condition/k"}},
        ],
    )
    visit = {"resourceType": "Encounter", "id": "e1", "status": "completed"}
    visit["class"] = [concept(coding("", "IMP", "inpatient"))]  # type: ignore[assignment]
    visit["actualPeriod"] = {"start": "2026-03-04"}  # type: ignore[assignment]
    sent = request(act, conditions=(condition("k", text="Old closure"),), encounter=visit)
    text = _Page(_tried(client, sent)).text
    assert all(w in text for w in ("Closed off", "Old closure", "inpatient", "2026-03-04"))


def test_a_long_chart_is_cut_and_says_so(client: FlaskClient) -> None:
    many = [treated(f"p{n}", STENT, COMMON, RIGHT, STENOSIS) for n in range(MOST_ROWS + 7)]  # and an Encounter
    page = _Page(_tried(client, request(*many)))
    assert "8 more resources are not shown." in page.text
    assert "cut here" in page.text


def test_every_row_of_a_table_has_a_cell_under_each_head(client: FlaskClient) -> None:
    for scenario in PACKAGED[:10]:
        html = client.get(f"/scenario/{scenario.name}").text
        for part in html.split('<table role="table"')[1:]:
            table = _Page("<table " + part.split("</table>")[0])
            assert len(table.all("td")) == len(table.all("th")) * (len(table.all("tr")) - 1)


# Chart text is data


def _visible(html: str) -> str:
    """A page up to its JSON, without the state that its forms carry."""
    head, _, rest = html.partition('name="request" value="')
    return head + rest.partition('">')[2].split("Decision document as JSON")[0]


def _attacked(words: str) -> dict[str, Any]:
    spoken = concept(coding(SNOMED, STENT, words), text=words)
    site = [concept(coding(SNOMED, COMMON, words), text=words), snomed(RIGHT)]
    reason = [concept(coding(SNOMED, STENOSIS, words), text=f"stenosis {words}")]
    first = procedure(words[:60], code=spoken, bodySite=site, reasonCode=reason, note=[{"text": words}], status=words)
    free = procedure("b", code=concept(text=f"balloon of the external iliac {words}"), bodySite=[concept(text=words)])
    last = treated("c", BALLOON, EXTERNAL, RIGHT, None, reasonReference=[{"reference": words}], note=[{"text": words}])
    draft = charge(words[:60], "37257", words, bodysite=[concept(text=words)])
    why = condition("k", coding(SNOMED, OCCLUSION, words), text=f"occlusion {words}", recordedDate=words)
    sent = request(first, free, last, conditions=(why,), drafts=(draft,))
    sent["prefetch"][words] = {"resourceType": words}
    return sent


@pytest.mark.parametrize("words", HOSTILE, ids=lambda w: w[:20])
def test_hostile_chart_text_stays_text(client: FlaskClient, words: str) -> None:
    sent = _attacked(words)
    _assert_harmless(_tried(client, sent))
    _assert_harmless(_tried(client, sent["prefetch"]["procedures"]))
    finished = json.loads(json.dumps(sent).replace(f'"status": {json.dumps(words)}', '"status": "completed"'))
    _assert_harmless(_tried(client, finished))


def test_huge_words_are_cut_in_the_chart(client: FlaskClient) -> None:
    page = _visible(_tried(client, _attacked("y" * 20_000)))
    found = [len(run) for run in re.findall("y{100,}", page) if len(run) > MOST_CHARACTERS]
    assert found == [MOST_SHOWN, MOST_SHOWN], "two notes are shown as far as a page goes, all other words are cut"


def test_template_marks_in_chart_text_are_printed_not_carried_out(client: FlaskClient) -> None:
    assert "{{ 7*7 }}" in _Page(_tried(client, _attacked("{{ 7*7 }}"))).text


def test_characters_that_hide_or_turn_words_do_not_reach_the_tables(client: FlaskClient) -> None:
    page = _visible(_tried(client, _attacked("a\u202eb\u200bc\u0007d")))
    assert not [c for c in "\u202e\u200b\u0007" if c in page]


@pytest.mark.parametrize(
    ("source", "harmless"),
    [
        ("[a](javascript:alert(1))", True),
        ("[a](JaVaScRiPt:alert(1))", True),
        ("[a](data:text/html,x)", True),
        ("[a](data:image/png;base64,AA)", True),
        ("![a](data:image/png;base64,AA)", True),
        ("<javascript:alert(1)>", True),
        ("[a](vbscript:x) [a](file:///etc) [a](//evil.example) [a](/try)", True),
        ("[a]\n\n[a]: javascript:alert(1)", True),
        ("<b onclick=x>b</b><!-- x -->", True),
        ("[a](https://example.org)", False),
    ],
)
def test_markdown_links_lead_to_the_web_or_nowhere(source: str, harmless: bool) -> None:
    page = _Page(rendered(source))
    assert (not page.all("a")) is harmless
    assert {t for t, _ in page.tags} <= {"a", "p"}


def test_markdown_tables_and_bold_words_are_rendered() -> None:
    page = _Page(rendered("| Code | Units |\n| --- | --- |\n| 37257 | 1 |\n\n**Why.** Because."))
    assert page.all("div") == [{"class": "wide", "role": "region", "aria-label": "Lines", "tabindex": "0"}]
    assert [t for t, _ in page.tags if t in ("table", "td", "strong")] == ["table", "td", "td", "strong"]


# Whatever is pasted, there is a page

JUNK: list[Any] = [None, True, 0, -1, 1e999, "", "x", "\ud800", "\x00", [], {}, [[]], [{}], {"coding": "x"}, 10**30]
JUNK += [{"reference": {"reference": {}}}, {"value": 1e999}, {"resourceType": "Bundle", "entry": 1}, "9999-99-99T99:99"]


def _spots(value: Any) -> list[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [s for k in keys for s in ((value, k), *_spots(value[k]))]


@pytest.mark.parametrize("seed", range(60))
def test_a_request_with_junk_in_any_place_still_gets_a_page(client: FlaskClient, seed: int) -> None:
    chance = random.Random(seed)
    sent = json.loads(chance.choice(PACKAGED).body)
    for _ in range(4):
        holder, key = chance.choice(_spots(sent))
        holder[key] = json.loads(json.dumps(chance.choice(JUNK)))
        if not _spots(sent):
            break
    text = json.dumps(sent).replace("Infinity", "1e999")
    response = client.post("/try", data={"request": text})
    assert response.status_code < 500
    assert response.mimetype == "text/html"
    _assert_harmless(response.text)


@pytest.mark.parametrize("junk", JUNK, ids=repr)
@pytest.mark.parametrize("key", ["context", "prefetch", "hook", "hookInstance", "resourceType"])
def test_junk_at_the_top_still_gets_a_page(client: FlaskClient, key: str, junk: Any) -> None:
    text = json.dumps({**mission(), key: junk}).replace("Infinity", "1e999")
    response = client.post("/try", data={"request": text})
    assert response.status_code < 500
    assert response.mimetype == "text/html"
