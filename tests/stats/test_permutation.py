"""The sign-flip test, against SciPy, against Fisher's own count, and against trying all signs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats as reference

from ablate.errors import StatisticsError
from ablate.stats import permutation
from ablate.stats.permutation import greater_p, smallest_p, two_sided_p

NAN = float("nan")

DARWIN = np.array([[49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48.0]])
"""Heights of crossed minus self-fertilised maize in eighths of an inch: Darwin (1876), Fisher (1935), section 17."""


def test_fishers_count_for_darwins_maize_is_found_exactly() -> None:
    # "The Design of Experiments", section 21: 863 of 32,768 sums are at least as high, and as many as low.
    assert two_sided_p(DARWIN).tolist() == [1726 / 32768]
    assert greater_p(DARWIN).tolist() == [863 / 32768]


@pytest.mark.parametrize("n", [2, 3, 7, 12])
@pytest.mark.parametrize("seed", [41])
def test_p_values_are_scipys(seed: int, n: int) -> None:
    differences = np.random.default_rng(seed).normal(0.3, 1, (3, n))
    for side, ours in (("two-sided", two_sided_p), ("greater", greater_p)):
        found = [
            reference.permutation_test(
                (row,), np.sum, permutation_type="samples", alternative=side, n_resamples=np.inf
            ).pvalue
            for row in differences
        ]
        assert ours(differences) == pytest.approx(found, rel=1e-12), f"seed {seed}"


@pytest.mark.parametrize("seed", [43])
def test_tied_sums_count_as_far_out_whatever_their_rounding(seed: int) -> None:
    whole = np.random.default_rng(seed).integers(-3, 4, (20, 9))
    signs = np.array(list(itertools.product((-1, 1), repeat=9)))
    sums, observed = whole @ signs.T, whole.sum(axis=1)[:, None]
    # Small differences of large values carry rounding of the values' size.
    sides = 1000 + whole / 10_000, np.full(whole.shape, 1000.0)
    differences, sizes = sides[0] - sides[1], np.full(20, 1000.0)
    by_hand = (np.abs(sums) >= np.abs(observed)).mean(axis=1)
    assert two_sided_p(differences, sizes).tolist() == by_hand.tolist(), f"seed {seed}"
    assert greater_p(differences, sizes).tolist() == (sums >= observed).mean(axis=1).tolist()
    assert two_sided_p(differences).tolist() != by_hand.tolist(), "here rounding matters"


@pytest.mark.parametrize("seed", [47])
def test_missing_values_and_the_order_of_seeds_change_nothing(seed: int) -> None:
    generator = np.random.default_rng(seed)
    for n in (5, 30):
        whole = generator.normal(0.2, 1, (4, n))
        holed = np.full((4, n + 3), NAN)
        holed[:, [*range(1, n), n + 1]] = whole
        assert two_sided_p(holed)[:4] == pytest.approx(two_sided_p(whole), abs=0 if n < 20 else 0.01)
        shuffled = generator.permutation(whole, axis=1)
        assert greater_p(shuffled) == pytest.approx(greater_p(whole), abs=1e-12 if n < 20 else 0.01), f"seed {seed}"


@pytest.mark.parametrize("seed", [53])
def test_drawn_signs_come_close_to_all_signs(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    differences = np.random.default_rng(seed).normal(0.2, 1, (6, 16))
    differences[0, 3:9] = NAN
    exact = two_sided_p(differences), greater_p(differences)
    monkeypatch.setattr(permutation, "MOST_ENUMERATED", 9)
    drawn = two_sided_p(differences), greater_p(differences)
    # Six standard errors of a share of 100,000.
    assert np.abs(np.array(exact) - np.array(drawn)).max() < 6 * 0.5 / np.sqrt(100_000), f"seed {seed}"
    assert (np.array(exact) != np.array(drawn)).any()


def test_the_smallest_p_value_is_that_of_differences_of_one_sign() -> None:
    for n in (1, 2, 6, 22, 23, 40):
        found = float(two_sided_p(np.full((1, n), 0.25))[0])
        if n <= permutation.MOST_ENUMERATED:
            assert found == smallest_p(n) == 2 ** (1 - n)
        else:
            assert smallest_p(n) == 1e-5 <= found < 4e-5


def test_no_difference_at_all_is_no_evidence() -> None:
    for n in (3, 30):
        assert two_sided_p(np.zeros((1, n))).tolist() == [1.0]


def test_a_row_without_a_value_has_no_p_value() -> None:
    found = two_sided_p(np.array([[NAN, NAN], [1.0, NAN]]))
    assert np.isnan(found[0])
    assert found[1] == 1.0
    assert two_sided_p(np.zeros((0, 4))).shape == (0,)
    with pytest.raises(StatisticsError, match=r"rows x seeds, got an array of \(3,\)"):
        greater_p(np.zeros(3))
