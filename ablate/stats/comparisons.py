"""Paired differences over common seeds: how large, how sure, and what may be claimed of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from scipy import special

from ablate.errors import StatisticsError
from ablate.stats.bootstrap import bca_intervals
from ablate.stats.families import adjust_claims
from ablate.stats.intervals import (
    LEVEL,
    ROUNDING,
    FloatArray,
    Interval,
    check_seeds,
    one_value_per_seed,
    standard_error,
    t_interval,
)
from ablate.stats.permutation import greater_p, smallest_p, two_sided_p

ERROR_RATE = 0.05
"""The chance of any false claim in a family that a verdict accepts."""


class Verdict(StrEnum):
    """What a comparison supports. `undecided` is not `equivalent`: chance alone could have made the difference."""

    BETTER = "better"
    WORSE = "worse"
    EQUIVALENT = "equivalent"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Comparison:
    """A paired difference (candidate minus baseline, in the values' unit) over the seeds that both have.

    Verdicts rest on `p_value`, the two-sided sign-flip test's, and with a margin on `equivalence_p`, the larger of two
    one-sided ones (that the difference reaches +margin, that it reaches -margin); `adjusted_p` and
    `adjusted_equivalence_p` are corrected for the family that the comparison belongs to, and None alone. `interval`
    and `t_p` are of the paired t-test, `bootstrap` is the BCa interval, `deviation` the standard deviation of the
    differences and `effect_size` the difference in units of it.

    What cannot be had is None: all but `difference` with one pair; the effect size with two; intervals where all pairs
    differ by the same amount; p-values where moreover no value varies over the seeds, for then they are no replicates.
    `missing` lists the seeds that lack a side.
    """

    difference: float | None
    interval: Interval | None
    p_value: float | None
    n: int
    missing: tuple[int, ...]
    adjusted_p: float | None = None
    t_p: float | None = None
    bootstrap: Interval | None = None
    deviation: float | None = None
    effect_size: float | None = None
    margin: float | None = None
    equivalence_p: float | None = None
    adjusted_equivalence_p: float | None = None

    def verdict(self, *, higher_is_better: bool = True, error_rate: float = ERROR_RATE) -> Verdict:
        """What the adjusted p-values allow at `error_rate`; a difference that is surely below the margin is none."""
        if self.difference is None:
            return Verdict.UNDECIDED
        if self.adjusted_equivalence_p is not None and self.adjusted_equivalence_p <= error_rate:
            return Verdict.EQUIVALENT
        if self.adjusted_p is None or self.adjusted_p > error_rate or not self.difference:
            return Verdict.UNDECIDED
        return Verdict.BETTER if (self.difference > 0) is higher_is_better else Verdict.WORSE

    def can_decide(self, comparisons: int, error_rate: float = ERROR_RATE) -> bool:
        """Whether so many pairs could show any difference at all as the first of a family of `comparisons`."""
        return comparisons * smallest_p(self.n) <= error_rate


def paired_difference(
    values: FloatArray,
    baseline: FloatArray,
    seeds: Sequence[int],
    level: float = LEVEL,
    margin: float | None = None,
) -> Comparison:
    """Mean of `values - baseline` over the seeds that both have, by itself: nothing is adjusted.

    Interval d ± t(1 - (1 - level)/2; n - 1) · s/√n and t_p = 2 · P(T(n - 1) > |d| · √n / s), s the standard deviation
    of the n differences; effect size d/s · (1 - 3/(4n - 5)).

    Raises:
        StatisticsError: one of the arrays is not one number per seed, or the margin is not positive.
    Source: Student (1908), as `scipy.stats.ttest_rel`; Fisher (1935) for the sign-flip test; L. V. Hedges,
    "Distribution theory for Glass's estimator of effect size", J. Educ. Stat. 6 (1981) for the last factor.
    """
    values, baseline = one_value_per_seed(values, seeds), one_value_per_seed(baseline, seeds)
    return compare_rows(values[None], baseline[None], seeds, level, margin)[0]


def compare_with_baseline(
    values: FloatArray,
    baseline: int,
    seeds: Sequence[int],
    level: float = LEVEL,
    margin: float | None = None,
) -> tuple[Comparison | None, ...]:
    """Every row of `values` (combinations x seeds) against row `baseline`; None in that row's own place.

    The family of the correction is all rows that were planned, so that it does not shrink when trials fail.

    Raises:
        StatisticsError: `values` is not a matrix with one column per seed, or has no row `baseline`.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2 or not 0 <= baseline < len(values):
        raise StatisticsError(f"expected combinations x seeds with a row {baseline}, got an array of {values.shape}")
    others = [row for row in range(len(values)) if row != baseline]
    family = compare_family(values[others], values[[baseline] * len(others)], seeds, level, margin)
    found = dict(zip(others, family, strict=True))
    return tuple(found.get(row) for row in range(len(values)))


def compare_family(
    values: FloatArray,
    baselines: FloatArray,
    seeds: Sequence[int],
    level: float = LEVEL,
    margin: float | None = None,
) -> tuple[Comparison, ...]:
    """Every row of `values` against the same row of `baselines`, as one family of comparisons.

    Raises:
        StatisticsError: the arrays are not rows x seeds alike, a seed occurs twice, or the margin is not positive.
    """
    family = compare_rows(values, baselines, seeds, level, margin)
    adjusted, equivalent = adjust_claims(
        [comparison.p_value for comparison in family],
        [comparison.equivalence_p for comparison in family],
        is_alternative=margin is not None,
    )
    return tuple(
        replace(comparison, adjusted_p=p, adjusted_equivalence_p=same)
        for comparison, p, same in zip(family, adjusted, equivalent, strict=True)
    )


def compare_rows(
    values: FloatArray, baselines: FloatArray, seeds: Sequence[int], level: float, margin: float | None
) -> list[Comparison]:
    """As `compare_family`, but nothing is adjusted."""
    values, baselines = np.asarray(values, dtype=np.float64), np.asarray(baselines, dtype=np.float64)
    if values.shape != baselines.shape or values.ndim != 2 or values.shape[1] != len(seeds):
        raise StatisticsError(
            f"expected two arrays of rows x {len(seeds)} seeds, got {values.shape} and {baselines.shape}"
        )
    if margin is not None and not (margin > 0 and math.isfinite(margin)):
        raise StatisticsError(f"a margin of equivalence is a positive number, got {margin}")
    check_seeds(seeds)
    present = np.isfinite(values) & np.isfinite(baselines)
    sides = np.where(present, [values, baselines], np.nan)
    differences = sides[0] - sides[1]
    sizes = np.max(np.abs(sides), axis=(0, 2), initial=0.0, where=present)
    tests = two_sided_p(differences, sizes)
    boot = bca_intervals(differences, level)
    found = [
        _compare(
            sides[:, row, kept],
            missing=tuple(seed for seed, is_kept in zip(seeds, kept, strict=True) if not is_kept),
            level=level,
            p_value=float(tests[row]),
            bootstrap=boot[row],
        )
        for row, kept in enumerate(present)
    ]
    return found if margin is None else _with_margin(found, differences, sizes, margin)


def _compare(
    sides: FloatArray, *, missing: tuple[int, ...], level: float, p_value: float, bootstrap: Interval | None
) -> Comparison:
    """Of the two sides of one comparison, 2 x pairs with nothing missing."""
    differences, n = sides[0] - sides[1], sides.shape[1]
    difference = float(differences.mean()) if n else None
    size = float(np.abs(sides).max(initial=0.0))
    spread = np.ptp(np.vstack([sides, differences]), axis=1) if n else np.zeros(1)
    if difference is None or n < 2 or spread.max() <= ROUNDING * size:
        return Comparison(difference, None, None, n, missing)
    error = standard_error(differences, size)
    if error is None:
        return Comparison(difference, None, p_value, n, missing)
    deviation = error * math.sqrt(n)
    return Comparison(
        difference=difference,
        interval=t_interval(difference, error, n - 1, level),
        p_value=p_value,
        n=n,
        missing=missing,
        t_p=2 * float(special.stdtr(n - 1, -abs(difference) / error)),
        bootstrap=bootstrap,
        deviation=deviation,
        effect_size=difference / deviation * (1 - 3 / (4 * n - 5)) if n > 2 else None,
    )


def _with_margin(
    found: list[Comparison], differences: FloatArray, sizes: FloatArray, margin: float
) -> list[Comparison]:
    """Two one-sided sign-flip tests: that the difference is at most -margin, and that it is at least +margin.

    Source: D. J. Schuirmann, "A comparison of the two one-sided tests procedure", J. Pharmacokin. Biopharm. 15 (1987).
    """
    sizes = np.maximum(sizes, margin)
    larger = np.maximum(greater_p(differences + margin, sizes), greater_p(margin - differences, sizes))
    return [
        replace(one, margin=margin, equivalence_p=None if one.p_value is None else float(p))
        for one, p in zip(found, larger, strict=True)
    ]
