"""The store locked, full, read-only, broken: feedback is refused with 503 and taken later, calls are answered meanwhile.

A locked file, a database that is dropped, and feedback refused meanwhile: `tests/stores/test_serving.py`.
"""

import errno
import json
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from cds_service.stores.place import FILE_NAME, Place
from tests.faults.conftest import Guarded, Scene
from tests.faults.senders import FEED, NOTHING, both_answer, deliver, feedback, kept, lost_or_doubled, new_card, sending
from tests.ops.serving import CHARGE, Reply, served, until
from tests.ops.test_serving import BODY
from tests.web.test_servers import started

pytestmark = [pytest.mark.server, pytest.mark.enable_socket]

FAULTS: list[tuple[dict[str, int], str]] = [
    ({"writing": errno.ENOSPC}, "the disk is full"),
    ({"writing": errno.EROFS}, "the file system has become read-only"),
    ({"writing": errno.EIO}, "the disk is broken"),
    ({"syncing": errno.EIO}, "the disk does not keep what it was given"),
]


def transient(answer: Reply) -> bool:
    """Whether it is the 503 that tells a client to come again."""
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    return answer.status == 503 and outcome["issue"][0]["code"] == "transient" and "retry-after" in answer.headers


@pytest.mark.parametrize(("fault", "why"), FAULTS, ids=[f[1] for f in FAULTS])
def test_feedback_waits_for_a_disk_that_fails_and_calls_do_not(scene: Scene, fault: dict[str, int], why: str) -> None:
    server, refused = scene.server, new_card()
    before = server.call(body=BODY).json()
    with sending(server) as senders:
        senders.until_taken(10)
        scene.meddling.disk(**fault)
        until(lambda: senders.answers[503] > 0)
        for _ in range(8):
            assert transient(server.call(FEED, feedback(refused))), why
            assert server.call(body=BODY).json() == before
        scene.meddling.disk()
        senders.until_taken(10)
    deliver(server, refused)
    assert lost_or_doubled(scene.place, [*senders.taken, refused]) == NOTHING
    assert set(senders.answers) == {200, 503}


@contextmanager
def small_disk(folder: Path, *, size: str = "2m") -> Iterator[None]:
    """A file system of its own; skips by name where none can be mounted."""
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True)
    if done.returncode:
        pytest.skip("no file system can be mounted here: that needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(file: Path) -> None:
    with file.open("wb", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(bytes(4096))


def test_a_disk_that_is_really_full_stops_neither_calls_nor_server_and_the_log_goes_on(tmp_path: Path) -> None:
    """Store and log lie on the same file system; there is room again later."""
    disk = tmp_path / "disk"
    with small_disk(disk), served(disk, workers=2) as server:
        before = server.call(body=BODY).json()
        deliver(server, first := new_card())
        fill(disk / "filler")
        until(lambda: transient_or_taken(server.call(FEED, feedback(*[new_card() for _ in range(50)]))))
        for _ in range(8):
            assert server.call(body=BODY).json() == before
        (disk / "filler").unlink()
        deliver(server, last := new_card())
        assert {first, last} <= set(kept(Place(directory=str(disk))))
        for _ in range(4):
            assert server.call(body=BODY).json() == before
        assert server.stop() == 0
        words = server.log.read_text()
    assert json.loads(words.splitlines()[-1])["event"] == "Shutting down: Master"
    assert "Logging error" not in words


def transient_or_taken(answer: Reply) -> bool:
    """False while there is room in the file's own blocks; then the refusal."""
    return answer.status != 200 and transient(answer)


def test_a_store_that_cannot_be_written_at_the_start_is_said_in_one_line(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk):
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with started("serve", ILIAC_CDS_AUTH="off", ILIAC_CDS_DATA_DIR=str(disk)) as process:
            output = process.communicate(timeout=60)[0]
    assert process.returncode == 2
    assert f"{disk / FILE_NAME} cannot be written" in output
    assert output.count("\n") == 1


def test_with_tokens_nobody_is_let_in_while_the_store_is_away_and_everybody_afterwards(guarded: Guarded) -> None:
    """A token that may have been used is not taken; calls without tokens are answered all the same, see above."""
    server = guarded.server
    with closing(sqlite3.connect(guarded.folder / FILE_NAME, isolation_level=None)) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        for path, body in ((CHARGE, BODY), (FEED, feedback(new_card())), ("/cds-services", None)):
            assert transient(server.call(path, body, **guarded.bearer(path))), path
        assert server.call("/readyz").status == 503
        assert server.call("/healthz").status == 200
        assert server.call(body=BODY).status == 401, "whoever brings no token is told so without the store"
    until(lambda: server.call("/readyz").status == 200)
    until(lambda: server.call(body=BODY, **guarded.bearer()).status == 200)
    deliver_with_tokens(guarded, card := new_card())
    assert card in kept(Place(directory=str(guarded.folder)))
    both_answer(server)


def deliver_with_tokens(guarded: Guarded, card: str) -> None:
    """Each try has a token of its own."""
    until(lambda: guarded.server.call(FEED, feedback(card), **guarded.bearer(FEED)).status == 200)
