"""How a verdict looks: by colour, and by a sign that stays when the colour is gone."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.lines import Line2D

from ablate.reporting.figures.style import COLOURS, GREY
from ablate.stats import Verdict


@dataclass(frozen=True)
class Look:
    """Colour, marker and filling of a verdict."""

    colour: str
    marker: str
    is_filled: bool

    @property
    def face(self) -> str:
        """The colour within the marker."""
        return self.colour if self.is_filled else "white"


LOOKS = {
    Verdict.BETTER: Look(COLOURS[0], "^", is_filled=True),
    Verdict.WORSE: Look(COLOURS[1], "v", is_filled=True),
    Verdict.EQUIVALENT: Look(COLOURS[2], "s", is_filled=True),
    Verdict.UNDECIDED: Look(GREY, "o", is_filled=False),
}


def verdict_key(verdict: Verdict) -> Line2D:
    """The legend's entry of a verdict."""
    look = LOOKS[verdict]
    return Line2D([], [], color=look.colour, marker=look.marker, markerfacecolor=look.face, label=verdict.value)
