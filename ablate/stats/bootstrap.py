"""The bootstrap over seeds: what the mean of other samples of them would have been."""

from __future__ import annotations

import functools

import numpy as np
from scipy import special

from ablate.errors import StatisticsError
from ablate.stats.intervals import LEVEL, ROUNDING, FloatArray, Interval

RESAMPLES = 9_999

FEWEST = 3
"""Below this a resample is one of a handful, and its quantiles mean nothing."""

ROWS = 256
"""Rows whose resampled means are held at a time."""


@functools.lru_cache(maxsize=4)
def resampling_weights(n: int, resamples: int = RESAMPLES) -> FloatArray:
    """Resamples x n: the share of each of `n` values in samples of `n` drawn with replacement; the same at every call.

    The mean of a resample is its weights times the values, so that all rows are resampled by one matrix product.
    """
    drawn = np.random.default_rng(0).integers(0, n, (resamples, n)) + n * np.arange(resamples)[:, None]
    weights: FloatArray = np.bincount(drawn.ravel(), minlength=resamples * n).reshape(resamples, n) / n
    weights.setflags(write=False)  # it is shared
    return weights


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
    counts = present.sum(axis=1)
    compact = np.take_along_axis(values, np.argsort(~present, axis=1, kind="stable"), axis=1)
    for n in {count for count in counts.tolist() if count >= FEWEST}:
        rows = np.flatnonzero(counts == n)
        rows = rows[np.ptp(compact[rows, :n], axis=1) > ROUNDING * np.abs(compact[rows, :n]).max(axis=1)]
        for some in np.array_split(rows, -(-len(rows) // ROWS) or 1):
            for row, interval in zip(some, _intervals(compact[some, :n], level), strict=True):
                found[row] = interval
    return tuple(found)


def _intervals(rows: FloatArray, level: float) -> list[Interval]:
    mean = rows.mean(axis=1)
    means = rows @ resampling_weights(rows.shape[1]).T
    slack = ROUNDING * np.abs(rows).max(axis=1)  # a resample that is the sample again is a tie, whatever the rounding
    below, above = mean - slack, mean + slack
    under = np.array(
        [(own < low).sum() + (own <= high).sum() for own, low, high in zip(means, below, above, strict=True)]
    )
    bias = special.ndtri(under / (2 * means.shape[1]))
    influence = rows - mean[:, None]  # proportional to the jackknife's deviations
    acceleration = (influence**3).sum(axis=1) / (6 * (influence**2).sum(axis=1) ** 1.5)
    tails = special.ndtri(np.array([(1 - level) / 2, (1 + level) / 2]))
    shifted = bias[:, None] + tails
    ends = special.ndtr(bias[:, None] + shifted / (1 - acceleration[:, None] * shifted))
    return [
        Interval(float(low), float(high), level)
        for low, high in (np.quantile(own, at, overwrite_input=True) for own, at in zip(means, ends, strict=True))
    ]
