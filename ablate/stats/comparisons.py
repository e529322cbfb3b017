"""Paired differences to a baseline over common seeds, and the correction for making several of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from scipy import special

from ablate.errors import StatisticsError
from ablate.stats.intervals import LEVEL, FloatArray, Interval, estimate_mean, one_value_per_seed, standard_error

ERROR_RATE = 0.05
"""The chance of any false claim in a family that a verdict accepts."""

FEWEST_PAIRS = 3
"""Below this many common seeds no verdict is given: with two, one number stands for the whole spread."""


class Verdict(StrEnum):
    """What a comparison supports. `undecided` is not `equal`: chance alone could have made the difference."""

    BETTER = "better"
    WORSE = "worse"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Comparison:
    """A paired difference (candidate minus baseline, in the values' unit) over the seeds that both have.

    `interval` and `p_value` (two-sided paired t-test of no difference) are None with fewer than two pairs, and where
    every pair differs by the same amount: the spread of the difference was then not seen. `adjusted_p` is the p-value
    corrected for the family that the comparison belongs to; None alone. `missing` lists the seeds that lack a side.
    """

    difference: float | None
    interval: Interval | None
    p_value: float | None
    n: int
    missing: tuple[int, ...]
    adjusted_p: float | None = None

    def verdict(self, *, higher_is_better: bool = True, error_rate: float = ERROR_RATE) -> Verdict:
        """Better or worse where the adjusted p-value is at most `error_rate`, undecided everywhere else."""
        if self.difference is None or self.adjusted_p is None:
            return Verdict.UNDECIDED
        if self.n < FEWEST_PAIRS or self.adjusted_p > error_rate:
            return Verdict.UNDECIDED
        return Verdict.BETTER if (self.difference > 0) is higher_is_better else Verdict.WORSE


def paired_difference(
    values: FloatArray, baseline: FloatArray, seeds: Sequence[int], level: float = LEVEL
) -> Comparison:
    """Mean of `values - baseline` over the seeds that both have, with its t interval and two-sided paired t p-value.

    d ± t(1 - (1 - level)/2; n - 1) · s_d/√n and p = 2 · P(T(n - 1) > |d| · √n / s_d), s_d the standard deviation
    of the n differences.

    Raises:
        StatisticsError: one of the arrays is not one number per seed.
    Source: Student (1908); as in `scipy.stats.ttest_rel`.
    """
    values, baseline = one_value_per_seed(values, seeds), one_value_per_seed(baseline, seeds)
    differences = values - baseline
    estimate = estimate_mean(differences, seeds, level)
    present = np.isfinite(differences)
    if estimate.value is None:
        return Comparison(None, None, None, 0, estimate.missing)
    size = float(np.abs([values[present], baseline[present]]).max())
    error = standard_error(differences[present], size)
    if error is None:
        return Comparison(estimate.value, None, None, estimate.n, estimate.missing)
    p_value = 2 * float(special.stdtr(estimate.n - 1, -abs(estimate.value) / error))
    return Comparison(estimate.value, estimate.interval, p_value, estimate.n, estimate.missing)


def compare_with_baseline(
    values: FloatArray, baseline: int, seeds: Sequence[int], level: float = LEVEL
) -> tuple[Comparison | None, ...]:
    """Every row of `values` (combinations x seeds) against row `baseline`; None in that row's own place.

    The family of Holm's correction is all rows that were planned, so that it does not shrink when trials fail.

    Raises:
        StatisticsError: `values` is not a matrix with one column per seed, or has no row `baseline`.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2 or not 0 <= baseline < len(values):
        raise StatisticsError(f"expected combinations x seeds with a row {baseline}, got an array of {values.shape}")
    others = [row for row in range(len(values)) if row != baseline]
    family = [paired_difference(values[row], values[baseline], seeds, level) for row in others]
    adjusted = holm([comparison.p_value for comparison in family])
    found = {
        row: replace(comparison, adjusted_p=p) for row, comparison, p in zip(others, family, adjusted, strict=True)
    }
    return tuple(found.get(row) for row in range(len(values)))


def holm(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Adjusted p-values that hold the chance of any false claim in the family at the level they are compared with.

    With p(1) ≤ ... ≤ p(m): adjusted(i) = max over j ≤ i of min(1, (m - j + 1) · p(j)). A comparison without a
    p-value stays without one and still counts in m.

    Raises:
        StatisticsError: a p-value lies outside 0 to 1.
    Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6 (1979).
    """
    outside = [p for p in p_values if p is not None and not 0 <= p <= 1]
    if outside:
        raise StatisticsError(f"p-values lie between 0 and 1, got {outside}: give None where there is none")
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    ranked = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    for rank, (p, place) in enumerate(ranked):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p))
        adjusted[place] = largest
    return tuple(adjusted)
