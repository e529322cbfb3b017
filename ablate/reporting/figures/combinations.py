"""Every combination with its seeds, its mean and its interval."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ablate.reporting.figures.encoding import number_of, short_label, varied_factors
from ablate.reporting.figures.style import COLOURS, GREY, new_figure, pick
from ablate.reporting.findings import Finding, Findings
from ablate.reporting.numerals import Scale


def draw_combinations(findings: Findings, scale: Scale) -> Figure:
    """One row per combination in the order of the plan: single seeds below, mean and interval above."""
    count = len(findings.findings)
    figure = new_figure(1.3 + min(0.27, 24 / max(count, 1)) * count)
    axes = figure.add_subplot()
    varied = varied_factors(findings.study)
    first = varied[0] if varied else None
    for row, finding in enumerate(findings.findings):
        colour = pick(COLOURS, number_of(first, finding.combination.choice))
        _draw_row(axes, row, finding, scale, colour)
    _draw_baseline(axes, findings, scale)
    _name_rows(axes, findings)
    axes.set_xlabel(scale.axis)
    names = findings.study.short_names()
    key = (
        []
        if first is None
        else [
            _entry(pick(COLOURS, number), "s", f"{names[first.name]} {level.label}")
            for number, level in enumerate(first.levels)
        ]
    )
    key += [
        Line2D([], [], color=GREY, marker="o", label="mean, 95 % interval"),
        _entry(GREY, ".", "one seed"),
        Line2D([], [], color="black", linestyle="--", linewidth=1, label="mean of the baseline"),
    ]
    figure.legend(handles=key, loc="outside lower center", ncols=min(len(key), 4))
    return figure


def _draw_row(axes: Axes, row: int, finding: Finding, scale: Scale, colour: str) -> None:
    seeds = [outcome.value * scale.factor for outcome in finding.outcomes if outcome.value is not None]
    axes.plot(seeds, [row + 0.22] * len(seeds), ".", color=colour, alpha=0.55, markersize=5, markeredgewidth=0)
    mean = finding.mean
    if mean.value is None:
        axes.text(0.01, row, "no data", transform=axes.get_yaxis_transform(), va="center", color=GREY, style="italic")
        return
    half = None if mean.interval is None else mean.interval.half_width * scale.factor
    axes.errorbar(
        mean.value * scale.factor,
        row - 0.12,
        xerr=half,
        fmt="o",
        color=colour,
        markersize=5,
        capsize=2.5,
        linewidth=1.4,
    )


def _draw_baseline(axes: Axes, findings: Findings, scale: Scale) -> None:
    baseline = findings.baseline
    if baseline is not None and baseline.mean.value is not None:
        axes.axvline(baseline.mean.value * scale.factor, color="black", linestyle="--", linewidth=1, zorder=1)


def _name_rows(axes: Axes, findings: Findings) -> None:
    labels = [short_label(finding.combination) for finding in findings.findings]
    axes.set_yticks(range(len(labels)), labels)
    for tick, finding in zip(axes.get_yticklabels(), findings.findings, strict=True):
        if finding.combination.is_baseline:
            tick.set_fontweight("bold")
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.set_title(" · ".join(findings.study.short_names().values()) + "  (baseline in bold)", loc="left", color=GREY)


def _entry(colour: str, marker: str, label: str) -> Line2D:
    return Line2D([], [], linestyle="none", color=colour, marker=marker, label=label)
