"""One session of the picture: the arteries, its treated places with their callouts, and what has no recorded place.

Knows how the parts are put together.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from cds_service.coding.anatomy import Side
from cds_service.picture import arteries as map_of
from cds_service.picture.arteries import AORTA, AORTA_WIDTH, ARTERIES, BY_PLACE, LONG, MIDDLE, SHORT, UPPER, WIDTH
from cds_service.picture.callouts import BOX, Callout, box_edge, draw_box, draw_leader, height_of, stacked
from cds_service.picture.curves import Point, number
from cds_service.picture.glyphs import Channel, treated_artery
from cds_service.picture.paint import clean, mark, words
from cds_service.picture.treated import Place, places_of

_TOP, _GAP, _LIST_HEAD, _HEAD = 34.0, 16.0, 30.0, 30.0
_NOTHING = "No treated vessel was read."


class SessionDrawing:
    """One session: what is placed, what is not, and how tall it all becomes. `headed`: it says which session it is."""

    def __init__(self, session: Mapping[str, Any], key: str, *, linked: bool, headed: bool) -> None:
        self._session, self._key, self._linked, self._headed = session, key, linked, headed
        self._places = places_of(session)
        placed = [p for p in self._places if (p.side, p.vessel) in BY_PLACE]
        self._loose = [p for p in self._places if p not in placed]
        self._tall = any(p.vessel not in UPPER for p in placed)
        self._floor = float(LONG if self._tall else SHORT)
        self._callouts = [c for side in Side for c in self._stack(placed, side)]
        low = max([self._floor, *(c.bottom + 6 for c in self._callouts)])
        self._list_top = low + _GAP
        self.height = (self._list_top + self._list_height() if self._loose else low) + _HEAD * headed

    @property
    def description(self) -> str:
        """The session in sentences."""
        return " ".join([f"{self._when}.", *(f"{p.title}." for p in self._places)] if self._places else [_NOTHING])

    @property
    def _when(self) -> str:
        return (
            f"{self._session['encounter'] or 'Encounter not recorded'}, {self._session['date'] or 'day not recorded'}"
        )

    def draw(self, parent: Element) -> None:
        """Everything of the session, from the top left corner of `parent`."""
        if self._headed:
            words(parent, "text", self._when, x=8, y=20, size=14, font_weight="700")
            parent = SubElement(parent, "g", {"transform": f"translate(0 {_HEAD})"})
        clip = SubElement(parent, "svg", {"width": str(WIDTH), "height": number(self._floor), "overflow": "hidden"})
        clip.extend(_untreated())
        for x, anchor, letter, said in (
            (8, "start", "R", "patient\u2019s right"),
            (WIDTH - 8, "end", "L", "patient\u2019s left"),
        ):
            words(parent, "text", letter, x=x, y=24, size=22, font_weight="700", text_anchor=anchor)
            words(parent, "quiet", said, x=x + (20 if x == 8 else -18), y=23, size=12, text_anchor=anchor)
        groups = {c.place.key: self._group(parent, c.place) for c in self._callouts}
        for callout in self._callouts:
            self._treated(groups[callout.place.key], callout)
        self._unplaced(parent)
        if not self._places:
            words(parent, "quiet", _NOTHING, x=MIDDLE, y=self._floor - 14, size=14, text_anchor="middle")

    def _stack(self, placed: list[Place], side: Side) -> list[Callout]:
        mine = [(p, self._anchor(p)) for p in placed if p.side is side]
        return stacked(mine, _TOP, self._floor - 4)

    def _anchor(self, place: Place) -> Point:
        """The point of the artery's wall that faces its box."""
        artery = BY_PLACE[place.side, place.vessel]  # type: ignore[index]
        x, y = artery.course.spot(artery.course.length / 2).at
        return x + (artery.width / 2 + 5) * (-1 if place.side is Side.RIGHT else 1), y

    def _group(self, parent: Element, place: Place) -> Element:
        """The group of a place; in a page it is a link to its evidence."""
        key = f"{self._key}-{clean(place.key)}"
        attributes = {
            "id": f"picture-{_token(key)}",
            "class": "place",
            "data-place": key,
            "aria-label": clean(place.title),
            "data-codes": clean(" ".join(c.said for c in place.codes)),
        }
        if self._linked:
            return SubElement(parent, "a", {**attributes, "href": f"#evidence-{_token(key)}"})
        group = SubElement(parent, "g", attributes)
        SubElement(group, "title").text = clean(place.title)
        return group

    def _treated(self, group: Element, callout: Callout) -> None:
        place = callout.place
        artery = BY_PLACE[place.side, place.vessel]  # type: ignore[index]
        treated_artery(group, Channel(artery.course, artery.width), place.lesions, place.treatments)
        if place.open:
            middle = artery.course.length / 2
            reach = min(middle, 44.0)
            outline = artery.course.band(middle - reach, middle + reach, lambda _: artery.width / 2 + 7)
            mark(group, "path", "open", d=outline)
        draw_leader(group, callout)
        draw_box(group, place, box_edge(artery.side), callout.top)

    def _list_height(self) -> float:
        rows = [self._loose[i : i + 3] for i in range(0, len(self._loose), 3)]
        return _LIST_HEAD + sum(max(height_of(p) for p in row) + 10 for row in rows)

    def _unplaced(self, parent: Element) -> None:
        """What has no recorded place, in rows of three beneath the arteries."""
        if not self._loose:
            return
        words(parent, "text", "Place not recorded", x=8, y=self._list_top + 12, size=14, font_weight="700")
        y = self._list_top + _LIST_HEAD
        for start in range(0, len(self._loose), 3):
            row = self._loose[start : start + 3]
            for column, place in enumerate(row):
                draw_box(self._group(parent, place), place, 8 + column * (BOX + 36), y)
            y += max(height_of(p) for p in row) + 10


@lru_cache(maxsize=1)
def _untreated() -> tuple[Element, ...]:
    """The body with all arteries as they are where nothing was done, the same in every picture."""
    parent = Element("svg")
    body, edge, twigs = map_of.RIGHT_HALF
    for more in ({}, {"transform": map_of.MIRROR}):
        mark(parent, "path", "body", d=body, **more)
        mark(parent, "path", "edge", d=edge, **more)
        mark(parent, "path", "wall", d=twigs, stroke_width=4, **more)
    tubes = [*((a.course, a.width) for a in ARTERIES), (AORTA, AORTA_WIDTH)]
    for kind, extra in (("wall", 4.0), ("lumen", 0.0)):
        for course, width in tubes:
            mark(parent, "path", kind, d=course.path, stroke_width=width + extra)
    return tuple(parent)


def _token(text: str) -> str:
    """A name that can be an id and the part of an address behind #."""
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in text)
