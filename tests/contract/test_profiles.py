"""What each kind of client is offered: only what it can carry out, and always a charge line a person can copy."""

from dataclasses import replace
from typing import Any, get_args

import jsonschema
import pytest

from cards.lint import faults
from cards.model import Action, CardError, Link
from cards.profiles import NAMES, profile
from cds_service.advice import Preferences
from cds_service.clients.registry import Profile
from cds_service.coding.bilateral import both_legs_preference
from tests.charts import COMMON, EXTERNAL, LEFT, RIGHT, STENOSIS, STENT, adviser, charge, mission, request, treated
from tests.contract.generated import CHARTS, CROWDED
from tests.contract.response_schema import RESPONSE, empties
from tests.scenarios.golden import loaded, names

SCENARIOS = [loaded(name, "request.json") for name in names()]
TENANT = "ec2458f2-1e24-41c8-b71b-0e701af7583d"


def answer(sent: dict[str, Any], client: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = adviser().answer(sent, client)["cards"]
    return found


def coding(sent: dict[str, Any], client: str) -> dict[str, Any]:
    return next(c for c in answer(sent, client) if c["source"]["topic"]["code"] == "coding")


@pytest.mark.parametrize("client", NAMES)
def test_every_card_of_every_client_keeps_the_rules_and_the_specification(client: str) -> None:
    for both_legs in ("two-lines", "modifier-50"):
        preferences = Preferences(both_legs=both_legs_preference(both_legs), profile=client)
        one = replace(adviser(), preferences=preferences)
        for sent in [*SCENARIOS, *CHARTS[:100], *CROWDED]:
            found = one.answer(sent)
            jsonschema.Draft202012Validator(RESPONSE).validate(found)
            assert empties(found) == []
            assert [f for card in found["cards"] for f in faults(card)] == []


def test_all_clients_are_told_the_same_of_the_record() -> None:
    for sent in SCENARIOS:
        told = [
            [(c["summary"], c.get("extension", {}).get("org.iliac-cds.coding")) for c in answer(sent, n)] for n in NAMES
        ]
        assert told[0] == told[1] == told[2]


def test_epic_is_never_offered_a_charge_item_and_reads_what_to_do_by_hand() -> None:
    for sent in SCENARIOS:
        for card in answer(sent, "epic"):
            assert card.get("selectionBehavior", "any") == "any"
            for suggestion in card.get("suggestions", ()):
                assert len(suggestion["actions"]) == 1
                assert suggestion["label"] == suggestion["actions"][0]["description"]
                assert suggestion["actions"][0].get("resource", {}).get("resourceType") != "ChargeItem"
    card = coding(mission(), "epic")
    assert "suggestions" not in card
    assert "selectionBehavior" not in card
    assert "**Charge line:** 37258-RT x1; 37257-RT x1" in card["detail"]
    assert "By hand: add 37258-RT x1 and add 37257-RT x1." in card["detail"]


def test_a_standard_client_with_a_draft_it_can_edit_reads_no_work_by_hand() -> None:
    assert "By hand" not in coding(mission(), "standard")["detail"]
    nameless = {**charge("x", "37257", "RT", units=2)}
    del nameless["id"]
    card = coding(mission(drafts=(charge("a", "37258", "RT"), nameless)), "standard")
    assert "suggestions" not in card
    assert "By hand: set 37257-RT to 1 unit." in card["detail"]


def test_oracle_gets_each_charge_as_a_request_to_post_and_a_link_to_its_fields() -> None:
    sent = {**mission(), "fhirServer": f"https://fhir-ehr.cerner.com/r4/{TENANT}"}
    card = coding(sent, "oracle")
    assert "suggestions" not in card
    assert card["links"][0]["type"] == "absolute"
    assert card["links"][0]["url"].startswith("https://docs.oracle.com/")
    assert "To post, one request a line: 37258-RT x1; 37257-RT x1." in card["detail"]
    posted = card["extension"]["org.iliac-cds.charge-requests"]
    items = [next(p["resource"] for p in r["parameter"] if p["name"] == "chargeItem") for r in posted]
    assert [i["code"]["coding"] for i in items] == [
        [{"system": f"https://fhir.cerner.com/{TENANT}/CodeSystem/BillCodes-CPT", "code": code}]
        for code in ("37258", "37257")
    ]
    for request_body, item in zip(posted, items, strict=True):
        assert request_body["resourceType"] == "Parameters"
        assert request_body["parameter"][0]["valueUuid"].startswith("urn:uuid:")
        assert set(item) == {
            "resourceType",
            "status",
            "code",
            "subject",
            "context",
            "occurrenceDateTime",
            "quantity",
            "extension",
        }
        assert (item["status"], item["quantity"]) == ("unknown", {"value": 1})
        code = next(x for x in item["extension"][0]["extension"] if x["url"] == "code")
        assert code["valueCodeableConcept"]["coding"][0]["code"] == "RT"


def test_oracle_without_a_known_base_address_keeps_the_public_code_system() -> None:
    posted = coding({**mission(), "fhirServer": "https://fhir.example.org/r4/abc"}, "oracle")["extension"]
    item = posted["org.iliac-cds.charge-requests"][0]["parameter"][1]["resource"]
    assert item["code"]["coding"][0]["system"] == "http://www.ama-assn.org/go/cpt"


def test_what_oracle_cannot_create_is_said_in_words() -> None:
    card = coding(mission(drafts=(charge("a", "37258", "RT"), charge("b", "37257", "LT"))), "oracle")
    assert "By hand: replace 37257-LT with 37257-RT x1." in card["detail"]
    assert "links" not in card


CREATE = Action(type="create", description="Order angiography", resource={"resourceType": "ServiceRequest"})
DELETE = Action(type="delete", description="Remove order one", resource_id="ServiceRequest/1")
OTHER = Action(type="delete", description="Remove order two", resource_id="ServiceRequest/2")
ITEM = Action(type="delete", description="Remove charge", resource_id="ChargeItem/1")
UPDATE = Action(type="update", description="Edit order", resource={"resourceType": "ServiceRequest", "id": "1"})
SINGLE = [
    ((), 0, "nothing to do"),
    ((CREATE,), 1, "one action it can carry out"),
    ((DELETE, OTHER), 2, "removals stand each on its own"),
    ((DELETE, CREATE), 0, "a removal and a creation stand only together"),
    ((CREATE, CREATE), 0, "an initial and an additional service stand only together"),
    ((ITEM,), 0, "it has no charge items"),
    ((DELETE, ITEM), 0, "a part would be left undone"),
    ((UPDATE,), 0, "it updates nothing on a user's click"),
]


@pytest.mark.parametrize(("actions", "number", "why"), SINGLE, ids=[row[2] for row in SINGLE])
def test_a_client_of_single_actions_is_offered_what_holds_alone(
    actions: tuple[Action, ...], number: int, why: str
) -> None:
    found = profile("epic").suggestions("All of it", actions, key=lambda text: f"id of {text}")
    assert len(found) == number, why
    assert [s.label for s in found] == [a.description for a in actions][:number]
    assert all(len(s.actions) == 1 for s in found)


def test_an_unknown_profile_and_a_link_that_is_no_address_are_refused() -> None:
    with pytest.raises(ValueError, match="standard, epic, oracle"):
        profile("meditech")
    with pytest.raises(CardError):
        Link(label="x", url="javascript:alert(1)")


def test_the_clients_file_knows_the_same_profiles_as_the_cards() -> None:
    assert get_args(Profile) == NAMES


def test_a_caller_s_own_profile_goes_before_the_installation_s() -> None:
    one = replace(adviser(), preferences=Preferences(profile="epic"))
    assert "suggestions" not in one.answer(mission())["cards"][0]
    assert "suggestions" in one.answer(mission(), "standard")["cards"][0]


def test_a_charge_line_stands_on_every_coding_card_that_has_a_supported_line() -> None:
    sent = request(treated("a", STENT, COMMON, RIGHT, STENOSIS), treated("b", STENT, EXTERNAL, LEFT, STENOSIS))
    for client in NAMES:
        assert "37258-RT x1; 37258-LT x1" in coding(sent, client)["detail"]


def test_an_edit_the_caller_reports_is_answered_with_what_the_modifiers_are_for() -> None:
    sent = {
        **mission(),
        "extension": {"org.iliac-cds.claim-edits": [["37257", "75710"], ["99213", "99214"], "odd", [1]]},
    }
    detail = coding(sent, "standard")["detail"]
    assert "An edit between 37257 and 75710 was reported. 59, or XS" in detail
    assert "99213" not in detail
    assert "59" not in coding(mission(), "standard")["detail"]


def test_a_bypass_modifier_that_no_edit_called_for_is_pointed_at() -> None:
    drafts = (charge("a", "37258", "RT"), charge("b", "37257", "RT", "59"), charge("c", "37255", "RT"))
    detail = coding(mission(drafts=drafts), "standard")["detail"]
    assert "37257 is drafted with a modifier that bypasses an edit; none was reported." in detail


def test_modifier_25_on_these_codes_is_told_where_it_belongs() -> None:
    drafts = (charge("a", "37258", "RT"), charge("b", "37257", "RT", "25"))
    card = coding(mission(drafts=drafts), "standard")
    assert "It belongs on a separately identifiable evaluation and management service." in card["detail"]
    assert "R-25" in card["detail"]
