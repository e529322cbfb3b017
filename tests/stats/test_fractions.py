"""Main effects of fractional designs: unshifted by other factors, and only from seeds that all cells have."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from ablate.errors import StatisticsError
from ablate.stats import fraction_effect, is_orthogonal, main_effect

SEEDS = (0, 1, 2)
FULL = np.array(list(itertools.product((0, 1), repeat=3)))
HALF = FULL[FULL.sum(axis=1) % 2 == 0]
"""The half fraction with A x B x C fixed: each main effect is aliased with the interaction of the other two."""


def values_of(cells: np.ndarray, worth: tuple[float, ...], random_seed: int = 5) -> np.ndarray:
    """What each factor adds at its level 1, an offset for every seed, and no noise."""
    offsets = np.random.default_rng(random_seed).normal(size=len(SEEDS))
    return cells @ np.array(worth)[:, None] + offsets


def test_each_effect_is_found_whatever_the_others_are() -> None:
    values = values_of(HALF, (0.5, -7.0, 100.0))
    for factor, true in enumerate((0.5, -7.0, 100.0)):
        effect = fraction_effect(values, HALF, factor, 0, SEEDS)
        assert effect.levels[1].difference is not None
        assert effect.levels[1].difference.difference == pytest.approx(true)
        assert effect.levels[0].difference is None
        assert (effect.slices_used, effect.slices) == (2, 2)
        with_slices = main_effect(values, HALF, factor, 0, SEEDS)
        assert with_slices.slices_used == 0, "no two cells differ in one factor alone"


def test_in_a_full_factorial_it_is_the_main_effect() -> None:
    values = values_of(FULL, (0.5, -7.0, 100.0)) + np.random.default_rng(2).normal(size=(8, 3))
    for factor in range(3):
        full, fraction = (estimate(values, FULL, factor, 1, SEEDS) for estimate in (main_effect, fraction_effect))
        for one, other in zip(full.levels, fraction.levels, strict=True):
            assert one.mean.value == pytest.approx(other.mean.value)
        assert full.levels[0].difference is not None
        assert fraction.levels[0].difference is not None
        assert fraction.levels[0].difference.p_value == pytest.approx(full.levels[0].difference.p_value)


def test_a_seed_counts_only_where_every_cell_has_a_value() -> None:
    values = values_of(HALF, (1.0, 2.0, 3.0))
    values[3, 1] = np.nan
    effect = fraction_effect(values, HALF, 0, 0, SEEDS)
    assert (effect.levels[1].mean.n, effect.levels[1].mean.missing) == (2, (1,))
    values[2] = np.inf
    assert fraction_effect(values, HALF, 0, 0, SEEDS).slices_used == 0


def test_a_design_in_which_pairs_of_levels_are_not_balanced_is_refused() -> None:
    assert is_orthogonal(HALF)
    assert is_orthogonal(FULL)
    assert not is_orthogonal(HALF[:3])
    assert not is_orthogonal(np.array([[0, 0], [1, 1]]))
    with pytest.raises(StatisticsError, match="not an orthogonal array"):
        fraction_effect(values_of(FULL, (1.0, 2.0, 3.0))[:7], FULL[:7], 0, 0, SEEDS)
    with pytest.raises(StatisticsError, match=r"expected cells x 3 seeds .* got arrays of \(8, 2\)"):
        fraction_effect(np.zeros((8, 2)), FULL, 0, 0, SEEDS)
