"""Where combinations stand in a picture of a design, so that the same switch is always the same move."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ablate.reporting.figures.encoding import number_of, varied_factors
from ablate.reporting.figures.geometry import Point
from ablate.reporting.inference import is_numeric
from ablate.specs import Combination, Design, Factor, Plan

LONGEST_ROW = 5
"""More neighbours than this do not stand beside each other on a page."""

INNER = ((0.55, 0.7), (0.45, 0.4), (0.4, 1.0), (0.35, 0.25), (0.3, 0.6))
"""How far the offsets of inner factors go (in steps of the outer ones), and how steeply; tried in this order."""

BOW = 0.32
"""How far the second of three levels stands out, so that the step from the first to the third passes it by."""

TILT = math.radians(12)
"""Turns rings of levels so that no two of them stand exactly beside or above each other."""


def lay_out(plan: Plan) -> list[dict[str, Point]]:
    """Layouts to try, the best first: a position in [0, 1] x [0, 1] for every combination, by its hash.

    A factorial becomes a lattice: the first varied factor runs to the right, the second downwards, further ones are
    offsets within, and every combination stands at the sum of its levels' moves, so parallel lines are one switch.
    Where factors change from the baseline alone, it stands in the middle of the others. A ring takes any design.
    """
    varied = varied_factors(plan.study)
    combinations = plan.combinations
    ring = {combination.hash: point for combination, point in zip(combinations, _ring(len(combinations)), strict=True)}
    if not varied:
        layouts = []
    elif len(varied) == 1:
        only = [_alone(varied[0])[number_of(varied[0], combination.choice)] for combination in combinations]
        layouts = [dict(zip((combination.hash for combination in combinations), only, strict=True))]
    elif plan.study.design in (Design.ONE_FACTOR, Design.LEAVE_ONE_OUT):
        layouts = [_star(combinations)]
    else:
        layouts = [_lattice(combinations, varied, inner) for inner in (INNER if len(varied) > 2 else INNER[:1])]
    return [_fit(layout) for layout in (*layouts, ring) if layout]


def _lattice(combinations: Sequence[Combination], varied: list[Factor], inner: tuple[float, float]) -> dict[str, Point]:
    if len(varied[0].levels) > LONGEST_ROW and len(varied[1].levels) < len(varied[0].levels):
        varied = [varied[1], varied[0], *varied[2:]]
    moves = [_moves(factor, place, inner) for place, factor in enumerate(varied)]
    positions = {}
    for combination in combinations:
        own = [move[number_of(factor, combination.choice)] for factor, move in zip(varied, moves, strict=True)]
        positions[combination.hash] = (sum(x for x, _ in own), sum(y for _, y in own))
    return positions


def _moves(factor: Factor, place: int, inner: tuple[float, float]) -> list[Point]:
    """Where the levels of a factor lead, by its place among those that vary: outer ones far, inner ones near."""
    count = len(factor.levels)
    is_line = count == 2 or is_numeric(factor)
    if place < 2 and count > 3 and not is_line:
        wide, high = ((count - 1) / 2, 0.3) if place == 0 else (0.3, (count - 1) / 2)
        return [(wide * x, high * y) for x, y in _ring(count)]
    across = [0.0 if is_line else BOW * (1 - (2 * level / (count - 1) - 1) ** 2) for level in range(count)]
    if place < 2:
        moves = [(float(level), bow) for level, bow in enumerate(across)]
    else:
        size, steep = inner[0] ** (place // 2), inner[1]
        parts = [(level / (count - 1), bow) for level, bow in enumerate(across)]
        moves = [(size * part, size * (steep * part + bow)) for part, bow in parts]
    return moves if place % 2 == 0 else [(0.6 * y if place > 1 else y, -x) for x, y in moves]


def _alone(factor: Factor) -> list[Point]:
    """A single factor: two levels face each other, numbers follow a winding row, others stand in a ring."""
    count = len(factor.levels)
    if not is_numeric(factor) and count > 2:
        return _ring(count)
    rows = [divmod(level, LONGEST_ROW) for level in range(count)]
    return [(float(LONGEST_ROW - 1 - at if row % 2 else at), -float(row)) for row, at in rows]


def _star(combinations: Sequence[Combination]) -> dict[str, Point]:
    others = [combination for combination in combinations if not combination.is_baseline]
    if len(others) == len(combinations):
        return {}
    ring = dict(zip((other.hash for other in others), _ring(len(others)), strict=True))
    return {combination.hash: ring.get(combination.hash, (0.0, 0.0)) for combination in combinations}


def _ring(count: int) -> list[Point]:
    """Points on a circle, clockwise from the top; every second one further in where they would crowd."""
    angles = [math.pi / 2 - TILT - 2 * math.pi * number / count for number in range(count)]
    radii = [0.74 if count > 10 and number % 2 else 1.0 for number in range(count)]
    return [(radius * math.cos(angle), radius * math.sin(angle)) for radius, angle in zip(radii, angles, strict=True)]


def _fit(layout: dict[str, Point]) -> dict[str, Point]:
    """Stretched to the whole of [0, 1] x [0, 1]; what has no extent stands in the middle."""
    lows = [min(point[axis] for point in layout.values()) for axis in (0, 1)]
    sizes = [max(point[axis] for point in layout.values()) - low for axis, low in enumerate(lows)]

    def place(point: Point) -> Point:
        x, y = ((at - low) / size if size > 1e-9 else 0.5 for at, low, size in zip(point, lows, sizes, strict=True))
        return x, y

    return {name: place(point) for name, point in layout.items()}
