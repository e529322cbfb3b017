"""Which factor is shown by colour, which by marker, which by filling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matplotlib.lines import Line2D

from ablate.reporting.figures.style import COLOURS, FILLS, GREY, MARKERS, pick
from ablate.reporting.markdown import one_line
from ablate.specs import Choice, Combination, Factor, StudySpec


@dataclass(frozen=True)
class Encoding:
    """Up to three factors and how each is shown; a single factor is shown twice, by colour and by marker."""

    colour: Factor | None
    marker: Factor | None
    fill: Factor | None
    hidden: tuple[Factor, ...]

    def look(self, choice: Choice) -> dict[str, Any]:
        """Keyword arguments of a marker that shows this choice."""
        colour = pick(COLOURS, number_of(self.colour, choice))
        fill = pick(FILLS, number_of(self.fill, choice))
        return {
            "color": colour,
            "marker": pick(MARKERS, number_of(self.marker, choice)),
            "fillstyle": fill,
            "markeredgecolor": colour,
            "markerfacecoloralt": "white",
        }

    def key(self, names: dict[str, str]) -> list[Line2D]:
        """Legend entries for every level of every factor that is shown."""
        shown = {factor.name: factor for factor in (self.colour, self.marker, self.fill) if factor is not None}
        return [self._entry(factor, level.label, names) for factor in shown.values() for level in factor.levels]

    def _entry(self, factor: Factor, label: str, names: dict[str, str]) -> Line2D:
        number = number_of(factor, {factor.name: label})
        colour = pick(COLOURS, number) if factor is self.colour else GREY
        marker = pick(MARKERS, number) if factor is self.marker else "o"
        fill = pick(FILLS, number) if factor is self.fill else "full"
        return Line2D(
            [],
            [],
            linestyle="none",
            color=colour,
            marker=marker,
            fillstyle=fill,
            markerfacecoloralt="white",
            label=f"{names[factor.name]} {label}",
        )


def choose_encoding(study: StudySpec) -> Encoding:
    """Show the factors that vary, in the order of the study: colour, marker, filling."""
    varied = varied_factors(study)
    shown = [*varied[:3], None, None, None]
    marker = shown[1] if len(varied) > 1 else shown[0]
    return Encoding(shown[0], marker, shown[2], tuple(varied[3:]))


def varied_factors(study: StudySpec) -> list[Factor]:
    """The factors that have more than one level."""
    return [factor for factor in study.factors if len(factor.levels) > 1]


def number_of(factor: Factor | None, choice: Choice) -> int:
    """The place of a choice's level among the factor's levels."""
    if factor is None:
        return 0
    return [level.label for level in factor.levels].index(choice[factor.name])


def short_label(combination: Combination, most: int = 48) -> str:
    """A combination's label on one line, cut where it would take the room of the figure."""
    label = one_line(combination.label())
    return label if len(label) <= most else label[: most - 1] + "…"
