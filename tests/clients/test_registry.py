"""The clients' file: what it may say, and a clear word with client and remedy for what it may not."""

import base64
import json
from importlib.resources import files
from pathlib import Path

import pytest

from cds_service.clients.addresses import address_of
from cds_service.clients.registry import ClientsProblem, load_clients
from tests.clients.signing import ALGORITHMS, ISSUER, jwk, jwk_set, private_key, table, trusting

JKU = "https://ehr.hospital.example/keys?set=cds"


def fault(folder: Path, *tables: str, keys: bytes = b"") -> str:
    with pytest.raises(ClientsProblem) as problem:
        trusting(folder, *tables, keys=keys)
    message = str(problem.value)
    assert message.startswith(f"the clients' file {folder / 'clients.toml'} cannot be used: ")
    assert "\n" not in message
    return message


def test_the_shipped_example_can_be_used_as_it_is(tmp_path: Path) -> None:
    example = (files("cds_service.clients") / "clients-example.toml").read_text("utf-8")
    (tmp_path / "clients.toml").write_text(example, "utf-8")
    epic, pilot = load_clients(str(tmp_path / "clients.toml"), ALGORITHMS)
    assert (epic.profile, epic.tenant, epic.base_audience) == ("epic", None, False)
    assert (pilot.profile, pilot.subject, pilot.tenant) == (None, None, "clinic-7")
    assert [a.url for a in pilot.addresses] == ["https://ehr.pilot.example/.well-known/jwks.json"]


def test_the_shipped_example_explains_every_setting_of_a_client(tmp_path: Path) -> None:
    example = (files("cds_service.clients") / "clients-example.toml").read_text("utf-8")
    named = fault(tmp_path, table(other=1)).split("there are ")[1].split(", ")
    assert len(named) == 11
    assert [n for n in named if f"\n# {n} " not in example] == []


def test_a_client_has_all_that_is_said_of_it(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("")
    more = {"jku": [JKU, "https://10.1.2.3/k"], "jwks_file": None, "networks": ["10.0.0.0/8"], "ca_file": "ca.pem"}
    (found,) = trusting(tmp_path, table(subject="s", tenant="t", profile="oracle", base_audience=True, **more))
    assert (found.name, found.issuer, found.profile) == ("ehr", ISSUER, "oracle")
    assert (found.subject, found.tenant, found.base_audience, found.pinned) == ("s", "t", True, None)
    first, second = found.addresses
    assert (first.url, first.authorities) == (JKU, str(tmp_path / "ca.pem"))
    assert first.server.base == "https://ehr.hospital.example"
    assert [first.server.permits(a) for a in ("10.1.2.3", "8.8.8.8", "127.0.0.1")] == [True, False, False]
    assert second.server.base == "https://10.1.2.3"


FAULTS = [
    (table(name=None), "client 1: name is missing", "no name"),
    (table("Main Hospital"), "name must be up to 40 lower-case", "a name with a space"),
    (table(issuer=None), "client 1 (ehr): issuer is missing", "no issuer"),
    (table(issuer=""), "issuer: string should have at least 1", "an empty issuer"),
    (table(issuer=7), "issuer: input should be a valid string", "an issuer that is a number"),
    (table(subject=""), "subject: string should have at least 1", "an empty subject, which would be anybody's"),
    (table(tenant=""), "tenant: string should have at least 1", "an empty tenant"),
    (table(profile="cerner"), "'standard', 'epic' or 'oracle'", "an unknown profile"),
    (table(isuer="x"), "isuer is no setting of a client; there are name, issuer", "a misspelt key"),
    (table(base_audience="yes"), "base_audience: input should be a valid boolean", "yes for true"),
    (table(jwks_file=None), "either jku or jwks_file", "no keys"),
    (table(jku=[JKU]), "and not both", "keys from two places"),
    (table(jku=JKU, jwks_file=None), "jku: input should be a valid list", "a jku that is no list"),
    (table(networks=["10.0.0.0/8"]), "belong to jku", "networks of a file"),
    (table(jwks_file="other.json"), "jwks_file: other.json cannot be read", "no such file of keys"),
    (table(jku=["https://x.example/k"], jwks_file=None, ca_file="x.pem"), "ca_file: there is no file x.pem", "no such file of authorities"),
    (table(issuer="https://sandbox.cds-hooks.org"), "issuer is the public CDS Hooks sandbox", "the public sandbox"),
    (table(issuer="https://SANDBOX.cds-hooks.org/"), "issuer is the public CDS Hooks sandbox", "the public sandbox in other letters"),
    (table(jku=["https://sandbox.cds-hooks.org/.well-known/jwks.json"], jwks_file=None), "jku: https://sandbox.cds-hooks.org/.well-known/jwks.json is the public", "its keys under another name"),
    (table(jku=["http://127.0.0.1/k"], jwks_file=None), "jku: http://127.0.0.1/k must be https", "http"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words", "why"), FAULTS, ids=[f[2] for f in FAULTS])
def test_a_fault_names_the_client_and_what_would_be_right(tmp_path: Path, text: str, words: str, why: str) -> None:
    message = fault(tmp_path, text)
    assert words in message, why
    assert "client 1" in message


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    message = fault(tmp_path, table(profile="x", tenant=7), table("b", issuer=None))
    assert message.count("client 1 (ehr): ") == 2
    assert message.count("client 2 (b): ") == 1


DOCUMENTS = [
    ("", "it names no client; each is a table [[client]]", "an empty file"),
    ("client = 7", "it names no client", "a client that is a number"),
    ("client = [7]", "client 1: input should be", "a client that is no table"),
    ('[client]\nname = "x"', "it names no client", "one bracket"),
    ("[[client]", "at line 1", "no TOML"),
    (f'issuer = "x"\n[[client]]\n{table()}', "issuer stands outside of the clients", "a setting above its client"),
]


@pytest.mark.parametrize(("text", "words", "why"), DOCUMENTS, ids=[d[2] for d in DOCUMENTS])
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str, words: str, why: str) -> None:
    (tmp_path / "clients.toml").write_text(text)
    with pytest.raises(ClientsProblem) as problem:
        load_clients(str(tmp_path / "clients.toml"), ALGORITHMS)
    assert words in str(problem.value), why


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ClientsProblem, match="No such file"):
        load_clients(str(tmp_path / "none.toml"), ALGORITHMS)
    (tmp_path / "latin.toml").write_bytes(b"\xff")
    with pytest.raises(ClientsProblem, match="utf-8"):
        load_clients(str(tmp_path / "latin.toml"), ALGORITHMS)


TWINS = [
    (table("a"), table("b"), "have the same issuer", "the same client twice"),
    (table("a", subject="x"), table("b"), "have the same issuer", "one with a subject, one with any"),
    (table("a", subject="x"), table("b", tenant="t"), "have the same issuer", "a token may be of both"),
    (table("a", subject="x", tenant="t"), table("b", subject="x", tenant="t"), "have the same issuer", "the same twice"),
    (table("a"), table("a", issuer="https://other.example"), "two clients are named a", "one name for two"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "words", "why"), TWINS, ids=[t[3] for t in TWINS])
def test_clients_that_cannot_be_told_apart_are_refused(
    tmp_path: Path, first: str, second: str, words: str, why: str
) -> None:
    assert words in fault(tmp_path, first, second), why


def test_clients_that_differ_in_subject_or_tenant_may_share_an_issuer(tmp_path: Path) -> None:
    found = trusting(tmp_path, table("a", subject="x"), table("b", subject="y", tenant="t"), table("c", subject="z"))
    assert [c.name for c in found] == ["a", "b", "c"]


PRIVATE = {**jwk("ES384", "es384"), "d": "AA"}
KEY_FILES = [
    (b"keys", "it is not JSON", "words"),
    (b"[" * 100_000, "it is not JSON", "many levels"),
    (b"[]", "it is not a JWK Set", "a list"),
    (json.dumps(jwk("ES384", "x")).encode(), "it is not a JWK Set", "a single key"),
    (jwk_set(*[jwk("ES384", str(n)) for n in range(201)]), "it has more than 200 keys", "a flood of keys"),
    (jwk_set(), "has no public key with a kid", "no key"),
    (jwk_set(jwk("ES256", "x")), "has no public key with a kid for one of ES384, RS384", "a key of no allowed kind"),
    (jwk_set(jwk("ES384", None)), "has no public key with a kid", "a key without an id"),
    (jwk_set(PRIVATE), "it holds a private or shared key", "a private key"),
    (jwk_set(jwk("ES384", "x"), {"kty": "oct", "k": "AA", "kid": "y"}), "it holds a private or shared key", "a secret"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "words", "why"), KEY_FILES, ids=[k[2] for k in KEY_FILES])
def test_a_file_of_keys_that_cannot_be_used_is_refused(tmp_path: Path, raw: bytes, words: str, why: str) -> None:
    assert words in fault(tmp_path, table(), keys=raw), why


def test_keys_that_cannot_verify_are_left_out(tmp_path: Path) -> None:
    weak = private_key("RS384", "weak", 1024)
    numbers = weak.public_key().public_numbers().n.to_bytes(128, "big")
    odd = [
        {**jwk("RS384", "weak"), "n": base64.urlsafe_b64encode(numbers).rstrip(b"=").decode()},
        jwk("ES384", "crooked", x="AAAA"),
        jwk("ES384", "numbers", x=7, y=[]),
        jwk("ES384", "off-curve", x="A" * 64, y="A" * 64),
        jwk("ES384", "enc", use="enc"),
        jwk("ES384", "signs", key_ops=["sign"]),
        jwk("ES384", "ops", key_ops="verify"),
        jwk("ES384", "alg", alg="ES256"),
        jwk("ES384", "list", alg=["ES384"]),
        jwk("ES384", "crv", crv="P-256"),
        jwk("ES384", "kty", kty="RSA"),
        jwk("ES384", 7),
    ]
    good = [jwk("ES384", "es384", key_ops=["verify"], use=None), jwk("RS384", "rs384", alg=None)]
    keys = json.dumps({"keys": [7, None, *odd, *good]}).encode()
    (client,) = trusting(tmp_path, table(), keys=keys)
    assert client.pinned is not None
    assert sorted(client.pinned) == [("es384", "ES384"), ("rs384", "RS384")]


ADDRESSES = [
    ("ftp://ehr.example/k", "must start with https://", "another scheme"),
    ("ehr.example/k", "must start with https://", "no scheme"),
    ("https://", "its host must be a plain name", "no host"),
    ("https://user:word@ehr.example/k", "no user name", "a password"),
    ("https://ehr.example/k#x", "without spaces and fragment", "a fragment"),
    ("https://ehr.example/k k", "without spaces", "a space"),
    ("https://ehr.example\\@thief.example/k", "without spaces", "a backslash"),
    ("https://ehr.exämple/k", "without spaces", "a letter that is not ASCII"),
    ("https://ehr.example:port/k", "cannot be called", "a port that is none"),
    ("http://ehr.example/k", "must be https", "http"),
    ("http://127.0.0.1/k", "must be https", "http on this machine, where it was not allowed"),
]


@pytest.mark.parametrize(("url", "words", "why"), ADDRESSES, ids=[a[2] for a in ADDRESSES])
def test_an_address_that_keys_cannot_come_from_is_refused(url: str, words: str, why: str) -> None:
    with pytest.raises(ValueError, match=words):
        address_of(url)


def test_http_is_for_this_machine_only_even_where_it_is_allowed() -> None:
    assert address_of("http://localhost:9/k", plain=True).permits("127.0.0.1")
    for url, networks in (("http://10.0.0.1/k", []), ("http://ehr.example/k", ["10.0.0.0/8"])):
        with pytest.raises(ValueError, match="must be https"):
            address_of(url, networks, plain=True)
