"""Learning curves on the validation split, as small multiples."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy import special

from ablate.reporting.figures.encoding import number_of, short_levels, varied_factors
from ablate.reporting.figures.style import COLOURS, LINES, new_figure, pick, put_legend_below
from ablate.reporting.findings import Findings
from ablate.reporting.numerals import Scale
from ablate.specs import Choice, Combination, Factor, Split, StudySpec
from ablate.stats import LEVEL
from ablate.stats.intervals import ROUNDING, FloatArray

MOST_LINES = 6
"""More lines in one panel cannot be told apart."""

FEWEST_SEEDS = 3
"""A band of fewer would cover every other."""

FRAMED_FROM = 0.4
"""Part of the epochs after which the curves must lie within the frame."""

MOST_COLUMNS, MOST_ROWS = 4, 6

MOST_POINTS, FEWEST_POINTS = 12_000, 50
"""Points of all curves together, and of one."""


@dataclass(frozen=True)
class Layout:
    """Which factors make the columns, the rows, and the lines of the panels."""

    columns: Factor | None
    rows: Factor | None
    lines: tuple[Factor, ...]

    def fits(self) -> bool:
        """Whether every panel stays readable."""
        lines = math.prod(len(factor.levels) for factor in self.lines)
        return lines <= MOST_LINES and _size(self.columns) <= MOST_COLUMNS and _size(self.rows) <= MOST_ROWS


@dataclass(frozen=True)
class Curve:
    """Mean over seeds and half-width of its interval, step by step, in shown units; NaN where there is no interval."""

    steps: FloatArray
    mean: FloatArray
    half_width: FloatArray

    @property
    def low(self) -> FloatArray:
        """The lower end of the band."""
        return self.mean - self.half_width

    @property
    def high(self) -> FloatArray:
        """The upper end of the band."""
        return self.mean + self.half_width


def draw_curves(findings: Findings, scale: Scale, frame: pd.DataFrame) -> Figure | None:
    """The objective's metric on the validation split; None where it was not measured or would not be readable."""
    layout = _choose_layout(varied_factors(findings.study))
    curves = _curves(findings, scale, frame)
    if layout is None or not curves:
        return None
    columns, rows = _levels(layout.columns), _levels(layout.rows)
    figure = new_figure(0.9 + 2.3 * len(rows))
    panels = figure.subplots(len(rows), len(columns), sharex=True, sharey=True, squeeze=False)
    for (i, row), (j, column) in itertools.product(enumerate(rows), enumerate(columns)):
        inside = [combination for combination in findings.plan.combinations if _is_in(combination, row | column)]
        _draw_panel(panels[i, j], inside, curves, layout)
    _frame(panels[0, 0], list(curves.values()))
    _name_panels(panels, columns, rows, findings.study)
    figure.supylabel(f"{Split.VALIDATION.value} {findings.study.objective.metric} ({scale.unit})", fontsize=9)
    key = _key(layout, findings.study)
    if key:
        put_legend_below(figure, key)
    return figure


def _name_panels(panels: np.ndarray, columns: Sequence[Choice], rows: Sequence[Choice], study: StudySpec) -> None:
    """Columns are named above, rows at the right, the epoch below."""
    gap = " " if len(columns) < 3 else "\n"
    names, levels = study.short_names(), short_levels(study, 80 // len(columns) - 2)
    for axes, column in zip(panels[0], columns, strict=True):
        axes.set_title("".join(f"{names[name]}{gap}{levels[name][label]}" for name, label in column.items()))
    levels = short_levels(study, 16)
    for axes, row in zip(panels[:, -1], rows, strict=True):
        text = "".join(f"{names[name]} {levels[name][label]}" for name, label in row.items())
        axes.annotate(text, (1.02, 0.5), xycoords="axes fraction", rotation=-90, va="center", ha="left")
    for axes in panels[-1]:
        axes.set_xlabel("epoch")


def _choose_layout(varied: Sequence[Factor]) -> Layout | None:
    """The first factor makes the columns; the last makes rows once there is a third, or where lines are too many."""
    if not varied:
        return Layout(None, None, ())
    first, rest = varied[0], list(varied[1:])
    candidates = [Layout(None, None, (first,))] if not rest else []
    candidates += [Layout(first, row, tuple(f for f in rest if f is not row)) for row in reversed(rest[1:])]
    candidates += [Layout(first, None, tuple(rest))] if len(rest) <= 2 else []
    return next((layout for layout in candidates if layout.fits() and len(layout.lines) <= 2), None)


def mean_bands(values: FloatArray, level: float = LEVEL) -> tuple[FloatArray, FloatArray]:
    """Means over the last axis (the seeds; NaN where missing) and half-widths of their intervals, all at once.

    As `ablate.stats.estimate_mean` of every row, NaN where that is None.
    """
    present = np.isfinite(values)
    n = present.sum(axis=-1)
    known = np.where(present, values, 0.0)
    divisor = np.where(n > 0, n, np.nan)
    mean = known.sum(axis=-1) / divisor
    away = np.where(present, values - mean[..., None], 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        deviation = np.sqrt((away**2).sum(axis=-1) / np.where(n > 1, n - 1, np.nan))
        half = deviation / np.sqrt(divisor) * special.stdtrit(np.maximum(n - 1, 1), (1 + level) / 2)
    varies = deviation > ROUNDING * np.abs(known).max(axis=-1, initial=0.0)
    return mean, np.where(varies, half, np.nan)


def _curves(findings: Findings, scale: Scale, frame: pd.DataFrame) -> dict[str, Curve]:
    """The curve of every combination that has one, by hash."""
    hashes, seeds = [combination.hash for combination in findings.plan.combinations], list(findings.study.seeds)
    metric = str(findings.study.objective.metric)
    wanted = frame[(frame["split"] == Split.VALIDATION.value) & (frame["metric"] == metric)]
    row = pd.Index(hashes).get_indexer(pd.Index(wanted["combination"]))
    column = pd.Index(seeds).get_indexer(pd.Index(wanted["seed"]))
    steps, step = np.unique(wanted["step"].to_numpy(dtype=np.float64), return_inverse=True)
    planned = (row >= 0) & (column >= 0)
    table = np.full((len(hashes), len(steps), len(seeds)), np.nan)
    seen = np.zeros(table.shape[:2], dtype=bool)
    table[row[planned], step[planned], column[planned]] = wanted["value"].to_numpy(dtype=np.float64)[planned]
    seen[row[planned], step[planned]] = True
    mean, half = mean_bands(table)
    half[np.isfinite(table).sum(axis=-1) < FEWEST_SEEDS] = np.nan
    found = {}
    for place, name in enumerate(hashes):
        own = seen[place]
        if own.any():
            curve = Curve(steps[own], mean[place][own] * scale.factor, half[place][own] * scale.factor)
            found[name] = _thin(curve, len(hashes))
    return found


def _thin(curve: Curve, curves: int) -> Curve:
    """At most so many steps that all curves together stay a small file, the first and the last among them."""
    most = max(MOST_POINTS // curves, FEWEST_POINTS)
    count = len(curve.steps)
    if count <= most:
        return curve
    kept = np.unique(np.linspace(0, count - 1, most).round().astype(int))
    return Curve(curve.steps[kept], curve.mean[kept], curve.half_width[kept])


def _draw_panel(axes: Axes, inside: Sequence[Combination], curves: dict[str, Curve], layout: Layout) -> None:
    axes.set_autoscale_on(False)  # all panels are framed alike, once; to fit each anew takes most of the time
    for combination in inside:
        if combination.hash in curves:
            curve = curves[combination.hash]
            colour, line = _look(layout, combination.choice)
            axes.fill_between(curve.steps, curve.low, curve.high, color=colour, alpha=0.15, linewidth=0)
            axes.plot(curve.steps, curve.mean, linestyle=line, color=colour, linewidth=1.4)


def _look(layout: Layout, choice: Choice) -> tuple[str, Any]:
    first, second = [*layout.lines, None, None][:2]
    return pick(COLOURS, number_of(first, choice)), pick(LINES, number_of(second if second else first, choice))


def _key(layout: Layout, study: StudySpec) -> list[Line2D]:
    names, levels = study.short_names(), short_levels(study, 30)
    key = []
    for place, factor in enumerate(layout.lines):
        for number, level in enumerate(levels[factor.name].values()):
            colour = pick(COLOURS, number) if place == 0 else "black"
            line: Any = pick(LINES, number) if place == 1 or len(layout.lines) == 1 else "-"
            key.append(Line2D([], [], color=colour, linestyle=line, label=f"{names[factor.name]} {level}"))
    return key


def _frame(axes: Axes, curves: Sequence[Curve]) -> None:
    """Fit the means of the later epochs and a typical band: the early climb, or two seeds, would hide the rest."""
    late = [curve.steps >= FRAMED_FROM * curve.steps.max() for curve in curves]
    means = np.concatenate([curve.mean[part] for curve, part in zip(curves, late, strict=True)])
    widths = np.concatenate([curve.half_width[part] for curve, part in zip(curves, late, strict=True)])
    means, widths = means[np.isfinite(means)], widths[np.isfinite(widths)]
    ends = [end for curve in curves for end in (curve.steps.min(), curve.steps.max())]
    spare = 0.05 * (max(ends) - min(ends)) or 0.5
    axes.set_xlim(min(ends) - spare, max(ends) + spare)
    if len(means):
        spread = means.max() - means.min()
        margin = 0.08 * spread + (float(np.median(widths)) if len(widths) else 0.0) or 0.05 * abs(means[0]) or 1.0
        axes.set_ylim(means.min() - margin, means.max() + margin)


def _levels(factor: Factor | None) -> list[Choice]:
    return [{}] if factor is None else [{factor.name: level.label} for level in factor.levels]


def _is_in(combination: Combination, part: Choice) -> bool:
    return all(combination.choice[name] == label for name, label in part.items())


def _size(factor: Factor | None) -> int:
    return 1 if factor is None else len(factor.levels)
