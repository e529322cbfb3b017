"""The sign-flip test: were the differences as likely to have the opposite signs?

It assumes nothing of their distribution but that without an effect it is symmetric about zero, as the difference of two
equally distributed values is. Its smallest p-value is therefore set by the number of seeds alone: 2 · 2⁻ⁿ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ablate.errors import StatisticsError
from ablate.stats.intervals import ROUNDING, FloatArray

MOST_ENUMERATED = 20
"""Up to so many differences all signs are tried; beyond, a sample of them is drawn."""

DRAWN = 99_999
"""How many choices of signs are drawn, besides the observed one."""

CHUNK = 4096


@dataclass(frozen=True)
class SignFlip:
    """P-values of one set of differences: `two_sided` that they have no direction, the others that it is not theirs."""

    two_sided: float
    greater: float
    """That their centre is at or below zero."""
    less: float
    """That their centre is at or above zero."""


def smallest_p(n: int) -> float:
    """The smallest two-sided p-value that `n` differences can reach: all of one sign."""
    return min(1.0, 2.0 ** (1 - n))


def sign_flip(differences: FloatArray) -> tuple[SignFlip | None, ...]:
    """The test for every row of `differences` (rows x seeds, NaN where missing); None for a row without a value.

    p = share of the 2ⁿ choices of signs whose sum is at least as far out as the observed one. With more than
    `MOST_ENUMERATED` values the share is taken of `DRAWN` random choices and the observed one (Phipson and Smyth,
    2010), the same choices for every row and at every call.

    Raises:
        StatisticsError: `differences` is not a matrix.
    Source: R. A. Fisher, "The Design of Experiments" (1935), section 21; exact under symmetry.
    """
    differences = np.asarray(differences, dtype=np.float64)
    if differences.ndim != 2:
        raise StatisticsError(f"expected rows x seeds, got an array of {differences.shape}")
    present = np.isfinite(differences)
    is_drawn = present.sum(axis=1) > MOST_ENUMERATED
    drawn = iter(_draw(np.where(present, differences, 0.0)[is_drawn]))
    return tuple(
        next(drawn) if by_chance else _enumerate(row[kept]) if kept.any() else None
        for row, kept, by_chance in zip(differences, present, is_drawn, strict=True)
    )


def _enumerate(values: FloatArray) -> SignFlip:
    """All signs, by doubling: the first value keeps its sign, since the other half mirrors this one."""
    sums = values[:1]
    for value in values[1:]:
        sums = np.concatenate([sums + value, sums - value])
    observed, slack = float(values.sum()), _slack(values)
    at_least, at_most = (sums >= observed - slack), (sums <= observed + slack)
    mirrored_at_least, mirrored_at_most = (-sums >= observed - slack), (-sums <= observed + slack)
    count = 2 * len(sums)
    return SignFlip(
        two_sided=2 * int((np.abs(sums) >= abs(observed) - slack).sum()) / count,
        greater=int(at_least.sum() + mirrored_at_least.sum()) / count,
        less=int(at_most.sum() + mirrored_at_most.sum()) / count,
    )


def _draw(rows: FloatArray) -> list[SignFlip]:
    if not len(rows):
        return []
    generator = np.random.default_rng(0)
    observed, slack = rows.sum(axis=1), np.array([_slack(row) for row in rows])
    counts: npt.NDArray[np.int64] = np.ones((3, len(rows)), dtype=np.int64)
    for start in range(0, DRAWN, CHUNK):
        size = (min(CHUNK, DRAWN - start), rows.shape[1])
        sums = (2.0 * generator.integers(0, 2, size, dtype=np.int8) - 1.0) @ rows.T
        counts[0] += (np.abs(sums) >= np.abs(observed) - slack).sum(axis=0)
        counts[1] += (sums >= observed - slack).sum(axis=0)
        counts[2] += (sums <= observed + slack).sum(axis=0)
    return [SignFlip(*(float(count) / (DRAWN + 1) for count in of_row)) for of_row in counts.T]


def _slack(values: FloatArray) -> float:
    """Sums that differ by less are equal but for rounding."""
    return ROUNDING * float(np.abs(values).sum())
