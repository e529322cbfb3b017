"""BCa intervals, against SciPy with many resamples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as reference

from ablate.errors import StatisticsError
from ablate.stats.bootstrap import bca_intervals, resampling_weights

NAN = float("nan")


@pytest.mark.parametrize("n", [8, 15])
@pytest.mark.parametrize("seed", [61])
def test_the_interval_is_scipys_but_for_the_drawing(seed: int, n: int) -> None:
    rows = np.random.default_rng(seed).exponential(size=(3, n))
    for row, found in zip(rows, bca_intervals(rows), strict=True):
        expected = reference.bootstrap(
            (row,), np.mean, method="BCa", n_resamples=20_000, rng=np.random.default_rng(seed)
        ).confidence_interval
        assert found is not None
        slack = 0.05 * (expected.high - expected.low)
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=slack), f"seed {seed}"


@pytest.mark.parametrize("seed", [67])
def test_it_leans_to_the_side_of_the_long_tail(seed: int) -> None:
    row = np.random.default_rng(seed).exponential(size=(1, 20))
    (found,) = bca_intervals(row)
    (mirrored,) = bca_intervals(-row)
    assert found is not None
    assert mirrored is not None
    assert found.high - row.mean() > row.mean() - found.low, f"seed {seed}"
    assert (-mirrored.high, -mirrored.low) == pytest.approx((found.low, found.high), rel=1e-9)


@pytest.mark.parametrize("seed", [71])
def test_missing_values_are_left_out_wherever_they_stand(seed: int) -> None:
    row = np.random.default_rng(seed).normal(size=7)
    holed = np.array([[*row[:3], NAN, *row[3:]], [NAN, *row], [*row, NAN]])
    (whole,) = bca_intervals(row[None])
    assert whole is not None
    for found in bca_intervals(holed):
        assert found is not None
        assert (found.low, found.high) == pytest.approx((whole.low, whole.high), rel=1e-12), f"seed {seed}"


def test_a_resample_that_is_the_sample_again_is_a_tie() -> None:
    # Symmetric values have no bias, whatever the rounding of their means.
    (found,) = bca_intervals(np.array([[0.1, 0.2, 0.3]]) + 1000)
    assert found is not None
    assert 1000.2 - found.low == pytest.approx(found.high - 1000.2, abs=1e-9)


@pytest.mark.parametrize("row", [[1.0, 2.0, NAN], [0.3, 0.1 + 0.2, 0.3, 0.3], [NAN] * 4])
def test_too_few_values_and_equal_ones_have_no_interval(row: list[float]) -> None:
    assert bca_intervals(np.array([row])) == (None,)


def test_the_weights_are_shared_and_so_cannot_be_written() -> None:
    weights = resampling_weights(5)
    assert weights.sum(axis=1) == pytest.approx(1.0)
    assert weights.mean(axis=0) == pytest.approx(0.2, abs=0.01)
    assert resampling_weights(5) is weights
    with pytest.raises(ValueError, match="read-only"):
        weights[0, 0] = 1.0
    with pytest.raises(StatisticsError, match="rows x seeds"):
        bca_intervals(np.zeros(3))
