"""Plane curves: cubic Bezier chains as evenly spaced points with their direction, and shapes laid along them.

Knows geometry only. Lengths are in units of the drawing, directions are unit vectors, normals point to the left of
the way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import hypot

Point = tuple[float, float]
Cubic = tuple[Point, Point, Point, Point]

_STEPS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A point on a curve with the direction the curve has there."""

    at: Point
    along: Point

    def aside(self, distance: float) -> Point:
        """The point beside the curve, `distance` to its left (negative: to its right)."""
        return self.at[0] + self.along[1] * distance, self.at[1] - self.along[0] * distance


class Curve:
    """A chain of cubic Bezier curves, walked by length from its first point."""

    def __init__(self, cubics: tuple[Cubic, ...]) -> None:
        self.cubics = cubics
        points = [_at(c, i / _STEPS) for c in cubics for i in range(_STEPS + 1)]
        self._points = [p for i, p in enumerate(points) if i == 0 or p != points[i - 1]]
        self._lengths = [0.0]
        for a, b in pairwise(self._points):
            self._lengths.append(self._lengths[-1] + hypot(b[0] - a[0], b[1] - a[1]))

    @property
    def length(self) -> float:
        return self._lengths[-1]

    def mirrored(self, middle: float) -> "Curve":
        """The same curve on the other side of the upright line x = middle."""
        return Curve(
            tuple(
                (_over(a, middle), _over(b, middle), _over(c, middle), _over(d, middle)) for a, b, c, d in self.cubics
            )
        )

    def spot(self, distance: float) -> Spot:
        """The spot this far along; before the beginning or past the end the nearest one."""
        distance = min(max(distance, 0.0), self.length)
        last = len(self._points) - 2
        index = next((i for i in range(last + 1) if self._lengths[i + 1] >= distance), last)
        (ax, ay), (bx, by) = self._points[index], self._points[index + 1]
        step = self._lengths[index + 1] - self._lengths[index]
        share = (distance - self._lengths[index]) / step
        along = ((bx - ax) / step, (by - ay) / step)
        return Spot(at=(ax + (bx - ax) * share, ay + (by - ay) * share), along=along)

    def spots(self, start: float, end: float, count: int) -> list[Spot]:
        """Evenly spaced spots from one distance to another."""
        return [self.spot(start + (end - start) * i / (count - 1)) for i in range(count)]

    @cached_property
    def path(self) -> str:
        """The curve as SVG path data."""
        parts = [f"M{_pair(self.cubics[0][0])}"]
        parts += [f"C{_pair(b)} {_pair(c)} {_pair(d)}" for _, b, c, d in self.cubics]
        return "".join(parts)

    def stretch(self, start: float, end: float, count: int = 12) -> str:
        """A part of the curve as SVG path data."""
        return line([s.at for s in self.spots(start, end, count)])

    def band(self, start: float, end: float, half_width: Callable[[float], float], count: int = 25) -> str:
        """The outline of a band along the curve; `half_width` takes how far along it is, from 0 to 1."""
        spots = self.spots(start, end, count)
        halves = [half_width(i / (count - 1)) for i in range(count)]
        there = [s.aside(h) for s, h in zip(spots, halves, strict=True)]
        back = [s.aside(-h) for s, h in zip(spots, halves, strict=True)]
        return line([*there, *reversed(back)]) + "Z"


def line(points: list[Point]) -> str:
    """Straight lines from point to point as SVG path data."""
    return "M" + "L".join(_pair(p) for p in points)


def _at(cubic: Cubic, t: float) -> Point:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    x, y = (sum(w * p[axis] for w, p in zip(weights, cubic, strict=True)) for axis in (0, 1))
    return x, y


def _over(point: Point, middle: float) -> Point:
    return 2 * middle - point[0], point[1]


def number(value: float) -> str:
    """A coordinate as SVG takes it, to a tenth."""
    return f"{value:.1f}".removesuffix(".0")


def _pair(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"
