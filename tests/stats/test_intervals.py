"""Means over seeds and their intervals, against SciPy, by hand, and by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as reference

from ablate.errors import StatisticsError
from ablate.stats import estimate_mean

NAN = float("nan")


@pytest.mark.parametrize("seed", [20240517])
def test_the_interval_is_scipys_t_interval(seed: int) -> None:
    values = np.random.default_rng(seed).normal(0.9, 0.02, size=7)
    low, high = reference.t.interval(0.95, 6, loc=values.mean(), scale=reference.sem(values))
    found = estimate_mean(values, range(7))
    assert found.value == pytest.approx(values.mean(), rel=1e-14)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), rel=1e-12)
    assert found.interval.half_width == pytest.approx((high - low) / 2, rel=1e-9)


def test_the_interval_of_1_2_3_is_what_the_t_table_says() -> None:
    # s = 1, s/√3 = 0.57735, t(0.975; 2) = 4.30265 from the printed table.
    found = estimate_mean(np.array([1.0, 2.0, 3.0]), (4, 8, 15))
    assert found.interval is not None
    assert found.value == 2.0
    assert found.interval.half_width == pytest.approx(4.30265 * 0.57735, abs=1e-5)
    assert (found.n, found.missing) == (3, ())


def test_the_level_sets_the_width() -> None:
    found = estimate_mean(np.array([1.0, 2.0, 3.0]), (0, 1, 2), level=0.90)
    assert found.interval is not None
    assert found.interval.half_width == pytest.approx(2.91999 * 0.57735, abs=1e-5)
    assert found.interval.level == 0.90


def test_one_seed_has_a_mean_and_no_interval() -> None:
    found = estimate_mean(np.array([0.75]), (3,))
    assert (found.value, found.interval, found.n) == (0.75, None, 1)


@pytest.mark.parametrize("lost", [NAN, float("inf"), float("-inf")])
def test_what_is_not_finite_is_missing_and_named_by_its_seed(lost: float) -> None:
    found = estimate_mean(np.array([1.0, lost, 3.0, lost]), (10, 11, 12, 13))
    assert (found.value, found.n, found.missing) == (2.0, 2, (11, 13))


def test_no_value_at_all_is_no_mean() -> None:
    found = estimate_mean(np.array([NAN, NAN]), (0, 1))
    assert (found.value, found.interval, found.n, found.missing) == (None, None, 0, (0, 1))


def test_equal_values_give_no_interval_even_when_their_rounding_differs() -> None:
    values = np.array([0.1 + 0.2, 0.3, 0.3])
    assert values.std() > 0
    assert estimate_mean(values, (0, 1, 2)).interval is None


def test_values_that_do_not_fit_the_seeds_are_refused() -> None:
    with pytest.raises(StatisticsError, match=r"one value for each of 3 seeds, got an array of shape \(2,\)"):
        estimate_mean(np.array([1.0, 2.0]), (0, 1, 2))
    with pytest.raises(StatisticsError, match="one occurs twice"):
        estimate_mean(np.array([1.0, 2.0]), (5, 5))


@pytest.mark.parametrize(("seed", "n"), [(21, 3), (35, 5), (56, 8)])
def test_the_interval_covers_the_true_mean_95_times_in_100(seed: int, n: int) -> None:
    repetitions, truth = 2000, 0.93
    generator = np.random.default_rng(seed)
    covered = 0
    for row in generator.normal(truth, 0.01, size=(repetitions, n)):
        interval = estimate_mean(row, range(n)).interval
        assert interval is not None
        covered += interval.low <= truth <= interval.high
    assert abs(covered / repetitions - 0.95) <= 0.015, f"seed {seed}: covered {covered} of {repetitions}"
