"""Servers that one fault after another is done to: each starts once, and every test leaves it well or fails."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme

from cds_service.stores.opening import upgraded_database_at
from cds_service.stores.place import FILE_NAME, Place
from tests.client.fake import Fake, raw, running
from tests.clients.signing import ALGORITHMS, PATH, jwk, jwk_set, table, token
from tests.faults.meddling import Meddling, meddling
from tests.faults.senders import both_answer
from tests.ops.serving import Served, served, until
from tests.ops.test_serving import BODY
from tests.ports import free_port
from tests.stores.postgres import new_url
from tests.web.test_fetching import CHART

ALLOWED = "2"  # seconds that fetching may use
KEYS = raw(jwk_set(*(jwk(a, a.lower()) for a in ALGORITHMS)))


@dataclass
class Certificates:
    """What a TLS server shows: a certificate that can be changed while it runs."""

    contexts: list[ssl.SSLContext] = field(default_factory=list)
    shown: int = 0

    def wrap(self, connection: Any) -> Any:
        return self.contexts[self.shown].wrap_socket(connection, server_side=True)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A server with what it needs around it: its store's folder, FHIR servers or keys, and a hand on clock and disk."""

    server: Served
    folder: Path
    meddling: Meddling
    fhir: Fake
    behind_tls: Fake
    certificates: Certificates

    @property
    def place(self) -> Place:
        return Place(directory=str(self.folder))

    @property
    def file(self) -> Path:
        return self.folder / FILE_NAME


@pytest.fixture(scope="package")
def open_scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Two workers that authenticate nobody, with an embedded store and two FHIR servers, one of them behind TLS."""
    folder, authority, certificates = tmp_path_factory.mktemp("open"), trustme.CA(), Certificates()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    for name in ("127.0.0.1", "other.example"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        certificates.contexts.append(context)
    with meddling(folder) as hand, running(CHART) as fhir, running(CHART, certificates.wrap) as secure:
        bases = [fhir.base, secure.base.replace("http:", "https:")]
        more = {"ILIAC_CDS_FHIR_SERVERS": ",".join(bases), "ILIAC_CDS_FHIR_CA_FILE": str(folder / "ca.pem")}
        with served(folder, workers=2, ILIAC_CDS_FHIR_DEADLINE=ALLOWED, **more, **hand.environment) as server:
            yield Scene(
                server=server, folder=folder, meddling=hand, fhir=fhir, behind_tls=secure, certificates=certificates
            )


@pytest.fixture
def scene(open_scene: Scene) -> Iterator[Scene]:
    """The server of all tests that authenticate nobody, well before and after."""
    both_answer(open_scene.server)
    yield open_scene
    open_scene.meddling.clock(0)
    open_scene.meddling.disk()
    open_scene.fhir.answers = dict(CHART)
    open_scene.certificates.shown = 0
    both_answer(open_scene.server)
    assert "Traceback" not in open_scene.server.log.read_text()


def at_last(status: Callable[[], int]) -> int:
    """The first status that is not 503, which a busy machine may say."""
    seen: list[int] = []

    def other() -> bool:
        seen.append(status())
        return seen[-1] != 503

    until(other)
    return seen[-1]


@dataclass(frozen=True, kw_only=True)
class Guarded:
    """A server that demands tokens, and the server of its client's keys."""

    server: Served
    folder: Path
    meddling: Meddling
    keys: Fake

    def bearer(self, path: str = PATH, **changes: Any) -> dict[str, str]:
        """The header with a token that was not used before."""
        base = f"http://127.0.0.1:{self.server.port}"
        return {"Authorization": f"Bearer {token(**{'aud': base + path, **changes})}"}

    def used(self, **changes: Any) -> dict[str, str]:
        """The header with a token that was let in; a busy machine may say 503 and be asked again, with another one."""
        tried: list[dict[str, str]] = []

        def answered() -> int:
            tried.append(self.bearer(**changes))
            return self.server.call(body=BODY, **tried[-1]).status

        assert at_last(answered) == 200
        return tried[-1]

    def refuses(self, bearer: dict[str, str]) -> bool:
        """Whether a token is answered 401 at last."""
        return at_last(lambda: self.server.call(body=BODY, **bearer).status) == 401


@pytest.fixture(scope="package")
def guarded_scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """Two workers that authenticate by JWT, with an embedded store, and keys fetched from a server."""
    folder, port = tmp_path_factory.mktemp("guarded"), free_port()
    with meddling(folder) as hand, running({"keys": KEYS}) as keys:
        text = table(jwks_file=None, jku=[f"{keys.base}/keys"], loopback_http=True)
        (folder / "clients.toml").write_text(f"[[client]]\n{text}\n")
        more = {"ILIAC_CDS_AUTH": "jwt", "ILIAC_CDS_PUBLIC_URL": f"http://127.0.0.1:{port}"}
        more |= {"ILIAC_CDS_CLIENTS": str(folder / "clients.toml"), **hand.environment}
        with served(folder, workers=2, port=port, **more) as server:
            yield Guarded(server=server, folder=folder, meddling=hand, keys=keys)


@pytest.fixture
def guarded(guarded_scene: Guarded) -> Iterator[Guarded]:
    """The server of all tests with tokens, well before and after."""
    both_answer(guarded_scene.server)
    yield guarded_scene
    guarded_scene.meddling.clock(0)
    guarded_scene.meddling.disk()
    guarded_scene.keys.answers["keys"] = KEYS
    guarded_scene.used()
    assert "Traceback" not in guarded_scene.server.log.read_text()


@dataclass(frozen=True, kw_only=True)
class Shared:
    """A server over a PostgreSQL database."""

    server: Served
    place: Place


@pytest.fixture(scope="package")
def shared_scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """Two workers that authenticate nobody over a PostgreSQL database; skipped by name where there is none."""
    place = Place(url=new_url())
    upgraded_database_at(place)[0].close()
    with served(tmp_path_factory.mktemp("shared"), workers=2, ILIAC_CDS_DATABASE_URL=place.url) as server:
        yield Shared(server=server, place=place)


@pytest.fixture
def shared(shared_scene: Shared) -> Iterator[Shared]:
    """The server of all tests with PostgreSQL, well before and after."""
    both_answer(shared_scene.server)
    yield shared_scene
    both_answer(shared_scene.server)
    assert "Traceback" not in shared_scene.server.log.read_text()
