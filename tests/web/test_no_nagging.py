"""A card that was answered for an encounter is not shown again until the facts behind it change."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask import request as flask_request

from cds_service.app import create_app
from cds_service.clients.verification import Caller
from cds_service.settings import Settings
from cds_service.shown import Occurrence, ShownCards
from cds_service.stores import Stores, StoreUnavailable
from cds_service.stores.memory import MemoryCardStore, MemoryTokenStore
from cds_service.web.caller import let_in
from tests.charts import (
    BALLOON,
    COMMON,
    EXTERNAL,
    LEFT,
    OCCLUSION,
    RIGHT,
    STENOSIS,
    STENT,
    adviser,
    bundle,
    charge,
    encounter,
    mission,
    request,
    snomed,
    treated,
)
from tests.scenarios.golden import loaded, names
from tests.stores.samples import item

CHARGE = "/cds-services/iliac-charge-review"
CALL = Occurrence(service="iliac-charge-review", hook="", issuer="https://ehr.example.org", server="", user="")
NOT_MINE = {
    "system": "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes",
    "code": "inappropriate-recipient",
}


def app_with(store: Any = None) -> Flask:
    stores = Stores(cards=store or MemoryCardStore(), tokens=MemoryTokenStore())
    return create_app(Settings(patient_view=True), stores=stores)


def called(app: Flask, sent: dict[str, Any], instance: str = "", service: str = CHARGE) -> list[dict[str, Any]]:
    """The cards of a call; `instance` makes it a call of its own."""
    body = {**sent, "hookInstance": f"instance-{instance}"}
    answer = app.test_client().post(service, json=body)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: list[dict[str, Any]] = answer.get_json()["cards"]
    return found


def answer_to(app: Flask, card: dict[str, Any], reason: dict[str, str] | None = None, service: str = CHARGE) -> None:
    item = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": "2026-03-05T10:00:00Z"}
    if reason:
        item["overrideReason"] = {"reason": reason}
    given = app.test_client().post(f"{service}/feedback", json={"feedback": [item]})
    assert given.status_code == 200, given.get_data(as_text=True)


def topics(cards: list[dict[str, Any]]) -> list[str]:
    return [c["source"]["topic"]["code"] for c in cards]


def test_an_unanswered_card_is_shown_again_and_again_with_a_uuid_of_each_call() -> None:
    app = app_with()
    found = [called(app, mission(), str(n)) for n in range(3)]
    assert [topics(cards) for cards in found] == [["coding"]] * 3
    assert len({cards[0]["uuid"] for cards in found}) == 3


@pytest.mark.parametrize("outcome", ["accepted", "overridden"])
def test_an_answered_card_is_not_shown_again(outcome: str) -> None:
    app = app_with()
    (card,) = called(app, mission(), "first")
    item = {"card": card["uuid"], "outcome": outcome, "outcomeTimestamp": "2026-03-05T10:00:00Z"}
    item["acceptedSuggestions"] = [{"id": card["suggestions"][0]["uuid"]}]
    assert app.test_client().post(f"{CHARGE}/feedback", json={"feedback": [item]}).status_code == 200
    assert called(app, mission(), "second") == []


def reworded(sent: dict[str, Any]) -> dict[str, Any]:
    for entry in sent["prefetch"]["procedures"]["entry"]:
        entry["resource"]["code"]["text"] = "as dictated"
    return sent


def turned_round(sent: dict[str, Any]) -> dict[str, Any]:
    sent["prefetch"]["procedures"]["entry"].reverse()
    return sent


def renamed(sent: dict[str, Any]) -> dict[str, Any]:
    for number, entry in enumerate(sent["prefetch"]["procedures"]["entry"]):
        entry["resource"]["id"] = f"copy-{number}"
    return sent


def said_twice(sent: dict[str, Any]) -> dict[str, Any]:
    again = treated("again", BALLOON, EXTERNAL, RIGHT, OCCLUSION)
    sent["prefetch"]["procedures"]["entry"].append({"resource": again})
    return sent


def with_context(**more: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda sent: {**sent, "context": {**sent["context"], **more}}


def with_prefetch(**more: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda sent: {**sent, "prefetch": {**sent["prefetch"], **more}}


def acts(*procedures: dict[str, Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return with_prefetch(procedures=bundle(*procedures))


STENTED = treated("stent", STENT, COMMON, RIGHT, STENOSIS)
PLAN = {"resourceType": "Coverage", "id": "c", "status": "active", "payor": [{"display": "Aetna"}]}
VARIANTS: list[tuple[Callable[[dict[str, Any]], dict[str, Any]], bool, str]] = [
    (copy.deepcopy, False, "the very same"),
    (reworded, False, "other words beside the codes"),
    (turned_round, False, "the procedures in another order"),
    (renamed, False, "other resource ids"),
    (said_twice, False, "one treatment recorded twice"),
    (with_prefetch(coverage=bundle(PLAN)), False, "a payer that moves no line"),
    (with_prefetch(patient={"resourceType": "Patient", "id": "p"}), False, "the patient sent along"),
    (with_context(userId="Practitioner/other"), False, "another user"),
    (with_context(patientId="Patient/p", encounterId="Encounter/e1"), False, "ids written as references"),
    (lambda sent: {**sent, "hook": "encounter-discharge"}, False, "the other hook of the service"),
    (lambda sent: {**sent, "hook": "patient-view"}, False, "the stand-in hook of the service"),
    (lambda sent: {**sent, "extension": {"com.example.trigger": "27"}}, False, "an extension"),
    (acts(STENTED), True, "one vessel less"),
    (acts(STENTED, treated("b", STENT, EXTERNAL, RIGHT, OCCLUSION)), True, "another treatment"),
    (acts(STENTED, treated("b", BALLOON, EXTERNAL, RIGHT, STENOSIS)), True, "another lesion"),
    (acts(STENTED, treated("b", BALLOON, EXTERNAL, RIGHT)), True, "the lesion not recorded"),
    (acts(STENTED, treated("b", BALLOON, EXTERNAL, LEFT, OCCLUSION)), True, "another leg"),
    (
        acts(STENTED, treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION, performedDateTime="2026-03-05")),
        True,
        "another day",
    ),
    (with_context(draftCharges=bundle(kind="collection")), True, "an empty draft"),
    (with_context(draftCharges=bundle(charge("c", "37257", "RT"), kind="collection")), True, "a draft of one line"),
    (lambda sent: {**sent, "fhirServer": "https://other.example/r4"}, True, "ids of another server"),
]


@pytest.mark.parametrize(("change", "shown", "why"), VARIANTS, ids=[v[2] for v in VARIANTS])
def test_only_changed_facts_bring_an_answered_card_back(
    change: Callable[[dict[str, Any]], dict[str, Any]], shown: bool, why: str
) -> None:
    app = app_with()
    (card,) = called(app, mission(), "first")
    answer_to(app, card)
    found = topics(called(app, change(mission()), "second"))
    assert ("coding" in found) is shown, why


def for_encounter(key: str, patient: str = "p") -> dict[str, Any]:
    sent = mission()
    text = json.dumps(sent).replace("Encounter/e1", f"Encounter/{key}").replace('"e1"', f'"{key}"')
    sent = json.loads(
        text.replace("Patient/p", f"Patient/{patient}").replace('"patientId": "p"', f'"patientId": "{patient}"')
    )
    sent["prefetch"]["encounter"] = encounter(key, subject={"reference": f"Patient/{patient}"})
    return sent


def test_an_answer_speaks_for_its_encounter_and_patient_alone() -> None:
    app = app_with()
    answer_to(app, called(app, for_encounter("e1"), "first")[0])
    assert called(app, for_encounter("e1"), "again") == []
    assert topics(called(app, for_encounter("e2"), "other")) == ["coding"]
    assert topics(called(app, for_encounter("e1", "q"), "patient")) == ["coding"]


DRAFTS: list[tuple[dict[str, Any], dict[str, Any], bool, str]] = [
    (charge("c", "37257", "RT"), charge("other-id", "37257", "RT"), False, "the same line under another id"),
    (charge("c", "37257", "RT"), charge("c", "37257", "LT"), True, "another modifier"),
    (charge("c", "37257", "RT"), charge("c", "37257", "RT", units=2), True, "other units"),
    (charge("c", "37257", "RT"), charge("c", "37258", "RT"), True, "another code"),
]


@pytest.mark.parametrize(("before", "after", "shown", "why"), DRAFTS, ids=[d[3] for d in DRAFTS])
def test_a_changed_draft_brings_an_answered_card_back(
    before: dict[str, Any], after: dict[str, Any], shown: bool, why: str
) -> None:
    app = app_with()
    answer_to(app, called(app, mission(drafts=(before,)), "first")[0])
    assert bool(called(app, mission(drafts=(after,)), "second")) is shown, why


def unclear(*more: dict[str, Any], **kinds: Any) -> dict[str, Any]:
    """A balloon whose lesion is not recorded: a card for the coder and a query for the clinician."""
    return request(treated("b", BALLOON, EXTERNAL, RIGHT), *more, **kinds)


def test_a_dismissed_query_and_a_coding_card_are_kept_apart() -> None:
    app = app_with()
    coding, query = called(app, unclear(), "first")
    assert topics([coding, query]) == ["coding", "clarification"]
    answer_to(app, query)
    assert topics(called(app, unclear(), "second")) == ["coding"]
    answer_to(app, coding)
    assert called(app, unclear(), "third") == []


def test_a_dismissed_query_is_not_repeated_when_a_charge_is_drafted_or_another_question_answered() -> None:
    app = app_with()
    two = unclear(treated("c", STENT, COMMON, LEFT))
    query = called(app, two, "first")[-1]
    answer_to(app, query)
    assert "clarification" not in topics(called(app, two, "again"))
    drafted = unclear(treated("c", STENT, COMMON, LEFT), drafts=(charge("c", "37256", "RT"),))
    assert "clarification" not in topics(called(app, drafted, "drafted"))
    one = unclear(treated("c", STENT, COMMON, LEFT, STENOSIS))
    assert "clarification" not in topics(called(app, one, "one of two answered in the record"))


QUERIES: list[tuple[dict[str, Any], bool, str]] = [
    (unclear(), False, "the same question"),
    (unclear(treated("c", STENT, COMMON, RIGHT, STENOSIS)), False, "another vessel that raises no question"),
    (unclear(treated("c", STENT, COMMON, LEFT)), True, "a second question"),
    (request(treated("b", STENT, EXTERNAL, RIGHT)), True, "the vessel was stented after all"),
    (request(treated("b", BALLOON, EXTERNAL, LEFT)), True, "it was the other leg"),
    (
        request(treated("b", BALLOON, EXTERNAL, RIGHT, reasonCode=[snomed(STENOSIS), snomed(OCCLUSION)])),
        True,
        "the record now contradicts itself",
    ),
]


@pytest.mark.parametrize(("sent", "shown", "why"), QUERIES, ids=[q[2] for q in QUERIES])
def test_a_dismissed_query_comes_back_with_other_facts_only(sent: dict[str, Any], shown: bool, why: str) -> None:
    app = app_with()
    answer_to(app, called(app, unclear(), "first")[-1])
    assert ("clarification" in topics(called(app, sent, "second"))) is shown, why


def test_who_says_that_a_card_is_not_for_them_does_not_take_it_from_a_colleague() -> None:
    app = app_with()
    colleague = with_context(userId="Practitioner/colleague")
    answer_to(app, called(app, mission(), "first")[0], NOT_MINE)
    assert called(app, mission(), "same reader") == []
    (card,) = called(app, colleague(mission()), "colleague")
    answer_to(app, card)
    assert called(app, colleague(mission()), "colleague again") == []


def test_an_answer_speaks_for_the_client_that_gave_it_alone() -> None:
    """Who was let in is kept with its issuer."""
    app = app_with()
    app.before_request(lambda: let_in(Caller(name="ehr", issuer=flask_request.headers["X-Issuer"], profile=None)))
    client = app.test_client()

    def cards_of(issuer: str, instance: str) -> list[dict[str, Any]]:
        body = {**mission(), "hookInstance": instance}
        found: list[dict[str, Any]] = client.post(CHARGE, json=body, headers={"X-Issuer": issuer}).get_json()["cards"]
        return found

    (mine,), (other,) = cards_of("https://a.example", "1"), cards_of("https://b.example", "2")
    for issuer, card, left in (("https://b.example", mine, 1), ("https://a.example", mine, 0)):
        sent = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": "2026-03-05T10:00:00Z"}
        client.post(f"{CHARGE}/feedback", json={"feedback": [sent]}, headers={"X-Issuer": issuer})
        assert len(cards_of("https://a.example", f"after {issuer}")) == left
    assert len(cards_of("https://b.example", "3")) == 1
    assert other["uuid"] != mine["uuid"]


def test_feedback_on_an_unknown_card_silences_nothing() -> None:
    app = app_with()
    called(app, mission(), "first")
    answer_to(app, {"uuid": "00000000-0000-4000-8000-000000000000"})
    assert topics(called(app, mission(), "second")) == ["coding"]


def test_a_call_that_says_of_nobody_whom_it_is_about_is_never_silenced() -> None:
    store = MemoryCardStore()
    shown = ShownCards(store)
    known = adviser().advise(mission())
    unknown = replace(known, patient="", encounter="")
    for advice, left in ((known, 0), (unknown, 1)):
        (said,) = shown.new_in(advice, CALL)
        store.keep([item(card=said.card.uuid, issuer=CALL.issuer)])
        assert len(shown.new_in(advice, CALL)) == left


@pytest.mark.parametrize("name", names())
def test_every_scenario_is_silent_once_its_cards_are_answered(name: str) -> None:
    app, sent = app_with(), loaded(name, "request.json")
    service = "/cds-services/iliac-order-sign" if sent["hook"] == "order-sign" else CHARGE
    for card in called(app, sent, "first", service):
        answer_to(app, card, service=service)
    assert called(app, sent, "second", service) == []


class Away(MemoryCardStore):
    """A store that cannot be asked."""

    def __init__(self, *methods: str) -> None:
        super().__init__()
        for method in methods:
            setattr(self, method, self._fail)

    def _fail(self, *_: Any) -> Any:
        raise StoreUnavailable("away")


@pytest.mark.parametrize("methods", [("seal",), ("answered",), ("seal", "answered", "keep")])
def test_a_call_is_answered_in_full_while_the_store_is_away(methods: tuple[str, ...]) -> None:
    assert called(app_with(Away(*methods)), mission()) == called(app_with(), mission())


def test_without_stores_everything_is_shown_and_there_is_no_feedback() -> None:
    app = create_app(Settings())
    assert topics(called(app, mission())) == ["coding"]
    assert app.test_client().post(f"{CHARGE}/feedback", json={"feedback": []}).status_code == 404


def test_the_sandbox_remembers_for_as_long_as_it_runs() -> None:
    app = create_app(Settings(), sandbox=True)
    (card,) = called(app, mission(), "first")
    answer_to(app, card)
    assert called(app, mission(), "second") == []
