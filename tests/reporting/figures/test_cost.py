"""The objective against cost, and its front."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from ablate.reporting.figures.cost import draw_cost
from ablate.reporting.figures.front import COLOUR
from ablate.reporting.figures.spots import find_spots
from ablate.reporting.figures.style import style
from ablate.reporting.pareto import pareto_front

Studies = dict[str, Callable[[], Any]]


def drawn(findings: Any, scale: Any) -> Any:
    with style():
        figure = draw_cost(findings, scale)
        assert figure is not None
        figure.canvas.draw()
    return figure


@pytest.mark.parametrize("name", ["2 x 3 x 2", "less is better", "48", "5 long arms", "missing"])
def test_names_of_the_fronts_members_cover_nothing(studies: Studies, finding: Any, name: str) -> None:
    findings, scale = finding(studies[name]())
    axes = drawn(findings, scale).axes[0]
    names = [text for text in axes.texts if text.get_gid() == "label"]
    assert names
    boxes = [text.get_window_extent() for text in names]
    covered = [box for spot in find_spots(findings.findings, scale) for box in spot.boxes(axes)]
    for text, box in zip(names, boxes, strict=True):
        assert not box.count_overlaps(covered), text.get_text()
        assert axes.bbox.x0 <= box.x0 < box.x1 <= axes.bbox.x1
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))


def test_a_light_step_line_joins_the_members_and_a_disc_marks_them(studies: Studies, finding: Any) -> None:
    findings, scale = finding(studies["less is better"]())
    axes = drawn(findings, scale).axes[0]
    light = [line for line in axes.lines if line.get_color() == COLOUR]
    front = pareto_front(findings)
    (line,) = [line for line in light if len(line.get_xdata()) > 1]
    assert len(front) > 1
    assert line.get_drawstyle() == "steps-post"
    assert list(line.get_xdata()) == [member.costs.macs for member in front if member.costs]
    assert list(line.get_ydata()) == pytest.approx([(member.mean.value or 0) * scale.factor for member in front])
    assert len(light) == 1 + len(front)


def test_the_legend_says_of_what_it_is_the_front_and_what_is_not_shown(studies: Studies, finding: Any) -> None:
    def key(name: str) -> list[str]:
        return [text.get_text() for text in drawn(*finding(studies[name]())).legends[0].get_texts()]

    assert key("2 x 3 x 2")[-2:] == ["around the baseline", "front of the observed means"]
    assert "not shown: batch_size" in key("2 x 2 x 2 x 2")
    assert "front of the observed means" not in key("one combination")


def test_every_combination_of_up_to_three_factors_looks_different(studies: Studies, finding: Any) -> None:
    for name in ("48", "2 x 3 x 2", "7 numbers", "5 arms"):
        findings, scale = finding(studies[name]())
        axes = drawn(findings, scale).axes[0]
        marks = [bars[0] for bars in axes.containers]
        looks = {(mark.get_color(), mark.get_marker(), mark.get_fillstyle()) for mark in marks}
        assert len(looks) == len(findings.findings), name


def test_without_a_cost_there_is_nothing_to_draw(synthetic: Any, finding: Any) -> None:
    store = synthetic({"model.layer.window": [3]}, seeds=1).with_trial(0, costs=None)
    assert draw_cost(*finding(store)) is None
