"""Client authentication by the real server: how it starts, whom it lets in, what it leaves in its log."""

import http.client
import json
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.charts import mission
from tests.client.fake import raw, running, status
from tests.clients.signing import ALGORITHMS, PATH, jwk, jwk_set, table, token
from tests.ports import free_port
from tests.web.test_servers import started

pytestmark = [pytest.mark.server, pytest.mark.enable_socket]
KEYS = raw(jwk_set(*(jwk(a, a.lower()) for a in ALGORITHMS)))


def ask(port: int, headers: dict[str, str], path: str = PATH, body: Any = None) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        sent = json.dumps(mission() if body is None else body)
        connection.request("POST", path, sent, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def until_it_listens(port: int, process: subprocess.Popen[str]) -> None:
    for _ in range(900):
        assert process.poll() is None, process.stdout.read() if process.stdout else ""
        try:
            assert ask(port, {}) == 401
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not answer in time")


def environment(folder: Path, base: str, jku: str) -> dict[str, str]:
    text = table(jwks_file=None, jku=[jku], loopback_http=True)
    (folder / "clients.toml").write_text(f"[[client]]\n{text}\n")
    return {"ILIAC_CDS_PUBLIC_URL": base, "ILIAC_CDS_CLIENTS": str(folder / "clients.toml")}


def test_the_server_lets_in_trusted_clients_and_nobody_else(tmp_path: Path) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with running({"keys": KEYS, "thief": status(500)}) as fake:
        more = environment(tmp_path, base, f"{fake.base}/keys")
        with started("serve", "--port", str(port), "--workers", "1", **more) as process:
            until_it_listens(port, process)
            assert fake.paths() == ["keys"], "the keys are there before the first client is"

            def bearer(**changes: Any) -> dict[str, str]:
                return {"Authorization": f"Bearer {token(**{'aud': base + PATH, **changes})}"}

            once = bearer(jti="planted-id")
            assert ask(port, once) == 200
            assert ask(port, once) == 401
            for algorithm in ALGORITHMS:
                assert ask(port, bearer(algorithm=algorithm, header={"jku": f"{fake.base}/keys"})) == 200
            assert ask(port, bearer(owner="thief")) == 401
            assert ask(port, bearer(header={"jku": f"{fake.base}/thief"})) == 401
            assert ask(port, bearer(), path="/cds-services/unknown") == 401
            process.terminate()
            output = process.communicate(timeout=60)[0]
    assert set(fake.paths()) == {"keys"}
    assert "caller refused: replay, client ehr" in output
    for secret in ("planted-id", "eyJ", "Traceback", str(fake.port)):
        assert secret not in output


def test_a_stranger_is_refused_before_the_body_is_sent(tmp_path: Path) -> None:
    port = free_port()
    with running({"keys": KEYS}) as fake:
        more = environment(tmp_path, f"http://127.0.0.1:{port}", f"{fake.base}/keys")
        with started("serve", "--port", str(port), "--workers", "1", **more) as process:
            until_it_listens(port, process)
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                connection.sendall(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n".encode())
                assert connection.recv(100).startswith(b"HTTP/1.1 401 ")


def test_keys_that_come_after_the_start_and_new_ones_are_found_by_every_worker(tmp_path: Path) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with running({"keys": status(503)}) as fake:
        more = environment(tmp_path, base, f"{fake.base}/keys")
        with started("serve", "--port", str(port), "--workers", "2", **more) as process:
            until_it_listens(port, process)
            for kid in ("first", "second"):
                fake.answers["keys"] = raw(jwk_set(jwk("ES384", kid)))
                answered = [ask(port, signed_by(kid, base)) for _ in range(12)]
                assert answered.count(200) >= 8, "a busy machine may be late once or twice"
                assert ask(port, signed_by("other", base)) == 401
    assert len(fake.calls) >= 3


def test_a_token_is_taken_once_by_all_workers_together_and_after_a_restart(tmp_path: Path) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with running({"keys": KEYS}) as fake:
        more = environment(tmp_path, base, f"{fake.base}/keys")
        once = {"Authorization": f"Bearer {token(aud=base + PATH)}"}
        for turn in ("first start", "after a restart"):
            kept = {**more, "ILIAC_CDS_DATA_DIR": str(tmp_path / "data")}
            with started("serve", "--port", str(port), "--workers", "2", **kept) as process:
                until_it_listens(port, process)
                answered = [ask(port, once) for _ in range(10)]
                assert answered.count(200) == (turn == "first start"), turn
                process.terminate()
                process.communicate(timeout=60)


def signed_by(kid: str, base: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(aud=base + PATH, header={'kid': kid})}"}


FAULTY = [
    ({}, "needs ILIAC_CDS_PUBLIC_URL", "nothing is said"),
    ({"ILIAC_CDS_PUBLIC_URL": "https://cds.example"}, "and ILIAC_CDS_CLIENTS", "no clients"),
    ({"ILIAC_CDS_PUBLIC_URL": "http://cds.example"}, "ILIAC_CDS_PUBLIC_URL: ", "an address without TLS"),
    ({"ILIAC_CDS_PUBLIC_URL": "https://cds.example", "ILIAC_CDS_CLIENTS": "nowhere.toml"}, "nowhere.toml cannot be used", "no file"),
    ({"ILIAC_CDS_JWT_ALGORITHMS": "HS256"}, "ILIAC_CDS_JWT_ALGORITHMS: ", "a shared secret"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "words", "why"), FAULTY, ids=[f[2] for f in FAULTY])
def test_a_server_that_would_let_in_everybody_or_nobody_does_not_start(
    more: dict[str, str], words: str, why: str
) -> None:
    with started("serve", "--port", "0", **more) as process:
        output = process.communicate(timeout=60)[0]
    assert process.returncode == 2
    assert words in output, why
    assert output.count("\n") == 1
