"""Where combinations stand in a picture of objective against cost: equal costs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.transforms import Bbox, ScaledTranslation, Transform

from ablate.reporting.findings import Finding
from ablate.reporting.numerals import Scale

STEP, WIDEST = 7.0, 150.0
"""Points (1/72 inch) between markers that would lie on each other, and at most from the first to the last."""

RADIUS, WHISKER = 7.0, 3.0
"""Half-widths in points of a marker with what is around it, and of an interval."""


@dataclass(frozen=True)
class Spot:
    """A combination that has a cost and a mean, in shown units, and by how many points it is moved aside."""

    finding: Finding
    macs: float
    mean: float
    half_width: float | None
    shift: float

    def transform(self, axes: Axes) -> Transform:
        """From data to the page, moved aside."""
        return axes.transData + ScaledTranslation(self.shift / 72, 0, axes.figure.dpi_scale_trans)

    def boxes(self, axes: Axes) -> list[Bbox]:
        """What the marker and the interval cover of the page, in pixels."""
        pixels = axes.figure.dpi / 72
        transform = self.transform(axes)
        x, y = transform.transform((self.macs, self.mean))
        radius, whisker = RADIUS * pixels, WHISKER * pixels
        boxes = [Bbox([[x - radius, y - radius], [x + radius, y + radius]])]
        if self.half_width is not None:
            low, high = (transform.transform((self.macs, self.mean + side * self.half_width))[1] for side in (-1, 1))
            boxes.append(Bbox([[x - whisker, low], [x + whisker, high]]))
        return boxes


def find_spots(findings: Sequence[Finding], scale: Scale) -> list[Spot]:
    """Everything that has a cost and a mean, cheapest first; equals in the order of the plan."""
    having = [
        (finding.macs, finding.mean.value, finding)
        for finding in findings
        if finding.macs is not None and finding.mean.value is not None
    ]
    having.sort(key=lambda found: found[0])
    spread = having[-1][0] - having[0][0] if having else 0
    groups: list[list[tuple[int, float, Finding]]] = []
    for found in having:
        if groups and found[0] - groups[-1][0][0] <= 0.01 * spread:
            groups[-1].append(found)
        else:
            groups.append([found])
    return [
        Spot(finding, float(macs), value * scale.factor, _half_width(finding, scale), shift)
        for group in groups
        for shift, (macs, value, finding) in zip(_shifts(len(group)), group, strict=True)
    ]


def _shifts(count: int) -> list[float]:
    step = min(STEP, WIDEST / count)
    return [step * (place - (count - 1) / 2) for place in range(count)]


def _half_width(finding: Finding, scale: Scale) -> float | None:
    interval = finding.mean.interval
    return None if interval is None else interval.half_width * scale.factor
