"""`create_app`: the only place where objects meet."""

from datetime import UTC, datetime

from flask import Flask

from cds_service import __version__
from cds_service.advice import Adviser, shipped_adviser
from cds_service.clients.registry import ClientsProblem, load_clients
from cds_service.clients.verification import Authentication, Demands
from cds_service.fhir.answers import Limits
from cds_service.fhir.client import FhirServers
from cds_service.fhir.resources import warm_up
from cds_service.knowledge import load
from cds_service.outbound.servers import allowed
from cds_service.settings import Settings, preferences
from cds_service.shown import ShownCards
from cds_service.stores import Stores, TokenStore
from cds_service.stores.memory import MemoryCardStore, MemoryTokenStore
from cds_service.web import metrics
from cds_service.web.auth import install_authentication
from cds_service.web.errors import install
from cds_service.web.feedback import feedback_blueprint
from cds_service.web.headers import install_headers
from cds_service.web.hooks import hooks_blueprint
from cds_service.web.journal import keep_journal
from cds_service.web.openapi import interface
from cds_service.web.ops import Readiness, ops_blueprint
from cds_service.web.services import offered

_PROBE = "readiness"  # the id of no token: no client's issuer is empty


def create_app(
    settings: Settings | None = None,
    *,
    sandbox: bool = False,
    adviser: Adviser | None = None,
    stores: Stores | None = None,
) -> Flask:
    """The WSGI application; `sandbox` adds the try-it page, opens CORS to localhost and authenticates nobody.

    Without `stores` it remembers nothing: every card is shown, and there is no feedback endpoint. The sandbox has a
    memory of its own.

    Raises:
        KnowledgeProblem: the knowledge files or the site's code map are faulty.
        ClientsProblem: clients are to be authenticated, and it is not said which, or not soundly.
    """
    settings = settings or Settings()
    adviser = adviser or shipped_adviser(settings.code_map, preferences(settings))
    warm_up()
    app = Flask("cds_service", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    keep_journal(app)
    install(app)
    readiness = Readiness()
    readiness.add("knowledge", lambda: bool(load().codes))
    if sandbox and stores is None:
        stores = Stores(cards=MemoryCardStore(), tokens=MemoryTokenStore())
    shown = ShownCards(stores.cards) if stores else None
    app.register_blueprint(hooks_blueprint(adviser, settings, _servers(settings), shown))
    if stores:
        app.register_blueprint(feedback_blueprint(stores.cards, settings))
    authenticated = settings.auth == "jwt" and not sandbox
    services = offered(patient_view=settings.patient_view)
    document = interface(services, settings, feedback_taken=stores is not None, authenticated=authenticated)
    app.register_blueprint(ops_blueprint(readiness, settings, document))
    metrics.INFO.labels(__version__, load().version).set(1)
    install_headers(app, settings.cors_origins, localhost=sandbox)
    if authenticated:
        install_authentication(app, _authentication(settings, stores.tokens if stores else MemoryTokenStore()))
        if stores:
            readiness.add("store", lambda: _answers(stores))
    if sandbox:
        from cds_service.web.sandbox import sandbox_blueprint

        app.register_blueprint(sandbox_blueprint(adviser, settings))
    return app


def _answers(stores: Stores) -> bool:
    """True when the store of used tokens answers: without it nobody can be let in. Calls of a proxy do without it."""
    stores.tokens.first_use("", _PROBE, datetime.now(UTC))
    return True


def _servers(settings: Settings) -> FhirServers:
    limits = Limits(
        seconds=settings.fhir_deadline,
        pages=settings.fhir_max_pages,
        bytes=settings.fhir_max_bytes,
        depth=settings.max_depth,
        files=settings.fhir_max_files,
    )
    return FhirServers(allowed(settings.fhir_servers), limits, authorities=settings.fhir_ca_file)


def _authentication(settings: Settings, tokens: TokenStore) -> Authentication:
    """Client authentication, with the clients' keys fetched.

    Raises:
        ClientsProblem: it is not settled, or the clients' file has a fault.
    """
    if not (settings.public_url and settings.clients):
        raise ClientsProblem(
            "client authentication by JWT needs ILIAC_CDS_PUBLIC_URL, the https address that stands before "
            "/cds-services, and ILIAC_CDS_CLIENTS, the file of trusted clients. Set both; or put a proxy that "
            "authenticates clients in front and set ILIAC_CDS_AUTH=off; or use `iliac-cds sandbox` to try the service "
            "on this machine."
        )
    demands = Demands(
        algorithms=settings.jwt_algorithms,
        public_url=settings.public_url,
        leeway=settings.jwt_leeway,
        lifetime=settings.jwt_max_lifetime,
    )
    authentication = Authentication(load_clients(settings.clients, settings.jwt_algorithms), demands, tokens)
    authentication.warm()
    return authentication
