"""How things look: one class for each kind of mark, with plain attributes for programs that read no style sheet.

Knows colours and strokes. The style sheet sets the same marks for light and dark; shape and words carry the meaning.
"""

import re
from functools import lru_cache
from importlib.resources import files
from xml.etree.ElementTree import Element, SubElement

from cds_service.picture.curves import number

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
_STROKE = {"fill": "none", "stroke-linecap": "round", "stroke-linejoin": "round"}
_PAINT: dict[str, dict[str, str]] = {
    "body": {"fill": "#f3f4f6", "stroke": "none"},
    "edge": {**_STROKE, "stroke": "#dde1e6", "stroke-width": "1.5"},
    "wall": {**_STROKE, "stroke": "#98a2ad"},
    "lumen": {**_STROKE, "stroke": "#fff"},
    "wall-treated": {**_STROKE, "stroke-linecap": "butt", "stroke": "#7d1d2b"},
    "lumen-treated": {**_STROKE, "stroke-linecap": "butt", "stroke": "#f3c6c9"},
    "plaque": {"fill": "#7d1d2b", "stroke": "none"},
    "plug": {"fill": "#31090f", "stroke": "none"},
    "cross": {**_STROKE, "stroke": "#fff", "stroke-width": "1.8"},
    "mesh": {**_STROKE, "stroke": "#12395c", "stroke-width": "1.5"},
    "frame": {**_STROKE, "stroke": "#12395c", "stroke-width": "2"},
    "balloon": {"fill": "#cfe3f5", "fill-opacity": ".3", "stroke": "#12395c", "stroke-width": "2.4"},
    "wave": {**_STROKE, "stroke": "#12395c", "stroke-width": "1.6"},
    "burr": {"fill": "#fff", "stroke": "#12395c", "stroke-width": "1.8", "stroke-linejoin": "round"},
    "open": {**_STROKE, "stroke": "#9a5200", "stroke-width": "2", "stroke-dasharray": "5 4"},
    "leader": {**_STROKE, "stroke": "#545d68", "stroke-width": "1.2"},
    "dot": {"fill": "#1b1f24", "stroke": "#fff", "stroke-width": "1.5"},
    "box": {"fill": "#fff", "stroke": "#545d68", "stroke-width": "1.2"},
    "box-open": {"fill": "#fff", "stroke": "#9a5200", "stroke-width": "1.6", "stroke-dasharray": "5 4"},
    "text": {"fill": "#1b1f24"},
    "quiet": {"fill": "#545d68"},
    "mark": {"fill": "#9a5200"},
}


def mark(parent: Element, tag: str, kind: str, **attributes: str | float) -> Element:
    """An element of a kind of mark. Underscores of names are hyphens; numbers are written to a tenth."""
    written = {k.replace("_", "-"): v if isinstance(v, str) else number(v) for k, v in attributes.items()}
    return SubElement(parent, tag, {"class": kind, **_PAINT[kind], **written})


def words(parent: Element, kind: str, said: str, *, x: float, y: float, size: float = 14, **more: str) -> Element:
    """A line of text."""
    found = mark(parent, "text", kind, x=x, y=y, font_size=size, **more)
    found.text = clean(said)
    return found


def clean(text: str) -> str:
    """Text without what XML cannot hold and without characters that hide or turn others."""
    return _UNSEEN.sub("", text)


@lru_cache(maxsize=1)
def style_sheet() -> str:
    """The style sheet of the marks, for light and dark; a page that shows a picture inside itself serves it."""
    return files("cds_service.picture").joinpath("picture.css").read_text("utf-8")
