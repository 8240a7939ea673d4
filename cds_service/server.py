"""Running the service: gunicorn for `serve`, a loopback server for `sandbox`.

Knows processes and ports; nothing of requests.
"""

import os
import sys
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from werkzeug.serving import make_server

from cds_service.app import create_app
from cds_service.knowledge import KnowledgeProblem
from cds_service.settings import InvalidSettings, Settings, read_settings
from cds_service.stores import StoreFault, Stores


class CannotStart(Exception):
    """The server cannot be started; the message says how to mend that."""


class _Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with options in place of a command line. The app is built before the workers are forked."""

    def __init__(self, build: Callable[[], Flask], options: dict[str, Any]) -> None:
        self._build, self._options = build, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._build()


def _memory_directory() -> str | None:
    """Where workers tell that they live: memory where there is some, so that a slow disk cannot kill them."""
    return "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108


def _settings() -> Settings:
    """The settings, or one line on what is wrong with them."""
    try:
        return read_settings()
    except InvalidSettings as error:
        raise CannotStart(str(error)) from None


def run(host: str, port: int, workers: int) -> None:
    """Serve until stopped.

    Raises:
        CannotStart: client authentication is not settled, the store cannot be used, or a setting or the site's code
            map is faulty.
    """
    settings = _settings()
    if settings.auth == "jwt":
        raise CannotStart(
            "client authentication by JWT is not part of this version. Put a proxy that authenticates clients in "
            "front and set ILIAC_CDS_AUTH=off, or use `iliac-cds sandbox` to try the service on this machine."
        )
    stores = _stores(settings)
    app = _built(settings, stores=stores)
    if stores.warning:
        print(f"WARNING: {stores.warning}", file=sys.stderr, flush=True)
    print("WARNING: ILIAC_CDS_AUTH=off: this service does NOT authenticate its callers.", file=sys.stderr, flush=True)
    options = {
        "bind": f"{host}:{port}",
        "workers": workers,
        "worker_class": "gthread",
        "threads": 4,
        "preload_app": True,
        "graceful_timeout": 20,
        "control_socket_disable": True,
        "worker_tmp_dir": _memory_directory(),
        "post_worker_init": lambda _: stores.prepare(),
    }
    _Server(lambda: app, options).run()


def _stores(settings: Settings) -> Stores:
    """The store, made and checked before a server is; connections are left to the workers."""
    from cds_service.stores.opening import open_stores

    try:
        return open_stores(settings.place, settings.store_key.get_secret_value())
    except StoreFault as error:
        raise CannotStart(str(error)) from None


def _built(settings: Settings, *, sandbox: bool = False, stores: Stores | None = None) -> Flask:
    """The application, built before a server is: what is wrong with a file is said in one line."""
    try:
        return create_app(settings, sandbox=sandbox, stores=stores)
    except KnowledgeProblem as error:
        raise CannotStart(str(error)) from None


def run_sandbox(port: int) -> None:
    """Serve the sandbox on the loopback address until stopped; prints its address.

    Raises:
        CannotStart: the port is taken, or a setting or the site's code map is faulty.
    """
    app = _built(_settings(), sandbox=True)
    try:
        server = make_server("127.0.0.1", port, app, threaded=True)
    except (OSError, SystemExit):
        raise CannotStart(f"port {port} is in use; choose another one with --port") from None
    print(f"Sandbox at http://127.0.0.1:{server.server_port}/ (no authentication, this machine only)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
