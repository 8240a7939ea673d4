"""The sandbox in a real browser: gallery, bench, play, cards, uploads, hostile charts, keyboard, phone, axe."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser.browser import PATIENCE, missing
from tests.charts import BALLOON, EXTERNAL, OCCLUSION, RIGHT, mission, request, treated

pytestmark = pytest.mark.browser
if not missing():
    from playwright.sync_api import expect

    expect.set_options(timeout=PATIENCE)

Open = Callable[..., Any]
HOSTILE = (
    "<script>window.taken=1</script><img src=x onerror=window.taken=1></textarea></mark>"
    '"><svg onload=window.taken=1> right external iliac artery: occluded \u202egnisrever\u202c [x](javascript:window.taken=1)'
)


def banner(page: Any) -> Any:
    return page.locator(".banner").first


def unfold(page: Any) -> None:
    """Everything that a page holds back until it is asked for."""
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")


# The gallery


def test_the_gallery_shows_every_scenario_by_question_with_a_picture(visit: Open) -> None:
    page = visit("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Does 37257 apply?")
    expect(page.locator(".scenarios > li")).to_have_count(70)
    expect(page.locator(".group > h3").first).to_have_text("When does 37257 apply?")
    assert page.locator(".shot img").evaluate("i => i.complete && i.naturalWidth > 0")
    page.get_by_role("link", name="Open the first scenario").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("mission")


def test_search_follows_the_typing(visit: Open) -> None:
    page = visit("/")
    page.get_by_role("searchbox").press_sequentially("claim pair")
    expect(page.locator(".scenarios > li:visible")).to_have_count(3)
    expect(page.locator(".group:visible")).to_have_count(1)
    expect(page.locator("#said")).to_have_text("3 scenarios")
    page.get_by_role("searchbox").fill("zebra")
    expect(page.locator(".none-found")).to_be_visible()
    page.get_by_role("searchbox").fill("")
    expect(page.locator(".scenarios > li:visible")).to_have_count(70)


def test_search_works_without_script(visit: Open) -> None:
    page = visit("/", java_script_enabled=False)
    page.get_by_role("searchbox").fill("new years")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".scenarios > li")).to_have_count(1)
    page.get_by_role("link", name="new years eve").click()
    expect(banner(page)).to_contain_text("37257 does not apply")


# The bench


def test_the_bench_shows_chart_picture_and_cards_beside_each_other(visit: Open) -> None:
    page = visit("/scenario/mission")
    boxes = [page.locator(".pane").nth(i).bounding_box() for i in range(3)]
    assert boxes[0]["x"] < boxes[1]["x"] < boxes[2]["x"]
    assert len({round(b["y"]) for b in boxes}) == 1
    expect(page.locator("mark", has_text="Right external iliac artery: occluded;")).to_be_visible()
    expect(page.locator(".card")).to_have_count(1)
    expect(page.get_by_role("button", name="Add 37258-RT x1 and add 37257-RT x1 to the draft charge")).to_be_visible()


def test_an_artery_lights_its_quotes_and_its_line_and_the_other_way_round(visit: Open) -> None:
    page = visit("/scenario/mission")
    page.locator('[data-place="s0-right-external-iliac"]').hover()
    lit = page.locator("mark.lit")
    expect(lit.first).to_be_visible()
    assert {p for m in lit.all() for p in m.get_attribute("data-places").split()} == {"s0-right-external-iliac"}
    expect(page.locator(".lines li.lit")).to_contain_text("37257-RT")
    page.get_by_role("link", name="37258-RT", exact=True).focus()
    expect(page.locator(".place.lit")).to_have_attribute("data-place", "s0-right-common-iliac")
    page.locator("mark", has_text="dilated with a 6 mm balloon").hover()
    expect(page.locator(".place.lit")).to_have_attribute("data-place", "s0-right-external-iliac")


def test_an_artery_leads_to_its_evidence(visit: Open) -> None:
    page = visit("/scenario/mission", viewport={"width": 1440, "height": 400})
    page.locator('[data-place="s0-right-external-iliac"]').focus()
    page.keyboard.press("Enter")
    expect(page.locator("mark:has(:target)")).to_be_in_viewport()
    assert page.url.endswith("#evidence-s0-right-external-iliac")


# Play


def test_a_changed_lesion_changes_codes_cards_and_picture_at_once(visit: Open) -> None:
    page = visit("/scenario/mission")
    expect(banner(page)).to_contain_text("37257 applies")
    page.get_by_label("lesion 2").focus()
    page.get_by_label("lesion 2").select_option("stenosis")
    expect(banner(page)).to_contain_text("37257 does not apply")
    expect(page.locator(".lines")).to_contain_text("37255-RT")
    expect(page.locator(".picture .plug")).to_have_count(0)
    expect(page.locator(".card h3").first).to_contain_text("37255")
    expect(page.get_by_label("lesion 2")).to_be_focused()
    expect(page.locator("#said")).to_contain_text("37257 does not apply")
    page.get_by_label("lesion 2").select_option("")
    expect(banner(page)).to_contain_text("Whether 37257 applies is open")
    expect(page.locator(".picture .box-open").first).to_be_visible()
    page.get_by_role("link", name="Back to the scenario as it was").click()
    expect(banner(page)).to_contain_text("37257 applies")


def test_vessels_draft_lines_and_the_day_can_be_added_and_changed(visit: Open) -> None:
    page = visit("/scenario/mission")
    page.get_by_label("vessel 3").select_option("internal-iliac")
    page.get_by_label("treatment 3").select_option("angioplasty")
    expect(banner(page)).to_contain_text("37257 applies, 2 units")
    page.get_by_label("code 1").select_option("37258")
    expect(page.locator(".timeline")).to_contain_text("CPT 37258-RT")
    page.get_by_label("treatment 3").select_option("")
    expect(banner(page)).to_contain_text("37257 applies, 1 unit")
    page.get_by_label("Day of service").fill("2025-12-31")
    page.get_by_label("Day of service").press("Tab")
    expect(banner(page)).to_contain_text("37257 does not apply")


def test_play_works_without_script(visit: Open) -> None:
    page = visit("/scenario/mission", java_script_enabled=False)
    page.get_by_label("side 2").select_option("left")
    page.get_by_role("button", name="Show what follows").click()
    expect(banner(page)).to_contain_text("37256-LT")
    page.locator(".card .suggestion button").click()
    expect(page.locator("#outcome-title")).to_contain_text("Accepted")


def test_an_accepted_suggestion_changes_the_chart_and_shows_the_feedback(visit: Open) -> None:
    page = visit("/scenario/orphan-add-on")
    page.get_by_role("button", name="Add 37258-RT x1 to the draft charge").click()
    expect(page.locator("#outcome")).to_be_focused()
    expect(page.locator("#outcome")).to_contain_text('"outcome": "accepted"')
    expect(page.locator(".card")).to_have_count(0)
    expect(page.locator(".timeline")).to_contain_text("ChargeItem/created-1")


def test_an_overridden_card_goes_away_and_its_reason_and_comment_are_shown(visit: Open) -> None:
    page = visit("/scenario/conflicting-lesion")
    expect(page.locator(".card")).to_have_count(2)
    card = page.locator(".card").last
    card.get_by_text("Dismiss", exact=True).click()
    card.get_by_label("Comment, if any").fill("see page 2")
    card.get_by_role("button", name="Override: Already documented elsewhere in the record").click()
    expect(page.locator("#outcome")).to_contain_text('"code": "documented-elsewhere"')
    expect(page.locator("#outcome")).to_contain_text('"userComment": "see page 2"')
    expect(page.locator(".card")).to_have_count(1)


# One's own request


def test_an_uploaded_file_is_shown(visit: Open, tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    path.write_text(json.dumps(mission()), encoding="utf-8")
    page = visit("/")
    page.get_by_label("Or a JSON file").set_input_files(path)
    page.get_by_role("button", name="Show chart, picture and cards").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your request")
    expect(banner(page)).to_contain_text("37257 applies")


def test_what_cannot_be_read_comes_back_with_the_reason(visit: Open) -> None:
    page = visit("/")
    page.get_by_label("A CDS Hooks request").fill('{"a": 1}')
    page.get_by_role("button", name="Show chart, picture and cards").click()
    expect(page.get_by_role("alert")).to_contain_text("neither a hook request")
    expect(page.get_by_label("A CDS Hooks request")).to_have_value('{"a": 1}')


def test_a_hostile_chart_stays_text(visit: Open) -> None:
    note = {"note": [{"text": HOSTILE}], "code": {"text": f"balloon of the right external iliac artery {HOSTILE}"}}
    sent = request(treated("a<b>", BALLOON, EXTERNAL, RIGHT, OCCLUSION, **note))
    page = visit("/")
    page.get_by_label("A CDS Hooks request").fill(json.dumps(sent))
    page.get_by_role("button", name="Show chart, picture and cards").click()
    expect(page.locator(".timeline")).to_contain_text("<script>window.taken=1</script>")
    assert page.evaluate("window.taken") is None
    assert page.locator("#content script, #content img, #content iframe").count() == 0
    page.wait_for_load_state("load")
    page.get_by_label("lesion 1").select_option("stenosis")
    expect(page.locator(".changed")).to_be_visible()
    assert page.evaluate("window.taken") is None


# For everybody


def test_everything_can_be_done_by_keyboard(visit: Open) -> None:
    page = visit("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Open the first scenario")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("mission")
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
        assert page.evaluate("getComputedStyle(document.activeElement).visibility") == "visible"
    for wanted in (
        "picture-s0-right-common-iliac",
        "picture-s0-right-external-iliac",
        "37257-RT",
        "Dismiss",
        "lesion-2",
        "day",
    ):
        assert wanted in reached, (wanted, reached)
    page.get_by_role("button", name="Add 37258-RT").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#outcome")).to_be_focused()


def test_enter_in_a_field_never_answers_a_card(visit: Open) -> None:
    page = visit("/scenario/mission")
    page.get_by_label("units 1").press("Enter")
    expect(page.locator(".changed")).to_be_visible()
    expect(page.locator("#outcome")).to_have_count(0)


PAGES = [
    "/",
    "/scenario/mission",
    "/scenario/bridging-lesion-in-note",
    "/scenario/laterality-not-recorded",
    "/scenario/nope",
]
PAGES += ["/scenario/two-territories", "/scenario/iliac-vein-stent", "/scenario/both-legs-with-modifier-50"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(visit: Open, path: str, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = visit(path, color_scheme=scheme)
    unfold(page)
    found = Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    told = [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found.response["violations"]]
    assert told == []


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_a_phone(visit: Open, path: str) -> None:
    page = visit(path, viewport={"width": 320, "height": 640})
    unfold(page)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 320


@pytest.mark.parametrize("path", ["/", "/scenario/mission"])
def test_nothing_moves_while_a_page_loads(visit: Open, path: str) -> None:
    page = visit(path)
    page.wait_for_load_state("load")
    moved = page.evaluate(
        """() => new Promise(done => {
          let sum = 0;
          new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value; })
            .observe({type: "layout-shift", buffered: true});
          requestAnimationFrame(() => setTimeout(() => done(sum), 100));
        })"""
    )
    assert moved == 0
