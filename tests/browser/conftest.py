"""Pages in a real browser: one server and one browser for all tests, a fresh context for each."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.browser import PATIENCE, browser, missing, sandbox


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here is skipped by its name where the browser or its driver is missing."""
    lacking = missing()
    for item in items:
        if item.get_closest_marker("browser") and lacking:
            item.add_marker(pytest.mark.skip(reason=lacking))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with sandbox() as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as found:
        yield found


class Visit:
    """Pages of one test; what went wrong in them is told at the end."""

    def __init__(self, chromium: Any, address: str) -> None:
        self._chromium, self._address = chromium, address
        self._contexts: list[Any] = []
        self.faults: list[str] = []

    def open(self, path: str, **context: Any) -> Any:
        """A page of the sandbox in a new context."""
        found = self._chromium.new_context(
            base_url=self._address, **{"viewport": {"width": 1440, "height": 900}, **context}
        )
        found.set_default_timeout(PATIENCE)
        self._contexts.append(found)
        page = found.new_page()
        page.on("console", lambda m: self._hear(m.type, m.text))
        page.on("pageerror", lambda e: self.faults.append(f"error: {e}"))
        page.on("request", lambda r: None if r.url.startswith(self._address) else self.faults.append(f"call: {r.url}"))
        page.on("dialog", lambda d: (self.faults.append(f"dialog: {d.message}"), d.dismiss()))
        page.goto(path)
        return page

    def _hear(self, kind: str, said: str) -> None:
        """Keep what the browser complains of, but for pages that are meant to be refusals."""
        if kind in ("error", "warning") and "the server responded with a status of 40" not in said:
            self.faults.append(f"console: {said}")

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def visit(chromium: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Opens pages; fails the test on a script error, a refused load, a dialog, or a call elsewhere."""
    found = Visit(chromium, address)
    yield found.open
    found.close()
    assert found.faults == []
