"""Studies side by side as files and lines: honest in every case, the same bytes every time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from ablate.errors import InputError, TrackingError
from ablate.reporting import comparison_lines, write_comparison
from ablate.reporting.across.document import common_scale, render
from ablate.reporting.across.figure import draw_differences, draw_picture
from ablate.reporting.figures.style import freeze_layout, style
from ablate.specs import Direction, Metric, Objective
from ablate.tracking.store import Store
from ablate.workspace import LONGEST_NAME, Workspace

Maker = Callable[..., Any]
SHARING, WINDOW = "model.layer.sharing", "model.layer.window"
TWO = {SHARING: ["spatial", "head"], WINDOW: [3, 5]}
MANY = {WINDOW: [3, 5, 7, 9, 11, 13], "model.layer.heads": [1, 2, 4, 8, 16], SHARING: ["head", "both"]}
FRESH = """
import importlib.util, pathlib, sys
def load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
made, across = (load(f"module{n}", path) for n, path in enumerate(sys.argv[1:3]))
names = ["one", "other"]
stores = {name: made.make_store(made.SMALL, seeds=3, name=name, random_seed=n) for n, name in enumerate(names)}
from ablate.reporting import write_comparison
write_comparison(across.Studies(stores), names, pathlib.Path(sys.argv[3]))
"""


def page(studies: Any) -> str:
    """The document without its figure."""
    alignment = studies.aligned()
    return render(alignment, common_scale(alignment), None)


def table(text: str) -> list[list[str]]:
    """The cells of the shared combinations, below the header."""
    part = text[text.index("## Shared combinations") :]
    lines = [line for line in part.splitlines() if line.startswith("| ")][2:]
    return [[cell.strip() for cell in line[1:-1].replace("\\|", "\0").split("|")] for line in lines]


def contents(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.fixture
def pair(synthetic: Maker, together: Maker) -> Any:
    return together(*(synthetic(TWO, seeds=3, name=name, random_seed=n) for n, name in enumerate(("one", "other"))))


def test_the_same_database_gives_the_same_bytes_in_any_process_and_place(pair: Any, tmp_path: Path) -> None:
    assert write_comparison(pair, ["one", "other"], tmp_path / "here") == tmp_path / "here" / "comparison.md"
    first = contents(tmp_path / "here")
    assert set(first) == {"comparison.md", "figures/differences.png", "figures/differences.svg"}
    with mpl.rc_context({"font.size": 23, "lines.linewidth": 7, "svg.hashsalt": "another"}):
        write_comparison(pair, ["one", "other"], tmp_path / "here")
    assert contents(tmp_path / "here") == first
    here = Path(__file__)
    modules = [str(here.parent.parent / "conftest.py"), str(here.with_name("conftest.py"))]
    environment = {**os.environ, "PYTHONHASHSEED": "17"}
    subprocess.run([sys.executable, "-c", FRESH, *modules, str(tmp_path / "there")], check=True, env=environment)
    assert contents(tmp_path / "there") == first


def test_every_shared_combination_has_a_line_for_each_study_with_its_own_numbers(
    synthetic: Maker, together: Maker, scored: Maker
) -> None:
    one = scored(synthetic(TWO, seeds=3, name="one"), {"head · 3": [0.9, 0.91, 0.92], "head · 5": [0.8, 0.81, 0.83]})
    other = scored(synthetic(TWO, seeds=3, name="other"), {"head · 3": [0.5, 0.5, 0.5], "head · 5": [0.4, 0.45, 0.5]})
    rows = table(page(together(one, other)))
    assert [row[:2] for row in rows[4:]] == [["head · 3", "one"], ["", "other"], ["head · 5", "one"], ["", "other"]]
    assert rows[4][2:5] == ["91.0 ± 2.5 %", "3", "+9.7 (+8.2 to +11.1)"]
    assert rows[5][2:5] == ["50.0 %", "3", "+5.0 (−7.4 to +17.4)"]
    assert rows[6][2:] == ["81.3 ± 3.8 %", "3", "–", "baseline", "–"]


def test_the_page_says_what_differs_before_any_number_and_that_studies_are_not_compared(pair: Any) -> None:
    text = page(pair)
    assert text.index("## What differs") < text.index("are not compared") < text.index("## In short")
    assert text.index("## In short") < text.index("## Shared combinations")
    assert "no test between the studies was made" in text
    assert "Kendall's τ-b of the means: " in text
    assert "it is no test" in text


def test_studies_without_a_baseline_are_shown_and_make_no_claim(synthetic: Maker, together: Maker) -> None:
    one = synthetic(TWO, seeds=3, name="one")
    other = synthetic(TWO, seeds=3, name="other")
    plan = other.study_plan
    plan = plan.model_copy(
        update={"combinations": tuple(c.model_copy(update={"is_baseline": False}) for c in plan.combinations)}
    )
    other = replace(other, study_plan=plan)
    text = page(together(one, other))
    assert "Only `one` compares with a baseline, so there are no claims that could agree." in text
    assert [row[4:] for row in table(text)[:2]] == [[table(text)[0][4], table(text)[0][5], "–"], ["–", "–", ""]]
    bare = replace(one, study_plan=plan.model_copy(update={"study": one.study_plan.study}))
    text = page(together(bare, other))
    assert "None of them compares with a baseline" in text
    assert "Not drawn" not in text
    assert "Agreement is of verdicts" not in text


def test_three_studies_are_shown_with_what_two_of_them_share_and_what_one_has_alone(
    synthetic: Maker, together: Maker
) -> None:
    stores = [
        synthetic({WINDOW: windows}, seeds=3, name=name, baseline={WINDOW: "5"})
        for name, windows in (("a", [3, 5]), ("b", [5, 7]), ("c", [5, 7, 9, 3]))
    ]
    studies = together(*stores)
    text = page(studies)
    assert text.startswith("# `a`, `b` and `c` side by side\n")
    assert "`a`, `b` and `c` share 3 combinations, each in two of them or more, 1 in all." in text
    assert [row[:2] for row in table(text)] == [
        ["3", "a"], ["", "c"], ["5", "a"], ["", "b"], ["", "c"], ["7", "b"], ["", "c"]
    ]  # fmt: skip
    assert "- 1 combination only in `c`: `9`" in text
    assert draw_picture(studies.aligned(), common_scale(studies.aligned())) is not None


def test_another_name_for_the_same_combination_is_marked_as_one(synthetic: Maker, together: Maker) -> None:
    one = synthetic({WINDOW: [3, 5]}, seeds=3, name="one")
    other = synthetic({WINDOW: [3, 5], "training.epochs": [30]}, seeds=3, name="other")
    text = page(together(one, other))
    assert [row[:2] for row in table(text)[:2]] == [["3", "one"], ["also 3 · 30", "other"]]
    assert "- Combinations are named by: `window` in `one`; `window · epochs` in `other`." in text


def test_studies_without_any_result_are_shown_as_such(synthetic: Maker, together: Maker, tmp_path: Path) -> None:
    stores = [synthetic(TWO, seeds=3, name=name).without_results(range(12)) for name in ("one", "other")]
    studies = together(*stores)
    text = write_comparison(studies, studies.names, tmp_path).read_text(encoding="utf-8")
    assert set(contents(tmp_path)) == {"comparison.md"}
    assert "- Unfinished: `one`, 0 of 12 planned trials complete (12 not run)" in text
    assert table(text)[0] == ["spatial · 3", "one", "–", "0 of 3", "–", "no data", "open"]
    assert "Kendall" not in text
    assert "nan" not in text.lower()


def test_a_label_that_markdown_would_read_as_its_own_stays_a_label(
    synthetic: Maker, together: Maker, tmp_path: Path
) -> None:
    def hostile(store: Any) -> Any:
        name = "a|b `c`\x1b <i>*$x$\n\\"
        plan = store.study_plan
        rename = {"5": name}
        (factor,) = plan.study.factors
        levels = tuple(
            level.model_copy(update={"label": rename.get(level.label, level.label)}) for level in factor.levels
        )
        study = plan.study.model_copy(
            update={"factors": (factor.model_copy(update={"levels": levels}),), "baseline": {WINDOW: "7"}}
        )
        combinations = tuple(
            c.model_copy(update={"choice": {WINDOW: rename.get(c.choice[WINDOW], c.choice[WINDOW])}})
            for c in plan.combinations
        )
        return replace(store, study_plan=plan.model_copy(update={"study": study, "combinations": combinations}))

    studies = together(
        *(hostile(synthetic({WINDOW: [3, 5, 7]}, seeds=3, name=name, random_seed=n)) for n, name in enumerate("ab"))
    )
    text = write_comparison(studies, studies.names, tmp_path).read_text(encoding="utf-8")
    rows = table(text)
    assert {len(row) for row in rows} == {7}
    assert rows[2][0] == "a\0b \\`c\\` \\<i>\\*\\$x\\$ \\\\"
    lines = comparison_lines(studies, studies.names)
    assert not any("\n" in line or "\x1b" in line for line in lines)
    assert any(line.startswith("a|b `c` <i>*$x$ \\  a ") for line in lines)


def test_sixty_shared_combinations_are_a_table_without_a_figure(
    synthetic: Maker, together: Maker, tmp_path: Path
) -> None:
    studies = together(*(synthetic(MANY, seeds=2, name=name) for name in ("one", "other")))
    write_comparison(studies, studies.names, tmp_path)
    assert set(contents(tmp_path)) == {"comparison.md"}
    text = (tmp_path / "comparison.md").read_text(encoding="utf-8")
    assert len(table(text)) == 120
    assert "Not drawn: " in text
    assert "more than 24 combinations" in text


def test_a_figure_that_is_no_longer_drawn_is_removed(
    synthetic: Maker, together: Maker, pair: Any, tmp_path: Path
) -> None:
    write_comparison(pair, pair.names, tmp_path)
    (tmp_path / "figures" / "of-the-user.png").touch()
    studies = together(*(synthetic(MANY, seeds=2, name=name) for name in ("one", "other")))
    write_comparison(studies, studies.names, tmp_path)
    assert set(contents(tmp_path)) == {"comparison.md", "figures/of-the-user.png"}


@pytest.mark.parametrize("count", [2, 7])
def test_nothing_overlaps_in_a_figure_of_twenty_four_combinations_with_long_names(
    synthetic: Maker, together: Maker, count: int
) -> None:
    factors = {**MANY, SHARING: ["head"], WINDOW: [3, 5, 7, 9, 11]}
    names = [f"{chr(97 + n)}-{'long' * 20}" for n in range(count)]
    studies = together(*(synthetic(factors, seeds=2, name=name) for name in names))
    rows = studies.aligned().shared[:24]
    assert len(rows) == 24
    with style():
        figure = draw_differences(names, rows, common_scale(studies.aligned()))
        freeze_layout(figure)
        figure.draw_without_rendering()
        renderer = figure.canvas.get_renderer()
        (axes,) = figure.axes
        texts = [*axes.get_yticklabels(), axes.xaxis.label, *figure.legends[0].get_texts()]
        boxes = [text.get_window_extent(renderer) for text in texts]
        assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 and box.y0 >= 0 for box in boxes)
        for number, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[number + 1 :]), texts[number].get_text()
        heights = np.array(
            [line.get_ydata()[0] for line in axes.lines if line.get_marker() not in ("None", "|", "", None)]
        )
        assert len(set(heights.round(3))) == 24 * count
        assert np.diff(np.sort(heights)).min() > 0.05


def test_every_study_has_its_colour_in_the_picture(pair: Any, tmp_path: Path) -> None:
    write_comparison(pair, pair.names, tmp_path)
    path = tmp_path / "figures" / "differences.png"
    assert path.stat().st_size < 150 * 1024
    picture = Image.open(path).convert("RGB")
    pixels = np.asarray(picture.crop((0, 0, picture.width, int(0.7 * picture.height)))).reshape(-1, 3)
    for colour in ((0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)):
        assert (np.abs(pixels.astype(int) - colour).max(axis=1) <= 8).sum() > 100


def test_studies_that_cannot_be_put_side_by_side_are_refused_in_one_line(
    synthetic: Maker, together: Maker, tmp_path: Path
) -> None:
    loss = Objective(metric=Metric.LOSS, direction=Direction.MINIMIZE)
    studies = together(
        synthetic({WINDOW: [3, 5]}, seeds=2, name="one"),
        synthetic({WINDOW: [7, 9]}, seeds=2, name="other"),
        synthetic({WINDOW: [3, 5]}, seeds=2, name="loss", objective=loss),
    )
    said = {
        ("one",): "expected two studies or more to compare, got one: name another",
        (): "expected two studies or more to compare, got none: name another",
        ("one", "one"): "study one is named twice, and agrees with itself in any case: name another",
        ("one", "other"): (
            "one and other share no combination: model.layer.window varies in one of them, and is 3 or 5 in one and "
            "7 or 9 in other"
        ),
        ("one", "loss"): (
            "expected studies with one objective, got test accuracy (maximize) in one and test loss (minimize) in "
            "loss: compare studies that measure the same"
        ),
    }
    for names, message in said.items():
        with pytest.raises(InputError) as caught:
            write_comparison(studies, names, tmp_path / "never")
        assert str(caught.value) == message
    assert not (tmp_path / "never").exists()


def test_the_nearest_name_of_an_unknown_study_is_given(synthetic: Maker, tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'ablate.db'}") as store:
        store.record_plan(synthetic(TWO, seeds=2, name="sharing").study_plan)
        with pytest.raises(TrackingError, match=r"no study sharin: did you mean sharing\?"):
            comparison_lines(store, ["sharing", "sharin"])


def test_the_lines_for_a_terminal_are_aligned_and_say_the_same_as_the_page(pair: Any) -> None:
    lines = comparison_lines(pair, ["one", "other"])
    assert lines[0] == "what differs:"
    assert lines[1] == "  nothing that was recorded"
    header = next(line for line in lines if line.startswith("combination"))
    body = lines[lines.index(header) + 1 :][:8]
    column = header.index("verdict")
    assert all(line[column - 1] == " " and line[column] != " " for line in body)
    rows = table(page(pair))
    assert [line.split("  ")[0].strip() for line in body] == [row[0] for row in rows]
    assert any(line.startswith("one and other share 4 combinations. Of 3 comparisons") for line in lines)
    assert not any("`" in line for line in lines)


def test_names_that_are_too_long_together_become_one_directory_each(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert workspace.comparison_directory(["a", "b"]) == tmp_path / "reports" / "a--b"
    names = [["x" * 100, "y" * 100, "z" * 99 + last] for last in "12"]
    directories = [workspace.comparison_directory(of) for of in names]
    assert directories[0] != directories[1]
    for directory in directories:
        assert len(directory.name) == LONGEST_NAME
        directory.mkdir(parents=True)
