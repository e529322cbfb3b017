"""Main effects and interactions in complete, incomplete, merged and fractional designs, worked by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from ablate.errors import StatisticsError
from ablate.stats import Design, MainEffect, estimate_mean, fit_blocks, interactions, main_effect, paired_difference

NAN = float("nan")
CELLS = np.array(list(itertools.product(range(2), range(3))))
DESIGN = Design(CELLS, np.arange(6))


def additive_cells() -> np.ndarray:
    """A 2 x 3 design: 10·a + b + a bit of each seed and of the first factor's interaction with it."""
    first, second = CELLS[:, :1], CELLS[:, 1:]
    return 10.0 * first + second + np.array([0.0, 0.5, 0.1]) + first * np.array([0.0, 0.3, 0.6])


def effect(values: np.ndarray, factor: int, reference: int, design: Design = DESIGN) -> MainEffect:
    return main_effect(fit_blocks(values), design, factor, reference)


def test_a_balanced_design_gives_marginal_means_and_their_paired_difference() -> None:
    found = effect(additive_cells(), 0, 0)
    assert [level.level for level in found.levels] == [0, 1]
    # Marginal means by hand: b averages 1, the seeds 0.2, and the interaction 0.3.
    assert found.levels[0].mean.value == pytest.approx(1.2)
    assert found.levels[1].mean.value == pytest.approx(11.5)
    assert found.levels[0].difference is None
    difference = found.levels[1].difference
    by_hand = paired_difference(np.array([11.0, 11.8, 11.7]), np.array([1.0, 1.5, 1.1]), range(3))
    assert difference is not None
    assert (difference.value, difference.t_p) == pytest.approx((10.3, by_hand.t_p), rel=1e-9)
    assert (found.slices_used, found.slices, found.unseen) == (3, 3, ())


def test_a_missing_trial_takes_no_seed_from_the_others() -> None:
    values = additive_cells()
    values[4, 1] = NAN
    found = effect(values, 0, 0)
    assert [level.mean.n for level in found.levels] == [3, 3]
    assert found.slices_used == 3
    difference = found.levels[1].difference
    assert difference is not None
    assert difference.value == pytest.approx(10.3, abs=0.1)
    assert difference.interval is not None


@pytest.mark.parametrize("seed", [191])
def test_where_the_model_holds_a_missing_trial_shifts_nothing(seed: int) -> None:
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(6, 1)) + generator.normal(size=5)
    whole = effect(values, 1, 0)
    values[[0, 3, 5], [1, 2, 2]] = NAN
    for one, other in zip(effect(values, 1, 0).levels, whole.levels, strict=True):
        assert one.mean.value == pytest.approx(other.mean.value), f"seed {seed}"


def test_a_combination_that_failed_for_all_seeds_takes_its_slice_and_no_seed() -> None:
    values = additive_cells()
    values[5] = NAN
    found = effect(values, 0, 0)
    assert (found.slices_used, found.slices) == (2, 3)
    assert [level.mean.n for level in found.levels] == [3, 3]
    assert found.levels[0].mean.value == pytest.approx(0.7)


def test_a_cell_outside_the_design_takes_its_slice() -> None:
    found = effect(additive_cells()[:5], 0, 0, Design(CELLS[:5], np.arange(5)))
    assert (found.slices_used, found.slices) == (2, 3)


def test_a_level_that_never_finished_is_named_and_the_others_are_compared() -> None:
    values = additive_cells()
    values[CELLS[:, 1] == 1] = NAN
    found = effect(values, 1, 2)
    assert found.unseen == (1,)
    assert [level.level for level in found.levels] == [0, 2]
    first, last = found.levels
    assert first.difference is not None
    assert first.difference.value == pytest.approx(-2.0)
    assert last.difference is None
    assert found.slices_used == 2


def test_without_the_reference_level_there_are_means_and_no_differences() -> None:
    values = additive_cells()
    values[CELLS[:, 0] == 0] = NAN
    assert [(level.level, level.difference) for level in effect(values, 0, 0).levels] == [(1, None)]


def test_nothing_finished_is_no_effect() -> None:
    found = effect(np.full((6, 3), NAN), 0, 0)
    assert (found.levels, found.slices_used, found.unseen) == ((), 0, (0, 1))


def test_disjoint_levels_have_no_common_slice_and_so_no_means() -> None:
    found = effect(np.ones((2, 3)), 0, 0, Design(np.array([[0, 0], [1, 1]]), np.arange(2)))
    assert (found.levels, found.slices_used) == ((), 0)


def test_an_interaction_is_the_difference_of_differences() -> None:
    values = additive_cells()
    values[5] += [1.0, 1.2, 1.4]  # a = 1 and b = 2 together
    found = interactions(fit_blocks(values), DESIGN, (0, 1), (0, 0))
    assert [one.levels for one in found] == [(1, 1), (1, 2)]
    assert [one.contrast.value for one in found] == pytest.approx([0.0, 1.2])
    by_hand = estimate_mean(np.array([1.0, 1.2, 1.4]), range(3)).interval
    assert by_hand is not None
    assert found[1].contrast.interval is not None
    assert found[1].contrast.interval.low == pytest.approx(by_hand.low)
    (one, _) = interactions(fit_blocks(values), DESIGN, (1, 0), (2, 0))
    assert (one.factors, one.levels, one.contrast.value) == ((1, 0), (0, 1), pytest.approx(-1.2))


def test_an_interaction_is_averaged_over_the_choices_of_other_factors_that_have_all_four_corners() -> None:
    cells = np.array(list(itertools.product(range(2), repeat=3)))
    values = cells[:, [0]] * cells[:, [1]] * (1.0 + 2 * cells[:, [2]]) + np.zeros(4)
    design = Design(cells, np.arange(8))
    (whole,) = interactions(fit_blocks(values), design, (0, 1), (0, 0))
    assert (whole.contrast.value, whole.slices_used) == (pytest.approx(2.0), 2)
    values[1] = NAN
    (half,) = interactions(fit_blocks(values), design, (0, 1), (0, 0))
    assert (half.contrast.value, half.slices_used) == (pytest.approx(1.0), 1)
    values[0] = NAN
    assert interactions(fit_blocks(values), design, (0, 1), (0, 0)) == ()


def test_a_combination_in_several_cells_counts_in_each() -> None:
    # Beside b = 0 both levels of a come to combination 0: there a makes no difference.
    design = Design(np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 0, 2]))
    values = np.array([[5.0, 6.0, 7.0], [1.0, 2.0, 3.5], [2.0, 4.0, 4.0]])
    found = effect(values, 0, 0, design)
    expected = estimate_mean((values[2] - values[1]) / 2, range(3))
    difference = found.levels[1].difference
    assert difference is not None
    assert difference.value == pytest.approx(expected.value)
    assert difference.interval is not None
    assert expected.interval is not None
    assert difference.interval.high == pytest.approx(expected.interval.high)
    only = Design(np.array([[0], [1]]), np.array([0, 0]))
    nothing = effect(values, 0, 0, only).levels[1].difference
    assert nothing is not None
    assert nothing.value is None, "a level that changes nothing has no effect to estimate"


HALF = np.array([cell for cell in itertools.product((0, 1), repeat=3) if sum(cell) % 2 == 0])
"""The half fraction with A x B x C fixed: each main effect is aliased with the interaction of the other two."""


def test_in_a_fraction_each_effect_is_found_whatever_the_others_are() -> None:
    worth = np.array([0.5, -7.0, 100.0])
    values = (HALF @ worth)[:, None] + np.random.default_rng(5).normal(size=3)
    design = Design(HALF, np.arange(4), is_fraction=True)
    for factor, true in enumerate(worth):
        found = effect(values, factor, 0, design)
        assert found.levels[1].difference is not None
        assert found.levels[1].difference.value == pytest.approx(true)
        assert (found.slices_used, found.slices) == (2, 2)
        assert effect(values, factor, 0, Design(HALF, np.arange(4))).slices_used == 0, "no two differ in one alone"
    assert interactions(fit_blocks(values), design, (0, 1), (0, 0)) == ()


def test_a_fraction_that_lacks_a_combination_is_no_longer_balanced() -> None:
    values = HALF @ np.ones((3, 3)) + np.arange(3)
    design = Design(HALF, np.arange(4), is_fraction=True)
    values[3, 1] = NAN
    assert effect(values, 0, 0, design).slices_used == 2, "one trial is made up for"
    values[3] = NAN
    assert effect(values, 0, 0, design).slices_used == 0


def test_a_full_factorial_gives_the_same_as_a_fraction_of_all() -> None:
    cells = np.array(list(itertools.product((0, 1), repeat=3)))
    values = np.random.default_rng(2).normal(size=(8, 4))
    for factor in range(3):
        one, other = (effect(values, factor, 1, Design(cells, np.arange(8), fraction)) for fraction in (False, True))
        assert one.levels[0].difference is not None
        assert other.levels[0].difference is not None
        assert one.levels[0].difference.t_p == pytest.approx(other.levels[0].difference.t_p)
        assert one.slices_used == other.slices_used == 4


def test_factors_and_combinations_that_are_not_there_are_refused() -> None:
    with pytest.raises(StatisticsError, match="factors 0 to 1, not 2"):
        effect(additive_cells(), 2, 0)
    with pytest.raises(StatisticsError, match="combinations 0 to 3, not 5"):
        effect(additive_cells()[:4], 0, 0)
    with pytest.raises(StatisticsError, match="factors 0 to 1, not 7"):
        interactions(fit_blocks(additive_cells()), DESIGN, (0, 7), (0, 0))
