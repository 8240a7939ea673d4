"""Everything that is logged meanwhile, as the service writes it."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cds_service.logs import Lines


class Heard:
    """The log as text, and as one object a line."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def lines(self, event: str = "request") -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self.text.splitlines()]
        return [line for line in found if line["event"] == event]


@contextmanager
def listening() -> Iterator[Heard]:
    """All loggers, from DEBUG on, those included that have a level of their own."""
    heard = Heard()
    handler = logging.StreamHandler(heard.stream)
    handler.setFormatter(Lines(as_json=True))
    root = logging.getLogger()
    named = [x for x in logging.root.manager.loggerDict.values() if isinstance(x, logging.Logger) and x.level]
    before = {logger: logger.level for logger in (root, *named)}
    for logger in before:
        logger.setLevel(logging.DEBUG)
    root.addHandler(handler)
    try:
        yield heard
    finally:
        root.removeHandler(handler)
        for logger, level in before.items():
            logger.setLevel(level)
