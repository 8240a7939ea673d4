"""Prefetched data that is null, an error, a warning, a single resource, a list, or only the first page."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.fhir.prefetch import State, state_of
from tests.charts import (
    BALLOON,
    COMMON,
    EXTERNAL,
    OCCLUSION,
    RIGHT,
    STENOSIS,
    STENT,
    bundle,
    cards,
    charge,
    explained,
    findings,
    lines,
    mission,
    request,
    session,
    treated,
)

ACT = treated("a", STENT, COMMON, RIGHT, STENOSIS)
OTHER = {"resourceType": "Observation", "id": "o1"}
NEXT = {"link": [{"relation": "self", "url": "x"}, {"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}]}


def outcome(*severities: str, code: str = "processing") -> dict[str, Any]:
    issues = [{"severity": s, "code": code} for s in severities]
    return {"resourceType": "OperationOutcome", "issue": issues} if issues else {"resourceType": "OperationOutcome"}


def matched(resource: dict[str, Any], mode: str = "match") -> dict[str, Any]:
    return {"resource": resource, "search": {"mode": mode}}


def page(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": list(entries), **more}


STATES: list[tuple[Any, State, str]] = [
    (None, State.NOTHING, "null"),
    (outcome("error"), State.FAILED, "an error alone"),
    (outcome("fatal"), State.FAILED, "a fatal error alone"),
    (outcome("warning", "error"), State.FAILED, "a warning and an error"),
    (outcome("warning"), State.NOTHING, "a warning alone"),
    (outcome("information"), State.NOTHING, "a remark alone"),
    (outcome(), State.FAILED, "an outcome that says nothing"),
    (page(matched(outcome("error"), "outcome")), State.FAILED, "an error in a Bundle"),
    (page(matched(outcome("warning"), "outcome")), State.NOTHING, "a warning in a Bundle"),
    (page(matched(outcome(), "outcome")), State.FAILED, "an outcome in a Bundle that says nothing"),
    (page(matched(ACT), matched(outcome("warning"), "outcome")), State.PRESENT, "a warning beside resources"),
    (page(matched(ACT), matched(outcome("error"), "outcome")), State.PARTIAL, "an error beside resources"),
    (outcome("warning", code="incomplete"), State.FAILED, "a warning that something is not there"),
    (outcome("information", code="timeout"), State.FAILED, "a remark that time ran out"),
    (
        page(matched(ACT), matched(outcome("warning", code="incomplete"), "outcome")),
        State.PARTIAL,
        "a warning that more exists",
    ),
    (
        page(matched(ACT), matched(outcome("warning", code="suppressed"), "outcome")),
        State.PRESENT,
        "Epic's standing remark",
    ),
    (page(matched(outcome("warning", code="not-found"), "outcome"), total=0), State.NOTHING, "Epic's empty search"),
    (page(matched(ACT)), State.PRESENT, "a plain page"),
    (OTHER, State.WRONG, "another resource"),
    (page(matched(OTHER)), State.WRONG, "a page of other resources"),
    ([page(matched(OTHER)), OTHER], State.WRONG, "a list of other resources"),
    (page(matched(OTHER), matched(outcome("warning"), "outcome")), State.WRONG, "other resources and a warning"),
    (page(matched(ACT), matched(OTHER, "include")), State.PRESENT, "another resource beside"),
    (page(matched(OTHER), **NEXT), State.PARTIAL, "the first page of other resources"),
    (page(), State.PRESENT, "an empty search"),
    ({"resourceType": "Bundle"}, State.PRESENT, "no list"),
    (page(matched(ACT), **NEXT), State.PARTIAL, "the first page"),
    (page(**NEXT), State.PARTIAL, "an empty first page"),
    (page(matched(ACT), link=[{"relation": "next"}]), State.PARTIAL, "a next page without its address"),
    (page(matched(ACT), link=[{"relation": "NEXT", "url": "x"}]), State.PARTIAL, "in capital letters"),
    (page(matched(ACT), link=[{"relation": "previous", "url": "x"}]), State.PARTIAL, "the last page only"),
    (page(matched(ACT), link=[{"relation": "self", "url": "x"}]), State.PRESENT, "a link to itself"),
    (page(matched(ACT), total=2), State.PARTIAL, "fewer than were found"),
    (page(matched(ACT), total=1), State.PRESENT, "as many as were found"),
    (page(matched(ACT), matched(ACT, "include"), total=1), State.PRESENT, "what was included is not counted"),
    (page(matched(ACT), matched(ACT, "include"), total=2), State.PARTIAL, "what was included does not fill up"),
    (page(total=3), State.PARTIAL, "a count without resources"),
    (page(matched(ACT), total="many"), State.PRESENT, "a total that is no number"),
    (page({"resource": page(matched(ACT), **NEXT)}), State.PARTIAL, "a page inside a batch"),
    (ACT, State.PRESENT, "a single resource"),
    ([ACT], State.PRESENT, "a list of resources"),
    ([], State.NOTHING, "an empty list"),
    ([outcome("error")], State.FAILED, "a list with an error only"),
    ([ACT, outcome("error")], State.PARTIAL, "a list with an error beside"),
    ([page(matched(ACT)), page(matched(ACT), **NEXT)], State.PARTIAL, "a list of pages, the last not the end"),
    (
        [page(matched(ACT), **NEXT), page(matched(ACT), link=[{"relation": "previous"}])],
        State.PARTIAL,
        "doubtful pages",
    ),
    ("<html>", State.FAILED, "an HTML page"),
    (7, State.FAILED, "a number"),
    (True, State.FAILED, "a boolean"),
    ({}, State.FAILED, "an empty object"),
    ({"entry": []}, State.FAILED, "no resource type"),
]


@pytest.mark.parametrize(("value", "expected", "why"), STATES, ids=[s[2] for s in STATES])
def test_what_came_for_a_key_is_told_apart(value: Any, expected: State, why: str) -> None:
    assert state_of({"procedures": value}, "procedures") is expected, why


@pytest.mark.parametrize(
    ("key", "kind"),
    [("patient", "Patient"), ("encounter", "Encounter"), ("conditions", "Condition"), ("charges", "ChargeItem"), ("charges", "Claim"),
     ("coverage", "Coverage"), ("reports", "DiagnosticReport"), ("reports", "DocumentReference")],
)  # fmt: skip
def test_every_key_has_resources_of_its_own(key: str, kind: str) -> None:
    assert state_of({key: {"resourceType": kind}}, key) is State.PRESENT
    assert state_of({key: page(matched({"resourceType": "Basic"}))}, key) is State.WRONG
    assert state_of({"ours": {"resourceType": "Basic"}}, "ours") is State.PRESENT, "a key of the client's own"


def test_what_came_as_an_error_or_as_something_else_is_named_on_both_cards() -> None:
    asking = request(treated("a", STENT, COMMON, RIGHT), coverage=bundle(OTHER))
    asking["prefetch"]["conditions"] = outcome("error")
    coder, clinician = cards(asking)
    assert "Could not be had: conditions and coverage." in coder["detail"]
    assert "Could not be had: conditions." in clinician["detail"], "a query says nothing of payers and charges"
    assert "Not sent: charges and reports." in coder["detail"]
    assert not any("had:" in c["detail"] for c in cards(request(treated("a", STENT, COMMON, RIGHT))))


def test_other_resources_in_place_of_charges_are_no_draft() -> None:
    assert findings(session(mission(charges=bundle()))) == {"missing-line"}
    assert findings(session(mission(charges=bundle(OTHER)))) == set()


def test_what_was_not_sent_is_absent() -> None:
    assert state_of({}, "procedures") is state_of(None, "procedures") is State.ABSENT


def acts() -> list[dict[str, Any]]:
    return [ACT, treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION)]


def cut(**more: Any) -> dict[str, Any]:
    sent = mission(**more)
    sent["prefetch"]["procedures"].update(NEXT)
    return sent


def test_the_mission_is_a_yes_as_a_single_page_a_list_or_single_resources() -> None:
    for value in (bundle(*acts()), acts(), [bundle(a) for a in acts()], page({"resource": bundle(*acts())})):
        assert lines(session(request(procedures=value))) == ["37258-RT", "37257-RT"]
    assert lines(session(request(procedures=acts()[0], more=acts()[1]))) == ["37258-RT", "37257-RT"]


def test_a_first_page_of_procedures_supports_nothing_and_says_why() -> None:
    found = session(cut())
    assert (found["answer37257"]["verdict"], found["answer37257"]["units"]) == ("review", 0)
    assert all(x["status"] == "review" for x in found["lines"])
    assert "part of the procedures" in str(found["answer37257"]["why"])


def test_a_first_page_never_says_no_either() -> None:
    sent = request(ACT)
    sent["prefetch"]["procedures"].update(NEXT)
    assert session(request(ACT))["answer37257"]["verdict"] == "no"
    assert session(sent)["answer37257"]["verdict"] == "review"


def test_a_first_page_is_named_on_the_card_and_in_the_decision_and_offers_no_change() -> None:
    (card,) = cards(cut())
    assert "Incomplete, more pages exist: procedures." in card["detail"]
    assert "suggestions" not in card
    unread = explained(cut())["unread"]
    assert [u["resource"] for u in unread] == ["Bundle/procedures"]
    assert "Incomplete" not in cards(mission())[0]["detail"]


def test_procedures_under_a_key_of_the_clients_own_may_be_cut_too() -> None:
    sent = mission(ours=page(matched(treated("x", BALLOON, COMMON, RIGHT)), **NEXT))
    assert session(sent)["answer37257"]["verdict"] == "review"
    assert "ours" in cards(sent)[0]["detail"]


@pytest.mark.parametrize("key", ["conditions", "reports", "coverage"])
def test_another_list_that_is_cut_is_named_and_spoils_nothing(key: str) -> None:
    sent = mission()
    sent["prefetch"][key] = page(**NEXT)
    assert session(sent)["answer37257"]["verdict"] == "yes"
    assert f"Incomplete, more pages exist: {key}." in cards(sent)[0]["detail"]


def test_nothing_can_be_missing_from_charges_of_which_only_a_page_came() -> None:
    first = charge("c1", "37258", "RT")
    assert findings(session(mission(charges=bundle(first)))) == {"missing-line"}
    sent = mission(charges=page(matched(first), **NEXT))
    assert findings(session(sent)) == set()
    wrong = mission(charges=page(matched(charge("c2", "37256", "LT")), **NEXT))
    found = session(wrong)["draft"]["findings"]
    assert [f["code"] for f in found] == ["unsupported-line"]
    assert not any("changes" in f for f in found)
    assert not any("suggestions" in c for c in (*cards(sent), *cards(wrong)))


def test_a_whole_draft_is_compared_although_the_stored_charges_are_cut() -> None:
    sent = mission(drafts=(charge("c1", "37258", "RT"),), charges=page(**NEXT))
    assert findings(session(sent)) == {"missing-line"}


def test_a_draft_line_that_the_first_page_does_not_bear_out_is_not_taken_away() -> None:
    sent = cut(drafts=(charge("c1", "37258", "RT"), charge("c2", "37257", "RT"), charge("c3", "37256", "LT")))
    found = session(sent)["draft"]["findings"]
    assert not any("changes" in f for f in found)


def test_an_error_beside_charges_is_named() -> None:
    sent = mission(charges=page(matched(charge("c1", "37258", "RT")), matched(outcome("error"), "outcome")))
    assert "Incomplete, more pages exist: charges." in cards(sent)[0]["detail"]
    assert findings(session(sent)) == set()


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda x: (
        st.lists(x, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["resourceType", "entry", "resource", "link", "relation", "total", "issue", "severity", "search"]
            ),
            x,
        )
    ),
    max_leaves=10,
)


@settings(deadline=None, derandomize=True)
@given(JUNK, JUNK)
def test_any_prefetch_has_a_state_and_breaks_nothing(value: Any, other: Any) -> None:
    assert state_of({"k": value}, "k") in State
    explained(mission(conditions_too=value, charges=other))
