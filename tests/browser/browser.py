"""The real sandbox and a real browser: starting both, and saying what is missing where they cannot be had.

Knows Debian's chromium and its switches. The server and the browser are processes of their own, so the tests open no
socket; the browser is kept from calling anything but the sandbox.
"""

import importlib.util
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.web.test_servers import started

SWITCHES = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 45_000  # milliseconds; a loaded machine is slow, never wrong


def chromium() -> str:
    """The path of the browser; empty where none is installed."""
    return next((p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), "")


def missing() -> str:
    """What stands in the way of these tests, in words; empty where nothing does."""
    for package in ("playwright", "axe_playwright_python"):
        if importlib.util.find_spec(package) is None:
            return f"{package} is not installed (pip install -r requirements-browser.lock)"
    return "" if chromium() else "chromium is not installed (apt-get install chromium)"


@contextmanager
def sandbox() -> Iterator[str]:
    """The address of a sandbox of its own, without a slash at its end."""
    with started("sandbox", "--port", "0") as process:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found
        yield found[0]


@contextmanager
def browser() -> Iterator[Any]:
    """A browser; every page of it gets a context of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium(), args=SWITCHES, timeout=PATIENCE)
        try:
            yield found
        finally:
            found.close()
