"""The servers this one asks fail and come back: what they cost meanwhile, and that nobody has to do anything then.

Some fifty misdeeds of a FHIR server and what is said of each: `tests/web/test_hostile_servers.py`; of a server of keys:
`tests/clients/test_key_sources.py`. Here two real workers go through one after the other and recover from each.
"""

import json
import threading
from collections.abc import Iterator

import pytest

from tests.charts import mission
from tests.client.fake import Answer, dripping, hanging_up, raw, status
from tests.clients.signing import jwk, jwk_set
from tests.faults.conftest import KEYS, Guarded, Scene
from tests.ops.serving import Reply, held, in_background, until
from tests.ops.test_serving import BODY
from tests.web.test_fetching import CHART, bare

pytestmark = [pytest.mark.server, pytest.mark.enable_socket]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 9000\r\n\r\n{"
LATE = "it was not answered in time"
BROKEN = "the server cannot be reached or broke off"


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Set at the end, so that no thread waits for ever."""
    event = threading.Event()
    yield event
    event.set()


def at_once(scene: Scene, body: bytes, times: int) -> list[Reply]:
    """The answers to calls that are under way together."""
    calls = [in_background(lambda: scene.server.call(body=body)) for _ in range(times)]
    for thread, _ in calls:
        thread.join(60)
    return [reply for _, replies in calls for reply in replies]


MISDEEDS: list[tuple[Answer | None, str]] = [
    (None, LATE),
    (dripping(HEAD), LATE),
    (hanging_up(HEAD), BROKEN),
    (status(429, Retry_After="60"), "the server answered with status 429"),
    (status(500), "the server answered with status 500"),
    (status(503, Retry_After="60"), "the server answered with status 503"),
]
NAMES = ["hangs", "drips", "breaks off in the middle", "429", "500", "503"]


@pytest.mark.parametrize(("misdeed", "reason"), MISDEEDS, ids=NAMES)
def test_a_fhir_server_that_fails_costs_its_own_data_until_it_is_well_again(
    scene: Scene, over: threading.Event, misdeed: Answer | None, reason: str
) -> None:
    """The needed data is said to be missing, and why; whoever brings the chart along is answered as ever."""
    lacking = json.dumps(bare(scene.fhir)).encode()
    whole, before = scene.server.call(body=lacking), scene.server.call(body=BODY).json()
    assert whole.status == 200
    scene.fhir.answers["Procedure?encounter=Encounter/e1"] = misdeed or held(over, status(500))
    for answer in at_once(scene, lacking, 6):
        assert answer.status == 412
        (issue,) = answer.json()["issue"]
        assert issue["diagnostics"].endswith(f"could not be fetched: {reason}.")
    assert scene.server.call(body=BODY).json() == before
    scene.fhir.answers = dict(CHART)
    until(lambda: scene.server.call(body=lacking).json() == whole.json())
    until(lambda: {a.status for a in at_once(scene, lacking, 6)} == {200})


def test_a_fhir_server_with_a_wrong_certificate_gets_no_token_until_it_has_the_right_one(scene: Scene) -> None:
    base = scene.behind_tls.base.replace("http:", "https:")
    lacking = json.dumps({**bare(scene.behind_tls), "fhirServer": base}).encode()
    assert scene.server.call(body=lacking).status == 200
    asked = len(scene.behind_tls.calls)
    scene.certificates.shown = 1
    scene.behind_tls.hang_up()
    found = [scene.server.call(body=lacking) for _ in range(4)]
    assert {a.status for a in found} == {412}
    assert all(i["diagnostics"].endswith(f"{BROKEN}.") for a in found for i in a.json()["issue"])
    assert len(scene.behind_tls.calls) == asked
    scene.certificates.shown = 0
    assert {scene.server.call(body=lacking).status for _ in range(4)} == {200}


def test_keys_are_changed_while_their_server_is_down_and_everybody_is_let_in_by_themselves(
    guarded: Guarded, over: threading.Event
) -> None:
    """The old keys serve on while the server of keys hangs or fails; the new one is found when it is well."""

    def let_in(kid: str) -> bool:
        return not guarded.refuses(guarded.bearer(header={"kid": kid}))

    guarded.keys.answers["keys"] = held(over, status(500))
    assert not let_in("new")
    for _ in range(8):
        guarded.used()
    guarded.keys.answers["keys"] = status(500)
    over.set()
    for _ in range(8):
        guarded.used()
    old = json.loads(jwk_set(*(jwk(a, a.lower()) for a in ("ES384", "RS384"))))["keys"]
    guarded.keys.answers["keys"] = raw(jwk_set(*old, jwk("ES384", "new")))
    until(lambda: all(let_in("new") for _ in range(8)))
    guarded.used()
    guarded.keys.answers["keys"] = KEYS


def test_a_chart_that_was_sent_needs_no_server(scene: Scene) -> None:
    """Even one that names a FHIR server which hangs is answered from what it brings."""
    sent = {**mission(), "fhirServer": scene.fhir.base}
    for key in ("patient", "conditions", "charges", "coverage", "reports"):
        sent["prefetch"][key] = None
    calls = len(scene.fhir.calls)
    assert scene.server.call(body=json.dumps(sent).encode()).status == 200
    assert len(scene.fhir.calls) == calls
