"""Processes killed at any moment: what was answered 200 is kept, exactly once, and nobody has to do anything.

All processes of a service at once, and its start on what they left: `tests/stores/test_serving.py`.
"""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cds_service.stores.place import Place
from tests.charts import mission
from tests.faults.conftest import Scene, Shared
from tests.faults.senders import NOTHING, both_answer, ended, kill, lost_or_doubled, sending, workers
from tests.ops.serving import Served, served, until
from tests.ops.test_serving import BODY
from tests.stores.postgres import server as postgresql

pytestmark = [pytest.mark.server, pytest.mark.enable_socket]


def kill_workers(server: Served, place: Place) -> None:
    """Clients whose call broke send it again, so each item may well have been stored before: it is there once."""
    with sending(server) as senders:
        for _ in range(4):
            senders.until_taken(15)
            victim = workers(server)[0]
            kill(victim, signal.SIGKILL)
            until(lambda victim=victim: ended(victim))
        senders.until_taken(15)
    both_answer(server)
    assert lost_or_doubled(place, senders.taken) == NOTHING


def test_workers_killed_while_feedback_is_written_lose_and_double_nothing(scene: Scene) -> None:
    kill_workers(scene.server, scene.place)


def test_workers_killed_while_they_write_to_postgresql_lose_and_double_nothing(shared: Shared) -> None:
    kill_workers(shared.server, shared.place)


def test_postgresql_killed_and_started_again_under_load_costs_a_pause_and_nothing_else(shared: Shared) -> None:
    """Calls are answered all the while, with every card; the workers find the database again by themselves."""
    before, processes, database = shared.server.call(body=BODY).json(), workers(shared.server), postgresql()
    with sending(shared.server) as senders:
        for _ in range(2):
            senders.until_taken(15)
            victim, refused = database.get_pid(), senders.answers[503]
            os.kill(victim, signal.SIGKILL)
            try:
                until(lambda refused=refused: senders.answers[503] > refused)
                for number in range(6):
                    sent = json.dumps({**mission(), "hookInstance": f"while it is away {number}"}).encode()
                    assert len(shared.server.call(body=sent).json()["cards"]) == len(before["cards"])
                until(lambda victim=victim: not Path(f"/proc/{victim}").exists())
            finally:
                database.ensure_postgres_running()
        senders.until_taken(15)
    assert lost_or_doubled(shared.place, senders.taken) == NOTHING
    assert set(senders.answers) == {200, 503}
    assert workers(shared.server) == processes


@contextmanager
def hanging(pid: int) -> Iterator[None]:
    """Every process of a database stands still meanwhile, with its connections open: as behind a broken network."""
    processes = [pid, *(int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    for each in processes:
        kill(each, signal.SIGSTOP)
    try:
        yield
    finally:
        for each in processes:
            kill(each, signal.SIGCONT)


def test_postgresql_that_hangs_holds_up_no_call_and_keeps_no_feedback_twice(shared: Shared) -> None:
    """Feedback that was given up may be written after all when the database goes on; it is sent again, and is there once."""
    cards = len(shared.server.call(body=BODY).json()["cards"])
    with sending(shared.server) as senders:
        senders.until_taken(15)
        with hanging(postgresql().get_pid()):
            until(lambda: senders.answers[503] > 0)
            for number in range(6):
                sent = json.dumps({**mission(), "hookInstance": f"while it hangs {number}"}).encode()
                assert len(shared.server.call(body=sent).json()["cards"]) == cards
        senders.until_taken(15)
    assert lost_or_doubled(shared.place, senders.taken) == NOTHING
    assert set(senders.answers) == {200, 503}


def test_workers_of_a_killed_master_end_by_themselves_and_the_next_one_takes_their_place(tmp_path: Path) -> None:
    """As under any supervisor that starts the service again: on the same port, at once."""
    place = Place(directory=str(tmp_path))
    with served(tmp_path, workers=2) as server:
        orphans = workers(server)
        with sending(server) as senders:
            senders.until_taken(20)
            kill(server.process.pid, signal.SIGKILL)
            server.process.wait(60)
            with served(tmp_path / "again", workers=2, port=server.port, ILIAC_CDS_DATA_DIR=str(tmp_path)) as again:
                senders.until_taken(20)
                senders.stop()
                until(lambda: all(ended(p) for p in orphans))
                both_answer(again)
                assert lost_or_doubled(place, senders.taken) == NOTHING
                assert again.stop() == 0
