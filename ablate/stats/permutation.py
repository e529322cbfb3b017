"""The sign-flip test: were the differences as likely to have the opposite signs?

It assumes nothing of their distribution but that without an effect it is symmetric about zero, as the difference of two
equally distributed values is. Its smallest p-value is therefore set by the number of seeds alone: 2 · 2⁻ⁿ.
"""

from __future__ import annotations

import numpy as np

from ablate.errors import StatisticsError
from ablate.stats.intervals import ROUNDING, FloatArray

MOST_ENUMERATED = 22
"""Up to so many differences all signs are tried; beyond, a sample of them is drawn."""

DRAWN = 99_999
"""How many choices of signs are drawn, besides the observed one."""

CHUNK = 4096
"""Choices of signs that are drawn at a time."""

SUMS = 2**20
"""Sums that are held at a time."""

SINGLE = 1e-5
"""Sums of single precision that differ by less than this part of their terms are equal but for rounding."""


def smallest_p(n: int) -> float:
    """The smallest two-sided p-value that `n` differences can reach: all of one sign."""
    return min(1.0, 2.0 ** (1 - n)) if n <= MOST_ENUMERATED else 1 / (DRAWN + 1)


def two_sided_p(differences: FloatArray, sizes: FloatArray | None = None) -> FloatArray:
    """By row of `differences` (rows x seeds, NaN where missing): that their centre is zero; NaN without a value.

    p = share of the 2ⁿ choices of signs whose sum is at least as far from zero as the observed one. With more than
    `MOST_ENUMERATED` values the share is taken of `DRAWN` random choices and the observed one (Phipson and Smyth,
    2010), the same choices for every row and at every call. `sizes` is by row the magnitude of the values that were
    subtracted, which rounding errors scale with.

    Raises:
        StatisticsError: `differences` is not a matrix.
    Source: R. A. Fisher, "The Design of Experiments" (1935), section 21; exact under symmetry.
    """
    return _p(differences, sizes, is_two_sided=True)


def greater_p(differences: FloatArray, sizes: FloatArray | None = None) -> FloatArray:
    """As `two_sided_p`, that the centre is at or below zero: the share of sums that are at least the observed one."""
    return _p(differences, sizes, is_two_sided=False)


def _p(differences: FloatArray, sizes: FloatArray | None, *, is_two_sided: bool) -> FloatArray:
    differences = np.asarray(differences, dtype=np.float64)
    if differences.ndim != 2:
        raise StatisticsError(f"expected rows x seeds, got an array of {differences.shape}")
    present = np.isfinite(differences)
    known = np.where(present, differences, 0.0)
    counts, scale = present.sum(axis=1), np.abs(known).sum(axis=1)
    slack = ROUNDING * (scale if sizes is None else np.maximum(scale, counts * sizes))
    present_first = np.argsort(~present, axis=1, kind="stable")
    found = np.full(len(differences), np.nan)
    for n in {count for count in counts.tolist() if 0 < count <= MOST_ENUMERATED}:
        rows = np.flatnonzero(counts == n)
        for some in np.array_split(rows, -(-(len(rows) << (n - n // 2)) // SUMS)):
            values = np.take_along_axis(known[some], present_first[some, :n], axis=1)
            found[some] = _share_of_all(values, slack[some], is_two_sided)
    many = counts > MOST_ENUMERATED
    if many.any():  # here a missing value may stay: zero has no sign
        found[many] = _share_of_drawn(known[many], slack[many], is_two_sided)
    return found


def _share_of_all(rows: FloatArray, slack: FloatArray, is_two_sided: bool) -> FloatArray:  # noqa: FBT001
    """By halves: every sum of all is one of the first half's plus one of the second half's, which is sorted.

    So 2ⁿ sums are counted in the time of 2^(n/2) (E. Horowitz and S. Sahni, J. ACM 21, 1974).
    """
    n, observed = rows.shape[1], rows.sum(axis=1)
    least = (np.abs(observed) if is_two_sided else observed) - slack
    # Sorted bounds are looked up faster, since they find what they look for where the last one did.
    bounds = np.sort(least[:, None] - _sums(rows[:, : n // 2]), axis=1)
    sums = np.sort(_sums(rows[:, n // 2 :]), axis=1)
    below = np.array([np.searchsorted(own, bound).sum() for own, bound in zip(sums, bounds, strict=True)])
    shares: FloatArray = 1 - below / 2.0**n
    # The sums lie symmetrically about zero: as many are at or below the opposite of a positive bound.
    return np.where(least > 0, 2 * shares, 1.0) if is_two_sided else shares


def _sums(rows: FloatArray) -> FloatArray:
    """All sums of the values of a row with either sign, rows x 2ⁿ."""
    sums = np.zeros((len(rows), 1))
    for column in rows.T[:, :, None]:
        sums = np.concatenate([sums + column, sums - column], axis=1)
    return sums


def _share_of_drawn(rows: FloatArray, slack: FloatArray, is_two_sided: bool) -> FloatArray:  # noqa: FBT001
    """In single precision, which halves the time: what it cannot tell from a tie counts as one."""
    n, generator = rows.shape[1], np.random.default_rng(0)
    scale = np.abs(rows).sum(axis=1)
    scale[scale == 0] = 1.0
    single = (rows / scale[:, None]).T.astype(np.float32)
    observed = rows.sum(axis=1) / scale
    least = (np.abs(observed) if is_two_sided else observed) - np.maximum(SINGLE, slack / scale)
    least = least.astype(np.float32)
    counts = np.ones(len(rows), dtype=np.int64)
    for start in range(0, DRAWN, CHUNK):
        bits = generator.integers(0, 256, (min(CHUNK, DRAWN - start), -(-n // 8)), dtype=np.uint8)
        sums = (2 * np.unpackbits(bits, axis=1, count=n).astype(np.float32) - 1) @ single
        counts += np.count_nonzero((np.abs(sums, out=sums) if is_two_sided else sums) >= least, axis=0)
    return counts / (DRAWN + 1)
