"""Markdown as an EHR shows it: GitHub-flavoured tables, no raw HTML, no pictures, links to the web only.

Knows the renderer and what it must not let through. Whose words they are is not its business.
"""

from functools import lru_cache

from markdown_it import MarkdownIt
from markupsafe import Markup


class _Strict(MarkdownIt):
    """The library lets data: pictures, mail and relative addresses through; a card needs none of them."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return url.lower().startswith(("https://", "http://"))


@lru_cache(maxsize=1)
def _renderer() -> _Strict:
    renderer = _Strict("commonmark", {"html": False})
    renderer.enable(["table", "strikethrough"])
    renderer.disable(["image"])
    # A table wider than its card is scrolled, by the keyboard too.
    renderer.add_render_rule(
        "table_open", lambda *_: '<div class="wide" role="region" aria-label="Lines" tabindex="0"><table>\n'
    )
    renderer.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return renderer


def rendered(text: str) -> Markup:
    """A card's detail as HTML."""
    return Markup(_renderer().render(text))  # noqa: S704 - the renderer escapes all text and writes no raw HTML


def rendered_line(text: str) -> Markup:
    """One line as HTML without a paragraph around it."""
    return Markup(_renderer().renderInline(text))  # noqa: S704 - as above
