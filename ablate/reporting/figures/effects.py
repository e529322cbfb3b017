"""Marginal means of every factor's levels, side by side on one scale."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ablate.reporting.figures.style import COLOURS, GREY, new_figure
from ablate.reporting.findings import FactorEffect, Findings
from ablate.reporting.numerals import Scale
from ablate.reporting.shortening import shorten, tell_apart

COLUMNS = 4


def draw_effects(findings: Findings, scale: Scale) -> Figure | None:
    """One panel per factor; None where no factor has a marginal mean."""
    shown = [factor for factor in findings.effects if factor.effect.slices_used]
    if not shown:
        return None
    columns = min(COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    figure = new_figure(0.7 + 2.4 * rows)
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    names = findings.study.short_names()
    for axes, factor in zip(panels, shown, strict=False):
        _draw_panel(axes, factor, scale)
        axes.set_title(shorten(names[factor.name], 30))
    for axes in panels[len(shown) :]:
        axes.set_axis_off()
    figure.supylabel(f"mean {scale.axis}", fontsize=9)
    whose = "the first levels" if findings.baseline is None else "the baseline's levels"
    figure.supxlabel(f"grey diamonds: {whose}; lines: 95 % intervals of the means", fontsize=8, color=GREY)
    return figure


def _draw_panel(axes: Axes, factor: FactorEffect, scale: Scale) -> None:
    for level in factor.effect.levels:
        mean = level.mean
        if mean.value is None:
            continue
        half = None if mean.interval is None else mean.interval.half_width * scale.factor
        is_reference = level.level == factor.reference
        axes.errorbar(
            level.level,
            mean.value * scale.factor,
            yerr=half,
            fmt="D" if is_reference else "o",
            color=GREY if is_reference else COLOURS[0],
            capsize=3,
            linewidth=1.3,
        )
    labels = list(tell_apart(factor.labels, 14).values())
    crowded = sum(map(len, labels)) > 28
    axes.set_xticks(range(len(labels)), labels, rotation=30 if crowded else 0, ha="right" if crowded else "center")
    axes.set_xlim(-0.6, len(labels) - 0.4)
    axes.grid(visible=False, axis="x")
