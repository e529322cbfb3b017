"""The objective against what a combination costs."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from ablate.reporting.figures.encoding import Encoding, choose_encoding, short_labels
from ablate.reporting.figures.front import draw_front, front_key, name_front
from ablate.reporting.figures.spots import Spot, find_spots
from ablate.reporting.figures.style import GREY, freeze_layout, new_figure
from ablate.reporting.findings import Findings
from ablate.reporting.numerals import Scale, count_text
from ablate.reporting.pareto import pareto_front

LOGARITHMIC_FROM = 8.0
"""Costs that span more than this ratio are shown on a logarithmic axis."""


def draw_cost(findings: Findings, scale: Scale) -> Figure | None:
    """Mean and interval against multiply-accumulates, and the front of what is worth its cost.

    None where no combination has both.
    """
    spots = find_spots(findings.findings, scale)
    if not spots:
        return None
    figure = new_figure(4.6)
    axes = figure.add_subplot()
    encoding = choose_encoding(findings.study)
    _frame_costs(axes, [spot.macs for spot in spots])
    _frame_means(axes, spots, scale)
    members = {finding.combination.hash for finding in pareto_front(findings)} if len(spots) > 1 else set()
    front = [spot for spot in spots if spot.finding.combination.hash in members]
    draw_front(axes, front)
    for spot in spots:
        _draw_spot(axes, spot, encoding)
    axes.set_xlabel("multiply-accumulates for one image (MACs)")
    axes.set_ylabel(scale.axis)
    figure.legend(handles=_key(encoding, findings, has_front=bool(front)), loc="outside right upper")
    freeze_layout(figure)  # where there is room for names is known only now
    hashes = (finding.combination.hash for finding in findings.findings)
    name_front(axes, front, spots, dict(zip(hashes, short_labels(findings, 36), strict=True)))
    return figure


def _draw_spot(axes: Axes, spot: Spot, encoding: Encoding) -> None:
    transform, combination = spot.transform(axes), spot.finding.combination
    axes.errorbar(
        spot.macs,
        spot.mean,
        yerr=spot.half_width,
        linestyle="none",
        capsize=2.5,
        linewidth=1.1,
        markersize=6,
        transform=transform,
        **encoding.look(combination.choice),
    )
    if combination.is_baseline:
        ring = Line2D([spot.macs], [spot.mean], marker="o", markersize=13, color=GREY, transform=transform, zorder=1)
        ring.set_fillstyle("none")
        axes.add_line(ring)


def _key(encoding: Encoding, findings: Findings, *, has_front: bool) -> list[Line2D]:
    key = encoding.key(findings.study)
    if findings.baseline is not None:
        ring = Line2D([], [], linestyle="none", marker="o", markersize=12, color=GREY, label="around the baseline")
        ring.set_fillstyle("none")
        key.append(ring)
    return [*key, front_key()] if has_front else key


def _frame_costs(axes: Axes, macs: Sequence[float]) -> None:
    if min(macs) > 0 and max(macs) / min(macs) > LOGARITHMIC_FROM:
        axes.set_xscale("log")
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: count_text(value)))
    spread = max(macs) - min(macs) or max(macs) or 1.0
    if axes.get_xscale() == "linear":
        axes.set_xlim(min(macs) - 0.12 * spread, max(macs) + 0.12 * spread)
    else:
        axes.set_xlim(min(macs) / 1.3, max(macs) * 1.3)


def _frame_means(axes: Axes, spots: Sequence[Spot], scale: Scale) -> None:
    """Room for every mean and interval; set by hand, since moved markers do not count for the automatic frame."""
    ends = [spot.mean + side * (spot.half_width or 0.0) for spot in spots for side in (-1, 1)]
    margin = 0.07 * (max(ends) - min(ends)) or 0.01 * scale.factor
    axes.set_ylim(min(ends) - margin, max(ends) + margin)
