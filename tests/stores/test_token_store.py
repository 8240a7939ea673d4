"""Used tokens in memory: an id is first once for its issuer, and what has expired is forgotten."""

from datetime import UTC, datetime, timedelta

from cds_service.stores.tokens import MemoryTokenStore

START = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def test_an_id_is_first_once_for_each_issuer() -> None:
    store, end = MemoryTokenStore(now=lambda: START), START + timedelta(minutes=5)
    uses = [("a", "1"), ("a", "1"), ("a", "2"), ("b", "1"), ("b", "1")]
    assert [store.first_use(issuer, token_id, end) for issuer, token_id in uses] == [True, False, True, True, False]


def test_what_has_expired_is_forgotten_and_the_rest_is_not() -> None:
    moment = [START]
    store = MemoryTokenStore(now=lambda: moment[0])
    assert store.first_use("a", "short", START + timedelta(minutes=5))
    assert store.first_use("a", "long", START + timedelta(minutes=15))
    moment[0] = START + timedelta(minutes=10)
    assert store.first_use("a", "new", START + timedelta(minutes=15))
    assert not store.first_use("a", "long", START + timedelta(minutes=15))
    assert store.first_use("a", "short", START + timedelta(minutes=15)), "it is not held for ever"
