"""A graph on paper: the lowest page on which every node and every label has its place."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from ablate.reporting.figures.geometry import Box, Curve, Point, go_around, place_labels
from ablate.reporting.figures.lattice import lay_out
from ablate.reporting.figures.style import WIDTH
from ablate.reporting.findings import Findings, Switch

NODE_SIZE, LABEL_SIZE, LINE_SPACING = 7.5, 6.8, 1.25
"""Font sizes in points, and the height of a line in units of them."""

HEIGHTS = (1.3, 1.9, 2.6, 3.0, 3.6, 4.3, 5.1, 6.0, 7.0, 8.2, 9.5, 11.0)
"""Inches to try for the graph: the first in which everything has its place."""

MARGIN, PAD = 0.12, 0.05


@dataclass(frozen=True)
class Placed:
    """A graph on paper, in inches: boxes of the nodes by hash, and for every switch its curve and its label's box."""

    height: float
    nodes: dict[str, Box]
    curves: tuple[Curve, ...]
    labels: tuple[Box | None, ...]


def place_graph(findings: Findings, texts: Mapping[str, Sequence[str]], labels: Sequence[str | None]) -> Placed | None:
    """The lowest page on which every label has its place; where none has, the one with the most labels."""
    sizes = {name: _measure(lines, NODE_SIZE) for name, lines in texts.items()}
    room = [None if label is None else _measure(label.split("\n"), LABEL_SIZE) for label in labels]
    best: tuple[int, Placed] | None = None
    for layout, height in itertools.product(lay_out(findings.plan), HEIGHTS):
        nodes = _boxes(layout, sizes, max(size[0] for size in [*sizes.values(), *filter(None, room)]), height)
        if any(one.overlaps(other, 0.08) for one, other in itertools.combinations(nodes.values(), 2)):
            continue
        curves = _route(findings.switches, nodes, (WIDTH, height))
        found = place_labels(curves, room, list(nodes.values()), (WIDTH, height))
        placed = Placed(height, nodes, tuple(curves), tuple(found))
        faults = _count_faults(placed, room)
        if best is None or faults < best[0]:
            best = faults, placed
        if not faults:
            break
    return None if best is None else best[1]


def _boxes(layout: dict[str, Point], sizes: dict[str, Point], widest: float, height: float) -> dict[str, Box]:
    """Nodes on the page, with room at its sides for a label on a line that runs down there."""
    highest = max(size[1] for size in sizes.values())
    inner = WIDTH - 2 * MARGIN - widest, height - 2 * MARGIN - highest
    left, low = MARGIN + widest / 2, MARGIN + highest / 2
    return {name: Box((left + x * inner[0], low + y * inner[1]), *sizes[name]) for name, (x, y) in layout.items()}


def _route(switches: Sequence[Switch], nodes: dict[str, Box], page: Point) -> list[Curve]:
    """A curve for every switch, around the nodes in between and beside other curves of the same two nodes."""
    curves: list[Curve] = []
    used: dict[frozenset[str], int] = {}
    for switch in switches:
        start, end = switch.start.combination.hash, switch.end.combination.hash
        obstacles = [box for name, box in nodes.items() if name not in (start, end)]
        before = used.get(frozenset((start, end)), 0)
        used[frozenset((start, end))] = before + 1
        curves.append(go_around(nodes[start].centre, nodes[end].centre, obstacles, page, before))
    return curves


def _measure(lines: Sequence[str], size: float) -> Point:
    """Width and height of bold lines with a little air around them, in inches."""
    font = FontProperties(family="DejaVu Sans", size=size, weight="bold")
    widths = (text_to_path.get_text_width_height_descent(line, font, ismath=False)[0] for line in lines)
    return max(widths) / 72 + 2 * PAD, len(lines) * size * LINE_SPACING / 72 + PAD


def _count_faults(placed: Placed, room: Sequence[Point | None]) -> int:
    """Labels without a place, labels close to a node, and lines that are not straight."""
    lacking = sum(size is not None and box is None for size, box in zip(room, placed.labels, strict=True))
    close = sum(any(box.overlaps(node, 0.03) for node in placed.nodes.values()) for box in placed.labels if box)
    return 3 * lacking + close + sum(bool(curve.bend) for curve in placed.curves)
