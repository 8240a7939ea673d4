"""Marks of lesions and treatments, laid along an artery or small beside a word: shapes that differ without colour.

Knows what each mark looks like. Knows neither which artery is treated nor where its words stand.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import pi, sin
from xml.etree.ElementTree import Element, SubElement

from cds_service.picture.curves import Curve, line
from cds_service.picture.paint import mark, words

_LONGEST, _SHARE = 62.0, 0.78
_LESIONS = ("stenosis", "occlusion", "not recorded")
_KEPT = 4096
Stretch = tuple[float, float]
Shape = tuple[str, str]  # a kind of mark, and path data


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
        _drawn(parent, channel, lesion, (start + (end - start) * 0.22, end - (end - start) * 0.22))
    whole = (stretches[0][0], stretches[-1][1])
    for treatment in done:
        _drawn(parent, channel, treatment, whole)


def icon(parent: Element, name: str, x: float, y: float) -> None:
    """The mark of a lesion or a treatment beside its word, 24 wide, its middle line at y."""
    group = SubElement(parent, "g", {"transform": f"translate({x:g} {y:g})"})
    _walls(group, _ICON, 3)
    _drawn(group, _ICON, name, (5.0, 19.0) if name in _LESIONS else (2.0, 22.0))


def _walls(parent: Element, channel: Channel, thickness: float) -> None:
    path = channel.course.path
    mark(parent, "path", "wall-treated", d=path, stroke_width=channel.width + thickness)
    mark(parent, "path", "lumen-treated", d=path, stroke_width=channel.width)


def _stretches(length: float, count: int) -> list[Stretch]:
    """The middle of the artery, cut into as many equal parts as there are lesions."""
    reach = min(length * _SHARE, _LONGEST * count)
    start = (length - reach) / 2
    return [(start + reach * i / count, start + reach * (i + 1) / count) for i in range(count)]


def _drawn(parent: Element, channel: Channel, name: str, place: Stretch) -> None:
    """A lesion or a treatment; a question mark for what is neither."""
    shapes = _shapes(channel, name, place)
    for kind, path in shapes:
        mark(parent, "path", kind, d=path)
    if not shapes:
        x, y = channel.course.spot(sum(place) / 2).at
        size = max(channel.width, 10.0)
        words(parent, "mark", "?", x=x, y=y + size * 0.36, size=size, text_anchor="middle", font_weight="700")


@lru_cache(maxsize=_KEPT)
def _shapes(channel: Channel, name: str, place: Stretch) -> tuple[Shape, ...]:
    """The paths of a lesion or a treatment; arteries are few, so that the same ones come again and again."""
    draw = _DRAWN.get(name)
    return tuple(draw(channel, place)) if draw else ()


def _narrowing(channel: Channel, place: Stretch) -> Iterator[Shape]:
    """Plaque on both walls: it leaves a third of the channel where it is thickest."""
    spots, width = channel.course.spots(*place, 15), channel.width
    for side in (1, -1):
        wall = [s.aside(side * width / 2) for s in spots]
        inner = [s.aside(side * (width / 2 - width * 0.34 * sin(pi * i / 14))) for i, s in enumerate(spots)]
        yield "plaque", line([*wall, *reversed(inner)]) + "Z"


def _closure(channel: Channel, place: Stretch) -> Iterator[Shape]:
    """A plug with a cross."""
    (start, end), course, width = place, channel.course, channel.width
    yield "plug", course.band(start, end, lambda _: width / 2)
    middle, reach = course.spot((start + end) / 2), min(width, end - start) * 0.3
    corners = [
        (middle.at[0] + dx * reach, middle.at[1] + dy * reach) for dx, dy in ((-1, -1), (1, 1), (1, -1), (-1, 1))
    ]
    yield "cross", line(corners[:2]) + line(corners[2:])


def _balloon(channel: Channel, place: Stretch) -> Iterator[Shape]:
    """A balloon on its shaft."""
    (start, end), course = place, channel.course
    half = channel.width / 2 + 4
    yield "balloon", course.band(start, end, lambda t: half * min(1.0, sin(pi * t) ** 0.45 + 0.04))
    for shaft in ((max(start - 8, 0), start), (end, min(end + 8, course.length))):
        yield "frame", course.stretch(*shaft, count=4)


def _mesh(channel: Channel, place: Stretch) -> Iterator[Shape]:
    """Two zigzags that cross: the struts of a stent, framed by its two edges."""
    (start, end), course, width = place, channel.course, channel.width
    half = width / 2 + 1.5
    cells = max(3, round((end - start) / max(width * 0.62, 5.0)))
    spots = course.spots(start, end, cells + 1)
    for sign in (1, -1):
        yield "mesh", line([s.aside(half * sign * (-1) ** i) for i, s in enumerate(spots)])
        yield "frame", line([s.aside(half * sign) for s in course.spots(start, end, 16)])


def _burr(channel: Channel, place: Stretch) -> Iterator[Shape]:
    """A toothed head, as of a cutter."""
    course, width, middle = channel.course, channel.width, sum(place) / 2
    half = width / 2
    reach = max(width * 0.9, 7.0)
    spots = course.spots(middle - reach, middle + reach, 9)
    left = [s.aside(half if i % 2 else half * 0.35) for i, s in enumerate(spots)]
    right = [s.aside(-half if i % 2 else -half * 0.35) for i, s in enumerate(spots)]
    yield "burr", line([*left, *reversed(right)]) + "Z"


def _meshed_burr(channel: Channel, place: Stretch) -> Iterator[Shape]:
    """A stent where a cutter was before."""
    yield from _mesh(channel, place)
    yield from _burr(channel, place)


def _waves(channel: Channel, place: Stretch) -> Iterator[Shape]:
    """Pressure waves: arcs on both sides of the artery."""
    (start, end), course, width = place, channel.course, channel.width
    middle, scale = (start + end) / 2, min(1.0, width / 16)
    for ring in (1, 2):
        reach, off = scale * (3.5 + 3.0 * ring), width / 2 + scale * (2.0 + 3.5 * ring)
        for sign in (1, -1):
            spots = course.spots(middle - reach, middle + reach, 7)
            arc = [s.aside(sign * (off + 1.8 * scale * sin(pi * i / 6))) for i, s in enumerate(spots)]
            yield "wave", line(arc)


_DRAWN: dict[str, Callable[[Channel, Stretch], Iterator[Shape]]] = {
    "stenosis": _narrowing,
    "occlusion": _closure,
    "angioplasty": _balloon,
    "lithotripsy": _waves,
    "stent": _mesh,
    "atherectomy": _burr,
    "stent atherectomy": _meshed_burr,
}
