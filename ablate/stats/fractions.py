"""Main effects in a fraction of a factorial, where no two combinations differ in one factor alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from ablate.errors import StatisticsError
from ablate.stats.comparisons import paired_difference
from ablate.stats.effects import IntegerArray, LevelEffect, MainEffect
from ablate.stats.intervals import LEVEL, FloatArray, estimate_mean


def is_orthogonal(levels: IntegerArray) -> bool:
    """Whether every pair of levels of two factors occurs equally often (an orthogonal array of strength two).

    Then the mean of a level is not shifted by the main effect of any other factor.
    """
    levels = np.asarray(levels, dtype=np.int64)
    for one in range(levels.shape[1]):
        for other in range(one):
            counts = Counter((int(a), int(b)) for a, b in levels[:, [one, other]])
            full = len(set(levels[:, one].tolist())) * len(set(levels[:, other].tolist()))
            if len(counts) != full or len(set(counts.values())) != 1:
                return False
    return True


def fraction_effect(
    values: FloatArray,
    levels: IntegerArray,
    factor: int,
    reference: int,
    seeds: Sequence[int],
    coverage: float = LEVEL,
) -> MainEffect:
    """Marginal means of the levels of column `factor`, and their paired differences to level `reference` over seeds.

    `values` is cells x seeds (NaN missing), `levels` is cells x factors. For level a and seed s the marginal mean is
    M(a, s) = mean at s over all cells with level a; a seed counts only where every cell has a value, for without one
    the levels of the other factors would no longer be balanced. In the result `slices` are the cells of each level.

    Raises:
        StatisticsError: the arrays do not fit each other, or the cells are not an orthogonal array.
    Source: Box, Hunter and Hunter, "Statistics for Experimenters", 2nd ed., ch. 6.
    """
    values, levels = np.asarray(values, dtype=np.float64), np.asarray(levels, dtype=np.int64)
    if values.ndim != 2 or levels.ndim != 2 or len(values) != len(levels) or values.shape[1] != len(seeds):
        raise StatisticsError(
            f"expected cells x {len(seeds)} seeds and cells x factors, got arrays of {values.shape} and {levels.shape}"
        )
    if not is_orthogonal(levels):
        raise StatisticsError("the cells are not an orthogonal array: use main_effect, which needs complete slices")
    usable = np.isfinite(values).all(axis=0)
    present = sorted({int(code) for code in levels[:, factor]})
    rows = {
        level: np.where(usable, np.where(usable, values, 0.0)[levels[:, factor] == level].mean(axis=0), np.nan)
        for level in present
    }
    found = tuple(
        LevelEffect(
            level,
            estimate_mean(row, seeds, coverage),
            paired_difference(row, rows[reference], seeds, coverage)
            if level != reference and reference in rows
            else None,
        )
        for level, row in rows.items()
    )
    cells = len(values) // len(present)
    return MainEffect(factor, found, cells if usable.any() else 0, cells, unseen=())
