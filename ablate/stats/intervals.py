"""A mean over seeds, with the interval that Student (1908) gives it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from ablate.errors import StatisticsError

FloatArray = npt.NDArray[np.float64]

LEVEL = 0.95
"""Coverage of every interval unless another is asked for."""

ROUNDING = 1e-12
"""A spread below this part of the values' size is rounding, not variation."""


@dataclass(frozen=True)
class Interval:
    """Bounds that cover the true value in a share `level` of repeated experiments."""

    low: float
    high: float
    level: float = LEVEL

    @property
    def half_width(self) -> float:
        """Half the distance between the bounds."""
        return (self.high - self.low) / 2


@dataclass(frozen=True)
class MeanEstimate:
    """A mean over the seeds that have a value, in the values' own unit.

    `value` is None without any seed. `interval` is None with fewer than two seeds, and where all values are equal:
    a spread that was not seen cannot be estimated. `missing` lists the seeds without a finite value.
    """

    value: float | None
    interval: Interval | None
    n: int
    missing: tuple[int, ...]


def estimate_mean(values: FloatArray, seeds: Sequence[int], level: float = LEVEL) -> MeanEstimate:
    """Mean of `values` (one for each of `seeds`, NaN where missing) with its t interval.

    mean ± t(1 - (1 - level)/2; n - 1) · s/√n, with s the sample standard deviation (n - 1 in the denominator).

    Raises:
        StatisticsError: `values` is not one number per seed, or a seed occurs twice.
    Source: Student, "The probable error of a mean", Biometrika 6 (1908).
    """
    values = one_value_per_seed(values, seeds)
    present = np.isfinite(values)
    found = values[present]
    n = len(found)
    missing = tuple(seed for seed, is_present in zip(seeds, present, strict=True) if not is_present)
    if n == 0:
        return MeanEstimate(None, None, 0, missing)
    mean = float(found.mean())
    error = standard_error(found)
    if error is None:
        return MeanEstimate(mean, None, n, missing)
    return MeanEstimate(mean, t_interval(mean, error, n - 1, level), n, missing)


def t_interval(value: float, error: float, freedom: float, level: float = LEVEL) -> Interval:
    """value ± t(1 - (1 - level)/2; freedom) · error."""
    half = error * float(special.stdtrit(freedom, (1 + level) / 2))
    return Interval(value - half, value + half, level)


def standard_error(values: FloatArray, size: float | None = None) -> float | None:
    """s/√n of finite `values`, or None where it cannot be estimated: n < 2, or no spread beyond rounding.

    `size` is the magnitude that rounding errors scale with, where it is not that of the values themselves.
    """
    n = len(values)
    if n < 2:
        return None
    deviation = float(values.std(ddof=1))
    size = float(np.abs(values).max()) if size is None else size
    return deviation / math.sqrt(n) if deviation > ROUNDING * size else None


def one_value_per_seed(values: FloatArray, seeds: Sequence[int]) -> FloatArray:
    """`values` as a float64 vector with one entry for each of `seeds`; what is not finite becomes NaN.

    Raises:
        StatisticsError: the shape does not fit, or a seed occurs twice.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.shape != (len(seeds),):
        raise StatisticsError(
            f"expected one value for each of {len(seeds)} seeds, got an array of shape {values.shape}"
        )
    check_seeds(seeds)
    return np.where(np.isfinite(values), values, np.nan)


def check_seeds(seeds: Sequence[int]) -> None:
    """A seed that occurs twice would count as two replicates.

    Raises:
        StatisticsError: one does.
    """
    if len(set(seeds)) != len(seeds):
        raise StatisticsError(f"every seed is one replicate, but one occurs twice in {list(seeds)}: give each once")
