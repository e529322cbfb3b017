"""All figures of a report as files in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from ablate.reporting.figures.combinations import draw_combinations
from ablate.reporting.figures.cost import draw_cost
from ablate.reporting.figures.curves import draw_curves
from ablate.reporting.figures.differences import draw_differences
from ablate.reporting.figures.effects import draw_effects
from ablate.reporting.figures.interactions import draw_interactions
from ablate.reporting.figures.relation import draw_relation
from ablate.reporting.figures.style import freeze_layout, image_bytes, style
from ablate.reporting.findings import Findings
from ablate.reporting.numerals import Scale

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("combinations", "differences", "relation", "effects", "interactions", "cost", "curves")
KINDS = ("png", "svg")


@dataclass(frozen=True)
class Picture:
    """A figure under its name, as bytes of every kind."""

    name: str
    files: dict[str, bytes]


def draw_pictures(findings: Findings, scale: Scale, curves: pd.DataFrame) -> dict[str, Picture]:
    """Every figure that the findings carry, by name; what has no data is not drawn."""
    if not any(finding.mean.n for finding in findings.findings):
        return {}
    draw: dict[str, Callable[[], Figure | None]] = {
        "combinations": lambda: draw_combinations(findings, scale),
        "differences": lambda: draw_differences(findings, scale),
        "relation": lambda: draw_relation(findings, scale),
        "effects": lambda: draw_effects(findings, scale),
        "interactions": lambda: draw_interactions(findings, scale),
        "cost": lambda: draw_cost(findings, scale),
        "curves": lambda: draw_curves(findings, scale, curves),
    }
    pictures = {}
    with style():
        for name in NAMES:
            figure = draw[name]()
            if figure is not None:
                freeze_layout(figure)
                pictures[name] = Picture(name, {kind: image_bytes(figure, kind) for kind in KINDS})
    return pictures
