"""The wall clock jumps: nothing is lost or taken twice, deadlines are kept, and all is well once the clock is right.

The true clock of these tests is the client's; the server's is ahead of it or behind.
"""

import json
import threading
import time

import pytest

from tests.client.fake import status
from tests.faults.conftest import Guarded, Scene
from tests.faults.senders import NOTHING, lost_or_doubled, sending, workers
from tests.ops.serving import held, in_background, until
from tests.ops.test_serving import BODY
from tests.web.test_fetching import bare

pytestmark = [pytest.mark.server, pytest.mark.enable_socket]
HOUR, DAY = 3600, 86_400
JUMPS = [(DAY, "a day ahead"), (-DAY, "a day behind"), (400 * DAY, "a year ahead"), (-3 * HOUR, "hours behind")]


@pytest.mark.parametrize(("seconds", "why"), JUMPS, ids=[j[1] for j in JUMPS])
def test_feedback_and_calls_go_on_over_a_jump_and_back(scene: Scene, seconds: int, why: str) -> None:
    server = scene.server
    before, processes = server.call(body=BODY).json(), workers(server)
    with sending(server) as senders:
        for jump in (seconds, 0):
            senders.until_taken(10)
            scene.meddling.clock(jump)
            assert server.call(body=BODY).json() == before, why
        senders.until_taken(10)
    assert lost_or_doubled(scene.place, senders.taken) == NOTHING
    assert set(senders.answers) <= {200, 503}
    assert workers(server) == processes, "nobody was taken for dead"


def test_a_deadline_is_kept_whatever_the_wall_clock_does_meanwhile(scene: Scene) -> None:
    """A call that waits for a FHIR server which never answers ends by its deadline, not by the time of day."""
    over = threading.Event()
    scene.fhir.answers["Procedure?encounter=Encounter/e1"] = held(over, status(500))
    for seconds in (-DAY, DAY):
        scene.meddling.clock(0)
        calls = len(scene.fhir.calls)
        thread, replies = in_background(lambda: scene.server.call(body=json.dumps(bare(scene.fhir)).encode()))
        until(lambda calls=calls: len(scene.fhir.calls) > calls)
        scene.meddling.clock(seconds)
        thread.join(60)
        assert [r.status for r in replies] == [412]
    over.set()


def made(ahead: int) -> dict[str, int]:
    """The times of a token of a client whose clock is so much ahead."""
    now = int(time.time()) + ahead
    return {"iat": now, "exp": now + 240}


@pytest.mark.parametrize("seconds", [DAY, -DAY, 3 * HOUR, -3 * HOUR])
def test_while_the_clock_is_wrong_honest_tokens_are_refused_and_used_ones_stay_used(
    guarded: Guarded, seconds: int
) -> None:
    used = guarded.used()
    guarded.meddling.clock(seconds)
    assert guarded.refuses(guarded.bearer())
    assert guarded.refuses(used)
    for _ in range(8):  # the store is asked by both workers, which might forget what they think is over
        until(lambda: guarded.server.call("/readyz").status == 200)
    guarded.meddling.clock(0)
    assert guarded.refuses(used)
    guarded.used()


def test_a_token_that_was_used_is_not_taken_when_the_clock_goes_back_to_its_time(guarded: Guarded) -> None:
    """As where a clock is set to another time zone, for client and server alike, and back."""
    guarded.meddling.clock(3 * HOUR)
    used = guarded.used(**made(3 * HOUR))
    guarded.meddling.clock(12 * HOUR)
    for _ in range(12):
        guarded.used(**made(12 * HOUR))
    guarded.meddling.clock(3 * HOUR)
    assert guarded.refuses(used)
    guarded.used(**made(3 * HOUR))
    guarded.meddling.clock(0)
    guarded.used()
