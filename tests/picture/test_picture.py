"""The vessel picture: well formed, complete, the same every time, and never a place the record does not give."""

import copy
import json
import re
from collections import Counter
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.cli import main
from cds_service.coding.anatomy import Side, Vessel
from cds_service.coding.decision import decide
from cds_service.coding.document import document
from cds_service.coding.facts import TreatedVessel
from cds_service.knowledge import load
from cds_service.picture import picture, style_sheet
from cds_service.picture.arteries import ARTERIES, MIDDLE
from cds_service.picture.paint import _PAINT
from cds_service.web.fixtures import scenarios
from tests.charts import bundle, explained, mission
from tests.properties.oracle import facts, session

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "</svg><script>alert(1)</script>",
    '"><image href=x onerror=y>',
    "a&b<c",
    "\x00\x1b\u202e",
    "\ud800",
    "%s{0}",
]
ALL_GAPS = ("side", "vessel", "treatment", "lesion")
WHOLE = {name: json.loads(s.body) for name, s in scenarios().items()}


def read(svg: str) -> Element:
    return fromstring(svg)


def said(root: Element) -> str:
    """What a reader sees, box by box."""
    return " ".join(t.text or "" for t in root.iter(f"{SVG}text"))


def places(root: Element) -> dict[str, Element]:
    return {e.get("data-place", ""): e for e in root.iter() if e.get("class") == "place"}


def complete(root: Element, whole: dict[str, Any]) -> int:
    """Every treated place and every code of a document is shown; how many places there were."""
    shown, found = places(root), said(root)
    for number, one in enumerate(whole["sessions"]):
        for fact in one["treated"]:
            place = shown[f"s{number}-{fact['side'] or 'unknown'}-{fact['vessel'] or 'unknown'}"]
            assert (fact["lesion"] or "lesion") in place.get("aria-label", "")
        for line in one["lines"]:
            code = "-".join([line["code"], *line["modifiers"]])
            assert code in found
            for vessel in line["vessels"] if line["side"] else ():
                assert code in shown[f"s{number}-{line['side']}-{vessel}"].get("data-codes", "").split()
    return len(shown)


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("name", WHOLE)
def test_every_scenario_has_a_picture_with_all_its_places_and_codes(name: str, linked: bool) -> None:
    whole = explained(WHOLE[name])
    svg = picture(whole, linked=linked)
    complete(read(svg), whole)
    assert svg == picture(copy.deepcopy(whole), linked=linked)


def test_every_decision_has_a_well_formed_picture_with_every_treated_place_and_code() -> None:
    seen: Counter[str] = Counter()
    knowledge = load()

    @settings(deadline=None, derandomize=True, max_examples=150)
    @given(facts(most=6), facts(most=2, least=0, gaps=ALL_GAPS))
    def check(recorded: list[TreatedVessel], unclear: list[TreatedVessel]) -> None:
        whole = document(decide([session(recorded + unclear)], knowledge))
        seen["places"] += complete(read(picture(whole)), whole)

    check()
    assert seen["places"] >= 200, seen


def test_hostile_words_anywhere_in_a_document_stay_words() -> None:
    @settings(deadline=None, derandomize=True, max_examples=100)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        whole = explained(mission())
        one = whole["sessions"][0]
        spots = [(one, "encounter"), (one, "date")]
        spots += [(f, k) for f in one["treated"] for k in ("side", "vessel", "territory", "treatment", "lesion")]
        spots += [(line, k) for line in one["lines"] for k in ("code", "side", "status")]
        for holder, key in data.draw(st.lists(st.sampled_from(spots), max_size=4)):
            holder[key] = data.draw(st.sampled_from(HOSTILE) | st.text(max_size=30))
        root = read(picture(whole))
        tags = {e.tag.removeprefix(SVG) for e in root.iter()}
        assert tags <= {"svg", "title", "desc", "style", "g", "path", "text", "rect", "circle"}
        names = {n for e in root.iter() for n in e.attrib}
        assert not [n for n in names if n.startswith("on") or n in ("href", "style")]
        assert len(places(root)) >= 2

    check()


@pytest.mark.parametrize(
    ("side", "vessel", "reason"),
    [
        (None, "common-iliac", "no leg is recorded"),
        ("right", None, "no artery is recorded"),
        ("bilateral", "common-iliac", "a leg the picture does not know is not guessed"),
        ("right", "renal", "an artery the picture does not know is not guessed"),
    ],
)
def test_what_has_no_recorded_place_is_listed_and_not_drawn(side: str | None, vessel: str | None, reason: str) -> None:
    whole = explained(mission())
    for part in ("treated", "lines"):
        whole["sessions"][0][part] = whole["sessions"][0][part][:1]
    whole["sessions"][0]["treated"][0].update(side=side, vessel=vessel)
    whole["sessions"][0]["lines"][0].update(side=side, vessels=[vessel] if vessel else [])
    root = read(picture(whole))
    assert "Place not recorded" in said(root), reason
    assert "37258-RT" in said(root)
    assert not [e for e in root.iter() if e.get("class") == "leader"], reason


def test_what_is_under_review_is_dashed_and_says_so() -> None:
    sure, unsure = (read(picture(explained(WHOLE[n]))) for n in ("mission", "lesion-type-not-recorded"))
    assert not [e for e in sure.iter() if e.get("class") in ("open", "box-open")]
    (box,) = [e for e in unsure.iter() if e.get("class") == "box-open"]
    assert "stroke-dasharray" in box.attrib
    assert "additional, review" in said(unsure)
    assert "?" in said(unsure)


def test_shapes_tell_lesions_and_treatments_apart_without_colour() -> None:
    root = places(read(picture(explained(mission()))))
    stent, balloon = (
        {e.get("class") for e in root[f"s0-right-{v}"].iter()} for v in ("common-iliac", "external-iliac")
    )
    assert {"plaque", "mesh"} <= stent
    assert {"plug", "balloon"} <= balloon
    assert not stent & {"plug", "balloon"}
    assert not balloon & {"plaque", "mesh"}


def test_a_line_for_both_legs_stands_at_both_and_lines_without_a_place_are_not_lost() -> None:
    whole = explained(WHOLE["both-legs"])
    one = whole["sessions"][0]
    one["lines"] = [{**one["lines"][0], "modifiers": ["50"], "side": None}]
    shown = places(read(picture(whole)))
    assert {shown[f"s0-{s}-common-iliac"].get("data-codes") for s in ("right", "left")} == {"37258-50"}
    one["treated"] = []
    assert "37258-50" in said(read(picture(whole)))


def test_the_patient_s_right_is_on_the_viewer_s_left_and_the_legs_mirror_each_other() -> None:
    assert {(a.side, a.vessel) for a in ARTERIES} == {(s, v) for s in Side for v in Vessel}
    for artery in ARTERIES:
        x = artery.course.spot(artery.course.length / 2).at[0]
        assert (x < MIDDLE) is (artery.side is Side.RIGHT)
    svg = picture(explained(mission()))
    assert svg.index(">R<") < svg.index(">L<")


def test_alone_it_is_one_image_with_its_style_and_in_a_page_its_places_are_links() -> None:
    whole = explained(mission())
    alone, linked = read(picture(whole)), read(picture(whole, linked=True))
    assert alone.get("role") == "img"
    assert alone.find(f"{SVG}style") is not None
    assert not list(alone.iter(f"{SVG}a"))
    assert linked.get("role") == "group"
    assert linked.find(f"{SVG}style") is None
    assert {a.get("href") for a in linked.iter(f"{SVG}a")} == {
        "#evidence-s0-right-common-iliac",
        "#evidence-s0-right-external-iliac",
    }
    for root in (alone, linked):
        title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert title is not None
        assert desc is not None
        assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
        assert "right external iliac: lesion occlusion, treatment angioplasty, 37257-RT (additional)" in (
            desc.text or ""
        )


def test_the_style_sheet_sets_every_mark_and_loads_nothing() -> None:
    sheet = style_sheet()
    assert {k for k in _PAINT if not re.search(rf"\.{k}\b", sheet)} == set()
    assert "url(" not in sheet
    assert "@import" not in sheet


def test_several_sessions_stand_beneath_each_other_each_with_its_name() -> None:
    whole = explained(WHOLE["mission"])
    twice = {**whole, "sessions": [*whole["sessions"], {**whole["sessions"][0], "date": "2026-03-05"}]}
    one, two = read(picture(whole)), read(picture(twice))
    assert float(two.get("height", 0)) > 2 * float(one.get("height", 0))
    assert "Encounter/enc-88213, 2026-03-04" in said(two)
    assert "Encounter/enc-88213, 2026-03-05" in said(two)
    assert "2026-03-04" not in said(one)


def test_nothing_treated_is_a_picture_that_says_so() -> None:
    assert "No treated vessel was read." in said(read(picture(explained({"context": {}, "prefetch": {}}))))


def test_explain_svg_prints_the_picture_of_one_request() -> None:
    run = CliRunner().invoke
    path = "fhir_fixtures/mission/request.json"
    assert run(main, ["explain", "--svg", path]).output == picture(explained(WHOLE["mission"])) + "\n"
    acts = [e["resource"] for e in mission()["prefetch"]["procedures"]["entry"]]
    assert "37257-RT" in run(main, ["explain", "--svg", "-"], input=json.dumps(bundle(*acts)).encode()).output
    for words in (["--svg", path, path], ["--svg", "--json", path]):
        refused = run(main, ["explain", *words])
        assert refused.exit_code == 2
        assert "--svg prints one picture" in refused.output
