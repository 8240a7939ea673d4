"""Marks of lesions and treatments, laid along an artery or small beside a word: shapes that differ without colour.

Knows what each mark looks like. Knows neither which artery is treated nor where its words stand.
"""

from dataclasses import dataclass
from math import pi, sin
from xml.etree.ElementTree import Element, SubElement

from cds_service.picture.curves import Curve, line
from cds_service.picture.paint import mark, words

_LONGEST, _SHARE = 62.0, 0.78
NARROWING, CLOSURE, UNKNOWN = "stenosis", "occlusion", "not recorded"
Stretch = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Channel:
    """An artery as it is drawn: its middle line, and how wide it is."""

    course: Curve
    width: float


_ICON = Channel(Curve((((0, 0), (8, 0), (16, 0), (24, 0)),)), 9.0)


def treated_artery(parent: Element, channel: Channel, lesions: tuple[str, ...], done: tuple[str, ...]) -> None:
    """A treated artery: its channel, then the lesions, then what was done about them, from the middle outwards."""
    _walls(parent, channel, 5)
    stretches = _stretches(channel.course.length, len(lesions))
    for lesion, (start, end) in zip(lesions, stretches, strict=True):
        _lesion(parent, channel, lesion, (start + (end - start) * 0.22, end - (end - start) * 0.22))
    whole = (stretches[0][0], stretches[-1][1])
    for treatment in done:
        _treatment(parent, channel, treatment, whole)


def icon(parent: Element, name: str, x: float, y: float) -> None:
    """The mark of a lesion or a treatment beside its word, 24 wide, its middle line at y."""
    group = SubElement(parent, "g", {"transform": f"translate({x:g} {y:g})"})
    _walls(group, _ICON, 3)
    if name in (NARROWING, CLOSURE, UNKNOWN):
        _lesion(group, _ICON, name, (5.0, 19.0))
    else:
        _treatment(group, _ICON, name, (2.0, 22.0))


def _walls(parent: Element, channel: Channel, thickness: float) -> None:
    path = channel.course.path()
    mark(parent, "path", "wall-treated", d=path, stroke_width=channel.width + thickness)
    mark(parent, "path", "lumen-treated", d=path, stroke_width=channel.width)


def _stretches(length: float, count: int) -> list[Stretch]:
    """The middle of the artery, cut into as many equal parts as there are lesions."""
    reach = min(length * _SHARE, _LONGEST * count)
    start = (length - reach) / 2
    return [(start + reach * i / count, start + reach * (i + 1) / count) for i in range(count)]


def _lesion(parent: Element, channel: Channel, name: str, place: Stretch) -> None:
    (start, end), course, width = place, channel.course, channel.width
    if name == NARROWING:
        for side in (1, -1):
            mark(parent, "path", "plaque", d=_lobe(channel, place, side))
    elif name == CLOSURE:
        mark(parent, "path", "plug", d=course.band(start, end, lambda _: width / 2))
        middle, reach = course.spot((start + end) / 2), min(width, end - start) * 0.3
        corners = [
            (middle.at[0] + dx * reach, middle.at[1] + dy * reach) for dx, dy in ((-1, -1), (1, 1), (1, -1), (-1, 1))
        ]
        mark(parent, "path", "cross", d=line(corners[:2]) + line(corners[2:]))
    else:
        x, y = course.spot((start + end) / 2).at
        size = max(width, 10.0)
        words(parent, "mark", "?", x=x, y=y + size * 0.36, size=size, text_anchor="middle", font_weight="700")


def _lobe(channel: Channel, place: Stretch, side: int) -> str:
    """Plaque on one wall: it leaves a third of the channel where it is thickest."""
    spots, width = channel.course.spots(*place, 15), channel.width
    wall = [s.aside(side * width / 2) for s in spots]
    inner = [s.aside(side * (width / 2 - width * 0.34 * sin(pi * i / 14))) for i, s in enumerate(spots)]
    return line([*wall, *reversed(inner)]) + "Z"


def _treatment(parent: Element, channel: Channel, name: str, place: Stretch) -> None:
    (start, end), course = place, channel.course
    if name == "angioplasty":
        half = channel.width / 2 + 4
        outline = course.band(start, end, lambda t: half * min(1.0, sin(pi * t) ** 0.45 + 0.04))
        mark(parent, "path", "balloon", d=outline)
        for shaft in ((max(start - 8, 0), start), (end, min(end + 8, course.length))):
            mark(parent, "path", "frame", d=course.stretch(*shaft, count=4))
    elif name == "lithotripsy":
        _waves(parent, channel, place)
    elif name in ("stent", "atherectomy", "stent atherectomy"):
        if "stent" in name:
            _mesh(parent, channel, place)
        if "atherectomy" in name:
            _burr(parent, channel, (start + end) / 2)
    else:
        _lesion(parent, channel, UNKNOWN, place)


def _mesh(parent: Element, channel: Channel, place: Stretch) -> None:
    """Two zigzags that cross: the struts of a stent, framed by its two edges."""
    (start, end), course, width = place, channel.course, channel.width
    half = width / 2 + 1.5
    cells = max(3, round((end - start) / max(width * 0.62, 5.0)))
    spots = course.spots(start, end, cells + 1)
    for sign in (1, -1):
        zigzag = [s.aside(half * sign * (-1) ** i) for i, s in enumerate(spots)]
        mark(parent, "path", "mesh", d=line(zigzag))
        edge = [s.aside(half * sign) for s in course.spots(start, end, 16)]
        mark(parent, "path", "frame", d=line(edge))


def _burr(parent: Element, channel: Channel, place: float) -> None:
    """A toothed head, as of a cutter."""
    course, width = channel.course, channel.width
    half = width / 2
    reach = max(width * 0.9, 7.0)
    spots = course.spots(place - reach, place + reach, 9)
    left = [s.aside(half if i % 2 else half * 0.35) for i, s in enumerate(spots)]
    right = [s.aside(-half if i % 2 else -half * 0.35) for i, s in enumerate(spots)]
    mark(parent, "path", "burr", d=line([*left, *reversed(right)]) + "Z")


def _waves(parent: Element, channel: Channel, place: Stretch) -> None:
    """Pressure waves: arcs on both sides of the artery."""
    (start, end), course, width = place, channel.course, channel.width
    middle, scale = (start + end) / 2, min(1.0, width / 16)
    for ring in (1, 2):
        reach, off = scale * (3.5 + 3.0 * ring), width / 2 + scale * (2.0 + 3.5 * ring)
        for sign in (1, -1):
            spots = course.spots(middle - reach, middle + reach, 7)
            arc = [s.aside(sign * (off + 1.8 * scale * sin(pi * i / 6))) for i, s in enumerate(spots)]
            mark(parent, "path", "wave", d=line(arc))
