"""How firmly the order of the combinations stands: what other samples of the same seeds would have ranked."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ablate.errors import StatisticsError
from ablate.stats.bootstrap import resampling_weights
from ablate.stats.designs import IntegerArray
from ablate.stats.intervals import LEVEL, ROUNDING, FloatArray

RESAMPLES = 2_000

FEWEST = 3
"""With fewer seeds a resample is one of a handful."""


@dataclass(frozen=True)
class Rank:
    """The place of a combination by its mean (1: best), the places it takes in a share `level` of resamples, and the
    share of resamples in which it is first (ties are shared out).
    """

    place: int
    low: int
    high: int
    first_share: float
    level: float = LEVEL


def rank_stability(
    values: FloatArray, *, higher_is_better: bool = True, level: float = LEVEL
) -> tuple[Rank | None, ...]:
    """Ranks of the rows of `values` (combinations x seeds) under resampling of whole seeds, which keeps them paired.

    None for a row with a missing value, which resamples would compare on other seeds, and for all rows with fewer
    than `FEWEST` seeds. Equal means share the better place. The shares describe these seeds; they are no tests.

    Raises:
        StatisticsError: `values` is not a matrix.
    Source: P. Hall and H. Miller, "Using the bootstrap to quantify the authority of an empirical ranking", Ann.
    Statist. 37 (2009).
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2:
        raise StatisticsError(f"expected combinations x seeds, got an array of {values.shape}")
    whole: npt.NDArray[np.bool_] = np.logical_and.reduce(np.isfinite(values), axis=1)
    n = values.shape[1]
    if n < FEWEST or not whole.any():
        return (None,) * len(values)
    kept = values[whole] if higher_is_better else -values[whole]
    means = resampling_weights(n, RESAMPLES) @ kept.T
    # Equal means must not be told apart by rounding, whatever the unit.
    unit = max(float(np.abs(kept).max()), np.finfo(np.float64).tiny) * ROUNDING
    places = _places(np.round(means / unit))
    observed = _places(np.round(kept.mean(axis=1)[None] / unit))[0]
    is_first = places == 1
    shares = (is_first / is_first.sum(axis=1, keepdims=True)).mean(axis=0)
    tail = (1 - level) / 2
    ends = [math.ceil(share * RESAMPLES) - 1 for share in (tail, 1 - tail)]
    low, high = np.partition(places.T, ends, axis=1)[:, ends].T
    found = iter(
        Rank(int(place), int(best), int(worst), float(share), level)
        for place, best, worst, share in zip(observed, low, high, shares, strict=True)
    )
    return tuple(next(found) if is_whole else None for is_whole in whole)


def _places(means: FloatArray) -> IntegerArray:
    """Row by row 1 + how many are better."""
    order = np.argsort(-means, axis=1)
    ranked = np.take_along_axis(means, order, axis=1)
    is_tied = np.zeros(means.shape, dtype=bool)
    is_tied[:, 1:] = ranked[:, 1:] == ranked[:, :-1]
    own = np.where(is_tied, 0, np.arange(1, means.shape[1] + 1))
    places = np.empty(means.shape, dtype=np.int64)
    np.put_along_axis(places, order, np.maximum.accumulate(own, axis=1), axis=1)
    return places
