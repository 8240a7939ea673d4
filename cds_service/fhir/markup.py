"""HTML and XHTML to plain lines: notes sent as text/html, and the div of a FHIR Narrative.

Knows which elements break a line and which are not seen. Knows no clinical meaning and fetches nothing.
"""

import re
from collections.abc import Sequence
from html.parser import HTMLParser

from cds_service.fhir.limits import Unreadable, at_most

MOST_MARKUP = 1_000_000
SECONDS = 1.0

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
# fmt: off
_BLOCK = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dir", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "option", "p", "pre", "section",
    "summary", "table", "tbody", "tfoot", "thead", "tr", "ul",
))
# fmt: on
_CELL = frozenset(("td", "th"))
# Struck-out words are words taken back: they are no more said than hidden ones.
_UNSEEN = frozenset(("script", "style", "head", "template", "noframes", "del", "s", "strike"))
# The end tag of these may be left out: the next one of the set ends the one that is open.
_ENDED_BY = {
    "p": _BLOCK,
    "li": frozenset(("li",)),
    "dt": frozenset(("dt", "dd")),
    "dd": frozenset(("dt", "dd")),
    "td": frozenset(("td", "th", "tr")),
    "th": frozenset(("td", "th", "tr")),
    "tr": frozenset(("tr", "tbody", "thead", "tfoot")),
    "option": frozenset(("option",)),
    "head": frozenset(("body",)),
}
_HIDING = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))", re.IGNORECASE)
_STRUCK = re.compile(r"(?:^|;)\s*text-decoration(?:-line)?\s*:[^;]*line-through", re.IGNORECASE)
_KEEPING = re.compile(r"(?:^|;)\s*white-space\s*:\s*(?:pre|break-spaces)", re.IGNORECASE)
_NOT_SHOWN = re.compile("[\u00ad\u200b\u2060\ufeff]")
_LINE_END = re.compile(r"\r\n?|\n")
_SPACE = re.compile(r"\s+")
Attributes = Sequence[tuple[str, str | None]]


def lines_of_markup(markup: str) -> str:
    """The words a reader sees, line by line: a table row is one line, its cells joined by " | ".

    Raises:
        Unreadable: it is too long.
        OutOfTime: it is made to take long.
    """
    if len(markup) > MOST_MARKUP:
        raise Unreadable("it is larger than what is read")
    page = _Page()
    with at_most(SECONDS, "html", "_markupbase", "cds_service"):
        page.feed(markup)
        page.close()
        return page.text()


class _Page(HTMLParser):
    """Collects pieces of lines. Each open element knows whether it, or one around it, is unseen or keeps its spaces."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[tuple[str, bool, bool]] = []
        self._cells = 0
        self._row_begun = False
        self._lines: list[list[str]] = [[]]

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        while self._open and tag in _ENDED_BY.get(self._open[-1][0], ()):
            self._close()
        _, unseen, keeps = self._open[-1] if self._open else ("", False, False)
        if not unseen:
            self._mark(tag)
        if tag in _VOID:
            return
        known = dict(attrs)
        style = known.get("style") or ""
        unseen = unseen or tag in _UNSEEN or "hidden" in known or bool(_HIDING.search(style) or _STRUCK.search(style))
        self._open.append((tag, unseen, keeps or tag == "pre" or bool(_KEEPING.search(style))))
        self._cells += tag in _CELL

    def handle_endtag(self, tag: str) -> None:
        if not any(name == tag for name, _, _ in reversed(self._open)):
            return
        while self._close() != tag:
            pass

    def handle_data(self, data: str) -> None:
        _, unseen, keeps = self._open[-1] if self._open else ("", False, False)
        if unseen:
            return
        first, *rest = _LINE_END.split(data) if keeps and not self._cells else [data]
        self._lines[-1].append(first)
        self._lines += [[line] for line in rest]

    def text(self) -> str:
        """The lines, spaces collapsed, at most one empty line between two others."""
        found = [_line("".join(pieces)) for pieces in self._lines]
        kept = [line for i, line in enumerate(found) if line or (i and found[i - 1])]
        return "\n".join(kept).strip("\n")

    def _close(self) -> str:
        tag, unseen, _ = self._open.pop()
        self._cells -= tag in _CELL
        if not unseen and tag in _BLOCK:
            self._break()
        return tag

    def _mark(self, tag: str) -> None:
        """What an element puts between the words before and within it."""
        if tag in _CELL:
            self._lines[-1].append(" | " if self._row_begun and not self._cells else " ")
            self._row_begun = True
        elif tag == "br" and not self._cells:
            self._lines.append([])
        elif tag in _BLOCK or tag == "br":
            self._break()

    def _break(self) -> None:
        """A new line, unless this one is empty; within a table cell a space, so that a row stays one line."""
        if self._cells:
            self._lines[-1].append(" ")
            return
        self._row_begun = False
        if "".join(self._lines[-1]).strip():
            self._lines.append([])


def _line(raw: str) -> str:
    line = _SPACE.sub(" ", _NOT_SHOWN.sub("", raw)).strip()
    return line if line.strip(" |") else ""
