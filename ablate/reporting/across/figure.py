"""Every shared combination's difference to the baseline, study by study."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ablate.reporting.across.alignment import Alignment, Row
from ablate.reporting.figures import Picture
from ablate.reporting.figures.gallery import KINDS
from ablate.reporting.figures.style import COLOURS, GREY, MARKERS, freeze_layout, image_bytes, new_figure, style
from ablate.reporting.findings import Finding
from ablate.reporting.numerals import Scale
from ablate.reporting.shortening import tell_apart

NAME = "differences"

MOST_ROWS = 24
"""More combinations than this have no room for their names."""

MOST_LETTERS = 48

MOST_STUDIES = len(COLOURS)
"""As many as can be told apart."""

ROW_INCHES = 0.27
STUDY_INCHES = 0.15
LONGEST_NAME = 90
LONGEST_IN_COLUMNS = 24


def draw_picture(alignment: Alignment, scale: Scale) -> Picture | None:
    """The figure as files in memory; None where nothing is compared, or there is more than fits."""
    rows = [row for row in alignment.shared if any(_has_difference(finding) for finding in row.present.values())]
    if not 0 < len(rows) <= MOST_ROWS or len(alignment.studies) > MOST_STUDIES:
        return None
    with style():
        figure = draw_differences(alignment.names, rows, scale)
        freeze_layout(figure)
        return Picture(NAME, {kind: image_bytes(figure, kind) for kind in KINDS})


def draw_differences(names: Sequence[str], rows: Sequence[Row], scale: Scale) -> Figure:
    """One band per combination, in it one point with its interval per study, by colour and marker."""
    columns = 1 if max(map(len, names)) > LONGEST_IN_COLUMNS else min(len(names), 4)
    key_rows = -(-len(names) // columns)
    figure = new_figure(0.9 + 0.2 * key_rows + max(ROW_INCHES, STUDY_INCHES * len(names)) * len(rows))
    axes = figure.add_subplot()
    for number, row in enumerate(rows):
        for place, finding in row.present.items():
            _draw_point(axes, number + _offset(place, len(names)), finding, place, scale)
    axes.axvline(0, color="black", linestyle="--", linewidth=1, zorder=1)
    _name_rows(axes, rows)
    axes.set_xlabel(f"{scale.name}: difference to the study's own baseline, 95 % interval ({scale.difference_unit})")
    key = [
        Line2D([], [], color=COLOURS[place], marker=MARKERS[place], markersize=5, label=_short(name))
        for place, name in enumerate(names)
    ]
    figure.legend(handles=key, loc="outside lower center", ncols=columns)
    return figure


def _draw_point(axes: Axes, height: float, finding: Finding, place: int, scale: Scale) -> None:
    comparison = finding.comparison
    if comparison is None or comparison.difference is None:
        return
    half = None if comparison.interval is None else comparison.interval.half_width * scale.factor
    axes.errorbar(
        comparison.difference * scale.factor,
        height,
        xerr=half,
        fmt=MARKERS[place],
        color=COLOURS[place],
        markersize=4.5,
        capsize=2,
        linewidth=1.3,
    )


def _offset(place: int, studies: int) -> float:
    """Where in its band, which is 1 high, a study's point lies: from -0.3 to 0.3, in the order of the studies."""
    return 0.0 if studies == 1 else 0.6 * place / (studies - 1) - 0.3


def _name_rows(axes: Axes, rows: Sequence[Row]) -> None:
    labels = [next(iter(row.present.values())).combination.label() for row in rows]
    short = tell_apart(labels, MOST_LETTERS)
    axes.set_yticks(range(len(rows)), [short[label] for label in labels])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    for edge in range(1, len(rows)):
        axes.axhline(edge - 0.5, color=GREY, linewidth=0.4, alpha=0.4, zorder=0)


def _has_difference(finding: Finding) -> bool:
    return finding.comparison is not None and finding.comparison.difference is not None


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
