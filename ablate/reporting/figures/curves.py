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

from ablate.reporting.figures.encoding import number_of, varied_factors
from ablate.reporting.figures.style import COLOURS, LINES, new_figure, pick
from ablate.reporting.findings import Findings
from ablate.reporting.numerals import Scale
from ablate.specs import Choice, Combination, Factor, Split
from ablate.stats import FEWEST_PAIRS, MeanEstimate, estimate_mean

MOST_LINES = 6
"""More lines in one panel cannot be told apart."""

FRAMED_FROM = 0.4
"""Part of the epochs after which the curves must lie within the frame."""

MOST_COLUMNS, MOST_ROWS = 4, 6


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
    """Mean and interval over seeds, step by step, in shown units; NaN where there is no interval."""

    steps: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


def draw_curves(findings: Findings, scale: Scale, frame: pd.DataFrame) -> Figure | None:
    """The objective's metric on the validation split; None where it was not measured or would not be readable."""
    layout = _choose_layout(varied_factors(findings.study))
    curves = _curves(findings, scale, frame)
    if layout is None or not curves:
        return None
    columns, rows = _levels(layout.columns), _levels(layout.rows)
    figure = new_figure(0.9 + 2.3 * len(rows))
    panels = figure.subplots(len(rows), len(columns), sharex=True, sharey=True, squeeze=False)
    names = findings.study.short_names()
    for (i, row), (j, column) in itertools.product(enumerate(rows), enumerate(columns)):
        inside = [combination for combination in findings.plan.combinations if _is_in(combination, row | column)]
        _draw_panel(panels[i, j], inside, curves, layout)
    _frame(panels[0, 0], list(curves.values()))
    _name_panels(panels, columns, rows, names)
    figure.supylabel(f"{Split.VALIDATION.value} {findings.study.objective.metric} ({scale.unit})", fontsize=9)
    key = _key(layout, names)
    if key:
        figure.legend(handles=key, loc="outside lower center", ncols=min(len(key), 5))
    return figure


def _name_panels(panels: np.ndarray, columns: Sequence[Choice], rows: Sequence[Choice], names: dict[str, str]) -> None:
    """Columns are named above, rows at the right, the epoch below."""
    gap = " " if len(columns) < 3 else "\n"
    for axes, column in zip(panels[0], columns, strict=True):
        axes.set_title("".join(f"{names[name]}{gap}{label}" for name, label in column.items()))
    for axes, row in zip(panels[:, -1], rows, strict=True):
        text = "".join(f"{names[name]} {label}" for name, label in row.items())
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


def _curves(findings: Findings, scale: Scale, frame: pd.DataFrame) -> dict[str, Curve]:
    wanted = frame[
        (frame["split"] == Split.VALIDATION.value) & (frame["metric"] == str(findings.study.objective.metric))
    ]
    seeds = findings.study.seeds
    found: dict[str, Curve] = {}
    for combination in findings.plan.combinations:
        own = wanted[(wanted["combination"] == combination.hash) & wanted["seed"].isin(seeds)]
        if len(own):
            table = own.pivot(index="step", columns="seed", values="value").reindex(columns=list(seeds)).sort_index()
            found[combination.hash] = _curve(table, scale)
    return found


def _curve(table: pd.DataFrame, scale: Scale) -> Curve:
    seeds = [int(seed) for seed in table.columns]
    means = [estimate_mean(row, seeds) for row in table.to_numpy(dtype=np.float64)]
    numbers = np.array([_point(mean) for mean in means])
    centre, low, high = (numbers * scale.factor).T
    return Curve(table.index.to_numpy(dtype=np.float64), centre, low, high)


def _point(mean: MeanEstimate) -> tuple[float, float, float]:
    """Mean and bounds; no band from fewer seeds than a verdict takes: it would cover every other."""
    if mean.value is None:
        return math.nan, math.nan, math.nan
    if mean.interval is None or mean.n < FEWEST_PAIRS:
        return mean.value, math.nan, math.nan
    return mean.value, mean.interval.low, mean.interval.high


def _draw_panel(axes: Axes, inside: Sequence[Combination], curves: dict[str, Curve], layout: Layout) -> None:
    for combination in inside:
        if combination.hash in curves:
            curve = curves[combination.hash]
            colour, line = _look(layout, combination.choice)
            axes.fill_between(curve.steps, curve.low, curve.high, color=colour, alpha=0.15, linewidth=0)
            axes.plot(curve.steps, curve.mean, linestyle=line, color=colour, linewidth=1.4)


def _look(layout: Layout, choice: Choice) -> tuple[str, Any]:
    first, second = [*layout.lines, None, None][:2]
    return pick(COLOURS, number_of(first, choice)), pick(LINES, number_of(second if second else first, choice))


def _key(layout: Layout, names: dict[str, str]) -> list[Line2D]:
    key = []
    for place, factor in enumerate(layout.lines):
        for number, level in enumerate(factor.levels):
            colour = pick(COLOURS, number) if place == 0 else "black"
            line: Any = pick(LINES, number) if place == 1 or len(layout.lines) == 1 else "-"
            key.append(Line2D([], [], color=colour, linestyle=line, label=f"{names[factor.name]} {level.label}"))
    return key


def _frame(axes: Axes, curves: Sequence[Curve]) -> None:
    """Fit the means of the later epochs and a typical band: the early climb, or two seeds, would hide the rest."""
    late = [curve.steps >= FRAMED_FROM * curve.steps.max() for curve in curves]
    means = np.concatenate([curve.mean[part] for curve, part in zip(curves, late, strict=True)])
    widths = np.concatenate([(curve.high - curve.low)[part] / 2 for curve, part in zip(curves, late, strict=True)])
    means, widths = means[np.isfinite(means)], widths[np.isfinite(widths)]
    if len(means) and means.max() > means.min():
        margin = 0.08 * (means.max() - means.min()) + (float(np.median(widths)) if len(widths) else 0.0)
        axes.set_ylim(means.min() - margin, means.max() + margin)


def _levels(factor: Factor | None) -> list[Choice]:
    return [{}] if factor is None else [{factor.name: level.label} for level in factor.levels]


def _is_in(combination: Combination, part: Choice) -> bool:
    return all(combination.choice[name] == label for name, label in part.items())


def _size(factor: Factor | None) -> int:
    return 1 if factor is None else len(factor.levels)
