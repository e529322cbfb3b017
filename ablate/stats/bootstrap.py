"""The bootstrap over seeds: what the mean of other samples of them would have been."""

from __future__ import annotations

import numpy as np
from scipy import special

from ablate.errors import StatisticsError
from ablate.stats.intervals import LEVEL, FloatArray, Interval, standard_error

RESAMPLES = 9_999

FEWEST = 3
"""Below this a resample is one of a handful, and its quantiles mean nothing."""


def resampling_weights(n: int, resamples: int = RESAMPLES) -> FloatArray:
    """Resamples x n: the share of each of `n` values in samples of `n` drawn with replacement; the same at every call.

    The mean of a resample is its weights times the values, so that all rows are resampled by one matrix product.
    """
    return np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=resamples) / n


def bca_intervals(values: FloatArray, level: float = LEVEL) -> tuple[Interval | None, ...]:
    """The bias-corrected and accelerated interval of the mean of every row (rows x seeds, NaN where missing).

    With z₀ = Φ⁻¹(share of resampled means below the mean, ties counted half) and a the skewness of the jackknife
    values over 6: quantiles of the resampled means at Φ(z₀ + (z₀ ± z)/(1 − a·(z₀ ± z))). None for a row with fewer
    than `FEWEST` values or without spread. It is second-order correct, which few seeds do not let it be: below some
    twenty seeds it covers less than it says (`make calibration` prints how much).

    Raises:
        StatisticsError: `values` is not a matrix.
    Source: B. Efron, "Better Bootstrap Confidence Intervals", JASA 82 (1987); as `scipy.stats.bootstrap`.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2:
        raise StatisticsError(f"expected rows x seeds, got an array of {values.shape}")
    found: list[Interval | None] = [None] * len(values)
    present = np.isfinite(values)
    for pattern in np.unique(present, axis=0):
        rows = np.flatnonzero((present == pattern).all(axis=1))
        n = int(pattern.sum())
        if n < FEWEST:
            continue
        weights = resampling_weights(n)
        for row in rows:
            own = values[row, pattern]
            if standard_error(own) is not None:
                found[row] = _interval(own, weights @ own, level)
    return tuple(found)


def _interval(values: FloatArray, means: FloatArray, level: float) -> Interval:
    mean = float(values.mean())
    below = (np.count_nonzero(means < mean) + np.count_nonzero(means <= mean)) / (2 * len(means))
    bias = float(special.ndtri(below))
    influence = mean - values  # proportional to the jackknife's deviations
    acceleration = -float((influence**3).sum() / (6 * (influence**2).sum() ** 1.5))
    ends = []
    for tail in ((1 - level) / 2, (1 + level) / 2):
        shifted = bias + float(special.ndtri(tail))
        ends.append(float(special.ndtr(bias + shifted / (1 - acceleration * shifted))))
    low, high = np.quantile(means, ends)
    return Interval(float(low), float(high), level)
