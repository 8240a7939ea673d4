"""Processes killed at any moment: what was answered 200 is kept, exactly once, and nobody has to do anything."""

import signal
from pathlib import Path

import pytest

from cds_service.stores.opening import upgraded_database_at
from cds_service.stores.place import Place
from tests.faults.senders import NOTHING, both_answer, ended, kill, lost_or_doubled, sending, workers
from tests.ops.serving import served, until
from tests.stores.conftest import KINDS
from tests.stores.postgres import new_url

pytestmark = [pytest.mark.server, pytest.mark.enable_socket]


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where `serve` may start."""
    found = Place(directory=str(tmp_path)) if request.param == "sqlite" else Place(url=new_url())
    upgraded_database_at(found)[0].close()
    return found


def test_workers_killed_while_feedback_is_written_lose_and_double_nothing(place: Place, tmp_path: Path) -> None:
    """Clients whose call broke send it again, so each item may well have been stored before: it is there once."""
    with served(tmp_path, workers=2, ILIAC_CDS_DATABASE_URL=place.url) as server:
        with sending(server) as senders:
            for _ in range(4):
                senders.until_taken(15)
                victim = workers(server)[0]
                kill(victim, signal.SIGKILL)
                until(lambda victim=victim: ended(victim))  # type: ignore[misc]
            senders.until_taken(15)
        both_answer(server)
        assert lost_or_doubled(place, senders.taken) == NOTHING
        assert server.process.poll() is None
        assert server.stop() == 0
    assert "Traceback" not in server.log.read_text()


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
