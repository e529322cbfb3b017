"""The linear model of a study: every combination has its level, every seed (a block) shifts all of them alike.

    y(c, s) = combination(c) + seed(s) + noise

Where nothing is missing its estimates are plain means. Where trials are missing, a seed that a combination lacks is
made up for by what that seed did to the others, so that nothing has to be thrown away for balance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse, special
from scipy.sparse import csgraph

from ablate.errors import StatisticsError
from ablate.stats.designs import IntegerArray
from ablate.stats.intervals import LEVEL, ROUNDING, FloatArray, Interval


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

    `levels` holds for every combination its level averaged over all seeds that have any value, NaN where there is no
    value at all; row s of `without` holds the same, fitted without seed s. `part` numbers the parts of the data that
    no seed connects (-1: no value): between two of them nothing can be compared.
    """

    values: FloatArray
    levels: FloatArray
    without: FloatArray
    part: IntegerArray

    def contrast(self, weights: FloatArray, level: float = LEVEL) -> Contrast:
        """The sum of `weights` times the combinations' levels, with its delete-one-seed jackknife interval.

        value ± t(n - 1) · √((n - 1)/n · Σ(value without s - their mean)²) over the n seeds that have any of the
        combinations with a weight. With nothing missing this is the t interval of the contrast taken seed by seed, so
        it asks neither for equal noise in all combinations nor for noise that is independent between them.

        Source: R. G. Miller, "The jackknife - a review", Biometrika 61 (1974).
        """
        used = weights != 0
        parts = self.part[used]
        bearing = np.isfinite(self.values[used]).any(axis=0)
        n = int(bearing.sum())
        if n == 0 or (parts < 0).any() or len(set(parts.tolist())) > 1:
            return Contrast(None, None, None, n)
        value = float(self.levels[used] @ weights[used])
        replicated = self.without[bearing][:, used] @ weights[used]
        size = float(np.nanmax(np.abs(self.values[used])))
        if n < 2 or not np.isfinite(replicated).all() or np.ptp(replicated) <= ROUNDING * size:
            return Contrast(value, None, None, n)
        error = float(np.sqrt((n - 1) / n * ((replicated - replicated.mean()) ** 2).sum()))
        half = error * float(special.stdtrit(n - 1, (1 + level) / 2))
        p_value = 2 * float(special.stdtr(n - 1, -abs(value) / error))
        return Contrast(value, Interval(value - half, value + half, level), p_value, n)


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
    part = _parts(np.isfinite(values))
    seeds = range(values.shape[1])
    without = np.array([_levels(np.delete(values, seed, axis=1)) for seed in seeds]).reshape(len(seeds), len(values))
    return Blocks(values, _levels(values), without, part)


def _levels(values: FloatArray) -> FloatArray:
    present = np.isfinite(values)
    if present.all():
        return values.mean(axis=1) if values.shape[1] else np.full(len(values), np.nan)
    part = _parts(present)
    levels = np.full(len(values), np.nan)
    for number in range(int(part.max(initial=-1)) + 1):
        rows = np.flatnonzero(part == number)
        columns = np.flatnonzero(present[rows].any(axis=0))
        levels[rows] = _solve(values[np.ix_(rows, columns)])
    return levels


def _solve(values: FloatArray) -> FloatArray:
    """Levels of connected combinations: the normal equations with the seeds eliminated, averaged over the seeds."""
    present = np.isfinite(values)
    known = np.where(present, values, 0.0)
    centre = known.sum() / present.sum()  # taken off for precision
    known = np.where(present, values - centre, 0.0)
    of_seed = present.sum(axis=0)
    system = np.diag(present.sum(axis=1).astype(np.float64)) - (present / of_seed) @ present.T
    right = known.sum(axis=1) - present @ (known.sum(axis=0) / of_seed)
    # Only differences are determined: the row of ones pins the sum of the levels to zero.
    relative = np.linalg.solve(system + np.ones_like(system), right)
    shifts = (known.sum(axis=0) - relative @ present) / of_seed
    levels: FloatArray = centre + relative + shifts.mean()
    return levels


def _parts(present: npt.NDArray[np.bool_]) -> IntegerArray:
    """For every combination the number of the connected part that it lies in; -1 without any value."""
    rows, columns = present.shape
    empty = ~present.any(axis=1)
    graph = sparse.bmat([[None, sparse.csr_matrix(present)], [sparse.csr_matrix((columns, rows), dtype=bool), None]])
    _, labels = csgraph.connected_components(graph.astype(np.int8), directed=False)
    own = np.where(empty, -1, labels[:rows])
    numbers = {label: place for place, label in enumerate(dict.fromkeys(own[~empty].tolist()))}
    return np.array([numbers.get(int(label), -1) for label in own], dtype=np.int64)
