"""The forest plot of paired differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ablate.reporting.figures.differences import draw_differences
from ablate.reporting.figures.style import style
from ablate.stats import Verdict

Studies = dict[str, Callable[[], Any]]
MANY = {"model.layer.window": list(range(3, 17, 2)), "model.layer.heads": [1, 2, 4, 8, 16, 32, 64, 128]}


def drawn(findings: Any, scale: Any) -> Any:
    with style():
        figure = draw_differences(findings, scale)
        assert figure is not None
        figure.canvas.draw()
    return figure


def rows_of(figure: Any) -> list[str]:
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def test_every_row_has_its_difference_its_interval_and_its_numbers(studies: Studies, finding: Any) -> None:
    findings, scale = finding(studies["2 x 3 x 2"]())
    figure = drawn(findings, scale)
    assert rows_of(figure) == [found.combination.label() for found in findings.compared]
    points = {}
    for bars in figure.axes[0].containers:
        x, y = bars[0].get_data()
        segments = bars[2][0].get_segments()
        points |= {int(row): (value, segment) for value, row, segment in zip(x, y, segments, strict=True)}
    for row, found in enumerate(findings.compared):
        value, segment = points[row]
        assert value == pytest.approx(found.comparison.difference * 100)
        np.testing.assert_allclose(
            segment[:, 0], [found.comparison.interval.low * 100, found.comparison.interval.high * 100]
        )
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == [scale.difference(found.comparison) for found in findings.compared]


def test_verdicts_differ_by_marker_and_colour(studies: Studies, finding: Any) -> None:
    findings, scale = finding(studies["equivalence"]())
    figure = drawn(findings, scale)
    looks = {(bars[0].get_marker(), bars[0].get_color()) for bars in figure.axes[0].containers}
    verdicts = {found.verdict for found in findings.compared}
    assert len(looks) == len({marker for marker, _ in looks}) == len(verdicts) > 1
    key = [text.get_text() for text in figure.legends[0].get_texts()]
    assert key == [*(verdict.value for verdict in Verdict if verdict in verdicts), "margin of equivalence, ±0.6 pp"]


def test_the_margin_is_a_band_around_the_zero_line_where_the_study_has_one(studies: Studies, finding: Any) -> None:
    def bands(name: str) -> list[tuple[float, float]]:
        axes = drawn(*finding(studies[name]())).axes[0]
        assert [0, 0] in [list(line.get_xdata()) for line in axes.lines]
        return [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in axes.patches]

    assert bands("equivalence") == [pytest.approx((-0.6, 0.6))]
    assert bands("2 x 3 x 2") == []


@pytest.mark.parametrize(("name", "text"), [("2 x 3 x 2", "← worse"), ("less is better", "← better")])
def test_the_axis_says_which_way_is_better_and_the_unit(studies: Studies, finding: Any, name: str, text: str) -> None:
    findings, scale = finding(studies[name]())
    label = drawn(findings, scale).axes[0].get_xlabel()
    assert label.startswith(text)
    assert f"({scale.difference_unit})" in label


def test_a_row_without_a_common_seed_says_no_data(studies: Studies, finding: Any) -> None:
    figure = drawn(*finding(studies["missing"]()))
    assert [text.get_text() for text in figure.axes[0].texts].count("no data") == 1


def test_of_more_than_fit_only_decided_ones_are_shown_and_the_rest_is_counted(
    synthetic: Any, setting: Any, finding: Any
) -> None:
    def value(row: int, seed: int) -> float:
        ripple = 0.001 * ((seed * 7 + row * 3) % 5)
        return 0.9 + (0.02 if row % 2 else 0.0) + ripple

    findings, scale = finding(setting(synthetic(MANY, seeds=14), value))
    decided = [found.combination.label() for found in findings.compared if found.verdict is not Verdict.UNDECIDED]
    assert 20 < len(decided) < 48
    figure = drawn(findings, scale)
    assert rows_of(figure) == decided
    assert f"{55 - len(decided)} more combinations not shown" in figure.get_suptitle()


def test_of_more_decided_ones_than_fit_the_largest_are_shown_in_the_order_of_the_plan(
    synthetic: Any, setting: Any, finding: Any
) -> None:
    findings, scale = finding(
        setting(synthetic(MANY, seeds=14), lambda row, seed: 0.9 - 0.01 * row + 1e-4 * (seed % 3))
    )
    figure = drawn(findings, scale)
    assert rows_of(figure) == [found.combination.label() for found in findings.compared[:48]]
    assert "7 more combinations not shown" in figure.get_suptitle()


def test_nothing_is_drawn_where_nothing_is_compared_or_decided(studies: Studies, synthetic: Any, finding: Any) -> None:
    for name in ("one combination", "without a baseline's result"):
        assert draw_differences(*finding(studies[name]())) is None, name
    assert draw_differences(*finding(synthetic(MANY, seeds=2))) is None
