"""Numbers as people read them: few digits, units, a true minus sign."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, assert_never

from pydantic import JsonValue

from ablate.specs import Metric, Objective, Split
from ablate.stats import Comparison, Contrast, Interval, MeanEstimate

NOTHING = "–"
"""What stands where there is no number."""

MOST_DIGITS = 6
"""As many significant digits as an imported number is shown with at most, however narrow its interval."""

PLAIN = range(-3, 7)
"""The powers of ten between which an imported number is written out."""

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Estimate(Protocol):
    """Anything that has been estimated: a mean over seeds, or a weighted sum of several."""

    @property
    def value(self) -> float | None:
        """None where it could not be."""

    @property
    def interval(self) -> Interval | None:
        """None where nothing is known of its spread."""


@dataclass(frozen=True)
class Scale:
    """How an objective is shown: `factor` takes stored values to `unit`, differences are in `difference_unit`.

    `unit` is empty where none is known. `title` is the name at the beginning of a line.
    """

    name: str
    factor: float
    unit: str
    difference_unit: str
    decimals: int
    title: str

    @property
    def axis(self) -> str:
        """The axis label, with its unit."""
        return f"{self.name} ({self.unit})" if self.unit else self.name

    def number(self, value: float | None) -> str:
        """A stored value without its unit: `96.4`."""
        return NOTHING if value is None else _minus(f"{value * self.factor:.{self.decimals}f}")

    def half_width(self, value: float) -> str:
        """A half-width without its unit, never rounded to zero: `0.5`, `<0.01`."""
        text = f"{value * self.factor:.{self.decimals}f}"
        return text if float(text) > 0 else f"<{10**-self.decimals:.{self.decimals}f}"

    def mean(self, mean: Estimate) -> str:
        """`96.4 ± 0.5 %`, or `96.4 %` without an interval."""
        if mean.value is None:
            return NOTHING
        spread = "" if mean.interval is None else f" ± {self.half_width(mean.interval.half_width)}"
        return f"{self.number(mean.value)}{spread} {self.unit}".rstrip()

    def difference(self, found: Comparison | Contrast) -> str:
        """`+1.2 (+0.3 to +2.1)` in the unit of differences, or `+1.2` without an interval."""
        value = found.difference if isinstance(found, Comparison) else found.value
        if value is None:
            return NOTHING
        text = self.signed(value)
        if found.interval is None:
            return text
        return f"{text} ({self.signed(found.interval.low)} to {self.signed(found.interval.high)})"

    def magnitude(self, value: float) -> str:
        """A size without sign or unit, never rounded to zero: `0.5`."""
        return self.half_width(abs(value))

    def signed(self, value: float) -> str:
        """A difference with its sign; what rounds to zero has none."""
        text = f"{value * self.factor:+.{self.decimals}f}"
        return _minus(text) if float(text) else text[1:]


def choose_scale(objective: Objective, means: Iterable[MeanEstimate]) -> Scale:
    """The scale of an objective, with as many decimals as its narrowest interval needs to show a digit.

    Imported numbers are shown as their source has them, whatever they are called there; so are those of a program
    under a name of its own.
    """
    means = list(means)
    widths = [mean.interval.half_width for mean in means if mean.interval is not None]
    sizes = [abs(mean.value) for mean in means if mean.value is not None]
    if objective.split is Split.UNSPECIFIED:
        return _as_given(str(objective.metric), objective.unit or "", sizes, widths)
    name = f"{objective.split.value} {objective.metric}"
    if not isinstance(objective.metric, Metric):
        return _as_given(name, "", sizes, widths)
    match objective.metric:
        case Metric.ACCURACY:
            return Scale(name, 100.0, "%", "pp", _decimals(widths, 100.0, 1, 2), name.capitalize())
        case Metric.LOSS:
            return Scale(name, 1.0, "nats", "nats", _decimals(widths, 1.0, 3, 4), name.capitalize())
        case unknown:
            assert_never(unknown)


def count_text(count: float | None) -> str:
    """A count with three significant digits: `24.9 k`, `1.53 M`; below a thousand as it is."""
    if count is None:
        return NOTHING
    if count < 1000:
        return f"{count:.0f}"
    for unit in ("k", "M", "G", "T"):
        count /= 1000
        digits = 2 - max(0, math.floor(math.log10(float(f"{count:.2e}"))))
        if digits >= 0 or unit == "T":
            return f"{count:.{max(digits, 0)}f} {unit}"
    raise AssertionError("the last unit takes every count")


def seconds_text(seconds: float | None) -> str:
    """Seconds with about three digits: `8.3 s`, `245 s`."""
    if seconds is None:
        return NOTHING
    return f"{seconds:.1f} s" if seconds < 99.95 else f"{seconds:.0f} s"


def duration_text(seconds: float | None) -> str:
    """A duration with three digits, or as seconds have them: `0.62 ms`, `12.5 ms`, `8.3 s`."""
    if seconds is None or seconds >= 0.9995:
        return seconds_text(seconds)
    return f"{1000 * seconds:.3g} ms"


def joules_text(joules: float | None) -> str:
    """Energy with three digits: `812 J`, `1.23 kJ`."""
    text = count_text(joules)
    return NOTHING if joules is None else f"{text}J" if text[-1].isalpha() else f"{text} J"


def bytes_text(count: float | None) -> str:
    """Memory with the two digits that such a measurement has: `87 MB`, `1.3 GB` (decimal)."""
    if count is None:
        return NOTHING
    rounded = float(f"{count:.2g}")
    return f"{rounded / 1e6:.0f} MB" if rounded < 1e9 else f"{rounded / 1e9:.3g} GB"


def percent_text(share: float) -> str:
    """A share of one: `<1 %`, `12 %`."""
    return "<1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def ratio_text(value: float | None) -> str:
    """A number without a unit: `0.03`, `4.8`, `152`; never rounded to zero."""
    if value is None:
        return NOTHING
    if 0 < value < 0.005:
        return "<0.01"
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 99.95 else f"{value:.0f}"


def p_text(p_value: float | None) -> str:
    """A p-value: `<0.001`, `0.012`, `0.34`."""
    if p_value is None:
        return NOTHING
    if p_value < 0.001:
        return "<0.001"
    return f"{p_value:.3f}" if p_value < 0.0995 else f"{p_value:.2f}"


def value_text(value: JsonValue) -> str:
    """A setting's value as people write it, with four digits."""
    if isinstance(value, list):
        return f"[{', '.join(map(value_text, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def plural(count: int, noun: str, more: str | None = None) -> str:
    """`1 seed`, `3 seeds`; `more` where the plural is not made with an s."""
    return f"{count} {noun if count == 1 else more or noun + 's'}"


def _as_given(name: str, unit: str, sizes: list[float], half_widths: list[float]) -> Scale:
    """Three significant digits of the largest mean, or more where its interval is narrower; powers of ten apart."""
    power = math.floor(math.log10(max(1e-300, *sizes))) if any(sizes) else 0
    factor = 1.0
    if power not in PLAIN:
        factor, unit = 10.0**-power, f"×10{str(power).translate(SUPERSCRIPTS)} {unit}".rstrip()
        power = 0
    decimals = _decimals(half_widths, factor, max(0, 2 - power), max(0, MOST_DIGITS - 1 - power))
    return Scale(name, factor, unit, "pp" if unit == "%" else unit or name, decimals, name)


def _decimals(half_widths: list[float], factor: float, fewest: int, most: int) -> int:
    if not half_widths:
        return fewest
    return min(most, max(fewest, math.ceil(-math.log10(min(half_widths) * factor))))


def _minus(text: str) -> str:
    return text.replace("-", "−")
