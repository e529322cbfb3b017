"""How firmly ranks stand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as reference

from ablate.errors import StatisticsError
from ablate.stats import Rank, rank_stability
from ablate.stats.bootstrap import resampling_weights
from ablate.stats.ranks import RESAMPLES

NAN = float("nan")


@pytest.mark.parametrize("seed", [193])
@pytest.mark.parametrize("higher_is_better", [True, False])
def test_ranks_are_those_of_resampled_means(seed: int, higher_is_better: bool) -> None:
    values = np.round(np.random.default_rng(seed).normal(size=(6, 5)), 1)
    found = rank_stability(values, higher_is_better=higher_is_better)
    sign = -1 if higher_is_better else 1
    means = np.round(sign * resampling_weights(5, RESAMPLES) @ values.T, 9)
    places = reference.rankdata(means, method="min", axis=1)
    first = (places == 1) / (places == 1).sum(axis=1, keepdims=True)
    own = reference.rankdata(np.round(sign * values.mean(axis=1), 9), method="min")
    for row, rank in enumerate(found):
        low, high = np.quantile(places[:, row], [0.025, 0.975], method="inverted_cdf")
        assert rank == Rank(own[row], low, high, pytest.approx(first[:, row].mean())), f"seed {seed}"
    assert sum(rank.first_share for rank in found if rank) == pytest.approx(1.0)


def test_a_clear_order_stands_firm() -> None:
    values = np.array([[1.0, 1.1, 1.2], [3.0, 3.1, 3.3], [2.0, 2.2, 2.1]])
    assert rank_stability(values) == (Rank(3, 3, 3, 0.0), Rank(1, 1, 1, 1.0), Rank(2, 2, 2, 0.0))


@pytest.mark.parametrize("unit", [1e-15, 1.0, 1e15])
def test_equal_means_share_the_better_place_in_any_unit(unit: float) -> None:
    values = unit * np.array([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1], [0.0, 0.1, 0.05], [0.2, 0.2, 0.2]])
    found = rank_stability(values)
    assert [rank.place for rank in found if rank] == [1, 1, 4, 1]


@pytest.mark.parametrize("seed", [197])
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    generator = np.random.default_rng(seed)
    values, rows = generator.normal(size=(7, 6)), generator.permutation(7)
    whole, shuffled = rank_stability(values), rank_stability(values[rows])
    assert shuffled == tuple(whole[row] for row in rows), f"seed {seed}"


def test_a_row_with_a_missing_value_has_no_rank_and_the_others_are_ranked_without_it() -> None:
    values = np.array([[1.0, 2.0, 3.0], [9.0, NAN, 9.0], [0.0, 1.0, 2.0]])
    found = rank_stability(values)
    assert found[1] is None
    assert [rank.place for rank in found if rank] == [1, 2]
    assert rank_stability(values[:, :2]) == (None, None, None)
    assert rank_stability(np.zeros((0, 3))) == ()
    with pytest.raises(StatisticsError, match="combinations x seeds"):
        rank_stability(np.zeros(3))
