"""Main effects in complete and in incomplete designs, worked by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from ablate.errors import StatisticsError
from ablate.stats import main_effect, paired_difference

NAN = float("nan")
SEEDS = (3, 5, 8)
LEVELS = np.array(list(itertools.product(range(2), range(3))))


def additive_cells() -> np.ndarray:
    """A 2 x 3 design: 10·a + b + a bit of each seed and of the first factor's interaction with it."""
    first, second = LEVELS[:, :1], LEVELS[:, 1:]
    return 10.0 * first + second + np.array([0.0, 0.5, 0.1]) + first * np.array([0.0, 0.3, 0.6])


def test_a_balanced_design_gives_marginal_means_and_their_paired_difference() -> None:
    found = main_effect(additive_cells(), LEVELS, factor=0, reference=0, seeds=SEEDS)
    assert [effect.level for effect in found.levels] == [0, 1]
    # Marginal means by hand: b averages 1, the seeds 0.2, and the interaction 0.3.
    assert found.levels[0].mean.value == pytest.approx(1.2)
    assert found.levels[1].mean.value == pytest.approx(11.5)
    assert found.levels[0].difference is None
    difference = found.levels[1].difference
    by_hand = paired_difference(np.array([11.0, 11.8, 11.7]), np.array([1.0, 1.5, 1.1]), SEEDS)
    assert difference is not None
    assert difference.p_value == pytest.approx(by_hand.p_value, rel=1e-9)
    assert difference.difference == pytest.approx(10.3)
    assert (found.slices_used, found.slices, found.unseen) == (3, 3, ())


def test_a_missing_trial_takes_its_seed_from_every_level_alike() -> None:
    cells = additive_cells()
    cells[4, 1] = NAN
    found = main_effect(cells, LEVELS, factor=0, reference=0, seeds=SEEDS)
    assert [effect.mean.n for effect in found.levels] == [2, 2]
    assert [effect.mean.missing for effect in found.levels] == [(5,), (5,)]
    assert found.slices_used == 3
    difference = found.levels[1].difference
    assert difference is not None
    assert difference.difference == pytest.approx(10.3)


def test_a_combination_that_failed_for_all_seeds_takes_its_slice_and_no_seed() -> None:
    cells = additive_cells()
    cells[5] = NAN
    found = main_effect(cells, LEVELS, factor=0, reference=0, seeds=SEEDS)
    assert (found.slices_used, found.slices) == (2, 3)
    assert [effect.mean.n for effect in found.levels] == [3, 3]
    assert found.levels[0].mean.value == pytest.approx(0.7)


def test_a_cell_outside_the_design_takes_its_slice() -> None:
    found = main_effect(additive_cells()[:5], LEVELS[:5], factor=0, reference=0, seeds=SEEDS)
    assert (found.slices_used, found.slices) == (2, 3)


def test_a_level_that_never_finished_is_named_and_the_others_are_compared() -> None:
    cells = additive_cells()
    cells[LEVELS[:, 1] == 1] = NAN
    found = main_effect(cells, LEVELS, factor=1, reference=2, seeds=SEEDS)
    assert found.unseen == (1,)
    assert [effect.level for effect in found.levels] == [0, 2]
    first, last = found.levels
    assert first.difference is not None
    assert first.difference.difference == pytest.approx(-2.0)
    assert last.difference is None
    assert found.slices_used == 2


def test_without_the_reference_level_there_are_means_and_no_differences() -> None:
    cells = additive_cells()
    cells[LEVELS[:, 0] == 0] = NAN
    found = main_effect(cells, LEVELS, factor=0, reference=0, seeds=SEEDS)
    assert [(effect.level, effect.difference) for effect in found.levels] == [(1, None)]


def test_a_half_finished_study_uses_the_seeds_that_are_whole() -> None:
    cells = additive_cells()
    cells[2:, 1] = NAN
    cells[:, 2] = NAN
    found = main_effect(cells, LEVELS, factor=0, reference=0, seeds=SEEDS)
    assert [effect.mean.n for effect in found.levels] == [1, 1]
    assert found.slices_used == 3
    assert found.levels[1].mean.interval is None


def test_nothing_finished_is_no_effect() -> None:
    found = main_effect(np.full((6, 3), NAN), LEVELS, factor=0, reference=0, seeds=SEEDS)
    assert (found.levels, found.slices_used, found.unseen) == ((), 0, (0, 1))


def test_disjoint_levels_have_no_common_slice_and_so_no_means() -> None:
    found = main_effect(np.ones((2, 3)), np.array([[0, 0], [1, 1]]), factor=0, reference=0, seeds=SEEDS)
    assert found.slices_used == 0
    assert [effect.mean.value for effect in found.levels] == [None, None]


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(StatisticsError, match=r"cells x 3 seeds"):
        main_effect(np.ones((6, 2)), LEVELS, factor=0, reference=0, seeds=SEEDS)
    with pytest.raises(StatisticsError, match="factors 0 to 1, not 2"):
        main_effect(np.ones((6, 3)), LEVELS, factor=2, reference=0, seeds=SEEDS)
    with pytest.raises(StatisticsError, match=r"\[0, 1\] occurs twice"):
        main_effect(np.ones((2, 3)), np.array([[0, 1], [0, 1]]), factor=0, reference=0, seeds=SEEDS)
