"""Tokens: the good ones of real clients are taken, and every known way to forge or reuse one is refused by its reason."""

import hashlib
import hmac
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cds_service.clients.registry import TrustedClient, load_clients
from cds_service.clients.verification import Authentication, Caller, CannotTell, NotAuthenticated, Reason
from tests.clients.signing import (
    BASE,
    ISSUER,
    PATH,
    URL,
    authentication,
    claims,
    encoded,
    head,
    jwk,
    jwk_set,
    packed,
    pem,
    private_key,
    signed,
    table,
    token,
    trusting,
)

HOUR = 3600


def now() -> int:
    return int(time.time())


@pytest.fixture(scope="module")
def ehr(tmp_path_factory: pytest.TempPathFactory) -> TrustedClient:
    keys = jwk_set(
        jwk("ES384", "es384"), jwk("RS384", "rs384"), jwk("RS384", "any", alg=None), jwk("ES384", "enc", use="enc")
    )
    return trusting(tmp_path_factory.mktemp("clients"), table(), keys=keys)[0]


def reason(gate: Authentication, authorization: str, path: str = PATH) -> Reason | None:
    """Why a caller is refused; None when it is let in."""
    try:
        gate.caller(authorization, path)
    except NotAuthenticated as refusal:
        return refusal.reason
    return None


GOOD: list[tuple[Callable[[], str], str]] = [
    (lambda: token(), "ES384"),
    (lambda: token(algorithm="RS384"), "RS384, as Epic signs"),
    (lambda: token(algorithm="RS384", header={"kid": "any"}), "a key without alg serves the algorithms of its type"),
    (lambda: token(aud=[URL]), "aud as a list"),
    (lambda: token(aud=["https://elsewhere.example", URL]), "aud as a list of several"),
    (lambda: token(nbf=now() - 300), "nbf five minutes back, as Epic sends it"),
    (lambda: token(iat=now() - 300, nbf=now() - 300, exp=now() + 300), "all times five minutes around now"),
    (lambda: token(iat=now() + 15, nbf=now() + 15), "a clock that is a little ahead"),
    (lambda: token(iat=now() - 240, exp=now() - 15), "a clock that is a little behind"),
    (lambda: token(iat=now() + 0.5, exp=now() + 240.5), "times with a fraction"),
    (lambda: token(sub="client-id", tenant="t"), "claims that this client is not bound to"),
    (lambda: token(header={"jku": "https://ehr.hospital.example/keys"}), "jku has no weight where keys are pinned"),
    (lambda: token(header={"typ": "jwt", "x5t": "abc"}), "header members that change nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("good", "why"), GOOD, ids=[g[1] for g in GOOD])
def test_a_good_token_names_its_client(ehr: TrustedClient, good: Callable[[], str], why: str) -> None:
    assert authentication(ehr).caller(f"Bearer {good()}", PATH) == Caller(name="ehr", issuer=ISSUER, profile=None), why


def by_hand(header: Any, payload: Any = None) -> str:
    return f"{packed(header)}.{packed(claims() if payload is None else payload)}"


def with_hmac(algorithm: str, secret: bytes) -> str:
    message = by_hand(head(alg=algorithm))
    return f"{message}.{encoded(hmac.new(secret, message.encode(), getattr(hashlib, 'sha' + algorithm[2:])).digest())}"


def changed(**more: Any) -> str:
    """A good token whose claims were changed after it was signed."""
    first, _, third = token().split(".")
    body = {**claims(), **more}
    return f"{first}.{packed(body)}.{third}"


EC_KEY, RSA_KEY = private_key("ES384"), private_key("RS384")
OWN = jwk("ES384", "es384", owner="thief")
ATTACKS: list[tuple[Callable[[], str], Reason, str]] = [
    (lambda: "", Reason.FORM, "an empty token"),
    (lambda: "a.b", Reason.FORM, "two parts"),
    (lambda: token() + ".a", Reason.FORM, "four parts"),
    (lambda: token() + "==", Reason.FORM, "padding"),
    (lambda: token() + "\n", Reason.FORM, "a line end"),
    (lambda: " " + token(), Reason.FORM, "a space too many"),
    (lambda: f"{token()}, Bearer {token()}", Reason.FORM, "two tokens in one header"),
    (lambda: token(pad="x" * 9000), Reason.LENGTH, "longer than a header may be"),
    (lambda: f"{packed(b'[]')}.{packed(claims())}.AAAA", Reason.FORM, "a header that is a list"),
    (lambda: f"{packed(b'{')}.{packed(claims())}.AAAA", Reason.FORM, "a header that is no JSON"),
    (lambda: f"{packed(bytes([255]))}.{packed(claims())}.AAAA", Reason.FORM, "a header that is no UTF-8"),
    (lambda: f"{packed(b'[' * 3000)}.{packed(claims())}.AAAA", Reason.FORM, "a header of many levels"),
    (lambda: signed(head(), b"[]"), Reason.FORM, "claims that are a list"),
    (lambda: signed(head(), b"{"), Reason.FORM, "claims that are no JSON"),
    (lambda: signed(head(), b"[" * 3000), Reason.FORM, "claims of many levels"),
    # the algorithm
    (lambda: by_hand(head(alg="none")) + ".", Reason.FORM, "none, without a signature"),
    (lambda: by_hand(head(alg="none")) + ".AAAA", Reason.ALGORITHM, "none"),
    (lambda: by_hand(head(alg="NonE")) + ".AAAA", Reason.ALGORITHM, "none in disguise"),
    (lambda: by_hand(head(alg=None)) + ".AAAA", Reason.ALGORITHM, "no algorithm"),
    (lambda: by_hand(head(alg=["ES384"])) + ".AAAA", Reason.ALGORITHM, "a list of algorithms"),
    (lambda: with_hmac("HS256", pem(EC_KEY)), Reason.ALGORITHM, "HMAC with the public key as the secret"),
    (lambda: with_hmac("HS384", pem(RSA_KEY)), Reason.ALGORITHM, "HMAC with the public RSA key as the secret"),
    (lambda: with_hmac("HS512", jwk_set(jwk("ES384", "es384"))), Reason.ALGORITHM, "HMAC with the key set as the secret"),
    (lambda: token(algorithm="RS256", header={"kid": "rs384"}), Reason.ALGORITHM, "an algorithm that was not agreed on"),
    (lambda: token(algorithm="ES256"), Reason.ALGORITHM, "a curve that was not agreed on"),
    (lambda: signed(head("RS384", kid="es384"), claims()), Reason.KEY, "the key of another algorithm"),
    (lambda: signed(head("RS384"), claims(), "ES384"), Reason.SIGNATURE, "an EC signature under RS384"),
    (lambda: signed(head("ES384"), claims(), "RS384"), Reason.SIGNATURE, "an RSA signature under ES384"),
    (lambda: signed(head("ES384"), claims(), "ES256"), Reason.SIGNATURE, "a signature of a shorter curve"),
    # the header
    (lambda: token(header={"typ": None}), Reason.HEADER, "no typ"),
    (lambda: token(header={"typ": "at+jwt"}), Reason.HEADER, "an access token"),
    (lambda: token(header={"typ": 1}), Reason.HEADER, "a typ that is a number"),
    (lambda: token(header={"kid": None}), Reason.HEADER, "no kid"),
    (lambda: token(header={"kid": ""}), Reason.HEADER, "an empty kid"),
    (lambda: token(header={"kid": 7}), Reason.FORM, "a kid that is a number"),
    (lambda: token(header={"kid": "other"}), Reason.KEY, "a kid nobody knows"),
    (lambda: token(header={"kid": "ES384"}), Reason.KEY, "a kid in other letters"),
    (lambda: token(header={"kid": "../../dev/null"}), Reason.KEY, "a kid that is a path"),
    (lambda: token(header={"kid": "es384' OR '1'='1"}), Reason.KEY, "a kid that is a query"),
    (lambda: token(header={"kid": "enc"}), Reason.KEY, "a key for encryption"),
    (lambda: token(header={"jwk": OWN}, owner="thief"), Reason.HEADER, "its own key in the header"),
    (lambda: token(header={"jwk": jwk("ES384", "es384")}), Reason.HEADER, "even the right key in the header"),
    (lambda: token(header={"x5u": "https://thief.example/cert.pem"}, owner="thief"), Reason.HEADER, "the address of a certificate"),
    (lambda: token(header={"x5c": ["MIIB"]}, owner="thief"), Reason.HEADER, "its own certificate"),
    (lambda: token(header={"crit": ["exp"], "exp": 1}), Reason.FORM, "a critical extension nobody knows"),
    (lambda: token(header={"crit": []}), Reason.FORM, "an empty list of critical extensions"),
    (lambda: token(header={"crit": ["b64"], "b64": True}), Reason.HEADER, "the critical extension b64"),
    (lambda: token(header={"crit": ["b64"], "b64": False}), Reason.FORM, "a payload that is detached"),
    (lambda: token(header={"b64": False}), Reason.FORM, "a payload that is not encoded"),
    (lambda: token(header={"zip": "DEF"}), Reason.HEADER, "a payload said to be compressed"),
    # the signature
    (lambda: token(owner="thief"), Reason.SIGNATURE, "another key under the right kid"),
    (lambda: token(algorithm="RS384", owner="thief"), Reason.SIGNATURE, "another RSA key under the right kid"),
    (lambda: changed(tenant="other"), Reason.SIGNATURE, "claims changed after signing"),
    (lambda: f"{by_hand(head())}.{encoded(bytes(96))}", Reason.SIGNATURE, "a signature of zeros"),
    (lambda: f"{by_hand(head())}.AAAA", Reason.SIGNATURE, "a signature of the wrong size"),
    # the claims
    (lambda: token(iss=None), Reason.CLIENT, "no issuer"),
    (lambda: token(iss="https://unknown.example"), Reason.CLIENT, "an unknown issuer"),
    (lambda: token(iss=ISSUER + "/"), Reason.CLIENT, "an issuer with a slash more"),
    (lambda: token(iss=ISSUER.upper()), Reason.CLIENT, "an issuer in other letters"),
    (lambda: token(iss=[ISSUER]), Reason.CLIENT, "an issuer in a list"),
    (lambda: token(aud=None), Reason.CLAIMS, "no audience"),
    (lambda: token(aud=""), Reason.CLAIMS, "an empty audience"),
    (lambda: token(aud=[]), Reason.CLAIMS, "an empty list as audience"),
    (lambda: token(aud=BASE), Reason.AUDIENCE, "the base in place of the endpoint"),
    (lambda: token(aud=f"{BASE}/cds-services"), Reason.AUDIENCE, "discovery in place of the service"),
    (lambda: token(aud=f"{URL}/feedback"), Reason.AUDIENCE, "feedback in place of the service"),
    (lambda: token(aud=f"{URL}/"), Reason.AUDIENCE, "a slash more"),
    (lambda: token(aud=URL.replace("https", "http")), Reason.AUDIENCE, "another scheme"),
    (lambda: token(aud=URL.upper()), Reason.AUDIENCE, "other letters"),
    (lambda: token(aud="https://other.example/cds-services/iliac-charge-review"), Reason.AUDIENCE, "another server"),
    (lambda: token(aud=[URL, 7]), Reason.AUDIENCE, "an audience that is a number"),
    (lambda: token(aud={"url": URL}), Reason.AUDIENCE, "an audience that is an object"),
    (lambda: token(exp=None), Reason.CLAIMS, "no end"),
    (lambda: token(iat=now() - 2 * HOUR, exp=now() - HOUR), Reason.EXPIRED, "expired"),
    (lambda: token(iat=now() - 300, exp=now() - 60), Reason.EXPIRED, "expired for longer than the leeway"),
    (lambda: token(exp="soon"), Reason.FORM, "an end that is no number"),
    (lambda: token(exp=str(now() + 240)), Reason.CLAIMS, "an end in quotes"),
    (lambda: token(exp=True, iat=False), Reason.EXPIRED, "times that are true and false"),
    (lambda: token(exp=float("nan")), Reason.FORM, "an end that is no number at all"),
    (lambda: token(exp=float("inf")), Reason.FORM, "no end ever"),
    (lambda: token(exp=10**400), Reason.CLAIMS, "an end beyond all numbers"),
    (lambda: token(exp=1e300), Reason.CLAIMS, "an end in another universe"),
    (lambda: token(iat=None), Reason.CLAIMS, "no time of issue"),
    (lambda: token(iat=now() + 2 * HOUR, exp=now() + 3 * HOUR), Reason.EARLY, "issued in the future"),
    (lambda: token(iat="now"), Reason.CLAIMS, "a time of issue that is no number"),
    (lambda: token(nbf=now() + HOUR), Reason.EARLY, "not valid yet"),
    (lambda: token(nbf="later"), Reason.FORM, "a beginning that is no number"),
    (lambda: token(nbf=True), Reason.CLAIMS, "a beginning that is true"),
    (lambda: token(exp=now() + HOUR), Reason.LIFETIME, "a life that is too long"),
    (lambda: token(iat=now() - 10 * HOUR, exp=now() + 60), Reason.LIFETIME, "a long life, nearly over"),
    (lambda: token(iat=now() + 10, exp=now()), Reason.LIFETIME, "an end before the beginning"),
    (lambda: token(jti=None), Reason.CLAIMS, "no id"),
    (lambda: token(jti=""), Reason.CLAIMS, "an empty id"),
    (lambda: token(jti=7), Reason.CLAIMS, "an id that is a number"),
    (lambda: token(jti="x" * 257), Reason.CLAIMS, "an id longer than stores hold"),
    (lambda: token(jti="a\x00b"), Reason.CLAIMS, "an id with a character no database holds"),
    (lambda: token(jti="\ud800"), Reason.CLAIMS, "an id with half a character"),
    (lambda: token(sub=7), Reason.CLAIMS, "a subject that is a number"),
]  # fmt: skip


@pytest.mark.parametrize(("forged", "refusal", "why"), ATTACKS, ids=[a[2] for a in ATTACKS])
def test_a_forged_token_is_refused_for_its_reason(
    ehr: TrustedClient, forged: Callable[[], str], refusal: Reason, why: str
) -> None:
    class Untouched:
        def first_use(self, *_: Any) -> bool:
            raise AssertionError("a token that is not good is not remembered")

    assert reason(authentication(ehr, tokens=Untouched()), f"Bearer {forged()}") is refusal, why


SCHEMES = [("", "nothing"), ("Basic dXNlcjp3b3Jk", "a password"), ("Bearer", "no token"), (token(), "no scheme")]


@pytest.mark.parametrize(("authorization", "why"), SCHEMES)
def test_without_a_bearer_token_nobody_is_let_in(ehr: TrustedClient, authorization: str, why: str) -> None:
    assert reason(authentication(ehr), authorization) in (Reason.ABSENT, Reason.FORM), why


def test_the_scheme_is_compared_without_regard_to_case(ehr: TrustedClient) -> None:
    assert reason(authentication(ehr), f"bearer {token()}") is None


@pytest.mark.parametrize("path", ["/cds-services", f"{PATH}/feedback", "/cds-services/unknown"])
def test_every_endpoint_has_an_audience_of_its_own(ehr: TrustedClient, path: str) -> None:
    gate = authentication(ehr)
    assert reason(gate, f"Bearer {token(aud=BASE + path)}", path) is None
    assert reason(gate, f"Bearer {token()}", path) is Reason.AUDIENCE


def test_the_public_url_is_an_audience_only_where_the_file_says_so(tmp_path: Path) -> None:
    gate = authentication(*trusting(tmp_path, table(base_audience=True)))
    assert reason(gate, f"Bearer {token(aud=BASE)}") is None
    assert reason(gate, f"Bearer {token()}") is None
    assert reason(gate, f"Bearer {token(aud=BASE + '/')}") is Reason.AUDIENCE
    assert reason(gate, f"Bearer {token(aud=BASE + '/cds-services')}") is Reason.AUDIENCE


def test_other_algorithms_are_taken_when_they_are_set(tmp_path: Path) -> None:
    keys = jwk_set(jwk("ES256", "es256"), jwk("RS256", "rs256"))
    path = tmp_path / "clients.toml"
    trusting(tmp_path, table())
    (tmp_path / "keys.json").write_bytes(keys)

    gate = authentication(*load_clients(str(path), ("ES256", "RS256")), algorithms=("ES256", "RS256"))
    assert reason(gate, f"Bearer {token(algorithm='ES256')}") is None
    assert reason(gate, f"Bearer {token(algorithm='RS256')}") is None
    assert reason(gate, f"Bearer {token()}") is Reason.ALGORITHM


def test_a_subject_and_a_tenant_are_demanded_where_the_file_names_them(tmp_path: Path) -> None:
    gate = authentication(*trusting(tmp_path, table(subject="id-1", tenant="north", profile="epic")))
    good = gate.caller(f"Bearer {token(sub='id-1', tenant='north')}", PATH)
    assert good == Caller(name="ehr", issuer=ISSUER, profile="epic")
    for other in (
        {},
        {"sub": "id-1"},
        {"tenant": "north"},
        {"sub": "id-2", "tenant": "north"},
        {"sub": ["id-1"], "tenant": "north"},
    ):
        assert reason(gate, f"Bearer {token(**other)}") is Reason.CLIENT, other


def test_clients_of_one_issuer_are_told_apart_and_have_keys_of_their_own(tmp_path: Path) -> None:
    north, south = table("north", tenant="n"), table("south", tenant="s", profile="oracle")
    (first,) = trusting(tmp_path, north)
    (second,) = trusting(tmp_path, south, keys=jwk_set(jwk("ES384", "es384", owner="south")))
    gate = authentication(first, second)
    assert gate.caller(f"Bearer {token(tenant='n')}", PATH).name == "north"
    assert gate.caller(f"Bearer {token(tenant='s', owner='south')}", PATH).profile == "oracle"
    assert reason(gate, f"Bearer {token(tenant='s')}") is Reason.SIGNATURE
    assert reason(gate, f"Bearer {token(tenant='n', owner='south')}") is Reason.SIGNATURE


def test_a_token_is_good_once(ehr: TrustedClient) -> None:
    gate = authentication(ehr)
    once = f"Bearer {token()}"
    assert [reason(gate, once) for _ in range(3)] == [None, Reason.REPLAY, Reason.REPLAY]
    assert reason(gate, f"Bearer {token()}") is None


def test_an_id_is_used_up_by_good_tokens_only(ehr: TrustedClient) -> None:
    gate = authentication(ehr)
    for forged in (token(jti="same", owner="thief"), token(jti="same", aud=BASE), token(jti="same", exp=now() + HOUR)):
        assert reason(gate, f"Bearer {forged}") is not Reason.REPLAY
    assert reason(gate, f"Bearer {token(jti='same')}") is None
    assert reason(gate, f"Bearer {token(jti='same')}") is Reason.REPLAY


def test_of_many_threads_with_one_token_one_is_let_in(ehr: TrustedClient) -> None:
    gate, once, found = authentication(ehr), f"Bearer {token()}", []
    start = threading.Barrier(8)

    def call() -> None:
        start.wait()
        found.append(reason(gate, once))

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, found)) == ["None", *["replay"] * 7]


def test_the_store_is_told_how_long_a_token_would_be_taken(ehr: TrustedClient) -> None:
    asked: list[tuple[str, str, float]] = []

    class Store:
        def first_use(self, issuer: str, token_id: str, expires: Any) -> bool:
            asked.append((issuer, token_id, expires.timestamp()))
            return True

    end = now() + 240
    assert reason(authentication(ehr, tokens=Store()), f"Bearer {token(jti='id-1', exp=end)}") is None
    assert asked == [(ISSUER, "id-1", end + 30)]


def test_when_the_store_fails_nobody_is_let_in(ehr: TrustedClient) -> None:
    class Broken:
        def first_use(self, *_: Any) -> bool:
            raise OSError("planted secret")

    with pytest.raises(CannotTell, match=r"^OSError$"):
        authentication(ehr, tokens=Broken()).caller(f"Bearer {token()}", PATH)


def test_a_refusal_holds_no_word_of_the_token(ehr: TrustedClient) -> None:
    with pytest.raises(NotAuthenticated) as refusal:
        authentication(ehr).caller(f"Bearer {token(owner='thief', jti='planted')}", PATH)
    assert (str(refusal.value), refusal.value.client) == ("signature", "ehr")
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__
