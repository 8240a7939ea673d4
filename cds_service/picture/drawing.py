"""The picture of a decision document: arteries, what was done in each treated one, and the codes beside them.

Knows the sheet the sessions are drawn on. The same document always gives the same bytes; nothing is fetched.
"""

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from cds_service.picture.arteries import WIDTH
from cds_service.picture.curves import number
from cds_service.picture.paint import clean, style_sheet
from cds_service.picture.session_drawing import SessionDrawing

_FONT = "system-ui, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"
_TITLE, _DESC = "picture-title", "picture-desc"
_NONE: dict[str, Any] = {"treated": [], "lines": [], "questions": [], "encounter": None, "date": None}


def picture(document: Mapping[str, Any], *, linked: bool = False) -> str:
    """An SVG of the sessions of a decision document, one beneath the other.

    Args:
        document: what `explain --json` prints for one request.
        linked: for use inside a page that serves `style_sheet()`: every place is a link to `#evidence-<key>` that the
            keyboard reaches. Without it the picture stands alone, with its style inside, as one image.
    """
    sessions = document["sessions"] or [_NONE]
    several = len(sessions) > 1
    drawn = [SessionDrawing(s, f"s{i}", linked=linked, headed=several) for i, s in enumerate(sessions)]
    height = sum(d.height for d in drawn)
    root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "class": "vessels", "font-family": _FONT})
    root.attrib |= {"viewBox": f"0 0 {WIDTH} {number(height)}", "width": str(WIDTH), "height": number(height)}
    root.attrib |= {"role": "group" if linked else "img", "aria-labelledby": f"{_TITLE} {_DESC}"}
    SubElement(root, "title", {"id": _TITLE}).text = "Treated arteries and their codes"
    SubElement(root, "desc", {"id": _DESC}).text = clean(" ".join(d.description for d in drawn))
    if not linked:
        SubElement(root, "style").text = style_sheet()
    y = 0.0
    for one in drawn:
        one.draw(SubElement(root, "g", {"transform": f"translate(0 {number(y)})"}))
        y += one.height
    return tostring(root, encoding="unicode")
