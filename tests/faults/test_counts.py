"""Counts are kept in shared memory, which others can fill: that costs counts at most, never the service."""

import signal
import subprocess
from pathlib import Path

import pytest

from tests.faults.senders import FEED, both_answer, ended, feedback, kill, new_card, workers
from tests.faults.test_stores_that_fail import fill
from tests.ops.serving import CHARGE, served, until
from tests.ops.test_serving import BODY, SUM

pytestmark = [pytest.mark.server, pytest.mark.enable_socket]
OF_ITS_OWN = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=4m tmpfs /dev/shm && exec "$@"', "sh"]
KINDS = [
    (CHARGE, BODY, 200),
    (CHARGE, b"{", 400),
    (FEED, feedback(new_card()), 200),
    ("/cds-services", None, 200),
    ("/cds-services/none", b"{}", 404),
    ("/none", None, 404),
    (FEED, b"{}", 400),
]


def test_shared_memory_that_others_have_filled_stops_nothing(tmp_path: Path) -> None:
    """Workers that run have their room, one that starts counts apart; both count together again when there is room."""
    tried = subprocess.run([*OF_ITS_OWN, "true"], capture_output=True)
    if tried.returncode:
        pytest.skip("no file system can be mounted here: that needs root and unshare")
    with served(tmp_path, workers=2, within=OF_ITS_OWN) as server:
        memory = Path(f"/proc/{server.process.pid}/root/dev/shm")
        until(lambda: len([*memory.glob("*/gauge_max_*.db")]) == 3)  # of both workers and of their master
        processes, filler = workers(server), memory / "filler"
        fill(filler)
        for _ in range(4):
            assert [server.call(path, body).status for path, body, _ in KINDS] == [status for _, _, status in KINDS]
        assert workers(server) == processes
        before = server.count(SUM)
        assert before == 4
        kill(processes[0], signal.SIGKILL)
        until(lambda: ended(processes[0]))
        both_answer(server)
        for _ in range(8):
            assert [server.call(path, body).status for path, body, _ in KINDS] == [status for _, _, status in KINDS]
        filler.unlink()
        for process in workers(server):
            kill(process, signal.SIGKILL)
            until(lambda process=process: ended(process))
        both_answer(server)
        counted = server.count(SUM)
        assert server.call(body=BODY).status == 200
        assert server.count(SUM) == counted + 1
        assert server.stop() == 0
    assert "SIGBUS" not in server.log.read_text()
