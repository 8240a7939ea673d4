"""Words: templates rendered strictly, and the one filter through which chart text enters a card.

Knows Markdown and Jinja. Chart text is data: it can neither format, link nor carry HTML.
"""

import re
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

_LITERAL = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"} | {c: f"\\{c}" for c in "\\`*_[]()#|~!@{}"})
UNSEEN = re.compile(r"[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_LETTER = re.compile(r"[^\W_]")
_BLANK_LINES = re.compile(r"\n{3,}")
_LONGEST_QUOTE = 160
MOST_WORDS = 200
"""Of a card's detail."""


def quote(text: str, longest: int = _LONGEST_QUOTE) -> str:
    """Chart text as literal Markdown: one line, no controls, every active character escaped, cut at a word."""
    text = str(text)
    flat = " ".join((text if text.isprintable() else UNSEEN.sub(" ", text)).split())
    if len(flat) > longest:
        flat = flat[: longest - 1].rsplit(" ", 1)[0] + "\u2026"
    return flat.translate(_LITERAL).replace("://", ":\\/\\/").replace("www.", "www\\.").replace("WWW.", "WWW\\.")


def reference(text: str) -> str:
    """A resource reference for a reader; the same care as a quote, since ids come from the client.

    Signs that no FHIR id may hold, which a screen reader stumbles over, stand as question marks.
    """
    return quote(_NO_ID.sub("?", text), 80)


_NO_ID = re.compile(r"[^\x20-\x7e]|[<>!]")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("cards", "templates"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - the output is Markdown; chart text enters through `quote` alone
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        auto_reload=False,
    )
    environment.filters["quote"] = quote
    environment.filters["reference"] = reference
    return environment


def render(name: str, **values: Any) -> str:
    """A template as Markdown, with runs of blank lines folded."""
    text = _environment().get_template(name).render(**values)
    return _BLANK_LINES.sub("\n\n", text).strip()


def words(text: str) -> int:
    """How many words a detail has; table rules and bullets do not count."""
    parts = text.split()
    signs = [part for part in parts if not part[0].isalnum() and not _LETTER.search(part)]
    return len(parts) - len(signs)
