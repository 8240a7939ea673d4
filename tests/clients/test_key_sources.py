"""Keys fetched from real servers that rotate, dawdle, lie and break off: few calls, short waits, old keys for a while."""

import json
import logging
import multiprocessing
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
import trustme

from cds_service.clients import key_sources
from cds_service.clients.addresses import address_of
from cds_service.clients.key_sources import LIFETIME, MOST_FETCHES, STALE, WINDOW, Address, FetchedKeys
from cds_service.clients.verification import NotAuthenticated, Reason
from tests.client.fake import Answer, Fake, after, dripping, flooding, hanging_up, raw, running, status
from tests.clients.signing import (
    ALGORITHMS,
    ISSUER,
    PATH,
    authentication,
    jwk,
    jwk_set,
    private_key,
    table,
    token,
    trusting,
)

pytestmark = [pytest.mark.server, pytest.mark.enable_socket]
OLD, NEW = raw(jwk_set(jwk("ES384", "old"))), raw(jwk_set(jwk("ES384", "new")))
BOTH = raw(jwk_set(jwk("ES384", "old"), jwk("ES384", "new")))
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time enough for a good answer on a machine that is busy."""
    monkeypatch.setattr(key_sources, "SECONDS", 30.0)


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """For tests of answers that never come."""
    return lambda: monkeypatch.setattr(key_sources, "SECONDS", 1.0)


class Clock:
    """A clock that is set by hand; it starts where the real one is."""

    def __init__(self) -> None:
        self.now = time.monotonic()

    def __call__(self) -> float:
        return self.now


def source(fake: Fake, clock: Callable[[], float] = time.monotonic) -> FetchedKeys:
    url = f"{fake.base}/keys"
    return FetchedKeys("ehr", Address(url=url, server=address_of(url, plain=True)), ALGORITHMS, clock)


def has(keys: FetchedKeys, kid: str) -> bool:
    return keys.key(kid, "ES384") is not None


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether something becomes true, given ample time."""
    for _ in range(400):
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_keys_are_fetched_once_and_with_nothing_of_ours() -> None:
    with running({"keys": OLD}) as fake:
        keys = source(fake)
        assert [has(keys, "old") for _ in range(3)] == [True] * 3
    (call,) = fake.calls
    assert set(call.headers) <= {"accept", "accept-encoding", "connection", "host", "user-agent"}
    assert "authorization" not in call.headers


def test_warmed_keys_are_there_before_the_first_request() -> None:
    with running({"keys": OLD}) as fake:
        keys = source(fake)
        keys.warm()
    assert has(keys, "old")


def test_a_new_key_is_fetched_when_a_token_names_it() -> None:
    with running({"keys": [OLD, BOTH, NEW]}) as fake:
        keys = source(fake)
        assert has(keys, "old")
        assert has(keys, "new")
        assert has(keys, "old"), "both are in the set while it changes"
        assert len(fake.calls) == 2


def test_a_key_that_was_withdrawn_is_gone_after_its_time() -> None:
    clock = Clock()
    with running({"keys": [OLD, NEW]}) as fake:
        keys = source(fake, clock)
        assert has(keys, "old")
        clock.now += LIFETIME + 1
        assert has(keys, "old"), "nobody waits for a fetch in the background"
        assert eventually(lambda: not has(keys, "old"))
        assert has(keys, "new")
        assert len(fake.calls) >= 2


def test_a_set_that_became_empty_withdraws_all_keys() -> None:
    clock = Clock()
    with running({"keys": [OLD, raw(jwk_set())]}) as fake:
        keys = source(fake, clock)
        assert has(keys, "old")
        clock.now += LIFETIME + 1
        assert eventually(lambda: not has(keys, "old"))


def test_a_key_whose_private_part_was_published_is_not_taken() -> None:
    """Everyone can sign with it. The others of the set are as good as before."""
    published = {**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(private_key("ES384"))), "kid": "published"}
    with running({"keys": raw(jwk_set(published, jwk("ES384", "old")))}) as fake:
        keys = source(fake)
        assert has(keys, "old")
        assert not has(keys, "published")


def test_made_up_key_ids_cause_few_fetches() -> None:
    clock = Clock()
    with running({"keys": OLD}) as fake:
        keys = source(fake, clock)
        assert not any(has(keys, f"made-up-{n}") for n in range(50))
        assert len(fake.calls) == MOST_FETCHES
        assert has(keys, "old")
        clock.now += WINDOW + 1
        assert not any(has(keys, f"made-up-{n}") for n in range(50))
        assert len(fake.calls) == 2 * MOST_FETCHES


def test_requests_that_come_together_share_one_fetch() -> None:
    with running({"keys": after(0.5, OLD)}) as fake:
        keys, found = source(fake), []
        threads = [threading.Thread(target=lambda: found.append(has(keys, "old"))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [True] * 8
        assert len(fake.calls) < MOST_FETCHES


def test_old_keys_serve_while_new_ones_cannot_be_fetched_but_not_for_ever() -> None:
    clock = Clock()
    with running({"keys": [OLD, status(503)]}) as fake:
        keys = source(fake, clock)
        assert has(keys, "old")
        clock.now += LIFETIME + STALE - 1
        assert has(keys, "old")
        assert eventually(lambda: len(fake.calls) >= 2)
        assert has(keys, "old")
        clock.now += 2
        assert not has(keys, "old")


def test_keys_are_fetched_again_after_the_server_was_down() -> None:
    clock = Clock()
    with running({"keys": [status(500), OLD]}) as fake:
        keys = source(fake, clock)
        assert not has(keys, "old")
        assert has(keys, "old")


BAD: list[tuple[Answer, str]] = [
    (status(404), "nothing there"),
    (status(500), "an error"),
    (status(204), "no content"),
    (raw(jwk_set(jwk("ES384", "old")), code=302, Location="http://127.0.0.1:1/keys"), "a redirect"),
    (raw(jwk_set(jwk("ES384", "old")), code=201), "another status than 200"),
    (raw(b"<html>Log in</html>", "text/html"), "a page"),
    (raw(b'{"keys": ['), "half an answer"),
    (raw(b"[]"), "a list"),
    (raw(b'{"keys": {}}'), "keys that are no list"),
    (raw(b"[" * 100_000), "many levels"),
    (raw(b'{"keys": []}' + b" " * 300_000), "too large an answer"),
    (flooding(HEAD + b"\r\n"), "an answer without end"),
    (dripping(HEAD + b"\r\n"), "an answer byte by byte"),
    (dripping(HEAD + b"Content-Length: 9999\r\n\r\n"), "a body byte by byte"),
    (hanging_up(), "no answer"),
    (hanging_up(HEAD + b'Content-Length: 99\r\n\r\n{"keys": ['), "an answer that breaks off"),
    (hanging_up(b"SSH-2.0-OpenSSH_9.6\r\n"), "another protocol"),
    (after(30, OLD), "an answer that comes too late"),
]


@pytest.mark.parametrize(("answer", "why"), BAD, ids=[b[1] for b in BAD])
def test_what_is_no_key_set_is_not_taken_and_the_log_says_so_without_the_address(
    answer: Answer, why: str, caplog: pytest.LogCaptureFixture, hurry: Callable[[], None]
) -> None:
    hurry()
    with running({"keys": answer}) as fake:
        keys = source(fake)
        assert not has(keys, "old"), why
        assert eventually(lambda: "the keys of client ehr cannot be fetched: " in caplog.text)
        assert len(fake.calls) == 1
        assert str(fake.port) not in caplog.text


def test_a_slow_server_costs_its_requests_little_and_the_others_nothing(hurry: Callable[[], None]) -> None:
    """The waits end by themselves; were one of them without an end, this test would have none either."""
    clock = Clock()
    with running({"keys": [OLD, after(60, NEW)]}) as fake:
        keys = source(fake, clock)
        assert has(keys, "old")
        hurry()
        waiting = threading.Thread(target=has, args=[keys, "new"])
        waiting.start()
        assert eventually(lambda: len(fake.calls) == 2)
        assert has(keys, "old"), "while another request waits"
        waiting.join(20)
        assert not waiting.is_alive()


def test_a_name_that_is_not_found_in_time_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, hurry: Callable[[], None]
) -> None:
    hurry()
    found = threading.Event()

    def hang(*_: Any, **__: Any) -> Any:
        found.wait(60)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    url = "https://ehr.hospital.example/keys"
    keys = FetchedKeys("ehr", Address(url=url, server=address_of(url)), ALGORITHMS)
    assert [has(keys, "old") for _ in range(20)] == [False] * 20
    assert not found.is_set()
    found.set()
    assert eventually(lambda: not [t for t in threading.enumerate() if t.name == "client keys"])


def test_an_address_that_is_not_permitted_is_not_called(caplog: pytest.LogCaptureFixture) -> None:
    with running({"keys": OLD}) as fake:
        url = f"https://localhost.hospital.example:{fake.port}/keys"
        original = socket.getaddrinfo

        def rebound(host: str, port: int, **more: Any) -> Any:
            return original("127.0.0.1", port, **more)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(socket, "getaddrinfo", rebound)
            assert not has(FetchedKeys("ehr", Address(url=url, server=address_of(url)), ALGORITHMS), "old")
    assert fake.connections == 0
    assert "cannot be reached" in caplog.text


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with running() as proxy, running({"keys": OLD}) as fake:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert has(source(fake), "old")
    assert proxy.connections == 0


def test_certificates_are_checked_by_the_authorities_of_the_client(tmp_path: Path) -> None:
    ours, theirs = trustme.CA(), trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.issue_cert("127.0.0.1").configure_cert(context)
    ours.cert_pem.write_to_path(str(tmp_path / "ours.pem"))
    theirs.cert_pem.write_to_path(str(tmp_path / "theirs.pem"))
    with running({"keys": OLD}, wrap=lambda s: context.wrap_socket(s, server_side=True)) as fake:
        url = f"https://127.0.0.1:{fake.port}/fhir/keys"
        for name, trusted in (("ours.pem", True), ("theirs.pem", False), ("", False)):
            authorities = str(tmp_path / name) if name else ""
            address = Address(url=url, server=address_of(url), authorities=authorities)
            assert has(FetchedKeys("ehr", address, ALGORITHMS), "old") is trusted, name


def _in_a_child(keys: FetchedKeys, answers: Any) -> None:
    answers.put((has(keys, "old"), has(keys, "new")))


def test_a_process_forked_after_the_start_has_the_keys_and_fetches_its_own(recwarn: pytest.WarningsRecorder) -> None:
    with running({"keys": [OLD, NEW]}) as fake:
        keys = source(fake)
        keys.warm()
        fork = multiprocessing.get_context("fork")
        answers = fork.Queue()
        children = [fork.Process(target=_in_a_child, args=(keys, answers)) for _ in range(2)]
        for child in children:
            child.start()
        found = [answers.get(timeout=60) for _ in children]
        for child in children:
            child.join(60)
        assert found == [(True, True)] * 2
        assert len(fake.calls) == 3
    recwarn.clear()


def fetched(fake: Fake, folder: Path, *paths: str) -> Any:
    jku = [f"{fake.base}/{p}" for p in paths]
    return trusting(folder, table(jwks_file=None, jku=jku, loopback_http=True))


def refusal(gate: Any, **header: Any) -> Reason | None:
    try:
        gate.caller(f"Bearer {token(header=header)}", PATH)
    except NotAuthenticated as error:
        return error.reason
    return None


def test_a_jku_is_looked_up_in_the_list_and_never_followed(tmp_path: Path) -> None:
    thief = jwk_set(jwk("ES384", "es384", owner="thief"))
    answers: dict[str, Any] = {"keys": raw(jwk_set(jwk("ES384", "es384"))), "more": raw(jwk_set(jwk("ES384", "other")))}
    with running({**answers, "thief": raw(thief)}) as fake:
        gate = authentication(*fetched(fake, tmp_path, "keys", "more"))
        gate.warm()
        good = f"{fake.base}/keys"
        assert refusal(gate, jku=good) is None
        assert refusal(gate) is None, "without jku all of the client's addresses are looked through"
        for other in (
            f"{fake.base}/thief",
            good + "/",
            good + "?",
            good.upper(),
            f"{fake.base}/x/../keys",
            "",
            7,
            [good],
            {},
        ):
            assert refusal(gate, jku=other) is Reason.JKU, other
        assert refusal(gate, jku=f"{fake.base}/more") is Reason.KEY, "a key is good at its own address only"
    assert set(fake.paths()) == {"keys", "more"}


def test_a_client_s_keys_say_nothing_of_another_client(tmp_path: Path) -> None:
    with running(
        {"a": raw(jwk_set(jwk("ES384", "es384"))), "b": raw(jwk_set(jwk("ES384", "es384", owner="b")))}
    ) as fake:
        more = {"jwks_file": None, "loopback_http": True}
        a = table("a", jku=[f"{fake.base}/a"], **more)
        b = table("b", jku=[f"{fake.base}/b"], issuer="https://b.example", **more)
        gate = authentication(*trusting(tmp_path, a, b))
        assert gate.caller(f"Bearer {token()}", PATH).issuer == ISSUER
        good = token(iss="https://b.example", owner="b", header={"jku": f"{fake.base}/b"})
        assert gate.caller(f"Bearer {good}", PATH).name == "b"
        for forged in (
            token(iss="https://b.example"),
            token(iss="https://b.example", header={"jku": f"{fake.base}/a"}),
            token(owner="b"),
            token(owner="b", header={"jku": f"{fake.base}/b"}),
        ):
            with pytest.raises(NotAuthenticated):
                gate.caller(f"Bearer {forged}", PATH)


def test_a_server_of_keys_that_is_down_does_not_keep_the_service_from_starting(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.WARNING),
        running({"keys": [hanging_up(), raw(jwk_set(jwk("ES384", "es384")))]}) as fake,
    ):
        gate = authentication(*fetched(fake, tmp_path, "keys"))
        gate.warm()
        assert "the keys of client ehr cannot be fetched" in caplog.text
        assert refusal(gate) is None
