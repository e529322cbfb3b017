"""Means and intervals of learning curves, all at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ablate.reporting.figures.curves import draw_curves, mean_bands
from ablate.reporting.figures.style import style
from ablate.stats import estimate_mean


def test_bands_are_those_of_every_row_by_itself() -> None:
    seed = 11
    generator = np.random.default_rng(seed)
    for seeds in (1, 2, 3, 7):
        values = generator.normal(0.9, 0.01, size=(4, 9, seeds))
        values[generator.random(values.shape) < 0.3] = np.nan
        values[0, 0], values[0, 1], values[0, 2] = 0.7, np.nan, 0.1 + 0.2
        values[0, 3, 0] = np.inf
        mean, half = mean_bands(values)
        for place in np.ndindex(values.shape[:2]):
            expected = estimate_mean(values[place], list(range(seeds)))
            assert (expected.value is None) == np.isnan(mean[place]), (seed, place)
            assert (expected.interval is None) == np.isnan(half[place]), (seed, place)
            if expected.value is not None:
                assert mean[place] == pytest.approx(expected.value, rel=1e-13)
            if expected.interval is not None:
                assert half[place] == pytest.approx(expected.interval.half_width, rel=1e-9)


def lines_of(findings: Any, scale: Any, frame: pd.DataFrame) -> list[Any]:
    with style():
        figure = draw_curves(findings, scale, frame)
    assert figure is not None
    return [line for axes in figure.axes for line in axes.lines]


def test_a_curve_is_the_mean_over_planned_seeds_of_the_validation_split(synthetic: Any, finding: Any) -> None:
    store = synthetic({"model.layer.window": [3, 5]}, seeds=3)
    findings, scale = finding(store)
    frame = store.curves("synthetic")
    stray = frame[frame["seed"] == 0].assign(seed=99, value=7.0)
    other = frame[frame["seed"] == 0].assign(combination="gone", value=7.0)
    lines = lines_of(findings, scale, pd.concat([stray, frame.sample(frac=1, random_state=1), other]))
    assert len(lines) == 2
    for line, combination in zip(lines, findings.plan.combinations, strict=True):
        own = frame[(frame["combination"] == combination.hash) & (frame["split"] == "validation")]
        expected = own.groupby("step")["value"].mean()
        np.testing.assert_array_equal(line.get_xdata(), expected.index)
        np.testing.assert_allclose(line.get_ydata(), expected * 100)


def test_a_combination_that_was_measured_less_often_has_a_shorter_curve(synthetic: Any, finding: Any) -> None:
    store = synthetic({"model.layer.window": [3, 5]}, seeds=3)
    frame = store.curves("synthetic")
    first = store.study_plan.combinations[0].hash
    lines = lines_of(*finding(store), frame[(frame["combination"] != first) | (frame["step"] % 5 == 0)])
    assert [len(line.get_xdata()) for line in lines] == [6, 30]


def test_long_curves_are_thinned_and_keep_their_ends(synthetic: Any, finding: Any) -> None:
    store = synthetic({"model.layer.window": [3, 5, 7, 9, 11]}, seeds=1)
    steps = np.arange(1, 20_001)
    first = store.study_plan.combinations[0].hash
    row = {"combination": first, "seed": 0, "split": "validation", "metric": "accuracy"}
    (line,) = lines_of(*finding(store), pd.DataFrame({"step": steps, "value": steps / 20_000, **row}))
    assert len(line.get_xdata()) == 2400
    assert list(line.get_xdata()[[0, -1]]) == [1, 20_000]


def test_a_curve_that_never_changes_has_a_frame(synthetic: Any, finding: Any) -> None:
    store = synthetic({"model.layer.window": [3]}, seeds=1)
    frame = store.curves("synthetic").assign(value=0.0)
    (line,) = lines_of(*finding(store), frame[frame["step"] == 1])
    assert line.axes.get_xlim() == (0.5, 1.5)
    low, high = line.axes.get_ylim()
    assert low < 0 < high
