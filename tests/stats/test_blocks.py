"""Seeds as blocks: plain means where nothing is missing, least squares where something is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from ablate.errors import StatisticsError
from ablate.stats import LEVEL, estimate_mean, fit_blocks, paired_difference
from ablate.stats.blocks import residuals

NAN = float("nan")


def draw(seed: int, combinations: int = 6, seeds: int = 7, lost: float = 0.0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    values = generator.normal(0.9, 0.02, (combinations, seeds)) + generator.normal(0, 0.05, seeds)
    values[generator.random(values.shape) < lost] = NAN
    return values


def between(one: int, other: int, combinations: int) -> np.ndarray:
    weights = np.zeros(combinations)
    weights[one], weights[other] = 1.0, -1.0
    return weights


@pytest.mark.parametrize("seed", range(101, 106))
def test_with_nothing_missing_it_gives_plain_means_and_paired_t_intervals(seed: int) -> None:
    values = draw(seed)
    blocks = fit_blocks(values)
    assert blocks.levels == pytest.approx(values.mean(axis=1), rel=1e-14)
    paired = paired_difference(values[4], values[1], range(7))
    contrast = blocks.contrast(between(4, 1, 6))
    assert contrast.value == pytest.approx(paired.difference, rel=1e-10), f"seed {seed}"
    assert contrast.t_p == pytest.approx(paired.t_p, rel=1e-8)
    assert contrast.interval is not None
    assert paired.interval is not None
    assert contrast.interval.low == pytest.approx(paired.interval.low, abs=1e-12)
    assert contrast.interval.high == pytest.approx(paired.interval.high, abs=1e-12)
    mean = estimate_mean(values[:3].mean(axis=0), range(7), 0.9)
    averaged = blocks.contrast(np.array([1, 1, 1, 0, 0, 0]) / 3, 0.9)
    assert averaged.interval is not None
    assert mean.interval is not None
    assert (averaged.interval.low, averaged.interval.level) == pytest.approx((mean.interval.low, 0.9))
    assert averaged.n == contrast.n == 7


@pytest.mark.parametrize("seed", range(107, 112))
def test_with_something_missing_levels_and_residuals_are_those_of_statsmodels(seed: int) -> None:
    values = draw(seed, lost=0.3)
    combination, block = np.nonzero(np.isfinite(values))
    table = pd.DataFrame({"y": values[combination, block], "c": combination, "s": block})
    fit = smf.ols("y ~ C(c) + C(s)", table).fit()
    blocks = fit_blocks(values)
    assert set(blocks.part) == {0}, f"seed {seed}"
    grid = pd.DataFrame([(c, s) for c in range(6) for s in range(7)], columns=["c", "s"])
    expected = fit.predict(grid).to_numpy().reshape(6, 7).mean(axis=1)
    assert blocks.levels == pytest.approx(expected, rel=1e-10), f"seed {seed}"
    left, freedom = residuals(values)
    assert left[combination, block] == pytest.approx(fit.resid.to_numpy(), abs=1e-12)
    assert freedom == fit.df_resid


def test_a_missing_plot_is_made_up_for_as_yates_does() -> None:
    # Yates (1933): the missing yield is (tT + bB - G) / ((t - 1)(b - 1)), T, B and G the totals without it.
    values = np.array([[12.0, 14.0, 18.0, 13.0], [9.0, 11.0, NAN, 10.0], [15.0, 16.0, 21.0, 14.5]])
    treatments, blocks = values.shape
    total_t, total_b, total = np.nansum(values[1]), np.nansum(values[:, 2]), np.nansum(values)
    missing = (treatments * total_t + blocks * total_b - total) / ((treatments - 1) * (blocks - 1))
    filled = np.where(np.isnan(values), missing, values)
    assert fit_blocks(values).levels == pytest.approx(filled.mean(axis=1), rel=1e-12)
    left, freedom = residuals(values)
    assert freedom == (treatments - 1) * (blocks - 1) - 1
    additive = filled.mean(axis=1)[:, None] + filled.mean(axis=0) - filled.mean()
    assert np.nansum(left**2) == pytest.approx(((filled - additive) ** 2).sum())


def test_combinations_without_a_common_seed_cannot_be_compared() -> None:
    values = np.array([[1.0, 2.0, NAN, NAN], [2.0, 3.5, NAN, NAN], [NAN, NAN, 5.0, 6.0], [NAN] * 4])
    blocks = fit_blocks(values)
    assert blocks.part.tolist()[:2] == [blocks.part[0]] * 2
    assert blocks.part[2] != blocks.part[0]
    assert blocks.part[3] == -1
    for other in (2, 3):
        found = blocks.contrast(between(0, other, 4))
        assert (found.value, found.interval, found.t_p) == (None, None, None)
    assert blocks.contrast(between(1, 0, 4)).value == pytest.approx(1.25)
    assert blocks.contrast(np.zeros(4)).value is None


def test_a_third_combination_connects_two_that_share_no_seed_but_one_link_gives_no_interval() -> None:
    # A and B never ran on one seed; C did on all: A - C is 1 and B - C is 3 throughout, but for a little.
    values = np.array([[1.0, 2.1, NAN, NAN], [NAN, NAN, 5.0, 6.2], [0.0, 1.0, 2.0, 3.0]])
    found = fit_blocks(values).contrast(between(1, 0, 3))
    assert found.value == pytest.approx(3.1 - 1.05)
    assert found.n == 4
    assert found.interval is not None
    # Without the second seed nothing links A to the others, so that no spread of the link was seen.
    values[0, 0] = NAN
    found = fit_blocks(values).contrast(between(1, 0, 3))
    assert found.value == pytest.approx(3.1 - 1.1)
    assert found.interval is None


@pytest.mark.parametrize("seed", [113])
def test_seeds_that_hold_one_side_alone_do_not_make_a_contrast_surer(seed: int) -> None:
    values = draw(seed, combinations=2, seeds=10)
    values[1, 3:] = NAN
    found = fit_blocks(values).contrast(between(1, 0, 2))
    paired = paired_difference(values[1], values[0], range(10))
    assert found.n == paired.n == 3
    assert found.interval is not None
    assert paired.interval is not None
    assert found.interval.low == pytest.approx(paired.interval.low), f"seed {seed}"
    assert found.t_p == pytest.approx(paired.t_p)


@pytest.mark.parametrize("lost", [0.0, 0.3])
@pytest.mark.parametrize("seed", [127])
def test_the_order_of_combinations_and_seeds_changes_nothing(seed: int, lost: float) -> None:
    values, generator = draw(seed, lost=lost), np.random.default_rng(seed)
    rows, columns = generator.permutation(6), generator.permutation(7)
    weights = generator.normal(size=6)
    one, other = fit_blocks(values), fit_blocks(values[rows][:, columns])
    assert other.levels == pytest.approx(one.levels[rows], rel=1e-12)
    first, second = one.contrast(weights), other.contrast(weights[rows])
    assert second.value == pytest.approx(first.value), f"seed {seed}"
    assert second.t_p == pytest.approx(first.t_p)
    assert second.n == first.n


@pytest.mark.parametrize("seed", [131])
def test_a_shift_of_all_values_shifts_levels_and_no_difference(seed: int) -> None:
    values = draw(seed, lost=0.2)
    one, other = fit_blocks(values), fit_blocks(values + 1e6)
    assert other.levels - 1e6 == pytest.approx(one.levels, abs=1e-8)
    assert other.contrast(between(0, 3, 6)).value == pytest.approx(one.contrast(between(0, 3, 6)).value, abs=1e-8)


@pytest.mark.parametrize("seed", [137])
def test_with_a_fifth_missing_intervals_still_cover(seed: int) -> None:
    generator, covered, studies = np.random.default_rng(seed), [], 600
    for _ in range(studies):
        values = generator.normal(size=(4, 6)) + generator.normal(0, 2, 6)
        values[generator.random(values.shape) < 0.2] = NAN
        interval = fit_blocks(values).contrast(between(0, 1, 4)).interval
        if interval is not None:
            covered.append(interval.low <= 0 <= interval.high)
    assert len(covered) > 0.9 * studies
    # 4 standard errors below; above, it may be wider than it need be.
    assert LEVEL - 0.036 <= np.mean(covered) <= LEVEL + 0.04, f"seed {seed}: {np.mean(covered)}"


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_nothing_is_no_level(shape: tuple[int, int]) -> None:
    assert np.isnan(fit_blocks(np.zeros(shape)).levels).all()


def test_a_difference_without_spread_has_no_interval() -> None:
    values = np.array([[0.1, 0.5, 0.3], [0.2, 0.6, 0.4]])
    found = fit_blocks(values).contrast(between(1, 0, 2))
    assert found.value == pytest.approx(0.1)
    assert (found.interval, found.t_p, found.n) == (None, None, 3)
    with pytest.raises(StatisticsError, match="combinations x seeds"):
        fit_blocks(np.zeros(3))
