"""Corrections for several questions, against statsmodels, by hand, and by closed testing."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from ablate.errors import StatisticsError
from ablate.stats import adjust_claims, holm

NAN = float("nan")


def test_holm_agrees_with_a_worked_example() -> None:
    # Adjusted by hand: 4·0.005, 3·0.01, 2·0.03, and 0.04 raised to its predecessor. R: p.adjust(p, "holm").
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))


@pytest.mark.parametrize("m", [1, 2, 11, 40])
@pytest.mark.parametrize("seed", [73])
def test_holm_is_that_of_statsmodels(seed: int, m: int) -> None:
    generator = np.random.default_rng(seed)
    for _ in range(5):
        p_values = np.round(generator.random(m) ** 3, 2)  # rounded, so that some are equal
        assert holm(p_values.tolist()) == pytest.approx(tuple(multipletests(p_values, method="holm")[1])), (
            f"seed {seed}"
        )


def test_holm_never_exceeds_one_and_keeps_ties_together() -> None:
    assert holm([0.6, 0.2, 0.2]) == pytest.approx((0.6, 0.6, 0.6))
    assert holm([0.5, 0.9]) == (1.0, 1.0)
    assert holm([]) == ()


def test_a_comparison_without_a_p_value_still_counts_in_the_family() -> None:
    assert holm([0.01, None, 0.02]) == (pytest.approx(0.03), None, pytest.approx(0.04))
    assert adjust_claims([0.01, None], [None, 0.3]) == ((pytest.approx(0.02), None), (None, pytest.approx(0.6)))


def test_asking_for_equivalence_as_well_leaves_the_first_claim_at_its_price() -> None:
    # 3·0.01; then 3·0.015, since the comparison's other claim is open; 3·0.2; and so on, none below its predecessor.
    different, same = adjust_claims([0.01, 0.2, 0.9], [0.8, 0.3, 0.015])
    assert different == pytest.approx((0.03, 0.6, 1.0))
    assert same == pytest.approx((1.0, 0.9, 0.045))


def test_a_comparison_that_is_settled_both_ways_no_longer_counts() -> None:
    different, same = adjust_claims([0.001, 0.02], [0.002, 0.5])
    assert different == pytest.approx((0.002, 0.02))
    assert same == pytest.approx((0.004, 0.5))


@pytest.mark.parametrize("seed", [79])
def test_joint_claims_are_those_of_closed_testing_in_steps(seed: int) -> None:
    """A claim is made only if no set of claims that may be false together, and has it, resists Bonferroni."""
    generator = np.random.default_rng(seed)
    for _ in range(50):
        p_values = generator.random((3, 2)) ** 3
        different, same = adjust_claims(*p_values.T.tolist())
        for place, kind in itertools.product(range(3), range(2)):
            # False together: of every comparison one claim at most.
            others = itertools.product(*[(None, 0, 1) if at != place else (kind,) for at in range(3)])
            sets = [[p_values[at, one] for at, one in enumerate(some) if one is not None] for some in others]
            closed = max(min(1.0, len(some) * min(some)) for some in sets)
            assert (different, same)[kind][place] >= closed - 1e-12, f"seed {seed}"


def test_a_p_value_outside_zero_to_one_is_refused() -> None:
    with pytest.raises(StatisticsError, match="between 0 and 1"):
        holm([0.5, NAN])
    with pytest.raises(StatisticsError, match=r"1\.5"):
        holm([1.5])
    with pytest.raises(StatisticsError, match="got 1 and 2"):
        adjust_claims([0.1], [0.1, 0.2])
