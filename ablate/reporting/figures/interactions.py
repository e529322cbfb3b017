"""How the effect of one factor depends on another: cell means of two factors, averaged over the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ablate.reporting.figures.encoding import short_levels
from ablate.reporting.figures.style import COLOURS, GREY, LINES, MARKERS, new_figure, pick
from ablate.reporting.findings import Findings, PairEffect
from ablate.reporting.numerals import Scale, p_text, plural
from ablate.specs import Choice, Factor
from ablate.stats import Blocks, Contrast, fit_blocks

MOST_PANELS, COLUMNS = 6, 3

Cell = tuple[str, str]
"""A level of the first factor and one of the second."""


@dataclass(frozen=True)
class Panel:
    """Two factors, the smallest adjusted p-value of their interactions, and the means of their cells."""

    across: Factor
    lines: Factor
    p_value: float | None
    cells: dict[Cell, Contrast]


def draw_interactions(findings: Findings, scale: Scale) -> Figure | None:
    """The pairs of factors that depend on each other most; None where the design does not average over others."""
    if not findings.pairs:
        return None
    blocks = _blocks(findings)
    found = [_panel(findings, blocks, names, p_value) for names, p_value in _ranked(findings.pairs)]
    panels = [panel for panel in found if panel is not None]
    shown = panels[:MOST_PANELS]
    if not shown:
        return None
    columns = min(COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    figure = new_figure(0.4 + 3.0 * rows)
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    for axes, panel in zip(grid, shown, strict=False):
        _draw_panel(axes, panel, findings, scale)
    for axes in grid[len(shown) :]:
        axes.set_axis_off()
    figure.supylabel(f"mean {scale.axis}", fontsize=9)
    note = "95 % intervals of the means; p: the pair's smallest, adjusted"
    if len(found) > len(shown):
        note += f"; {plural(len(found) - len(shown), 'pair')} with larger p, or without data in all cells, not shown"
    figure.supxlabel(note, fontsize=8, color=GREY)
    return figure


def _ranked(pairs: Sequence[PairEffect]) -> list[tuple[Cell, float | None]]:
    """Pairs of factors by name with their smallest p-value: it decides the order, then the largest interaction."""
    found: dict[Cell, list[PairEffect]] = {}
    for pair in pairs:
        found.setdefault(pair.factors, []).append(pair)

    def smallest(those: list[PairEffect]) -> float | None:
        return min((pair.adjusted_p for pair in those if pair.adjusted_p is not None), default=None)

    def order(those: list[PairEffect]) -> tuple[float, float]:
        p_value = smallest(those)
        sizes = [abs(pair.interaction.contrast.value or 0.0) for pair in those]
        return math.inf if p_value is None else p_value, -max(sizes)

    ranked = sorted(found.items(), key=lambda item: order(item[1]))
    return [(factors, smallest(those)) for factors, those in ranked]


def _panel(findings: Findings, blocks: Blocks, names: Cell, p_value: float | None) -> Panel | None:
    """Means over the choices of the other factors that hold all cells; None where no choice holds them all."""
    across, lines = (factor for name in names for factor in findings.study.factors if factor.name == name)
    slices: dict[tuple[str, ...], dict[Cell, list[int]]] = {}
    for row, finding in enumerate(findings.findings):
        for choice in (finding.combination.choice, *finding.combination.aliases):
            own = slices.setdefault(_others(choice, names), {})
            own.setdefault((choice[names[0]], choice[names[1]]), []).append(row)
    every = {cell for own in slices.values() for cell in own}
    has_value = blocks.part >= 0
    used = [own for own in slices.values() if set(own) == every and all(has_value[rows].all() for rows in own.values())]
    if not used:
        return None
    return Panel(across, lines, p_value, {cell: _mean(blocks, [own[cell] for own in used]) for cell in every})


def _others(choice: Choice, names: Cell) -> tuple[str, ...]:
    return tuple(level for name, level in choice.items() if name not in names)


def _blocks(findings: Findings) -> Blocks:
    values = [
        [math.nan if outcome.value is None else outcome.value for outcome in finding.outcomes]
        for finding in findings.findings
    ]
    return fit_blocks(np.array(values, dtype=np.float64))


def _mean(blocks: Blocks, slices: Sequence[Sequence[int]]) -> Contrast:
    weights = np.zeros(len(blocks.levels))
    for rows in slices:
        weights[list(rows)] += 1 / (len(rows) * len(slices))
    return blocks.contrast(weights)


def _draw_panel(axes: Axes, panel: Panel, findings: Findings, scale: Scale) -> None:
    names = findings.study.short_names()
    ticks = list(short_levels(findings.study, 14)[panel.across.name].items())
    lines = list(short_levels(findings.study, 18)[panel.lines.name].items())
    for number, (level, label) in enumerate(lines):
        shift = 0.07 * (number - (len(lines) - 1) / 2) if len(lines) < 6 else 0.0
        drawn = [(at + shift, panel.cells.get((tick, level))) for at, (tick, _) in enumerate(ticks)]
        look: dict[str, Any] = {"color": pick(COLOURS, number), "linestyle": pick(LINES, number)}
        _draw_line(axes, drawn, scale, label=label, marker=pick(MARKERS, number), **look)
    labels = [label for _, label in ticks]
    crowded = sum(map(len, labels)) > 24
    axes.set_xticks(range(len(labels)), labels, rotation=30 if crowded else 0, ha="right" if crowded else "center")
    axes.set_xlim(-0.4, len(labels) - 0.6)
    axes.set_xlabel(names[panel.across.name])
    axes.grid(visible=False, axis="x")
    title = f"{names[panel.across.name]} × {names[panel.lines.name]}"
    p_value = "" if panel.p_value is None else f"  (p {p_text(panel.p_value).replace('<', '< ')})"
    axes.legend(
        title=title + p_value,
        loc="lower left",
        bbox_to_anchor=(-0.02, 1.0),
        ncols=2 if len(lines) > 3 else 1,
        fontsize=7.5,
        title_fontsize=8.5,
        alignment="left",
        borderpad=0.1,
        handlelength=2.6,
        columnspacing=1.0,
    )


def _draw_line(axes: Axes, drawn: Sequence[tuple[float, Contrast | None]], scale: Scale, **look: Any) -> None:
    known = [(at, mean.value, mean.interval) for at, mean in drawn if mean is not None and mean.value is not None]
    half_widths = [math.nan if interval is None else interval.half_width for _, _, interval in known]
    axes.errorbar(
        [at for at, _, _ in known],
        [value * scale.factor for _, value, _ in known],
        yerr=np.array(half_widths) * scale.factor,
        **{"linewidth": 1.3, "elinewidth": 1.0, "markersize": 4.5, "capsize": 2, **look},
    )
