"""The objective against what a combination costs."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter
from matplotlib.transforms import ScaledTranslation

from ablate.reporting.figures.encoding import Encoding, choose_encoding
from ablate.reporting.figures.style import GREY, new_figure
from ablate.reporting.findings import Finding, Findings
from ablate.reporting.numerals import Scale, count_text

STEP = 7.0
"""Points between markers that would lie on each other."""

LOGARITHMIC_FROM = 8.0
"""Costs that span more than this ratio are shown on a logarithmic axis."""


def draw_cost(findings: Findings, scale: Scale) -> Figure | None:
    """Mean and interval against multiply-accumulates; None where no combination has both."""
    points = [finding for finding in findings.findings if _has_macs(finding) and finding.mean.value is not None]
    if not points:
        return None
    figure = new_figure(4.4)
    axes = figure.add_subplot()
    encoding = choose_encoding(findings.study)
    _frame_costs(axes, [_macs(point) for point in points])
    _frame_means(axes, points, scale)
    for point, shift in _side_by_side(points):
        _draw_point(axes, point, shift, scale, encoding)
    axes.set_xlabel("multiply-accumulates for one image (MACs)")
    axes.set_ylabel(scale.axis)
    names = findings.study.short_names()
    key = encoding.key(names)
    if encoding.hidden:
        label = "not shown: " + ", ".join(names[factor.name] for factor in encoding.hidden)
        key.append(Line2D([], [], linestyle="none", label=label))
    key.append(
        Line2D(
            [],
            [],
            linestyle="none",
            marker="o",
            markersize=12,
            color=GREY,
            fillstyle="none",
            label="around the baseline",
        )
    )
    figure.legend(handles=key, loc="outside right upper")
    return figure


def _draw_point(axes: Axes, finding: Finding, shift: float, scale: Scale, encoding: Encoding) -> None:
    figure = axes.figure
    moved = axes.transData + ScaledTranslation(shift / 72, 0, figure.dpi_scale_trans)
    mean = finding.mean
    centre = (mean.value or 0.0) * scale.factor
    half = None if mean.interval is None else mean.interval.half_width * scale.factor
    look = encoding.look(finding.combination.choice)
    axes.errorbar(
        _macs(finding),
        centre,
        yerr=half,
        linestyle="none",
        capsize=2.5,
        linewidth=1.1,
        markersize=6,
        transform=moved,
        **look,
    )
    if finding.combination.is_baseline:
        axes.plot(_macs(finding), centre, "o", markersize=13, fillstyle="none", color=GREY, transform=moved, zorder=1)


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


def _frame_means(axes: Axes, points: Sequence[Finding], scale: Scale) -> None:
    """Room for every mean and interval; set by hand, since moved markers do not count for the automatic frame."""
    ends = [
        end * scale.factor
        for mean in (point.mean for point in points)
        for end in ((mean.value,) if mean.interval is None else (mean.interval.low, mean.interval.high))
        if end is not None
    ]
    margin = 0.07 * (max(ends) - min(ends)) or 0.01 * scale.factor
    axes.set_ylim(min(ends) - margin, max(ends) + margin)


def _side_by_side(points: Sequence[Finding]) -> list[tuple[Finding, float]]:
    """Every point with the number of points (1/72 inch) that it is moved by, so that equal costs do not overlap."""
    spread = max(_macs(point) for point in points) - min(_macs(point) for point in points)
    groups: list[list[Finding]] = []
    for point in sorted(points, key=_macs):
        if groups and _macs(point) - _macs(groups[-1][0]) <= 0.01 * spread:
            groups[-1].append(point)
        else:
            groups.append([point])
    return [(point, STEP * (place - (len(group) - 1) / 2)) for group in groups for place, point in enumerate(group)]


def _macs(finding: Finding) -> float:
    return 0.0 if finding.costs is None or finding.costs.macs is None else float(finding.costs.macs)


def _has_macs(finding: Finding) -> bool:
    return finding.costs is not None and finding.costs.macs is not None
