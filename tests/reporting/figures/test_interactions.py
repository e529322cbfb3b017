"""Cell means of two factors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ablate.reporting.figures.interactions import draw_interactions
from ablate.reporting.figures.style import style
from ablate.stats import estimate_mean

Studies = dict[str, Callable[[], Any]]


def drawn(findings: Any, scale: Any) -> Any:
    with style():
        figure = draw_interactions(findings, scale)
        assert figure is not None
        figure.canvas.draw()
    return figure


def titles(figure: Any) -> list[str]:
    return [axes.get_legend().get_title().get_text().split("  ")[0] for axes in figure.axes if axes.get_legend()]


def test_a_cell_is_the_mean_over_the_other_factors_with_the_interval_over_seeds(studies: Studies, finding: Any) -> None:
    findings, scale = finding(studies["2 x 3 x 2"]())
    figure = drawn(findings, scale)
    panel = figure.axes[titles(figure).index("sharing × dynamics")]
    for number, dynamics in enumerate(("static", "se", "attention")):
        bars = panel.containers[number]
        for place, sharing in enumerate(("spatial", "head")):
            rows = [
                [outcome.value for outcome in found.outcomes]
                for found in findings.findings
                if list(found.combination.choice.values())[:2] == [sharing, dynamics]
            ]
            expected = estimate_mean(np.mean(rows, axis=0), findings.study.seeds)
            assert len(rows) == 2
            assert bars[0].get_ydata()[place] == pytest.approx(expected.value * 100)
            ends = bars[2][0].get_segments()[place][:, 1]
            np.testing.assert_allclose(ends, [expected.interval.low * 100, expected.interval.high * 100])


def test_the_pair_that_interacts_most_surely_comes_first(synthetic: Any, setting: Any, finding: Any) -> None:
    def value(row: int, seed: int) -> float:
        sharing, dynamics, window = row // 6, row // 2 % 3, row % 2
        ripple = 0.0005 * ((7 * seed + 3 * row + seed * row) % 5)
        return 0.9 + 0.004 * sharing * window + (0.03 if dynamics == 2 and window else 0) + ripple

    figure = drawn(*finding(setting(synthetic(seeds=10), value)))
    assert titles(figure) == ["dynamics × window", "sharing × window", "sharing × dynamics"]
    assert figure.axes[0].get_legend().get_title().get_text().endswith("(p < 0.001)")


def test_at_most_six_pairs_are_shown_and_the_rest_is_counted(synthetic: Any, finding: Any) -> None:
    five = {
        "model.layer.position_bias": [True, False],
        "model.layer.bias": [True, False],
        "model.layer.heads": [4, 1],
        "model.layer.window": [3, 5],
        "training.batch_size": [16, 32],
    }
    figure = drawn(*finding(synthetic(five, seeds=3)))
    assert len(titles(figure)) == 6
    assert "4 pairs with larger p" in figure.get_supxlabel()


def test_only_choices_that_hold_all_cells_are_averaged(studies: Studies, keeping: Any, finding: Any) -> None:
    whole = studies["2 x 3 x 2"]()
    head_static_5 = whole.study_plan.combinations[7]
    for store in (whole.without_results(range(10)), keeping(whole, whole.study_plan.combinations[1:])):
        findings, scale = finding(store)
        figure = drawn(findings, scale)
        panel = figure.axes[titles(figure).index("sharing × dynamics")]
        mean = next(found.mean.value for found in findings.findings if found.combination == head_static_5)
        assert mean is not None
        assert panel.containers[0][0].get_ydata()[1] == pytest.approx(mean * 100)


def test_lines_differ_without_their_colour(studies: Studies, finding: Any) -> None:
    figure = drawn(*finding(studies["48"]()))
    for axes in figure.axes:
        looks = {(bars[0].get_marker(), bars[0].get_linestyle()) for bars in axes.containers}
        assert len(looks) == len(axes.containers) > 1


@pytest.mark.parametrize("name", ["5 arms", "one factor at a time", "7 numbers", "one combination"])
def test_nothing_is_drawn_where_the_design_does_not_average(studies: Studies, finding: Any, name: str) -> None:
    assert draw_interactions(*finding(studies[name]())) is None
