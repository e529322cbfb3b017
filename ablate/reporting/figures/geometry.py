"""Boxes and curves on paper, in inches: what lies on what, and where on a curve there is room for its label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Point = tuple[float, float]
FloatArray = npt.NDArray[np.float64]

SAMPLES = 41
"""Points that stand for a curve."""

BENDS = (0.0, 0.12, -0.12, 0.22, -0.22, 0.34, -0.34, 0.5, -0.5)
"""How far a curve leaves its chord, in lengths of the chord: the first that goes around what is in the way."""

PLACES = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.2, 0.8, 0.15, 0.85)
"""Where on a curve its label may stand, the best first."""


@dataclass(frozen=True)
class Box:
    """A rectangle by its centre and its size."""

    centre: Point
    width: float
    height: float

    def overlaps(self, other: Box, gap: float = 0.0) -> bool:
        """Whether less than `gap` lies between this box and another."""
        return (
            abs(self.centre[0] - other.centre[0]) < (self.width + other.width) / 2 + gap
            and abs(self.centre[1] - other.centre[1]) < (self.height + other.height) / 2 + gap
        )

    def holds(self, points: FloatArray, gap: float = 0.0) -> npt.NDArray[np.bool_]:
        """Which of the points (points x 2) lie in the box or within `gap` of it."""
        away = np.abs(points - np.array(self.centre))
        inside: npt.NDArray[np.bool_] = (away < np.array([self.width, self.height]) / 2 + gap).all(axis=1)
        return inside


@dataclass(frozen=True)
class Curve:
    """A quadratic Bézier curve whose middle leaves the chord by `bend` of its length, to the left of its direction."""

    start: Point
    end: Point
    bend: float = 0.0

    @property
    def control(self) -> Point:
        """The point that the curve is drawn to, but not through."""
        (x, y), (u, v) = self.start, self.end
        return (x + u) / 2 - 2 * self.bend * (v - y), (y + v) / 2 + 2 * self.bend * (u - x)

    def at(self, part: float | FloatArray) -> FloatArray:
        """The points at parts (0 to 1) of the curve, parts x 2."""
        t = np.atleast_1d(np.asarray(part, dtype=np.float64))[:, None]
        start, control, end = (np.array(point) for point in (self.start, self.control, self.end))
        points: FloatArray = (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end
        return points

    def between(self, one: Box, other: Box) -> FloatArray:
        """What is seen of the curve: its points outside the boxes at its ends."""
        points = self.at(np.linspace(0, 1, 6 * SAMPLES))
        seen = points[~one.holds(points) & ~other.holds(points)]
        seen = seen if len(seen) > 1 else points
        return seen if self.bend else seen[[0, -1]]


def go_around(start: Point, end: Point, obstacles: Sequence[Box], page: Point, first: int = 0) -> Curve:
    """The least bent curve that keeps clear of all obstacles and on the page, from bend number `first` on.

    That one if there is none.
    """
    parts = np.linspace(0, 1, SAMPLES)
    curves = [Curve(start, end, bend) for bend in BENDS[first:]]
    sheet = Box((page[0] / 2, page[1] / 2), *page)
    for curve in curves:
        points = curve.at(parts)
        if sheet.holds(points).all() and not any(box.holds(points, 0.06).any() for box in obstacles):
            return curve
    return curves[0]


def place_labels(
    curves: Sequence[Curve], sizes: Sequence[Point | None], obstacles: Sequence[Box], page: Point
) -> list[Box | None]:
    """A box on its own curve for every label (None: no label), clear of obstacles, other labels and the page's edge.

    Labels with the least freedom choose first. Among free places the one that hides least of other curves is taken,
    then the one nearest to the middle. None where there is no free place.
    """
    sampled = [curve.at(np.linspace(0.03, 0.97, SAMPLES)) for curve in curves]
    free: dict[int, list[Box]] = {}
    for number, size in enumerate(sizes):
        if size is not None:
            boxes = [box for box in _candidates(curves[number], size, page) if not _is_hit(box, obstacles, 0.02)]
            free[number] = [box for box in boxes if not _is_hit(box, obstacles, 0.12)] or boxes
    found: list[Box | None] = [None] * len(curves)
    for number in sorted(free, key=lambda number: (len(free[number]), number)):
        others = np.concatenate([np.empty((0, 2)), *sampled[:number], *sampled[number + 1 :]])
        taken = [box for box in found if box is not None]
        open_ = [box for box in free[number] if not _is_hit(box, taken, 0.03)]
        found[number] = min(open_, key=lambda box: int(box.holds(others, 0.02).sum()), default=None)
    return found


def _candidates(curve: Curve, size: Point, page: Point) -> list[Box]:
    width, height = size
    return [
        Box((float(x), float(y)), width, height)
        for x, y in curve.at(np.array(PLACES))
        if width / 2 <= x <= page[0] - width / 2 and height / 2 <= y <= page[1] - height / 2
    ]


def _is_hit(box: Box, others: Sequence[Box], gap: float) -> bool:
    return any(box.overlaps(other, gap) for other in others)
