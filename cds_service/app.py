"""`create_app`: the only place where objects meet."""

from flask import Flask
from flask_cors import CORS

from cds_service.advice import Adviser, shipped_adviser
from cds_service.fhir.answers import Limits
from cds_service.fhir.client import FhirServers
from cds_service.fhir.resources import warm_up
from cds_service.fhir.servers import allowed
from cds_service.settings import Settings
from cds_service.shown import ShownCards
from cds_service.stores import Stores
from cds_service.stores.memory import MemoryCardStore, MemoryTokenStore
from cds_service.web.errors import install
from cds_service.web.feedback import feedback_blueprint
from cds_service.web.hooks import hooks_blueprint

LOCALHOST = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"


def create_app(
    settings: Settings | None = None,
    *,
    sandbox: bool = False,
    adviser: Adviser | None = None,
    stores: Stores | None = None,
) -> Flask:
    """The WSGI application; `sandbox` adds the try-it page, a memory of its own, and opens CORS to localhost.

    Without `stores` it remembers nothing: every card is shown, and there is no feedback endpoint.

    Raises:
        KnowledgeProblem: the knowledge files or the site's code map are faulty.
    """
    settings = settings or Settings()
    adviser = adviser or shipped_adviser(settings.code_map)
    warm_up()
    app = Flask("cds_service", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    install(app)
    if sandbox and stores is None:
        stores = Stores(cards=MemoryCardStore(), tokens=MemoryTokenStore())
    shown = ShownCards(stores.cards) if stores else None
    app.register_blueprint(hooks_blueprint(adviser, settings, _servers(settings), shown))
    if stores:
        app.register_blueprint(feedback_blueprint(stores.cards, settings))
    origins = [*settings.cors_origins, *([LOCALHOST] if sandbox else [])]
    if origins:
        headers = ["authorization", "content-type"]
        CORS(app, resources={r"/cds-services.*": {"origins": origins}}, allow_headers=headers, methods=["GET", "POST"])
    if sandbox:
        from cds_service.web.sandbox import sandbox_blueprint

        app.register_blueprint(sandbox_blueprint(adviser, settings))
    return app


def _servers(settings: Settings) -> FhirServers:
    limits = Limits(
        seconds=settings.fhir_deadline,
        pages=settings.fhir_max_pages,
        bytes=settings.fhir_max_bytes,
        depth=settings.max_depth,
        files=settings.fhir_max_files,
    )
    return FhirServers(allowed(settings.fhir_servers), limits, authorities=settings.fhir_ca_file)
