"""One style for all figures, and bytes that depend on nothing but the figure."""

from __future__ import annotations

import io
import math
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ablate.reporting.numerals import Estimate, Scale

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito, "Color Universal Design" (2008), without the yellow, which paper swallows."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X")
Fill = Literal["full", "none", "left", "bottom"]
FILLS: tuple[Fill, ...] = ("full", "none", "left", "bottom")
LINES: tuple[Any, ...] = ("-", "--", ":", "-.", (0, (6, 1, 1, 1, 1, 1)), (0, (1, 3)))
"""As many as there are lines in one panel."""
GREY = "#666666"

Look = TypeVar("Look")

WIDTH = 8.0
"""Inches; at 150 dots per inch this is 1200 pixels, which stays readable at the width of a README."""

MOST_BYTES = 150 * 1024
"""A larger PNG has to make do with coarser colours."""

_SETTINGS: dict[Any, Any] = {
    "figure.dpi": 150,
    "savefig.dpi": 150,
    "font.family": "DejaVu Sans",  # the one font that Matplotlib brings along
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "text.parse_math": False,  # a dollar in a label is a dollar
    "svg.hashsalt": "ablate",  # otherwise the identifiers in an SVG are random
    "svg.fonttype": "path",
}


@contextmanager
def style() -> Iterator[None]:
    """Matplotlib's own defaults with ours on top, whatever the user's settings; they are back afterwards.

    A character that the font lacks is drawn as a box, without a warning: a font of the machine would give other bytes.
    """
    with mpl.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        yield


def new_figure(height: float, layout: Literal["constrained"] | None = "constrained") -> Figure:
    """An empty figure of the common width; `height` in inches. It belongs to no global state."""
    figure = Figure(figsize=(WIDTH, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


def freeze_layout(figure: Figure) -> None:
    """Put everything in its final place, so that every kind of file shows the same and is quick to write."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")


def image_bytes(figure: Figure, kind: str) -> bytes:
    """The figure as `png` or `svg`, without dates and without the name of the program that wrote it."""
    buffer = io.BytesIO()
    if kind == "svg":
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        return buffer.getvalue()
    figure.savefig(buffer, format="rgba")
    picture = Image.frombytes("RGBA", figure.canvas.get_width_height(), buffer.getvalue()).convert("RGB")
    # 256 colours are enough for lines and bands, and take a third of the room; the octree is coarser, but packs better.
    methods = (Image.Quantize.MEDIANCUT, Image.Quantize.FASTOCTREE)
    images = (_encode(picture.quantize(256, method=method, dither=Image.Dither.NONE)) for method in methods)
    first = next(images)
    return first if len(first) <= MOST_BYTES else next(images)


def _encode(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "png", optimize=True)
    return buffer.getvalue()


def put_title(figure: Figure, text: str) -> None:
    """A line or more over the whole width, above everything; what is long is broken."""
    lines = [line for part in text.split("\n") for line in textwrap.wrap(part, 105)]
    figure.suptitle("\n".join(lines), x=0.01, ha="left", fontsize=9, color=GREY)


def pick(choices: tuple[Look, ...], number: int) -> Look:
    """The choice of a number, starting again after the last."""
    return choices[number % len(choices)]


def put_legend_below(figure: Figure, key: Sequence[Artist]) -> None:
    """The legend below everything, in as many columns as its longest entry allows."""
    longest = max((len(str(entry.get_label())) for entry in key), default=0)
    columns = max(1, min(len(key), 5, int(WIDTH * 72 // (5.0 * longest + 45))))
    figure.legend(handles=list(key), loc="outside lower center", ncols=columns)


def draw_means(axes: Axes, means: Sequence[Estimate], rows: Sequence[float], scale: Scale, **look: Any) -> None:
    """Means with their intervals, lying, at the heights `rows`; what has no value is left out, what has no interval
    is a point.
    """
    shown = [(mean.value, mean.interval, row) for mean, row in zip(means, rows, strict=True) if mean.value is not None]
    if shown:
        half_widths = [math.nan if interval is None else interval.half_width for _, interval, _ in shown]
        axes.errorbar(
            np.array([value for value, _, _ in shown]) * scale.factor,
            np.array([row for _, _, row in shown]),
            xerr=np.array(half_widths) * scale.factor,
            **{"linestyle": "none", "markersize": 5, "capsize": 2.5, "elinewidth": 1.4, **look},
        )
