"""Which factor is shown by colour, which by marker, which by filling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matplotlib.lines import Line2D

from ablate.reporting.figures.style import COLOURS, FILLS, GREY, MARKERS, Fill, pick
from ablate.reporting.findings import Findings
from ablate.reporting.shortening import shorten, tell_apart
from ablate.specs import Choice, Factor, StudySpec


@dataclass(frozen=True)
class Encoding:
    """Up to three factors and how each is shown; a single factor is shown twice, by colour and by marker."""

    colour: Factor | None
    marker: Factor | None
    fill: Factor | None
    hidden: tuple[Factor, ...]

    def look(self, choice: Choice) -> dict[str, Any]:
        """Keyword arguments of a marker that shows this choice."""
        return self._look(
            number_of(self.colour, choice), number_of(self.marker, choice), pick(FILLS, number_of(self.fill, choice))
        )

    def key(self, study: StudySpec) -> list[Line2D]:
        """Legend entries for every level of every factor that is shown, and the names of those that are not."""
        names, levels = study.short_names(), short_levels(study, 20)
        shown = {factor.name: factor for factor in (self.colour, self.marker, self.fill) if factor is not None}
        key = [
            self._entry(factor, number, f"{names[name]} {level}")
            for name, factor in shown.items()
            for number, level in enumerate(levels[name].values())
        ]
        if self.hidden:
            label = "not shown: " + ", ".join(shorten(names[factor.name], 20) for factor in self.hidden)
            key.append(Line2D([], [], linestyle="none", label=label))
        return key

    def _look(self, colour: int, marker: int, fill: Fill) -> dict[str, Any]:
        # A single factor may have more levels than there are colours: then the markers move on by one.
        marker += colour // len(COLOURS) if self.colour is self.marker else 0
        return {
            "color": pick(COLOURS, colour),
            "marker": pick(MARKERS, marker),
            "fillstyle": fill,
            "markeredgecolor": pick(COLOURS, colour),
            "markerfacecoloralt": "white",
        }

    def _entry(self, factor: Factor, number: int, label: str) -> Line2D:
        colour, marker = (number if factor is shown else 0 for shown in (self.colour, self.marker))
        look = self._look(colour, marker, pick(FILLS, number) if factor is self.fill else "full")
        if factor is not self.colour:
            look |= {"color": GREY, "markeredgecolor": GREY}
        return Line2D([], [], linestyle="none", label=label, **look)


def choose_encoding(study: StudySpec) -> Encoding:
    """Show the factors that vary, in the order of the study, each by the first means that has a sign for every level:
    colour, marker, filling. What none is left for is hidden.
    """
    varied = varied_factors(study)
    if len(varied) == 1 and len(varied[0].levels) <= len(COLOURS) * len(MARKERS):
        return Encoding(varied[0], varied[0], None, ())
    given: dict[int, Factor] = {}
    for factor in varied:
        free = (place for place, signs in enumerate((COLOURS, MARKERS, FILLS)) if len(factor.levels) <= len(signs))
        place = next((place for place in free if place not in given), None)
        if place is not None:
            given[place] = factor
    hidden = tuple(factor for factor in varied if factor not in given.values())
    return Encoding(given.get(0), given.get(1), given.get(2), hidden)


def varied_factors(study: StudySpec) -> list[Factor]:
    """The factors that have more than one level."""
    return [factor for factor in study.factors if len(factor.levels) > 1]


def number_of(factor: Factor | None, choice: Choice) -> int:
    """The place of a choice's level among the factor's levels."""
    if factor is None:
        return 0
    return [level.label for level in factor.levels].index(choice[factor.name])


def short_levels(study: StudySpec, most: int) -> dict[str, dict[str, str]]:
    """By factor, what its levels are called where there is room for `most` characters."""
    return {factor.name: tell_apart([level.label for level in factor.levels], most) for factor in study.factors}


def short_labels(findings: Findings, most: int = 48) -> list[str]:
    """Every combination's label, its levels cut alike where the longest would take the room of the figure."""
    factors = findings.study.factors
    longest = [max(len(level.label) for level in factor.levels) for factor in factors]
    room = max(longest, default=most)
    while room > 6 and sum(min(room, length) for length in longest) + 3 * len(factors) - 3 > most:
        room -= 1
    levels = short_levels(findings.study, room)
    return [
        " · ".join(levels[name][label] for name, label in finding.combination.choice.items())
        for finding in findings.findings
    ]
