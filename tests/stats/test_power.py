"""How many seeds would decide it, against statsmodels and against the test itself."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from statsmodels.stats.power import TTestPower

from ablate.errors import StatisticsError
from ablate.stats import detectable_difference, fewest_seeds, power, seeds_to_decide
from ablate.stats.permutation import smallest_p, two_sided_p


def test_the_fewest_seeds_are_those_of_the_smallest_p_value() -> None:
    assert [fewest_seeds(m) for m in (1, 3, 6, 25)] == [6, 7, 8, 10]
    for comparisons in range(1, 60):
        n = fewest_seeds(comparisons)
        assert comparisons * smallest_p(n) <= 0.05 < comparisons * smallest_p(n - 1)


@pytest.mark.parametrize(("effect", "n", "comparisons"), [(0.5, 30, 1), (0.6, 40, 3), (0.4, 100, 11), (0.8, 22, 6)])
def test_with_many_seeds_it_is_the_power_of_the_paired_t_test(effect: float, n: int, comparisons: int) -> None:
    expected = TTestPower().power(effect, n, 0.05 / comparisons, alternative="two-sided")
    assert power(2 * effect, 2.0, n, comparisons) == pytest.approx(expected, abs=0.005)
    assert power(-2 * effect, 2.0, n, comparisons) == power(2 * effect, 2.0, n, comparisons)


@pytest.mark.parametrize("comparisons", [1, 3, 11])
@pytest.mark.parametrize("seed", [199])
def test_near_the_fewest_seeds_it_is_the_power_of_the_sign_flip_test(seed: int, comparisons: int) -> None:
    generator, studies = np.random.default_rng(seed), 20_000
    few = fewest_seeds(comparisons)
    for n, effect in itertools.product((few - 1, few, few + 1, few + 3), (1.0, 1.5)):
        differences = generator.normal(effect, 1, (studies, n))
        is_right = differences.mean(axis=1) > 0
        found = ((comparisons * two_sided_p(differences) <= 0.05) & is_right).mean()
        assert power(effect, 1.0, n, comparisons) == pytest.approx(found, abs=0.045), f"seed {seed}, {n} seeds"


def test_more_seeds_and_larger_differences_decide_more_and_more_comparisons_less() -> None:
    for n, effect in itertools.product((6, 9, 14), (0.3, 0.6, 1.0)):
        assert power(effect, 1.0, n + 4, 1) >= power(effect, 1.0, n, 1)
        assert power(effect + 0.2, 1.0, n, 1) > power(effect, 1.0, n, 1)
        assert power(effect, 1.0, n, 3) < power(effect, 1.0, n, 1)


@pytest.mark.parametrize(("effect", "comparisons"), [(0.7, 1), (1.0, 3), (2.5, 11)])
def test_planned_seeds_and_detectable_differences_undo_each_other(effect: float, comparisons: int) -> None:
    n = seeds_to_decide(effect, 1.0, comparisons)
    assert n is not None
    assert power(effect, 1.0, n, comparisons) >= 0.8
    assert n == fewest_seeds(comparisons) or power(effect, 1.0, n - 1, comparisons) < 0.8
    smallest = detectable_difference(1.0, n, comparisons)
    assert smallest is not None
    assert smallest <= effect
    assert power(smallest, 1.0, n, comparisons) == pytest.approx(0.8, abs=1e-9)
    assert detectable_difference(3.0, n, comparisons) == pytest.approx(3 * smallest)


def test_what_no_number_of_seeds_decides_is_none() -> None:
    assert seeds_to_decide(0.001, 1.0, 3) is None
    assert seeds_to_decide(0.0, 1.0, 1) is None
    assert detectable_difference(1.0, 5, 1) is None
    assert power(100.0, 1.0, 5, 1) == 0.0
    # Drawn signs have p-values of 1/100,000 at least, which so many comparisons do not let pass.
    assert detectable_difference(1.0, 30, 100_000) is None


def test_what_is_no_number_of_seeds_or_no_deviation_is_refused() -> None:
    with pytest.raises(StatisticsError, match="1 comparison or more"):
        fewest_seeds(0)
    with pytest.raises(StatisticsError, match="rate in 0 to 1, got 1, 0"):
        fewest_seeds(1, 0.0)
    for deviation in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(StatisticsError, match="positive standard deviation"):
            power(1.0, deviation, 8, 1)
    with pytest.raises(StatisticsError, match="got nan, 1"):
        power(float("nan"), 1.0, 8, 1)
    for ask in (seeds_to_decide, lambda *_, wanted: detectable_difference(1.0, 8, 1, wanted=wanted)):
        with pytest.raises(StatisticsError, match="chance of deciding"):
            ask(1.0, 1.0, 1, wanted=1.0)
