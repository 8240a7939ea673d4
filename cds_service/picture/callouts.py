"""The words beside the arteries: one box for each treated place, stacked on its side, with a line to its artery.

Knows how much room words take. Knows nothing of arteries but where each one is pointed at.
"""

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from cds_service.coding.anatomy import Side
from cds_service.picture.arteries import WIDTH
from cds_service.picture.curves import Point, line
from cds_service.picture.glyphs import icon
from cds_service.picture.paint import mark, words
from cds_service.picture.treated import Code, Place

BOX = 122
_EDGE, _GAP, _PAD, _ROW, _CODE_ROW = 4, 8, 8, 17, 20
_WORDS = {"angioplasty": "balloon", "stent atherectomy": "stent + ather.", "not recorded": "unclear"}
_WIDEST_NAME = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Callout:
    """A place with the point of its artery and the upper edge of its box."""

    place: Place
    anchor: Point
    top: float

    @property
    def bottom(self) -> float:
        return self.top + height_of(self.place)


def height_of(place: Place) -> float:
    """How tall the box of a place is."""
    rows = len(_name_rows(place)) + len(place.lesions) + len(place.treatments)
    return (
        2 * _PAD
        + _ROW * rows
        + sum(_CODE_ROW + _ROW * len(_role_rows(c)) for c in place.codes)
        + _ROW * (not place.codes)
    )


def stacked(pointed: list[tuple[Place, Point]], top: float, floor: float) -> list[Callout]:
    """Boxes of one side from top to bottom, each as near to its artery as the others let it be."""
    ordered = sorted(pointed, key=lambda p: (p[1][1], p[0].key))
    tops: list[float] = []
    for place, (_, y) in ordered:
        wanted = y - height_of(place) / 2
        tops.append(max(wanted, tops[-1] + _GAP + height_of(ordered[len(tops) - 1][0]) if tops else top))
    limit = floor
    for index in range(len(ordered) - 1, -1, -1):
        tops[index] = max(min(tops[index], limit - height_of(ordered[index][0])), top)
        limit = tops[index] - _GAP
    for index in range(1, len(ordered)):
        tops[index] = max(tops[index], tops[index - 1] + height_of(ordered[index - 1][0]) + _GAP)
    return [Callout(place=p, anchor=a, top=t) for (p, a), t in zip(ordered, tops, strict=True)]


def draw_leader(parent: Element, callout: Callout) -> None:
    """The line from a box to its artery, with a dot where it arrives."""
    right = callout.place.side is Side.RIGHT
    start = (_EDGE + BOX, callout.top + _PAD + 9) if right else (WIDTH - _EDGE - BOX, callout.top + _PAD + 9)
    bend = (start[0] + (10 if right else -10), start[1])
    mark(parent, "path", "leader", d=line([start, bend, callout.anchor]))
    mark(parent, "circle", "dot", cx=callout.anchor[0], cy=callout.anchor[1], r=3.4)


def draw_box(parent: Element, place: Place, x: float, top: float) -> None:
    """The words of a place: code, role, artery, lesion, treatment."""
    kind = "box-open" if place.open else "box"
    mark(parent, "rect", kind, x=x, y=top, width=BOX, height=height_of(place), rx=5)
    y = top + _PAD
    for code in place.codes:
        y += _CODE_ROW
        words(parent, "text", code.said, x=x + _PAD, y=y - 5, size=17, font_weight="700")
        for row in _role_rows(code):
            y += _ROW
            words(parent, "mark" if code.open else "quiet", row, x=x + _PAD, y=y - 5, size=12)
    if not place.codes:
        y += _ROW
        words(parent, "quiet", "no code of its own", x=x + _PAD, y=y - 5, size=12)
    for row in _name_rows(place):
        y += _ROW
        words(parent, "text", row, x=x + _PAD, y=y - 5, size=13.5, font_weight="600")
    for name in (*place.lesions, *place.treatments):
        y += _ROW
        icon(parent, name, x + _PAD, y - 9)
        words(parent, "text", _WORDS.get(name, name), x=x + _PAD + 30, y=y - 5, size=13)


def box_edge(side: Side) -> float:
    """Where the boxes of a side begin."""
    return _EDGE if side is Side.RIGHT else WIDTH - _EDGE - BOX


def _role_rows(code: Code) -> list[str]:
    """What the code is here; a line of several units says how many of them this place is."""
    one = code.units == code.shared_by and code.units > 1
    units = f"1 of {code.units}" if one else f"\u00d7{code.units}" if code.units > 1 else ""
    said = [p for p in (code.role, units, "review" if code.open else "") if p]
    return [", ".join(said[:2]), *said[2:]] if said else []


def _name_rows(place: Place) -> list[str]:
    """The artery's name without its side, in rows as wide as a box."""
    known = place.side is not None and place.vessel is not None
    name = place.name.removeprefix(f"{place.side} ") if known and place.side else place.name
    rows: list[str] = []
    for word in name.split():
        if rows and len(rows[-1]) + 1 + len(word) <= _WIDEST_NAME:
            rows[-1] += f" {word}"
        else:
            rows.append(word)
    return rows
