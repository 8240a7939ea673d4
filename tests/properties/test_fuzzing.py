"""What a client may do to a request or a file, a few hundred times; `python -m tests.properties.campaign` does it for long.

Every fault that the campaign found and that was mended stands here as a case of its own.
"""

import json
import tracemalloc
from random import Random
from typing import Any

import pytest

from cds_service.fhir.attachments import read_attachment
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
    mission,
    request,
    treated,
)
from tests.narrative.test_any_text import read
from tests.properties.bombs import (
    attachments,
    bundles,
    circle,
    contained_circle,
    contained_tree,
    large_documents,
    laughs,
    one_name,
)
from tests.properties.campaign import ATTACKS, CHARGE, JSON, ORDER, Tally, attacks, client
from tests.properties.promises import broken, guarded, supported
from tests.scenarios.golden import loaded

MIB = 1024 * 1024
LARGE = large_documents()


@pytest.mark.parametrize("seed", range(6))
def test_mutated_requests_notes_files_and_feedback_break_no_promise(seed: int) -> None:
    tally = Tally()
    for attack, random in attacks(70, seed):
        attack(random, tally)
    assert tally.faults == []
    assert tally.sent.total() == 70


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda a: a.__name__)
def test_each_kind_of_attack_is_judged(attack: Any) -> None:
    tally = Tally()
    for number in range(8):
        attack(Random(f"each {number}"), tally)
    assert tally.faults == []
    assert tally.sent.total() == 8


def posted(sent: Any, path: str = CHARGE) -> Any:
    answer = client().post(path, data=json.dumps(sent), content_type=JSON)
    assert broken(answer) == []
    return answer.get_json()


GRAPHS = {
    "a billion ways down": laughs(9, 10),
    "a part of itself": circle(1, "partOf", "reasonReference", "basedOn", "report"),
    "a circle of a hundred": circle(100, "partOf", "reasonReference"),
    "contained ones that point at each other": contained_circle(),
    "a tree of contained ones": contained_tree(9, 2),
    "a thousand of one name": one_name(1000),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_made_to_be_followed_for_ever_is_answered(name: str) -> None:
    sent = mission()
    sent["prefetch"]["procedures"]["entry"] += [{"resource": r} for r in GRAPHS[name]]
    with guarded(20):
        posted(sent)


def test_bundles_within_bundles_are_refused_or_answered() -> None:
    sent = mission()
    sent["prefetch"]["others"] = {"resourceType": "Bundle", "entry": bundles(12)}
    with guarded(20):
        answer = client().post(CHARGE, data=json.dumps(sent), content_type=JSON)
    assert broken(answer) == []


@pytest.fixture(scope="module")
def readers_loaded() -> None:
    """Libraries that are imported for the first file of a kind do not count as memory that it takes."""
    for number in range(40):
        read_attachment(attachments(Random(f"loaded {number}"))["content"][0]["attachment"])


@pytest.mark.parametrize("name", LARGE)
def test_a_file_made_to_hurt_costs_bounded_time_and_memory(name: str, readers_loaded: None) -> None:
    sent = json.dumps(mission(reports=bundle(LARGE[name])))
    tracemalloc.start()
    try:
        with guarded(60):
            answer = client().post(CHARGE, data=sent, content_type=JSON)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert broken(answer) == []
    assert peak < 70 * len(sent) + 30 * MIB


NUMBERS = [10**400, -(10**400), 10**30, 1e308, 10**15]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_beyond_all_measures_is_read_as_none_anywhere(number: Any) -> None:
    """Found by the campaign: 10 ** 400 made reading units and percentages fail."""
    degree = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "Stenosis of right EIA"},
              "subject": {"reference": "Patient/p"}, "valueQuantity": {"value": number, "unit": "%"}}  # fmt: skip
    sent = mission(drafts=(charge("c", "37257", "RT", units=number),), observations=bundle(degree))
    posted(sent)
    grant = {"access_token": "x", "token_type": "Bearer", "expires_in": number, "scope": "", "subject": ""}
    posted({**sent, "fhirServer": "https://fhir.example.org", "fhirAuthorization": grant})


def test_a_draft_of_more_units_than_anybody_charges_is_not_read_as_one() -> None:
    (card, *_) = cards(mission(drafts=(charge("a", "37258", "RT"), charge("c", "37257", "RT", units=10**30))))
    assert card["extension"]["org.iliac-cds.coding"]["findings"]


def test_a_draft_whose_id_is_none_of_fhir_is_not_named_in_an_action() -> None:
    """Found by the campaign: an id with an Arabic digit makes no reference a client could follow."""
    sent = mission(drafts=(charge("\u0661c1", "37254", "LT"),))
    assert not [c for c in posted(sent)["cards"] if "suggestions" in c]
    assert [c for c in posted(mission(drafts=(charge("c1", "37254", "LT"),)))["cards"] if "suggestions" in c]


@pytest.mark.parametrize("key", ["charges", "coverage", "billing codes to be paid"])
def test_a_query_says_nothing_of_the_account_even_where_a_list_came_in_part(key: str) -> None:
    """Found by the campaign: "Could not be had: charges." stood on the clinician's card."""
    more = {"resourceType": "Bundle", "link": [{"relation": "next", "url": "x"}], "entry": []}
    sent = request(treated("a", STENT, COMMON, RIGHT), treated("b", BALLOON, EXTERNAL, RIGHT, STENOSIS), **{key: more})
    query = posted(sent)["cards"][-1]
    assert query["summary"].startswith("Documentation clarification")
    assert ("other data" in query["detail"]) is (key not in ("charges", "coverage"))


def test_a_forecast_is_not_put_as_if_it_were_done() -> None:
    """Found by the campaign: the closing sentence of every forecast said "was"."""
    sent = loaded("order-sign-planned", "request.json")
    for entry in sent["context"]["draftOrders"]["entry"]:
        entry["resource"].pop("reasonCode", None)
        entry["resource"].pop("reasonReference", None)
    sent["prefetch"].pop("conditions", None)
    posted(sent, ORDER)


SENTENCES = {
    "clauses": "R EIA occluded, L CIA stented, ",
    "sides": "the occluded right hypogastric artery was stented, ",
    "joints": "and stent and ",
    "spaces": " ",
    "tabs": "\t",
    "pipes": " | ",
}


@pytest.mark.parametrize("name", SENTENCES)
def test_a_sentence_without_end_is_read_in_bounded_time(name: str) -> None:
    """Found by the campaign: 30,000 characters in one sentence took 20 seconds, 40,000 spaces in a line 26."""
    text = "right EIA stent " + SENTENCES[name] * (60_000 // len(SENTENCES[name])) + " R EIA occluded, ballooned."
    with guarded(20):
        read(text)


def test_what_a_sentence_without_end_tells_is_not_certain() -> None:
    """A word that denies it may stand in another piece of it."""
    told = "The right common iliac artery was stented for a stenosis and the right external iliac artery was occluded and ballooned"
    note = f"No intervention: {'the plan is noted here and ' * 120}{told}."
    sent = request(treated("x", STENT, COMMON, RIGHT, STENOSIS, note=[{"text": note}]))
    assert supported(posted(sent)) == 0


def test_less_record_never_supports_more() -> None:
    """The promise by hand, for one chart: without the act, the lesion, the leg or the day nothing is supported."""
    whole = mission()
    assert supported(posted(whole)) == 1
    for number, names in ((1, ("reasonCode", "bodySite", "code", "status")), (0, ("bodySite", "code", "status"))):
        for name in names:
            part = mission()
            del part["prefetch"]["procedures"]["entry"][number]["resource"][name]
            assert supported(posted(part)) == 0, (number, name)
    assert OCCLUSION in json.dumps(whole)
