"""The linear model of a study: every combination has its level, every seed (a block) shifts all of them alike.

    y(c, s) = combination(c) + seed(s) + noise

Where nothing is missing its estimates are plain means. Where trials are missing, a seed that a combination lacks is
made up for by what that seed did to the others, so that nothing has to be thrown away for balance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special
from scipy.sparse import csgraph

from ablate.errors import StatisticsError
from ablate.stats.designs import IntegerArray
from ablate.stats.intervals import LEVEL, ROUNDING, FloatArray, Interval, t_interval

BooleanArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Contrast:
    """A weighted sum of the combinations' levels, with its interval; None where it cannot be estimated.

    `n` counts the seeds that bear on it, `t_p` is the two-sided p-value that it is zero.
    """

    value: float | None
    interval: Interval | None
    t_p: float | None
    n: int


@dataclass(frozen=True)
class Blocks:
    """The fitted model of `values` (combinations x seeds, NaN where missing).

    `levels` holds for every combination its level averaged over all seeds of its part, NaN where there is no value at
    all. `part` numbers the parts of the data that no seed connects (-1: no value): between two of them nothing can be
    compared. Row s of `without` and of `part_without` holds the same, fitted without seed s. `solved` is seeds x seeds:
    times what every seed adds to its combinations' own means it gives the shifts of the seeds.
    """

    values: FloatArray
    levels: FloatArray
    without: FloatArray
    part: IntegerArray
    part_without: IntegerArray
    solved: FloatArray

    def contrast(self, weights: FloatArray, level: float = LEVEL) -> Contrast:
        """The sum of `weights` times the combinations' levels, with its delete-one-seed jackknife interval.

        value ± t(m - 1) · √((n - 1)/n · Σ(value without s - their mean)²) over the n seeds that bear on it, m being
        what they are worth: (Σa)²/Σa², a(s) the sum of the squares of the coefficients that the values of seed s have
        in the contrast. With nothing missing m = n, and this is the t interval of the contrast taken seed by seed; so
        it asks neither for equal noise in all combinations nor for noise that is independent between them.

        None but the value where leaving out a seed leaves nothing to compare.

        Source: R. G. Miller, "The jackknife - a review", Biometrika 61 (1974); F. E. Satterthwaite, "An approximate
        distribution of estimates of variance components", Biometrics Bull. 2 (1946).
        """
        used = np.abs(weights) > ROUNDING * np.abs(weights).max(initial=0.0)
        if not used.any() or not _is_one(self.part[used]):
            return Contrast(None, None, None, 0)
        value = float(self.levels[used] @ weights[used])
        shares = (self._coefficients(np.where(used, weights, 0.0)) ** 2).sum(axis=0)
        bearing = shares > ROUNDING * shares.max()
        n = int(bearing.sum())
        if n < 2 or not all(_is_one(parts) for parts in self.part_without[bearing][:, used]):
            return Contrast(value, None, None, n)
        replicated = self.without[bearing][:, used] @ weights[used]
        if np.ptp(replicated) <= ROUNDING * float(np.nanmax(np.abs(self.values[used]))):
            return Contrast(value, None, None, n)
        error = float(np.sqrt((n - 1) / n * ((replicated - replicated.mean()) ** 2).sum()))
        freedom = float(shares.sum() ** 2 / (shares**2).sum()) - 1
        p_value = 2 * float(special.stdtr(freedom, -abs(value) / error))
        return Contrast(value, t_interval(value, error, freedom, level), p_value, n)

    def _coefficients(self, weights: FloatArray) -> FloatArray:
        """What every value counts for in the contrast: combinations x seeds, zero where missing."""
        present = np.isfinite(self.values)
        of_combination = np.maximum(present.sum(axis=1), 1)
        own = weights / of_combination
        by_seed = self.solved @ (own @ present)
        return np.where(present, own[:, None] - by_seed + (present @ by_seed / of_combination)[:, None], 0.0)


def fit_blocks(values: FloatArray) -> Blocks:
    """Fit the model by least squares, once to all seeds and once without each.

    Raises:
        StatisticsError: `values` is not combinations x seeds.
    Source: randomised blocks with missing plots; F. Yates, "The analysis of replicated experiments when the field
    results are incomplete", Empire J. Exp. Agric. 1 (1933).
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2:
        raise StatisticsError(f"expected combinations x seeds, got an array of {values.shape}")
    values = np.where(np.isfinite(values), values, np.nan)
    levels, part, solved = _fit(values)
    fits = [_fit(np.delete(values, seed, axis=1)) for seed in range(values.shape[1])]
    without = np.array([fit[0] for fit in fits]).reshape(len(fits), len(values))
    part_without = np.array([fit[1] for fit in fits], dtype=np.int64).reshape(len(fits), len(values))
    return Blocks(values, levels, without, part, part_without, solved)


def residuals(values: FloatArray) -> tuple[FloatArray, int]:
    """What combinations and seeds leave of every value (NaN where missing), and its degrees of freedom."""
    present = np.isfinite(values)
    levels, part, _ = _fit(values)
    left = np.where(present, values - levels[:, None], 0.0)
    shifts = left.sum(axis=0) / np.maximum(present.sum(axis=0), 1)
    parts = len(set(part.tolist()) - {-1})
    freedom = int(present.sum()) - int(present.any(axis=1).sum()) - int(present.any(axis=0).sum()) + parts
    return np.where(present, left - shifts, np.nan), freedom


def _fit(values: FloatArray) -> tuple[FloatArray, IntegerArray, FloatArray]:
    """Levels, parts and the inverse of the normal equations of the seeds, with the combinations eliminated."""
    present = np.isfinite(values)
    counts = present.sum(axis=1)
    of_combination = np.maximum(counts, 1)
    part_of_seed = _parts(present)
    part = np.where(counts > 0, part_of_seed[present.argmax(axis=1)] if len(part_of_seed) else -1, -1)
    centre = float(values[present].mean()) if present.any() else 0.0  # taken off for precision
    known = np.where(present, values - centre, 0.0)
    means = known.sum(axis=1) / of_combination
    system = np.diag(present.sum(axis=0).astype(np.float64)) - (present / of_combination[:, None]).T @ present
    # Only differences within a part are determined: ones in its block pin the sum of its shifts to zero.
    solved = np.linalg.inv(system + (part_of_seed[:, None] == part_of_seed))
    shifts = solved @ np.where(present, known - means[:, None], 0.0).sum(axis=0)
    levels = np.where(counts > 0, centre + means - present @ shifts / of_combination, np.nan)
    return levels, part, solved


def _parts(present: BooleanArray) -> IntegerArray:
    """For every seed the number of the part of the data that it lies in: those that share combinations are one."""
    counted = present.astype(np.float64)
    return np.asarray(csgraph.connected_components(counted.T @ counted > 0, directed=False)[1], dtype=np.int64)


def _is_one(parts: IntegerArray) -> bool:
    return bool((parts == parts[0]).all()) and bool(parts[0] >= 0)
