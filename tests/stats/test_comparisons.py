"""Paired differences and what may be claimed of them, against SciPy, published data, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as reference

from ablate.errors import StatisticsError
from ablate.stats import (
    ERROR_RATE,
    Comparison,
    Verdict,
    adjust_claims,
    compare_family,
    compare_with_baseline,
    fewest_seeds,
    holm,
    paired_difference,
)
from ablate.stats.permutation import two_sided_p

NAN = float("nan")


@pytest.mark.parametrize("seed", [11])
def test_interval_and_t_p_are_scipys_paired_t_test(seed: int) -> None:
    first, second = np.random.default_rng(seed).normal(0.9, 0.02, size=(2, 6))
    expected = reference.ttest_rel(first, second)
    bounds = expected.confidence_interval(0.95)
    found = paired_difference(first, second, range(6))
    assert found.difference == pytest.approx((first - second).mean(), rel=1e-12)
    assert found.t_p == pytest.approx(expected.pvalue, rel=1e-10)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((bounds.low, bounds.high), rel=1e-10)
    assert found.p_value == two_sided_p((first - second)[None])[0]
    assert found.deviation == pytest.approx((first - second).std(ddof=1))


def test_students_sleep_data_give_the_published_p_values() -> None:
    # Student (1908), hours of sleep gained with two drugs by ten patients; t = 4.0621, p = 0.002833.
    one = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    two = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    found = paired_difference(two, one, range(10))
    assert found.difference == pytest.approx(1.58)
    assert found.t_p == pytest.approx(0.002833, abs=5e-7)
    # No patient slept less with the second drug and one slept alike: 4 of 1024 choices of signs are as far out.
    assert found.p_value == 4 / 1024
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((0.7001142, 2.4598858), abs=1e-7)
    # d = 1.58/1.23 and Hedges' factor for 9 degrees of freedom.
    assert found.effect_size == pytest.approx(1.2846 * (1 - 3 / 35), abs=1e-4)


def test_only_seeds_that_both_have_are_paired() -> None:
    found = paired_difference(np.array([5.0, NAN, 7.0, 9.0]), np.array([1.0, 2.0, NAN, 3.0]), (2, 3, 5, 7))
    assert (found.difference, found.n, found.missing) == (5.0, 2, (3, 5))


@pytest.mark.parametrize("lost", [NAN, float("inf"), float("-inf")])
def test_what_is_not_finite_on_both_sides_is_missing_without_a_warning(lost: float) -> None:
    found = paired_difference(np.array([5.0, lost, 7.0]), np.array([1.0, lost, 2.0]), (2, 3, 5))
    assert (found.n, found.missing) == (2, (3,))


def test_one_pair_has_a_difference_and_neither_interval_nor_p_value() -> None:
    found = paired_difference(np.array([0.5, NAN]), np.array([0.25, 0.25]), (0, 1))
    assert (found.difference, found.interval, found.p_value, found.n) == (0.25, None, None, 1)


def test_two_pairs_have_no_effect_size() -> None:
    found = paired_difference(np.array([0.5, 0.75]), np.array([0.25, 0.25]), (0, 1))
    assert found.interval is not None
    assert (found.effect_size, found.bootstrap) == (None, None)


def test_no_pair_has_nothing() -> None:
    found = paired_difference(np.array([0.5, NAN]), np.array([NAN, 0.25]), (0, 1), margin=0.1)
    assert (found.difference, found.interval, found.p_value, found.equivalence_p, found.n) == (
        None,
        None,
        None,
        None,
        0,
    )
    assert found.verdict() is Verdict.UNDECIDED


@pytest.mark.parametrize("gain", [0.0, 0.1])
def test_the_same_difference_for_varying_values_has_a_p_value_and_no_interval(gain: float) -> None:
    baseline = np.array([0.3, 0.6, 0.7, 0.9, 0.2, 0.5])
    found = compare_with_baseline(np.array([baseline, baseline + gain]), 0, range(6))[1]
    assert found is not None
    assert found.difference == pytest.approx(gain)
    assert (found.interval, found.bootstrap, found.t_p, found.deviation) == (None, None, None, None)
    assert found.adjusted_p == found.p_value == (2 / 64 if gain else 1.0)
    assert found.verdict() is (Verdict.BETTER if gain else Verdict.UNDECIDED)


def test_values_that_do_not_vary_are_no_replicates_and_claim_nothing() -> None:
    values = np.array([[0.1 + 0.2] * 8, [0.3] * 4 + [0.1 + 0.2] * 4, [0.9] * 8])
    for found in compare_with_baseline(values, 0, range(8), margin=0.1):
        if found is not None:
            assert (found.p_value, found.equivalence_p, found.interval, found.n) == (None, None, None, 8)
            assert found.verdict() is Verdict.UNDECIDED


@pytest.mark.parametrize("seed", [5])
def test_every_row_but_the_baseline_is_compared_in_one_family(seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=(3, 6)) + np.array([[0.0], [4.0], [-4.0]])
    first, none, second = compare_with_baseline(values, 1, range(6))
    assert none is None
    assert first is not None
    assert second is not None
    assert (first.adjusted_p, second.adjusted_p) == holm([first.p_value, second.p_value])
    assert first.difference == pytest.approx((values[0] - values[1]).mean())


@pytest.mark.parametrize("seed", [83])
def test_with_a_margin_both_claims_of_a_family_are_adjusted_together(seed: int) -> None:
    generator = np.random.default_rng(seed)
    values = generator.normal(0, 0.1, (4, 9)) + np.array([[0.0], [0.0], [0.3], [0.05]])
    family = [one for one in compare_with_baseline(values, 0, range(9), margin=0.2) if one is not None]
    p_values, same = [one.p_value for one in family], [one.equivalence_p for one in family]
    expected = adjust_claims(p_values, same)
    assert [one.adjusted_p for one in family] == list(expected[0])
    assert [one.adjusted_equivalence_p for one in family] == list(expected[1])
    differences = values[1] - values[0]
    sides = [
        reference.permutation_test(
            (shifted,), np.sum, permutation_type="samples", alternative="greater", n_resamples=np.inf
        ).pvalue
        for shifted in (differences + 0.2, 0.2 - differences)
    ]
    assert same[0] == pytest.approx(max(sides)), f"seed {seed}"


@pytest.mark.parametrize("seed", [89])
def test_the_order_of_rows_and_of_seeds_changes_nothing(seed: int) -> None:
    generator = np.random.default_rng(seed)
    values, baselines = generator.normal(size=(2, 5, 8))
    values[generator.random(values.shape) < 0.1] = NAN
    rows, columns = generator.permutation(5), generator.permutation(8)
    whole = compare_family(values, baselines, range(8), margin=0.5)
    shuffled = compare_family(values[rows][:, columns], baselines[rows][:, columns], columns.tolist(), margin=0.5)
    for row, found in zip(rows, shuffled, strict=True):
        assert found.difference == pytest.approx(whole[row].difference), f"seed {seed}"
        assert found.adjusted_p == pytest.approx(whole[row].adjusted_p)
        assert found.adjusted_equivalence_p == pytest.approx(whole[row].adjusted_equivalence_p)
        assert sorted(found.missing) == sorted(whole[row].missing)


@pytest.mark.parametrize(
    ("difference", "adjusted_p", "higher_is_better", "expected"),
    [
        (0.1, 0.01, True, Verdict.BETTER),
        (-0.1, 0.01, True, Verdict.WORSE),
        (0.1, 0.01, False, Verdict.WORSE),
        (-0.1, 0.05, False, Verdict.BETTER),
        (0.1, 0.051, True, Verdict.UNDECIDED),
        (0.1, None, True, Verdict.UNDECIDED),
        (0.0, 0.01, True, Verdict.UNDECIDED),
    ],
)
def test_a_verdict_needs_an_adjusted_p_value_and_a_direction(
    difference: float, adjusted_p: float | None, higher_is_better: bool, expected: Verdict
) -> None:
    comparison = Comparison(difference, None, 0.001, 9, (), adjusted_p)
    assert comparison.verdict(higher_is_better=higher_is_better) is expected


def test_a_difference_that_is_shown_and_surely_small_is_equivalent() -> None:
    baseline = np.linspace(0.5, 0.6, 12)
    small = np.linspace(0.009, 0.011, 12)
    for sign in (1, -1):
        found = compare_with_baseline(np.array([baseline, baseline + sign * small]), 0, range(12), margin=0.05)[1]
        assert found is not None
        assert found.adjusted_p is not None
        assert found.adjusted_p <= ERROR_RATE
        assert found.verdict() is Verdict.EQUIVALENT


@pytest.mark.parametrize("comparisons", [1, 3, 6, 25])
def test_below_the_fewest_seeds_no_difference_is_ever_decided_and_with_them_it_can_be(comparisons: int) -> None:
    n = fewest_seeds(comparisons)
    for seeds, expected in ((n - 1, Verdict.UNDECIDED), (n, Verdict.BETTER)):
        baseline = np.linspace(0, 1, seeds)
        huge = baseline + 1000 + np.arange(seeds)
        values = np.array([baseline, huge, *[baseline[::-1]] * (comparisons - 1)])
        found = compare_with_baseline(values, 0, range(seeds))[1]
        assert found is not None
        assert found.verdict() is expected
        assert found.can_decide(comparisons) is (expected is Verdict.BETTER)


def test_arrays_that_do_not_fit_are_refused() -> None:
    values = np.zeros((3, 4))
    with pytest.raises(StatisticsError, match="row 3"):
        compare_with_baseline(values, 3, range(4))
    with pytest.raises(StatisticsError, match="rows x 5 seeds"):
        compare_family(values, values, range(5))
    with pytest.raises(StatisticsError, match="one occurs twice"):
        compare_family(values, values, (0, 1, 1, 2))
    for margin in (0.0, -1.0, NAN, float("inf")):
        with pytest.raises(StatisticsError, match="margin of equivalence is a positive number"):
            compare_family(values, values, range(4), margin=margin)
    assert compare_family(np.zeros((0, 4)), np.zeros((0, 4)), range(4)) == ()
