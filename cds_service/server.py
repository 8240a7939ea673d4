"""Running the service: gunicorn for `serve`, a loopback server for `sandbox`.

Knows processes and ports; nothing of requests.
"""

import os
import sys
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from pydantic import ValidationError
from werkzeug.serving import make_server

from cds_service.app import create_app
from cds_service.clients.registry import ClientsProblem
from cds_service.knowledge import KnowledgeProblem
from cds_service.settings import Settings


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
        return Settings()
    except ValidationError as error:
        faults = [f"ILIAC_CDS_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors(include_url=False)]
        raise CannotStart("; ".join(faults)) from None


def run(host: str, port: int, workers: int) -> None:
    """Serve until stopped.

    Raises:
        CannotStart: client authentication is not settled, or a setting or a file of the site is faulty.
    """
    settings = _settings()
    app = _built(settings, sandbox=False)
    if settings.auth == "off":
        said = "WARNING: ILIAC_CDS_AUTH=off: this service does NOT authenticate its callers."
        print(said, file=sys.stderr, flush=True)
    options = {
        "bind": f"{host}:{port}",
        "workers": workers,
        "worker_class": "gthread",
        "threads": 4,
        "preload_app": True,
        "graceful_timeout": 20,
        "control_socket_disable": True,
        "worker_tmp_dir": _memory_directory(),
    }
    _Server(lambda: app, options).run()


def _built(settings: Settings, *, sandbox: bool) -> Flask:
    """The application, built before a server is: what is wrong with a file is said in one line."""
    try:
        return create_app(settings, sandbox=sandbox)
    except (KnowledgeProblem, ClientsProblem) as error:
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
