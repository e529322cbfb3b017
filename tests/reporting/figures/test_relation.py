"""The graph of one-switch steps as a picture: everything has its place, and verdicts can be seen."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path
from matplotlib.transforms import Bbox

from ablate.reporting.figures.relation import draw_relation
from ablate.reporting.figures.style import COLOURS, style
from ablate.reporting.relation import along
from ablate.stats import Verdict

Studies = dict[str, Callable[[], Any]]
LABELLED = [
    "2 x 3 x 2",
    "2 x 2",
    "2 x 4",
    "4 x 2",
    "3 x 3",
    "5 arms",
    "5 long arms",
    "one factor at a time",
    "7 numbers",
]


def drawn(findings: Any, scale: Any) -> tuple[Figure, Axes]:
    with style():
        figure = draw_relation(findings, scale)
        assert figure is not None
        figure.canvas.draw()
    return figure, figure.axes[0]


def label_boxes(axes: Axes) -> dict[str, Bbox]:
    texts = [text for text in axes.texts if text.get_gid() == "label"]
    return {f"{number} {text.get_text()}": text.get_window_extent() for number, text in enumerate(texts)}


def node_boxes(axes: Axes) -> list[Bbox]:
    return [patch.get_window_extent() for patch in axes.patches if isinstance(patch, FancyBboxPatch)]


@pytest.mark.parametrize("name", [*LABELLED, "less is better", "equivalence", "missing", "two seeds"])
def test_every_step_has_a_label_that_covers_no_node_and_no_other_label(
    studies: Studies, finding: Any, name: str
) -> None:
    findings, scale = finding(studies[name]())
    figure, axes = drawn(findings, scale)
    labels, nodes = label_boxes(axes), node_boxes(axes)
    assert len(labels) == len(findings.switches)
    assert len(nodes) == len(findings.findings)
    for (one, box), (other, second) in itertools.combinations(labels.items(), 2):
        assert not box.overlaps(second), (one, other)
    for label, box in labels.items():
        assert not any(box.overlaps(node) for node in nodes), label
        assert figure.bbox.x0 <= box.x0
        assert box.x1 <= figure.bbox.x1
    for one_node, other_node in itertools.combinations(nodes, 2):
        assert not one_node.overlaps(other_node)


@pytest.mark.parametrize("name", LABELLED)
def test_the_text_of_a_node_stays_within_it(studies: Studies, finding: Any, name: str) -> None:
    _, axes = drawn(*finding(studies[name]()))
    nodes = node_boxes(axes)
    for text in axes.texts:
        if text.get_gid() != "label":
            box = text.get_window_extent()
            assert any(node.x0 < box.x0 and box.x1 < node.x1 and node.y0 < box.y0 < box.y1 < node.y1 for node in nodes)


def test_lines_pass_by_the_nodes_between_their_ends(studies: Studies, finding: Any) -> None:
    for name in ("2 x 3 x 2", "3 x 3", "2 x 2 x 2 x 2"):
        _, axes = drawn(*finding(studies[name]()))
        nodes = node_boxes(axes)
        for line in axes.lines:
            assert len(line.get_xdata()) == 2, name
            x, y = axes.transData.transform(line.get_xydata()).T
            points = [(x[0] + part / 99 * (x[-1] - x[0]), y[0] + part / 99 * (y[-1] - y[0])) for part in range(5, 95)]
            assert not any(node.contains(*point) for node in nodes for point in points), name


def test_labels_say_the_paired_difference_along_the_arrow_and_its_interval(studies: Studies, finding: Any) -> None:
    findings, scale = finding(studies["2 x 3 x 2"]())
    _, axes = drawn(findings, scale)
    shown = [label.split(" ", 1)[1] for label in label_boxes(axes)]
    assert shown == [scale.difference(along(switch)[2]) for switch in findings.switches]
    worse = next(place for place, switch in enumerate(findings.switches) if switch.verdict is Verdict.WORSE)
    assert (shown[worse][0], scale.difference(findings.switches[worse].comparison)[0]) == ("+", "−")
    assert shown[worse].count("(+") == 1


@pytest.mark.parametrize(("direction", "better"), [("maximize", 1), ("minimize", 0)])
def test_an_arrow_points_to_the_better_end(
    synthetic: Any, setting: Any, finding: Any, direction: str, better: int
) -> None:
    store = synthetic({"model.layer.sharing": ["spatial", "head"]}, seeds=8, objective={"direction": direction})
    findings, scale = finding(setting(store, lambda row, seed: 0.9 + 0.05 * row + 0.001 * seed * (row + 1)))
    _, axes = drawn(findings, scale)
    (arrow,) = [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]
    corners = arrow.get_path().vertices[arrow.get_path().codes != Path.CLOSEPOLY]
    head = max(corners, key=lambda corner: abs(corner[1] - corners[0][1]))
    at, middles = axes.transData.transform(head)[0], [(box.x0 + box.x1) / 2 for box in node_boxes(axes)]
    assert abs(at - middles[better]) < 0.2 * abs(middles[1] - middles[0])
    assert arrow.get_linewidth() > 2


def test_a_verdict_can_be_told_without_its_colour(studies: Studies, finding: Any) -> None:
    findings, scale = finding(studies["equivalence"]())
    _, axes = drawn(findings, scale)
    verdicts = [switch.verdict for switch in findings.switches]
    assert {Verdict.EQUIVALENT, Verdict.UNDECIDED} < set(verdicts)
    arrows = sum(isinstance(patch, FancyArrowPatch) for patch in axes.patches)
    assert arrows == sum(verdict in (Verdict.BETTER, Verdict.WORSE) for verdict in verdicts)
    dashed = sum(line.get_linestyle() == "--" for line in axes.lines)
    white = sum(line.get_color() == "white" for line in axes.lines)
    assert dashed == verdicts.count(Verdict.UNDECIDED)
    assert white == verdicts.count(Verdict.EQUIVALENT)
    assert len(axes.lines) == dashed + 2 * white


def test_each_factor_has_its_colour_and_the_legend_its_order(studies: Studies, finding: Any) -> None:
    findings, scale = finding(studies["2 x 3 x 2"]())
    figure, axes = drawn(findings, scale)
    of_factor = dict(zip(findings.study.short_names(), COLOURS, strict=False))
    labels = [text for text in axes.texts if text.get_gid() == "label"]
    assert [text.get_color() for text in labels] == [of_factor[switch.factor] for switch in findings.switches]
    key = [text.get_text() for text in figure.legends[0].get_texts()]
    assert key[:3] == ["sharing: spatial → head", "dynamics: static → se → attention", "window: 3 → 5"]
    assert f"undecided, corrected for {len(findings.switches)} steps" in key


def test_with_many_steps_only_the_decided_ones_are_labelled(studies: Studies, finding: Any) -> None:
    findings, scale = finding(studies["2 x 2 x 2 x 2"]())
    assert len(findings.switches) == 32
    figure, axes = drawn(findings, scale)
    decided = sum(switch.verdict is not Verdict.UNDECIDED for switch in findings.switches)
    assert 0 < len(label_boxes(axes)) <= decided < 32
    assert "not all steps are labelled" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_where_there_is_no_step_or_too_many_nothing_is_drawn(studies: Studies, synthetic: Any, finding: Any) -> None:
    for name in ("one combination", "48"):
        assert draw_relation(*finding(studies[name]())) is None
    most = {"model.layer.window": [3, 5, 7, 9, 11, 13], "model.layer.heads": [1, 2, 4, 8]}
    findings, scale = finding(synthetic(most, seeds=2))
    assert len(findings.findings) == 24
    drawn(findings, scale)
    assert draw_relation(replace(findings, switches=findings.switches * 2), scale) is None


def test_steps_that_share_their_ends_do_not_share_their_line(studies: Studies, finding: Any) -> None:
    findings, scale = finding(studies["2 x 2"]())
    undecided = tuple(replace(switch, verdict=Verdict.UNDECIDED) for switch in findings.switches)
    again = replace(undecided[0], factor="model.layer.dynamics")
    _, axes = drawn(replace(findings, switches=(*undecided, again)), scale)
    assert len(label_boxes(axes)) == 5
    assert sum(len(line.get_xdata()) > 2 for line in axes.lines) == 1
