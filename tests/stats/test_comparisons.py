"""Paired differences and Holm's correction, against SciPy, by hand, and by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as reference

from ablate.errors import StatisticsError
from ablate.stats import Comparison, Verdict, compare_with_baseline, holm, paired_difference

NAN = float("nan")


@pytest.mark.parametrize("seed", [11])
def test_the_difference_is_scipys_paired_t_test(seed: int) -> None:
    first, second = np.random.default_rng(seed).normal(0.9, 0.02, size=(2, 6))
    expected = reference.ttest_rel(first, second)
    bounds = expected.confidence_interval(0.95)
    found = paired_difference(first, second, range(6))
    assert found.difference == pytest.approx((first - second).mean(), rel=1e-12)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-10)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((bounds.low, bounds.high), rel=1e-10)


def test_students_sleep_data_give_the_published_p_value() -> None:
    # Student (1908), hours of sleep gained with two drugs by ten patients; t = 4.0621, p = 0.002833.
    one = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    two = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    found = paired_difference(two, one, range(10))
    assert found.difference == pytest.approx(1.58)
    assert found.p_value == pytest.approx(0.002833, abs=5e-7)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((0.7001142, 2.4598858), abs=1e-7)


def test_only_seeds_that_both_have_are_paired() -> None:
    found = paired_difference(np.array([5.0, NAN, 7.0, 9.0]), np.array([1.0, 2.0, NAN, 3.0]), (2, 3, 5, 7))
    assert (found.difference, found.n, found.missing) == (5.0, 2, (3, 5))


def test_one_pair_has_a_difference_and_neither_interval_nor_p_value() -> None:
    found = paired_difference(np.array([0.5, NAN]), np.array([0.25, 0.25]), (0, 1))
    assert (found.difference, found.interval, found.p_value, found.n) == (0.25, None, None, 1)


def test_no_pair_has_nothing() -> None:
    found = paired_difference(np.array([0.5, NAN]), np.array([NAN, 0.25]), (0, 1))
    assert (found.difference, found.interval, found.p_value, found.n) == (None, None, None, 0)


@pytest.mark.parametrize("gain", [0.0, 0.1])
def test_differences_without_spread_claim_nothing(gain: float) -> None:
    baseline = np.array([0.3, 0.6, 0.7, 0.9])
    found = compare_with_baseline(np.array([baseline, baseline + gain]), 0, range(4))[1]
    assert found is not None
    assert found.difference == pytest.approx(gain)
    assert (found.interval, found.p_value, found.adjusted_p, found.n) == (None, None, None, 4)
    assert found.verdict() is Verdict.UNDECIDED


def test_holm_agrees_with_a_worked_example() -> None:
    # Adjusted by hand: 4·0.005, 3·0.01, 2·0.03, and 0.04 raised to its predecessor. R: p.adjust(p, "holm").
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))


def test_holm_never_exceeds_one_and_keeps_ties_together() -> None:
    assert holm([0.6, 0.2, 0.2]) == pytest.approx((0.6, 0.6, 0.6))
    assert holm([0.5, 0.9]) == (1.0, 1.0)
    assert holm([]) == ()


def test_a_comparison_without_a_p_value_still_counts_in_the_family() -> None:
    assert holm([0.01, None, 0.02]) == (pytest.approx(0.03), None, pytest.approx(0.04))


def test_a_p_value_outside_zero_to_one_is_refused() -> None:
    with pytest.raises(StatisticsError, match="between 0 and 1"):
        holm([0.5, NAN])
    with pytest.raises(StatisticsError, match=r"1\.5"):
        holm([1.5])


@pytest.mark.parametrize("seed", [5])
def test_every_row_but_the_baseline_is_compared_in_one_family(seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=(3, 6)) + np.array([[0.0], [4.0], [-4.0]])
    first, none, second = compare_with_baseline(values, 1, range(6))
    assert none is None
    assert first is not None
    assert second is not None
    assert first.p_value is not None
    assert second.p_value is not None
    assert (first.adjusted_p, second.adjusted_p) == holm([first.p_value, second.p_value])
    assert first.difference == pytest.approx((values[0] - values[1]).mean())
    with pytest.raises(StatisticsError, match="row 3"):
        compare_with_baseline(values, 3, range(6))


@pytest.mark.parametrize(
    ("difference", "adjusted_p", "n", "higher_is_better", "expected"),
    [
        (0.1, 0.01, 5, True, Verdict.BETTER),
        (-0.1, 0.01, 5, True, Verdict.WORSE),
        (0.1, 0.01, 5, False, Verdict.WORSE),
        (-0.1, 0.05, 5, False, Verdict.BETTER),
        (0.1, 0.051, 5, True, Verdict.UNDECIDED),
        (0.1, 0.01, 2, True, Verdict.UNDECIDED),
        (0.1, None, 5, True, Verdict.UNDECIDED),
    ],
)
def test_a_verdict_needs_an_adjusted_p_value_and_enough_seeds(
    difference: float, adjusted_p: float | None, n: int, higher_is_better: bool, expected: Verdict
) -> None:
    comparison = Comparison(difference, None, adjusted_p, n, (), adjusted_p)
    assert comparison.verdict(higher_is_better=higher_is_better) is expected


@pytest.mark.parametrize("seed", [97])
def test_without_any_effect_a_family_claims_something_at_most_5_times_in_100(seed: int) -> None:
    repetitions = 1000
    generator = np.random.default_rng(seed)
    claims = 0
    for values in generator.normal(0.9, 0.01, size=(repetitions, 4, 5)):
        family = [found for found in compare_with_baseline(values, 0, range(5)) if found is not None]
        claims += any(found.verdict() is not Verdict.UNDECIDED for found in family)
    assert 0 < claims / repetitions <= 0.06, f"seed {seed}: {claims} families of {repetitions} claim something"
