"""Every combination's paired difference to the baseline, with its interval and its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ablate.reporting.figures.encoding import short_labels
from ablate.reporting.figures.style import GREY, draw_means, new_figure, put_legend_below, put_title
from ablate.reporting.figures.verdicts import LOOKS, verdict_key
from ablate.reporting.findings import Findings
from ablate.reporting.numerals import Scale, plural
from ablate.specs import Direction
from ablate.stats import Comparison, Interval, Verdict

MOST_ROWS = 48
"""With more combinations only decided ones are shown, those with the largest differences."""


MARGIN = "#e6e6e6"


@dataclass(frozen=True)
class Row:
    """One combination: what it is called here, and how it compares."""

    label: str
    comparison: Comparison
    verdict: Verdict

    @property
    def value(self) -> float | None:
        """The difference; a row is an estimate like a mean."""
        return self.comparison.difference

    @property
    def interval(self) -> Interval | None:
        """The interval of the difference."""
        return self.comparison.interval


def draw_differences(findings: Findings, scale: Scale) -> Figure | None:
    """A forest plot in the order of the plan; None where nothing is compared, or nothing decided of more than fit."""
    compared = _rows(findings)
    rows = _choose(compared)
    if not any(row.value is not None for row in rows):
        return None
    figure = new_figure(1.35 + 0.24 * len(rows))
    axes = figure.add_subplot()
    axes.axvline(0, color="black", linewidth=1, zorder=1)
    margin = findings.study.objective.equivalence
    if margin is not None:
        axes.axvspan(-margin * scale.factor, margin * scale.factor, color=MARGIN, zorder=0)
    for verdict, look in LOOKS.items():
        places = [place for place, row in enumerate(rows) if row.verdict is verdict]
        own = [rows[place] for place in places]
        draw_means(axes, own, places, scale, color=look.colour, marker=look.marker, markerfacecolor=look.face)
    _write_numbers(axes, rows, scale)
    _name(axes, findings, rows, scale)
    put_title(figure, _title(findings, len(compared) - len(rows)))
    put_legend_below(figure, _key(rows, findings, scale))
    return figure


def _rows(findings: Findings) -> list[Row]:
    return [
        Row(label, finding.comparison, finding.verdict)
        for label, finding in zip(short_labels(findings, 40), findings.findings, strict=True)
        if finding.comparison is not None and finding.verdict is not None
    ]


def _choose(rows: list[Row]) -> list[Row]:
    if len(rows) <= MOST_ROWS:
        return rows
    decided = [place for place, row in enumerate(rows) if row.verdict is not Verdict.UNDECIDED]
    largest = sorted(decided, key=lambda place: (-abs(rows[place].value or 0.0), place))[:MOST_ROWS]
    return [rows[place] for place in sorted(largest)]


def _write_numbers(axes: Axes, rows: Sequence[Row], scale: Scale) -> None:
    """The numbers beside their rows, at the right edge."""
    for place, row in enumerate(rows):
        text = scale.difference(row.comparison) if row.value is not None else "no data"
        axes.annotate(text, (1.01, place), xycoords=axes.get_yaxis_transform(), va="center", fontsize=7.5, color=GREY)


def _name(axes: Axes, findings: Findings, rows: Sequence[Row], scale: Scale) -> None:
    axes.set_yticks(range(len(rows)), [row.label for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    is_maximised = findings.study.objective.direction is Direction.MAXIMIZE
    left, right = ("← worse", "better →") if is_maximised else ("← better", "worse →")
    axes.set_xlabel(f"{left}      {scale.name}, difference to the baseline ({scale.difference_unit})      {right}")


def _title(findings: Findings, hidden: int) -> str:
    labels = zip(short_labels(findings), findings.findings, strict=True)
    baseline = next((label for label, finding in labels if finding.combination.is_baseline), "none")
    title = f"baseline: {baseline}; lines are 95 % intervals, each by itself"
    if hidden:
        title += f"\n{plural(hidden, 'more combination')} not shown: undecided, or of smaller difference"
    return title


def _key(rows: Sequence[Row], findings: Findings, scale: Scale) -> list[Line2D | Patch]:
    shown = {row.verdict for row in rows}
    key: list[Line2D | Patch] = [verdict_key(verdict) for verdict in LOOKS if verdict in shown]
    margin = findings.study.objective.equivalence
    if margin is not None:
        label = f"margin of equivalence, ±{scale.half_width(margin)} {scale.difference_unit}"
        key.append(Patch(color=MARGIN, label=label))
    return key
