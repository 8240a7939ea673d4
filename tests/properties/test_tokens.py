"""However a good token is changed, no mutant is accepted: in its characters, its header, its claims or its parts."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.clients.verification import Authentication, NotAuthenticated
from tests.clients.signing import PATH, authentication, claims, head, jwk, packed, signed, table, token, trusting

SAMPLE = settings(deadline=None, derandomize=True, max_examples=200, database=None)
CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(
    ["alg", "kid", "typ", "jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "iss", "sub", "aud", "exp", "iat", "nbf", "jti"]
)  # fmt: skip


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Authentication:
    folder: Path = tmp_path_factory.mktemp("clients")
    return authentication(*trusting(folder, table()))


def let_in(gate: Authentication, changed: str) -> bool:
    """Whether a caller is let in; anything but a refusal by its reason is an error of the service."""
    try:
        gate.caller(f"Bearer {changed}", PATH)
    except NotAuthenticated:
        return False
    return True


@SAMPLE
@given(data=st.data(), algorithm=st.sampled_from(["ES384", "RS384"]))
def test_a_changed_character_is_seen(gate: Authentication, data: st.DataObject, algorithm: str) -> None:
    good = token(algorithm=algorithm)
    place = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(st.sampled_from(CHARACTERS + ".=+/ \n").filter(lambda c: c != good[place]))
    assert not let_in(gate, good[:place] + other + good[place + 1 :])


@SAMPLE
@given(data=st.data())
def test_characters_added_or_taken_away_are_seen(gate: Authentication, data: st.DataObject) -> None:
    good = token()
    first = data.draw(st.integers(0, len(good) - 1))
    after = data.draw(st.integers(first + 1, len(good)))
    more = data.draw(st.text(CHARACTERS + ".", min_size=1, max_size=8))
    assert not let_in(gate, good[:first] + good[after:])
    assert not let_in(gate, good[:first] + more + good[first:])


@SAMPLE
@given(name=NAMES, value=JSON, where=st.sampled_from(["header", "claims"]))
def test_a_changed_member_under_the_old_signature_is_seen(
    gate: Authentication, name: str, value: Any, where: str
) -> None:
    header, payload = head(), claims()
    signature = signed(header, payload).split(".")[2]
    changed = {**(header if where == "header" else payload), name: value}
    parts = (changed, payload) if where == "header" else (header, changed)
    assert not let_in(gate, f"{packed(parts[0])}.{packed(parts[1])}.{signature}")


@SAMPLE
@given(name=NAMES, value=JSON)
def test_a_thief_is_not_let_in_whatever_the_header_says(gate: Authentication, name: str, value: Any) -> None:
    own = jwk("ES384", "es384", owner="thief")
    header = {**head(), "jwk": own} if name == "jwk" else {**head(), name: value}
    assert not let_in(gate, signed(header, claims(), owner="thief"))


@SAMPLE
@given(value=JSON, name=st.sampled_from(["iss", "aud", "exp", "iat", "jti"]))
def test_a_client_itself_is_let_in_with_proper_claims_only(gate: Authentication, value: Any, name: str) -> None:
    """Signed by the right key, so nothing but the claim is wrong; an id may be any short text that can be printed."""
    proper = name == "jti" and isinstance(value, str) and value.isprintable() and value != ""
    payload = {**claims(), name: value}
    if let_in(gate, signed(head(), payload)):
        assert proper, json.dumps(payload)


@SAMPLE
@given(raw=st.binary(max_size=200), third=st.binary(max_size=100))
def test_noise_in_the_form_of_a_token_is_refused(gate: Authentication, raw: bytes, third: bytes) -> None:
    for parts in ((raw, raw, third), (json.dumps(head()).encode(), raw, third)):
        assert not let_in(gate, ".".join(packed(p) for p in parts))


@SAMPLE
@given(header=st.text(max_size=200))
def test_no_header_of_a_request_is_an_error_of_the_service(gate: Authentication, header: str) -> None:
    with pytest.raises(NotAuthenticated):
        gate.caller(header, PATH)
