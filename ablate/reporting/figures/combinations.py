"""Every combination with its seeds, its mean and its interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ablate.reporting.figures.encoding import number_of, short_labels, short_levels, varied_factors
from ablate.reporting.figures.style import COLOURS, GREY, draw_means, new_figure, pick, put_legend_below, put_title
from ablate.reporting.findings import Finding, Findings
from ablate.reporting.numerals import Scale
from ablate.specs import Factor

MANY_POINTS = 2000
"""More seeds than this are an image within an SVG, which would otherwise hold a line of text for each."""

MANY_SEEDS = 30
"""More seeds than this in a row are drawn smaller."""


def draw_combinations(findings: Findings, scale: Scale) -> Figure:
    """One row per combination in the order of the plan: single seeds below, mean and interval above."""
    count = len(findings.findings)
    figure = new_figure(1.3 + min(0.27, 24 / max(count, 1)) * count)
    axes = figure.add_subplot()
    shown = _shown_by_colour(findings)
    colours = [pick(COLOURS, number_of(shown, finding.combination.choice)) for finding in findings.findings]
    _draw_seeds(axes, findings, scale, colours)
    for colour in dict.fromkeys(colours):
        own = [(row, found) for row, found in enumerate(findings.findings) if colours[row] == colour]
        draw_means(
            axes, [found.mean for _, found in own], [row - 0.12 for row, _ in own], scale, color=colour, marker="o"
        )
    _note_missing(axes, findings.findings)
    _draw_baseline(axes, findings, scale)
    _name_rows(axes, findings)
    axes.set_xlabel(scale.axis)
    names = " · ".join(findings.study.short_names().values())
    put_title(figure, f"{names}  (baseline in bold)" if findings.baseline else names)
    put_legend_below(figure, _key(findings, shown))
    return figure


def _shown_by_colour(findings: Findings) -> Factor | None:
    """The first of several factors that vary, unless it has more levels than there are colours to tell apart."""
    varied = varied_factors(findings.study)
    return varied[0] if len(varied) > 1 and len(varied[0].levels) <= len(COLOURS) else None


def _draw_seeds(axes: Axes, findings: Findings, scale: Scale, colours: Sequence[str]) -> None:
    points = [
        (outcome.value * scale.factor, row + 0.22, colour)
        for row, (finding, colour) in enumerate(zip(findings.findings, colours, strict=True))
        for outcome in finding.outcomes
        if outcome.value is not None
    ]
    if points:
        values, rows, shades = zip(*points, strict=True)
        axes.scatter(
            np.array(values),
            np.array(rows),
            s=7 if len(findings.study.seeds) > MANY_SEEDS else 12,
            c=list(shades),
            alpha=0.3 if len(findings.study.seeds) > MANY_SEEDS else 0.55,
            linewidths=0,
            rasterized=len(points) > MANY_POINTS,
        )


def _note_missing(axes: Axes, findings: Sequence[Finding]) -> None:
    for row, finding in enumerate(findings):
        if finding.mean.value is None:
            place = axes.get_yaxis_transform()
            axes.text(0.01, row, "no data", transform=place, va="center", color=GREY, style="italic")


def _draw_baseline(axes: Axes, findings: Findings, scale: Scale) -> None:
    baseline = findings.baseline
    if baseline is not None and baseline.mean.value is not None:
        axes.axvline(baseline.mean.value * scale.factor, color="black", linestyle="--", linewidth=1, zorder=1)


def _name_rows(axes: Axes, findings: Findings) -> None:
    labels = short_labels(findings)
    axes.set_yticks(range(len(labels)), labels)
    for tick, finding in zip(axes.get_yticklabels(), findings.findings, strict=True):
        if finding.combination.is_baseline:
            tick.set_fontweight("bold")
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)


def _key(findings: Findings, shown: Factor | None) -> list[Line2D]:
    key = []
    if shown is not None:
        name, levels = findings.study.short_names()[shown.name], short_levels(findings.study, 20)[shown.name]
        key += [_entry(pick(COLOURS, number), "s", f"{name} {level}") for number, level in enumerate(levels.values())]
    key.append(Line2D([], [], color=GREY, marker="o", label="mean, 95 % interval"))
    key.append(_entry(GREY, ".", "one seed"))
    if findings.baseline is not None and findings.baseline.mean.value is not None:
        key.append(Line2D([], [], color="black", linestyle="--", linewidth=1, label="mean of the baseline"))
    return key


def _entry(colour: str, marker: str, label: str) -> Line2D:
    return Line2D([], [], linestyle="none", color=colour, marker=marker, label=label)
