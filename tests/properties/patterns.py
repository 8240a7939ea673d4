"""Every regular expression that the package compiles, by the place it is compiled at; what Python itself needs is not ours.

Run as a module it prints them. The package is imported anew in a process of its own, with `re` listening, so that
nothing that was compiled before is missed; patterns that are made on a call are seen by answering some charts.
"""

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_PASSED_ON = ("/re/__init__.py", "/expression.py", "/quick.py", "/functools.py", __file__)


@cache
def ours() -> dict[tuple[str, int], tuple[str, ...]]:
    """Places (file and line, the first ten) by pattern and flags."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.properties.patterns"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {(p, f): tuple(places) for p, f, places in json.loads(ran.stdout)}


def _listen() -> dict[tuple[str, int], set[str]]:
    heard: dict[tuple[str, int], set[str]] = {}
    original = re._compile  # type: ignore[attr-defined]

    def compiled(pattern: Any, flags: Any) -> Any:
        found = original(pattern, flags)
        frame = sys._getframe(1)
        while frame and frame.f_code.co_filename.endswith(_PASSED_ON):
            frame = frame.f_back  # type: ignore[assignment]
        path = Path(frame.f_code.co_filename) if frame else Path()
        if path.is_relative_to(ROOT / "cds_service") or path.is_relative_to(ROOT / "cards"):
            text = found.pattern if isinstance(found.pattern, str) else found.pattern.decode("latin-1")
            places = heard.setdefault((text, int(found.flags)), set())
            if len(places) < 10:
                places.add(f"{path.relative_to(ROOT)}:{frame.f_lineno}")
        return found

    re._compile = compiled  # type: ignore[attr-defined]
    from cds_service.knowledge.expression import Expression

    waits = Expression.__init__

    def at_once(self: Expression, *given: Any) -> None:
        waits(self, *given)
        assert self.compiled

    Expression.__init__ = at_once  # type: ignore[method-assign]
    return heard


def _exercise() -> None:
    import importlib
    import pkgutil

    import cards
    import cds_service

    for package in (cds_service, cards):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith((".env", "spark")) and ".versions" not in module.name:
                importlib.import_module(module.name)
    from random import Random

    from tests.properties.campaign import ATTACKS, Tally

    for number in range(150):
        random = Random(f"patterns {number}")
        random.choice(list(ATTACKS))(random, Tally())


if __name__ == "__main__":
    import logging

    logging.disable()
    heard = _listen()
    _exercise()
    print(json.dumps([[p, f, sorted(places)] for (p, f), places in sorted(heard.items())]))
