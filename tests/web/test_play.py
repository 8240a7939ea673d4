"""Playing with a chart: fields become a chart that reads back the same, and cards are answered as an EHR answers them."""

import html
import json
import re
from io import BytesIO
from itertools import product
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from cds_service.app import create_app
from cds_service.problems import Problem
from cds_service.settings import Settings
from cds_service.web import editor
from cds_service.web.ehr import accept, override
from cds_service.web.fixtures import scenarios
from tests.charts import adviser, cards, charge, explained, facts, lines, mission, session
from tests.store import accepted

WHOLE = {name: json.loads(s.body) for name, s in scenarios().items()}
CODES = sorted(adviser().knowledge.codes)


def app() -> Flask:
    return create_app(Settings(), sandbox=True, adviser=adviser())


@pytest.fixture
def client() -> FlaskClient:
    return app().test_client()


def sheet(*rows: tuple[str, str, str, str], charges: tuple[editor.ChargeRow, ...] = ()) -> editor.Sheet:
    vessels = tuple(editor.TreatedRow(side=s, vessel=v, treatment=t, lesion=x) for s, v, t, x in rows)
    return editor.Sheet(day="2026-03-04", vessels=vessels, charges=charges)


def fields(one: editor.Sheet) -> MultiDict[str, str]:
    """A sheet as a browser posts it, the row that adds another one included."""
    out: MultiDict[str, str] = MultiDict({"day": one.day})
    for row in (*one.vessels, editor.TreatedRow(side="right", vessel="", treatment="", lesion="")):
        for name in ("side", "vessel", "treatment", "lesion"):
            out.add(name, getattr(row, name))
    for line in (*one.charges, editor.ChargeRow(code="", modifier="RT", units="1")):
        for name in ("code", "modifier", "units"):
            out.add(name, getattr(line, name))
    return out


# Editing


def test_whatever_is_chosen_reads_back_the_same() -> None:
    rows = list(product(editor.SIDES, editor.VESSELS, editor.TREATMENTS, editor.LESIONS))
    wrong = []
    for side, vessel, treatment, lesion in rows:
        found = facts(session(editor.written(sheet((side, vessel, treatment, lesion)), {})))
        if found != {(side or None, vessel or None, treatment, lesion or None)}:
            wrong.append((side, vessel, treatment, lesion))
    assert len(rows) == 675
    assert wrong == []


@pytest.mark.parametrize("name", WHOLE)
def test_a_scenario_s_sheet_survives_the_form(name: str) -> None:
    one = editor.sheet_of(explained(WHOLE[name]))
    assert editor.posted(fields(one), CODES) == one


def test_the_mission_chosen_by_clicking_is_coded_as_the_mission() -> None:
    one = editor.sheet_of(explained(WHOLE["mission"]))
    made = editor.written(one, WHOLE["mission"])
    assert lines(session(made)) == lines(session(WHOLE["mission"])) == ["37258-RT", "37257-RT"]
    assert made["prefetch"]["patient"] == WHOLE["mission"]["prefetch"]["patient"]
    assert session(made)["payers"] == session(WHOLE["mission"])["payers"]


def test_another_lesion_side_or_day_gives_other_codes() -> None:
    stent, balloon = (
        ("right", "common-iliac", "stent", "stenosis"),
        ["right", "external-iliac", "angioplasty", "occlusion"],
    )
    told = {}
    for place, value in ((3, "stenosis"), (3, ""), (0, "left"), (1, "internal-iliac")):
        changed = tuple(value if i == place else v for i, v in enumerate(balloon))
        told[value] = lines(session(editor.written(sheet(stent, changed), {})))
    assert told == {
        "stenosis": ["37258-RT", "37255-RT"],
        "": ["37258-RT", "37255-RT ?"],
        "left": ["37258-RT", "37256-LT"],
        "internal-iliac": ["37258-RT", "37257-RT"],
    }
    early = editor.Sheet(day="2025-12-31", vessels=sheet(stent).vessels, charges=())
    assert lines(session(editor.written(early, {}))) == ["37221-RT ?"]


def test_draft_lines_are_compared() -> None:
    line = editor.ChargeRow(code="37257", modifier="RT", units="2")
    one = sheet(("right", "common-iliac", "stent", "stenosis"), charges=(line,))
    assert session(editor.written(one, {}))["draft"]["lines"] == [
        {"code": "37257", "units": 2, "modifiers": ["RT"], "resource": "ChargeItem/charge-1"}
    ]


HOSTILE = "</option><script>alert(1)</script>"


def test_what_is_no_choice_of_a_field_is_as_if_left_open() -> None:
    form = fields(sheet((HOSTILE, HOSTILE, "stent", HOSTILE), ("right", "popliteal", HOSTILE, "stenosis")))
    form.setlist("day", [HOSTILE])
    form.setlist("code", ["37257", HOSTILE, "37258"])
    form.setlist("modifier", [HOSTILE, "RT", "LT"])
    form.setlist("units", ["-1", "1", "9" * 30])
    found = editor.posted(form, CODES)
    assert found.day == ""
    assert found.vessels == (editor.TreatedRow(side="", vessel="", treatment="stent", lesion=""),)
    assert found.charges == (
        editor.ChargeRow(code="37257", modifier="", units="1"),
        editor.ChargeRow(code="37258", modifier="LT", units="1"),
    )


def test_a_form_of_many_rows_is_cut() -> None:
    row = ("right", "common-iliac", "stent", "stenosis")
    assert len(editor.posted(fields(sheet(*[row] * 100)), CODES).vessels) == editor.MOST_ROWS


def test_the_page_shows_the_changed_chart_without_script(client: FlaskClient) -> None:
    one = sheet(("left", "common-iliac", "angioplasty", "occlusion"))
    posted = {**fields(one).to_dict(flat=False), "request": json.dumps(mission()), "scenario": "mission", "do": "edit"}
    page = client.post("/play", data=posted)
    assert page.status_code == 200
    assert "37256-LT" in page.text
    assert 'class="changed"' in page.text
    assert 'href="/scenario/mission"' in page.text
    again = html.unescape(re.search(r'name="request" value="([^"]*)"', page.text)[1])  # type: ignore[index]
    assert lines(session(json.loads(again))) == ["37256-LT"]


# Accepting and overriding


@pytest.mark.parametrize("name", [n for n, sent in WHOLE.items() if any(c.get("suggestions") for c in cards(sent))])
def test_an_accepted_suggestion_changes_the_chart_as_an_ehr_would(name: str) -> None:
    sent = WHOLE[name]
    before = json.dumps(sent)
    for card in cards(sent):
        for suggestion in card.get("suggestions", []):
            outcome = accept(sent, {"cards": cards(sent)}, card["uuid"], suggestion["uuid"])
            expected = accepted(sent, suggestion)
            assert (
                explained(outcome.request)["sessions"][0]["draft"]["findings"]
                == (explained(expected)["sessions"][0]["draft"]["findings"])
            )
            assert len(outcome.changes) == len(suggestion["actions"])
            (item,) = outcome.feedback["feedback"]
            assert item["acceptedSuggestions"] == [{"id": suggestion["uuid"]}]
            assert (item["card"], item["outcome"]) == (card["uuid"], "accepted")
    assert json.dumps(sent) == before


@pytest.mark.parametrize("comment", ["", "seen with Dr. <b>X</b>"])
def test_an_override_says_why_in_the_service_s_own_codes(comment: str) -> None:
    (card,) = cards(mission())
    reason = card["overrideReasons"][0]
    outcome = override(mission(), {"cards": [card]}, card["uuid"], reason=reason["code"], comment=comment)
    (item,) = outcome.feedback["feedback"]
    assert item["outcome"] == "overridden"
    assert item["overrideReason"]["reason"] == {"code": reason["code"], "system": reason["system"]}
    assert item["overrideReason"].get("userComment", "") == comment
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", item["outcomeTimestamp"])
    assert outcome.request == mission()


def test_a_card_may_be_dismissed_without_a_reason() -> None:
    (card,) = cards(mission())
    (item,) = override(mission(), {"cards": [card]}, card["uuid"], reason="", comment="").feedback["feedback"]
    assert "overrideReason" not in item


def test_an_answer_to_what_is_not_there_is_refused() -> None:
    answer = {"cards": cards(mission())}
    card = answer["cards"][0]["uuid"]
    for call in (
        lambda: accept(mission(), answer, "nope", "nope"),
        lambda: accept(mission(), answer, card, "nope"),
        lambda: override(mission(), answer, "nope", reason="", comment=""),
        lambda: override(mission(), answer, card, reason="nope", comment=""),
    ):
        with pytest.raises(Problem) as refused:
            call()
        assert refused.value.status == 409


def answered(client: FlaskClient, sent: dict[str, Any], do: str, **more: str) -> str:
    response = client.post("/play", data={"request": json.dumps(sent), "do": do, **more})
    assert response.status_code == 200
    return response.text


def test_accepting_on_the_page_leaves_nothing_to_suggest(client: FlaskClient) -> None:
    sent = mission(drafts=(charge("c1", "37257", "RT"),))
    (card,) = cards(sent)
    page = answered(client, sent, f"accept:{card['uuid']}:{card['suggestions'][0]['uuid']}")
    assert "Accepted: Add 37258-RT x1 to the draft charge" in page
    assert "created ChargeItem/created-2" in page
    assert "&#34;outcome&#34;: &#34;accepted&#34;" in page
    assert "No card: there is nothing to say" in page
    assert "which answered <b>200 OK</b>" in page


def test_overriding_on_the_page_takes_the_card_away_and_shows_the_feedback(client: FlaskClient) -> None:
    (card,) = cards(mission())
    comment = {f"comment-{card['uuid']}": "<script>alert(1)</script>"}
    page = answered(client, mission(), f"override:{card['uuid']}:evidence-misread", **comment)
    assert "Overridden: The record does not say this" in page
    assert "No card is left." in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_feedback_goes_to_the_endpoint_and_an_overridden_card_is_not_shown_again() -> None:
    whole = app().test_client()
    (card,) = cards(mission())
    page = answered(whole, mission(), f"override:{card['uuid']}:evidence-misread")
    assert "which answered <b>200 OK</b>" in page
    again = whole.post("/cds-services/iliac-charge-review", json={**mission(), "hookInstance": "later"})
    assert again.get_json() == {"cards": []}


@pytest.mark.parametrize("do", ["", "accept", "accept:x", "override:x:y", "nonsense", "accept:::", HOSTILE])
def test_any_step_is_answered_by_a_page(client: FlaskClient, do: str) -> None:
    response = client.post("/play", data={"request": json.dumps(mission()), "do": do, "scenario": HOSTILE})
    assert response.status_code in (200, 409)
    assert HOSTILE not in response.text


def test_an_uploaded_file_is_shown_and_goes_before_the_text(client: FlaskClient) -> None:
    body = json.dumps(mission()).encode()
    for sent in ({"request": ""}, {"request": "{"}):
        with_file = {**sent, "file": (BytesIO(body), "<b>.json")}
        page = client.post("/try", data=with_file, content_type="multipart/form-data")
        assert page.status_code == 200
        assert "37257 applies" in page.text
    empty = {"request": json.dumps(mission()), "file": (BytesIO(b""), "")}
    assert client.post("/try", data=empty, content_type="multipart/form-data").status_code == 200
