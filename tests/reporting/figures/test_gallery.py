"""All figures of studies of every shape: nothing is cut, nothing is too large."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from ablate.reporting.figures import draw_pictures, gallery
from ablate.reporting.figures.combinations import draw_combinations
from ablate.reporting.figures.style import MOST_BYTES, freeze_layout, image_bytes, style

Studies = dict[str, Callable[[], Any]]
NAMES = [
    *("2 x 3 x 2", "2 x 4", "3 x 3", "2 x 2 x 2 x 2", "7 numbers", "5 arms", "5 long arms", "one factor at a time"),
    *("less is better", "missing", "two seeds", "without a baseline's result", "one combination", "48"),
    *("odd characters", "equivalence"),
]


def figures_of(store: Any, finding: Any) -> dict[str, Figure]:
    """Every figure that the study can carry; where its parts go is not decided yet."""
    findings, scale = finding(store)
    frame = store.curves("synthetic")
    with style():
        drawn = {
            name: getattr(gallery, f"draw_{name}")(findings, scale, *([frame] if name == "curves" else []))
            for name in gallery.NAMES
        }
    return {name: figure for name, figure in drawn.items() if figure is not None}


@pytest.mark.parametrize("study", NAMES)
def test_no_text_leaves_its_figure(studies: Studies, finding: Any, monkeypatch: pytest.MonkeyPatch, study: str) -> None:
    drawn: list[Text] = []
    draw = Text.draw

    def draw_and_note(text: Text, renderer: Any) -> None:
        drawn.append(text)
        draw(text, renderer)

    monkeypatch.setattr(Text, "draw", draw_and_note)
    for name, figure in figures_of(studies[study](), finding).items():
        with style():
            freeze_layout(figure)
            drawn.clear()
            figure.canvas.draw()
            boxes = [(text, text.get_window_extent()) for text in drawn if text.get_visible() and text.get_text()]
        assert len(boxes) > 5
        for text, box in boxes:
            assert min(box.x0, box.y0) >= -1, (name, text.get_text())
            assert box.x1 <= figure.bbox.x1 + 1, (name, text.get_text())
            assert box.y1 <= figure.bbox.y1 + 1, (name, text.get_text())


def test_each_design_has_the_figures_that_it_can_carry(studies: Studies, finding: Any) -> None:
    every = ("combinations", "differences", "relation", "effects", "interactions", "cost", "curves")
    assert every == gallery.NAMES
    assert tuple(figures_of(studies["2 x 3 x 2"](), finding)) == every
    without = {"effects", "interactions"}
    assert set(figures_of(studies["one factor at a time"](), finding)) == {*every} - without
    assert set(figures_of(studies["5 arms"](), finding)) == {*every} - without
    assert set(figures_of(studies["48"](), finding)) == {*every} - {"relation"}
    assert set(figures_of(studies["one combination"](), finding)) == {"combinations", "cost", "curves"}


def test_many_seeds_make_a_small_file(synthetic: Any, finding: Any) -> None:
    windows = list(range(3, 55, 2))
    findings, scale = finding(synthetic({"model.layer.window": windows, "model.layer.heads": [1, 2]}, seeds=50))
    assert len(findings.outcomes) == 2600
    with style():
        figure = draw_combinations(findings, scale)
        freeze_layout(figure)
        assert len(image_bytes(figure, "svg")) < 300 * 1024
        assert len(image_bytes(figure, "png")) < MOST_BYTES


def test_a_study_without_a_result_has_no_pictures(synthetic: Any, finding: Any) -> None:
    store = synthetic(seeds=2).without_results(range(24))
    findings, scale = finding(store)
    assert draw_pictures(findings, scale, store.curves("synthetic")) == {}
