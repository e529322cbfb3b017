"""The front of what is worth its cost, drawn into a picture of objective against cost."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from ablate.reporting.figures.spots import Spot

COLOUR, SIZE = "#c9c9c9", 13.0

NEARBY = ((9, 0), (5, 13), (-9, 0), (-5, 13), (5, -13), (-5, -13))
"""Where the label of a marker may stand, in points from its middle, the best first."""


def draw_front(axes: Axes, front: Sequence[Spot]) -> None:
    """A light step line: the best mean that was observed up to a cost. Members have a light disc behind them."""
    axes.step(
        [spot.macs for spot in front],
        [spot.mean for spot in front],
        where="post",
        color=COLOUR,
        linewidth=1.6,
        zorder=0.5,
    )
    for spot in front:
        transform = spot.transform(axes)
        axes.plot(spot.macs, spot.mean, "o", markersize=SIZE, color=COLOUR, transform=transform, zorder=0.6)


def front_key() -> Line2D:
    """The legend's entry of the front."""
    label = "front of the observed means"
    return Line2D([], [], color=COLOUR, linewidth=1.6, marker="o", markersize=SIZE, label=label)


def name_front(axes: Axes, front: Sequence[Spot], spots: Sequence[Spot], names: Mapping[str, str]) -> None:
    """The members' labels beside them, where they cover nothing; a member without such a place has none.

    To be called when the layout is final. `names` are by hash.
    """
    taken = [*(box for spot in spots for box in spot.boxes(axes)), *_steps(axes, front)]
    for spot in front:
        for place in NEARBY:
            text = _write(axes, spot, names[spot.finding.combination.hash], place)
            box = text.get_window_extent()
            if _is_within(box, axes.bbox) and not box.count_overlaps(taken):
                taken.append(box)
                break
            text.remove()


def _steps(axes: Axes, front: Sequence[Spot]) -> list[Bbox]:
    """What the line covers, in pixels."""
    corners = [axes.transData.transform((spot.macs, spot.mean)) for spot in front]
    boxes = []
    for (x, y), (u, v) in itertools.pairwise(corners):
        boxes += [Bbox([[x, y - 1], [u, y + 1]]), Bbox([[u - 1, min(y, v)], [u + 1, max(y, v)]])]
    return boxes


def _write(axes: Axes, spot: Spot, name: str, place: tuple[float, float]) -> Annotation:
    return axes.annotate(
        name,
        (spot.macs, spot.mean),
        xycoords=spot.transform(axes),
        xytext=place,
        textcoords="offset points",
        ha="left" if place[0] > 0 else "right",
        va="center",
        fontsize=7.5,
        gid="label",
    )


def _is_within(box: Bbox, frame: Bbox) -> bool:
    return bool(frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1)
