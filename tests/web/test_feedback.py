"""The feedback endpoint: what is taken, what is refused and why, and what of it is kept."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cards.reasons import offered_reasons
from cds_service.app import create_app
from cds_service.settings import Settings
from cds_service.stores import Stores, StoreUnavailable
from cds_service.stores.memory import MemoryCardStore, MemoryTokenStore
from cds_service.stores.records import Feedback, OverrideReason
from tests.web.test_api import refused

URL = "/cds-services/iliac-charge-review/feedback"
CARD = "f6b95768-b1c8-40dc-8385-bf3504b82ffb"
SUGGESTION = "b3ab79b8-6a6a-4a3f-8a4c-0f2b8ab0b3a1"
OURS = {"system": "https://iliac-cds.org/CodeSystem/override-reason", "code": "policy-differs"}
POLICY = OverrideReason(**OURS)
NOT_A_CODE = OverrideReason(code="(not a code)")


class Keeping(MemoryCardStore):
    """A store that shows what it was given; `away` makes it fail."""

    def __init__(self) -> None:
        super().__init__()
        self.items: list[Feedback] = []
        self.away = False

    def keep(self, items: Any) -> None:
        if self.away:
            raise StoreUnavailable("away")
        self.items += items


@pytest.fixture
def store() -> Keeping:
    return Keeping()


@pytest.fixture
def client(store: Keeping) -> FlaskClient:
    return create_app(Settings(), stores=Stores(cards=store, tokens=MemoryTokenStore())).test_client()


def over(**more: Any) -> dict[str, Any]:
    """An overridden card; `more` replaces or, when None, removes fields."""
    known = {"card": CARD, "outcome": "overridden", "outcomeTimestamp": "2026-03-05T14:30:00Z", **more}
    return {k: v for k, v in known.items() if v is not None}


def accepted(**more: Any) -> dict[str, Any]:
    return over(**{"outcome": "accepted", "acceptedSuggestions": [{"id": SUGGESTION}], **more})


def post(client: FlaskClient, *items: Any, url: str = URL) -> TestResponse:
    return client.post(url, json={"feedback": list(items)})


def test_an_accepted_card_is_kept_with_its_suggestions(client: FlaskClient, store: Keeping) -> None:
    answer = post(client, accepted())
    assert answer.status_code == 200
    (note,) = answer.get_json()["issue"]
    assert (note["severity"], note["diagnostics"][:24]) == ("information", "1 of 1 items were stored")
    (kept,) = store.items
    assert (kept.card, kept.outcome, kept.suggestions) == (CARD, "accepted", (SUGGESTION,))
    assert kept.at == datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
    assert (kept.service, kept.issuer, kept.reason, kept.commented) == ("iliac-charge-review", "", None, False)
    assert abs((datetime.now(UTC) - kept.received).total_seconds()) < 600


def epic(**more: Any) -> dict[str, Any]:
    return over(overrideReasons=more)


TITLE = "com.epic.cdshooks.feedback.overrideReason.reasonTitle"
REASONS: list[tuple[dict[str, Any], OverrideReason | None, bool, str]] = [
    (over(), None, False, "no reason"),
    (over(overrideReason={"reason": OURS}), POLICY, False, "a reason of ours"),
    (over(overrideReason={"reason": {**OURS, "display": "Zebulon"}}), POLICY, False, "with other words"),
    (over(overrideReason={"userComment": "Zebulon, MRN 4711"}), None, True, "a comment alone"),
    (over(overrideReason={"reason": OURS, "userComment": "Zebulon"}), POLICY, True, "a reason and a comment"),
    (over(overrideReason={"reason": {"code": "17", "system": "urn:epic"}}), OverrideReason(code="17"), False, "a code"),
    (over(overrideReason={"reason": {"code": "Zebulon Q., MRN 4711"}}), NOT_A_CODE, False, "words for a code"),
    (over(overrideReason={"reason": {"code": "x" * 33}}), NOT_A_CODE, False, "too long for a code"),
    (over(overrideReason={"reason": {"code": "policy-differs"}}), OverrideReason(code="policy-differs"), False, "bare"),
    (over(overrideReason={"reason": {"display": "Zebulon"}}), NOT_A_CODE, False, "words alone"),
    (over(overrideReason={"reason": {"display": "Payer or local policy differs"}}), POLICY, False, "our words alone"),
    (epic(extension={TITLE: "Does not meet criteria"}, userComment="x"), NOT_A_CODE, True, "Epic's title"),
    (epic(extension={TITLE: "Payer or local policy differs"}), POLICY, False, "Epic's title in our words"),
    (epic(reason=OURS), POLICY, False, "Epic's plural with a coding"),
    (over(overrideReasons=[{"reason": OURS}, {"userComment": "x"}]), POLICY, False, "a list of them"),
    (over(overrideReasons="odd"), None, False, "a plural that is no object"),
    (over(overrideReason={"extension": {TITLE: "Payer or local policy differs"}}), POLICY, False, "title, singular"),
    (accepted(overrideReason={"reason": OURS}), None, False, "a reason on an accepted card"),
]


@pytest.mark.parametrize(("item", "reason", "commented", "why"), REASONS, ids=[r[3] for r in REASONS])
def test_of_a_reason_the_code_is_kept_and_of_a_comment_that_there_was_one(
    client: FlaskClient, store: Keeping, item: dict[str, Any], reason: OverrideReason | None, commented: bool, why: str
) -> None:
    assert post(client, item).status_code == 200
    (kept,) = store.items
    assert (kept.reason, kept.commented) == (reason, commented), why
    assert not any(planted in repr(kept) for planted in ("Zebulon", "4711", "criteria"))


def test_every_reason_that_cards_offer_is_known_again_and_one_speaks_for_its_reader_alone(
    client: FlaskClient, store: Keeping
) -> None:
    sent = [over(overrideReason={"reason": reason.to_json()}) for reason in offered_reasons()]
    assert post(client, *sent).status_code == 200
    assert [(k.reason.code, k.reason.system) for k in store.items if k.reason] == [
        (r.code, r.system) for r in offered_reasons()
    ]
    assert {k.reason.code for k in store.items if k.reason and k.once_per_reader} == {"inappropriate-recipient"}


TIMES: list[tuple[str, datetime]] = [
    ("2026-03-05T14:30:00Z", datetime(2026, 3, 5, 14, 30, tzinfo=UTC)),
    ("2026-03-05t14:30:00z", datetime(2026, 3, 5, 14, 30, tzinfo=UTC)),
    ("2026-03-05 14:30:00+00:00", datetime(2026, 3, 5, 14, 30, tzinfo=UTC)),
    ("2026-03-05T09:30:00-05:00", datetime(2026, 3, 5, 14, 30, tzinfo=UTC)),
    ("2026-03-05T14:30:00.123Z", datetime(2026, 3, 5, 14, 30, 0, 123000, tzinfo=UTC)),
    ("2026-03-05T14:30:00.123456789Z", datetime(2026, 3, 5, 14, 30, 0, 123456, tzinfo=UTC)),
    ("2026-12-31T23:59:60Z", datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
]


@pytest.mark.parametrize(("written", "meant"), TIMES, ids=[t[0] for t in TIMES])
def test_every_time_of_rfc_3339_is_understood(
    client: FlaskClient, store: Keeping, written: str, meant: datetime
) -> None:
    assert post(client, over(outcomeTimestamp=written)).status_code == 200
    assert store.items[0].at == meant


FAULTS: list[tuple[Any, str, str]] = [
    (over(card=None), "card", "no card"),
    (over(card=7), "card", "a card that is no string"),
    (over(card="  "), "card", "an empty card"),
    (over(card="x" * 201), "card", "a card that is too long"),
    (over(outcome=None), "outcome", "no outcome"),
    (over(outcome="ignored"), "outcome", "an outcome that is not reported"),
    (over(outcomeTimestamp=None), "outcomeTimestamp", "no time"),
    (over(outcomeTimestamp="yesterday"), "outcomeTimestamp", "a time in words"),
    (over(outcomeTimestamp="2026-03-05"), "outcomeTimestamp", "a day"),
    (over(outcomeTimestamp="2026-03-05T14:30:00"), "outcomeTimestamp", "no time zone"),
    (over(outcomeTimestamp="2026-02-30T14:30:00Z"), "outcomeTimestamp", "a day there is not"),
    (over(outcomeTimestamp="0001-01-01T00:00:00+14:00"), "outcomeTimestamp", "before there were years"),
    (over(outcomeTimestamp=1772721000), "outcomeTimestamp", "a number"),
    (accepted(acceptedSuggestions=None), "acceptedSuggestions", "accepted without saying what (cds-fb-2)"),
    (accepted(acceptedSuggestions=[]), "acceptedSuggestions", "accepted nothing (cds-fb-2)"),
    (accepted(acceptedSuggestions="x"), "acceptedSuggestions", "suggestions that are no list"),
    (accepted(acceptedSuggestions=["x"]), "acceptedSuggestions[0]", "a suggestion that is no object"),
    (accepted(acceptedSuggestions=[{"id": 7}]), "acceptedSuggestions[0].id", "an id that is no string"),
    (accepted(acceptedSuggestions=[{"id": str(n)} for n in range(101)]), "acceptedSuggestions", "a hundred and one"),
    (over(overrideReason={}), "overrideReason", "a reason that says nothing (cds-fb-3)"),
    (over(overrideReason="Zebulon"), "overrideReason", "a reason that is no object"),
    (over(overrideReason={"reason": "x"}), "overrideReason.reason", "a coding that is no object"),
    (over(overrideReason={"reason": {"code": 7}}), "overrideReason.reason.code", "a code that is no string"),
    ("x", "", "an item that is no object"),
    (None, "", "null for an item"),
]


@pytest.mark.parametrize(("item", "where", "why"), FAULTS, ids=[f[2] for f in FAULTS])
def test_a_faulty_item_is_400_and_named_and_the_others_are_kept(
    client: FlaskClient, store: Keeping, item: Any, where: str, why: str
) -> None:
    answer = post(client, over(), item, accepted())
    assert answer.status_code == 400
    fault, note = answer.get_json()["issue"]
    assert fault["severity"] == "error"
    assert fault["expression"] == [f"feedback[1].{where}".rstrip(".")], why
    assert (note["severity"], note["diagnostics"][:24]) == ("information", "2 of 3 items were stored")
    assert [k.outcome for k in store.items] == ["overridden", "accepted"]
    assert "Zebulon" not in answer.get_data(as_text=True)


def test_a_batch_that_was_kept_in_part_may_be_sent_again(client: FlaskClient) -> None:
    """The store keeps an item once however often it comes; see the tests of the stores."""
    first, second = (post(client, over(), over(outcome="x")) for _ in range(2))
    assert (first.status_code, first.get_json()) == (second.status_code, second.get_json())


def test_every_fault_of_every_item_is_named(client: FlaskClient) -> None:
    answer = post(client, {}, over(outcome=1, outcomeTimestamp=2))
    places = [i["expression"][0] for i in answer.get_json()["issue"] if "expression" in i]
    assert places == [
        "feedback[0].card", "feedback[0].outcome", "feedback[0].outcomeTimestamp",
        "feedback[1].outcome", "feedback[1].outcomeTimestamp",
    ]  # fmt: skip


BODIES: list[tuple[Any, int, str]] = [
    (b'{"feedback": [', 400, "broken"),
    (b"[]", 400, "a list"),
    (b"{}", 400, "no feedback"),
    (b'{"feedback": "x"}', 400, "feedback that is no list"),
    (b'{"feedback": {}}', 400, "feedback that is an object"),
    (b'{"feedback": null}', 400, "null"),
    (json.dumps(over()).encode(), 400, "an item outside a list"),
    (b'{"feedback": ' + b"[" * 200 + b"]" * 200 + b"}", 400, "too deep"),
    (json.dumps({"feedback": [over()] * 1001}).encode(), 413, "a thousand and one items"),
    (b'{"feedback": [], "x": "' + b"x" * 2_100_000 + b'"}', 413, "more than two megabytes"),
]


@pytest.mark.parametrize(("body", "status", "why"), BODIES, ids=[b[2] for b in BODIES])
def test_a_body_that_is_no_batch_is_refused_and_nothing_kept(
    client: FlaskClient, store: Keeping, body: bytes, status: int, why: str
) -> None:
    refused(client.post(URL, data=body, content_type="application/json"), status)
    assert store.items == [], why


def test_a_thousand_items_are_taken_and_an_empty_batch_is_none(client: FlaskClient, store: Keeping) -> None:
    assert post(client).status_code == 200
    assert store.items == []
    assert post(client, *[over()] * 1000).status_code == 200
    assert len(store.items) == 1000


def test_what_is_not_understood_is_ignored(client: FlaskClient, store: Keeping) -> None:
    sent = {"feedback": [{**accepted(), "extension": {"a": [1]}, "later": None}], "extension": {"b": 1}}
    assert client.post(URL, json=sent, content_type="application/fhir+json").status_code == 200
    assert len(store.items) == 1


def test_the_address_is_that_of_a_service_and_takes_posts_of_json(client: FlaskClient) -> None:
    refused(post(client, over(), url="/cds-services/other/feedback"), 404)
    refused(client.get(URL), 405)
    refused(client.post(URL, data=b"x", content_type="text/plain"), 415)


def test_feedback_that_cannot_be_stored_is_503_and_taken_later(client: FlaskClient, store: Keeping) -> None:
    store.away = True
    for items in ([over()], [over(), over(outcome="x")]):
        answer = post(client, *items)
        assert refused(answer, 503)["code"] == "transient"
        assert int(answer.headers["Retry-After"]) > 0
    store.away = False
    assert post(client, over()).status_code == 200
    assert len(store.items) == 1


def test_browsers_of_listed_origins_may_send_feedback() -> None:
    stores = Stores(cards=MemoryCardStore(), tokens=MemoryTokenStore())
    listed = create_app(Settings(cors_origins=("https://ehr.example.org",)), stores=stores).test_client()
    origin = {"Origin": "https://ehr.example.org"}
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    for answer in (
        listed.options(URL, headers={**origin, **asked}),
        listed.post(URL, json={"feedback": [over()]}, headers=origin),
        listed.post(URL, json={}, headers=origin),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == origin["Origin"]
