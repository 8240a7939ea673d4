"""The chart as a timeline: in order, in the record's own words, with every quote marked where it stands."""

import json
from typing import Any

import pytest

from cds_service.web.fixtures import grouped, scenarios
from cds_service.web.items import Item, Timeline
from cds_service.web.marking import MOST_SHOWN, Quote, Run, quotes_of, runs_of, span_of
from cds_service.web.timeline import timeline
from tests.charts import adviser, explained, mission, request

WHOLE = {name: json.loads(s.body) for name, s in scenarios().items()}


def shown(sent: dict[str, Any]) -> Timeline:
    return timeline(sent, explained(sent), adviser().vocabulary.terminology)


def runs(item: Item) -> list[Run]:
    return [run for row in item.rows for part in row.parts for run in part.runs]


@pytest.mark.parametrize("name", WHOLE)
def test_every_quote_of_a_scenario_is_marked_where_it_stands(name: str) -> None:
    whole = explained(WHOLE[name])
    items = {item.ref: item for item in shown(WHOLE[name]).items}
    for resource, quotes in quotes_of(whole).items():
        item = items[resource]
        assert not [row for row in item.rows if row.label == "Also quoted"]
        for quote in quotes:
            marked = "".join(run.text for run in runs(item) if quote.place in run.places)
            assert " ".join(quote.words.split()) in " ".join(marked.split())


@pytest.mark.parametrize("name", WHOLE)
def test_marking_changes_no_word_of_a_note(name: str) -> None:
    whole = WHOLE[name]
    notes = [p for i in shown(whole).items for row in i.rows for p in row.parts if p.long]
    conclusions = [
        e["resource"]["conclusion"]
        for e in (whole["prefetch"].get("reports") or {}).get("entry", [])
        if "conclusion" in e["resource"]
    ]
    assert set(conclusions) <= {"".join(run.text for run in part.runs) for part in notes}


def test_the_timeline_runs_by_day_with_charges_last() -> None:
    items = shown(WHOLE["orphan-add-on"]).items
    dated = [i.when[:10] for i in items if i.when and "charge" not in i.kind]
    assert dated == sorted(dated)
    assert items[-1].kind == "Draft charge"
    assert shown(WHOLE["orphan-add-on"]).others == "1 Coverage, 1 Patient"


def test_what_is_quoted_from_a_resource_that_is_not_shown_has_an_item_of_its_own() -> None:
    whole = explained(mission())
    whole["sessions"][0]["treated"][0]["evidence"] = [
        {"resource": "Device/#d", "path": "Device.type", "quote": "a stent"}
    ]
    found = timeline(mission(), whole, adviser().vocabulary.terminology).items[-1]
    assert (found.ref, found.rows[0].parts[0].runs[0].text) == ("Device/#d", "a stent (Device.type)")
    assert found.quoted


SPANS = [
    ("abcdef", [((1, 3), "p")], [("a", ()), ("bc", ("p",)), ("def", ())], "one quote"),
    ("abcdef", [((0, 4), "p"), ((2, 6), "q")], [("ab", ("p",)), ("cd", ("p", "q")), ("ef", ("q",))], "overlap"),
    ("abc", [((0, 3), "p"), ((0, 3), "q")], [("abc", ("p", "q"))], "one sentence told of two vessels"),
    ("abc", [], [("abc", ())], "nothing quoted"),
    ("", [], [], "no text"),
    ("a\u202eb\nc", [], [("a b\nc", ())], "what turns words is a space, lines stay"),
]


@pytest.mark.parametrize(("text", "spans", "expected", "reason"), SPANS)
def test_a_text_is_cut_where_quotes_begin_and_end(text: str, spans: Any, expected: Any, reason: str) -> None:
    assert [(r.text, r.places) for r in runs_of(text, spans)] == expected, reason


PLACES = [
    ("one two one", "one", 8, (8, 11), "the offset counts, not the first occurrence"),
    ("one two one", "one", None, (0, 3), "without an offset the first occurrence"),
    ("one two", "three", None, None, "words that are not there are not marked"),
    ("one two", "two", 0, None, "an offset that does not fit marks nothing"),
    ("x" * MOST_SHOWN + "two", "two", MOST_SHOWN, None, "what is cut off cannot be marked"),
]


@pytest.mark.parametrize(("text", "words", "offset", "expected", "reason"), PLACES)
def test_a_quote_is_found_at_its_place(text: str, words: str, offset: Any, expected: Any, reason: str) -> None:
    assert span_of(Quote(path="p", words=words, offset=offset, place="s"), text) == expected, reason


def test_an_empty_chart_is_an_empty_timeline() -> None:
    assert shown({"context": {}, "prefetch": {}}).items == ()
    assert [i.kind for i in shown(request()).items] == ["Encounter"]


# The gallery's groups


def test_every_scenario_stands_in_exactly_one_group() -> None:
    groups = grouped(scenarios())
    names = [s.name for g in groups for s in g.scenarios]
    assert sorted(names) == sorted(WHOLE)
    assert "More scenarios" not in {g.question for g in groups}
    assert names[0] == "mission"


def test_search_finds_by_story_rule_and_code_and_every_word_counts() -> None:
    found = scenarios()

    def names(words: str) -> set[str]:
        return {s.name for g in grouped(found, words.split()) for s in g.scenarios}

    assert names("") == set(WHOLE)
    assert "stented-occlusion" in names("37260 occlusion")
    assert names("37260 occlusion") < names("37260")
    assert "new-years-eve" in names("NEW years")
    assert names("zebra") == set()


@pytest.mark.parametrize(
    ("name", "verdict"),
    [("mission", "yes"), ("other-leg-trap", "no"), ("conflicting-lesion", "review"), ("iliac-vein-stent", "none")],
)
def test_the_gallery_tells_the_answer_the_rules_call_for(name: str, verdict: str) -> None:
    assert scenarios()[name].verdict == verdict
