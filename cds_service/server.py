"""Running the service: gunicorn for `serve`, a loopback server for `sandbox`.

Knows addresses and the order of a start: settings, log, the folder of counts, application, workers. What imports the
counters is imported late, as they look for that folder then.
"""

import gc
import json
import logging
import socket
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from werkzeug.serving import make_server

from cds_service.advice import Adviser, shipped_adviser
from cds_service.clients.registry import ClientsProblem
from cds_service.counts import SharedCounts, hold_room
from cds_service.knowledge import KnowledgeProblem
from cds_service.logs import start_logging
from cds_service.settings import InvalidSettings, Settings, preferences, read_settings
from cds_service.stores import StoreFault, Stores

if TYPE_CHECKING:
    from flask import Flask

_log = logging.getLogger("cds_service.server")


class CannotStart(Exception):
    """The server cannot be started; the message says how to mend that."""


class _Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with options in place of a command line. The app is built before the workers are forked."""

    def __init__(self, app: "Flask", settings: Settings, options: dict[str, Any]) -> None:
        self._app, self._options = app, options
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> "Flask":
        return self._app


def run(host: str, port: int, workers: int) -> None:
    """Serve until stopped.

    Raises:
        CannotStart: client authentication is not settled, the store or an address cannot be used, or a setting or a
            file of the site is faulty.
    """
    settings = _settings()
    addresses, adviser = _addresses(settings, host, port), _adviser(settings)
    stores = _stores(settings)
    start_logging(settings.log_level, settings.log_format)
    counts = SharedCounts()
    try:
        hold_room()
        from cds_service.workers import options

        app = _warmed(settings, adviser, stores)
        for address in addresses:
            _check_free(address)
        if stores.warning:
            _log.critical("WARNING: %s", stores.warning)
        if settings.auth == "off":
            _log.critical("WARNING: ILIAC_CDS_AUTH=off: this service does NOT authenticate its callers.")
        _Server(app, settings, options(settings, addresses, workers, prepare=stores.prepare)).run()
    finally:
        counts.remove()


def _settings() -> Settings:
    """The settings, or one line on what is wrong with them."""
    try:
        return read_settings()
    except InvalidSettings as error:
        raise CannotStart(str(error)) from None


def _stores(settings: Settings) -> Stores:
    """The store, made and checked before a server is; connections are left to the workers."""
    from cds_service.stores.opening import open_stores

    try:
        return open_stores(settings.place, settings.store_key.get_secret_value())
    except StoreFault as error:
        raise CannotStart(str(error)) from None


def _addresses(settings: Settings, host: str, port: int) -> list[str]:
    own = settings.metrics_port
    if own and own == port:
        raise CannotStart("ILIAC_CDS_METRICS: names the service's own port; `on` answers /metrics there")
    return [f"{host}:{port}", *([settings.metrics] if own else [])]


def _check_free(address: str) -> None:
    """Nothing where the address can be bound now: gunicorn would try again and again, and say why each time."""
    host, _, port = address.rpartition(":")
    try:
        family, kind, _, _, where = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(where)
    except OSError as error:
        raise CannotStart(f"cannot listen on {address}: {error.strerror or error}") from None


def _adviser(settings: Settings) -> Adviser:
    try:
        return shipped_adviser(settings.code_map, preferences(settings))
    except KnowledgeProblem as error:
        raise CannotStart(str(error)) from None


def _warmed(settings: Settings, adviser: Adviser, stores: Stores) -> "Flask":
    """The application after its first request; what it has built by then is kept from the garbage collector.

    So the workers, forked from here, start warm and share that memory: a collection would write to each object in it.
    """
    from cds_service.app import create_app
    from cds_service.web.fixtures import scenarios

    try:
        app = create_app(settings, adviser=adviser, stores=stores)
    except ClientsProblem as error:
        raise CannotStart(str(error)) from None
    adviser.answer(json.loads(next(iter(scenarios().values())).body))
    gc.freeze()
    gc.enable()
    return app


def run_sandbox(port: int) -> None:
    """Serve the sandbox on the loopback address until stopped; prints its address.

    Raises:
        CannotStart: the port is taken, or a setting or the site's code map is faulty.
    """
    from cds_service.app import create_app

    settings = _settings()
    adviser = _adviser(settings)
    said = settings.model_fields_set  # whoever tries the pages is spared a line a request unless they ask for it
    start_logging(settings.log_level if "log_level" in said else "warning", settings.log_format)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    app = create_app(settings, sandbox=True, adviser=adviser)
    try:
        server = make_server("127.0.0.1", port, app, threaded=True)
    except (OSError, SystemExit):
        raise CannotStart(f"port {port} is in use; choose another one with --port") from None
    print(f"Sandbox at http://127.0.0.1:{server.server_port}/ (no authentication, this machine only)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
