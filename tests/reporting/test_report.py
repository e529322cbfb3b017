"""The report as files: the same database, the same bytes; every case gets an honest page."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from ablate.reporting import summary_lines, write_report
from ablate.specs import Exclusion, Split, SplitRecord
from ablate.tracking.records import TrialStatus

Maker = Callable[..., Any]
Render = Callable[[Any], str]
SMALL = {"model.layer.sharing": ["spatial", "head"], "model.layer.window": [3, 5]}
PAGES = ("report.html", "report.json", "report.md")
TABLES = ("comparison.csv", "comparison.tex", "effects.tex", "switches.csv", "switches.tex", "trials.csv")
PICTURES = ("combinations", "differences", "relation", "effects", "interactions", "cost", "curves")
BLUE, ORANGE = (0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)
FRESH = """
import importlib.util, pathlib, sys
spec = importlib.util.spec_from_file_location("synthetic", sys.argv[1])
module = importlib.util.module_from_spec(spec)
sys.modules["synthetic"] = module
spec.loader.exec_module(module)
from ablate.reporting import write_report
write_report(module.make_store(module.SMALL, seeds=3), "synthetic", pathlib.Path(sys.argv[2]))
"""


def contents(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def written(store: Any, directory: Path) -> str:
    return write_report(store, "synthetic", directory).read_text(encoding="utf-8")


def test_the_same_database_gives_the_same_bytes_in_any_process_and_place(synthetic: Maker, tmp_path: Path) -> None:
    store = synthetic(SMALL, seeds=3)
    write_report(store, "synthetic", tmp_path / "here")
    first = contents(tmp_path / "here")
    assert {name for name in first if name.startswith("figures/")} == {
        f"figures/{name}.{kind}" for name in PICTURES for kind in ("png", "svg")
    }
    with mpl.rc_context({"font.size": 23, "lines.linewidth": 7, "svg.hashsalt": "another"}):
        write_report(store, "synthetic", tmp_path / "here")
        assert mpl.rcParams["font.size"] == 23
    assert contents(tmp_path / "here") == first
    fresh = [sys.executable, "-c", FRESH, str(Path(__file__).with_name("conftest.py")), str(tmp_path / "there")]
    subprocess.run(fresh, check=True, cwd=tmp_path, env={**os.environ, "PYTHONHASHSEED": "17", "HOME": str(tmp_path)})
    assert contents(tmp_path / "there") == first


def test_nothing_tells_of_the_place_or_the_time_of_writing(synthetic: Maker, tmp_path: Path) -> None:
    write_report(synthetic(SMALL, seeds=2), "synthetic", tmp_path / "deep" / "report")
    for name, content in contents(tmp_path).items():
        assert str(tmp_path).encode() not in content, name
        assert b"<dc:date>" not in content, name
        assert b"Software" not in content, name


def test_pictures_are_small_and_not_empty(synthetic: Maker, tmp_path: Path) -> None:
    factors = {
        "model.layer.dynamics": ["static", "se", "inhomogeneous", "attention"],
        "model.layer.window": [3, 5, 7, 9, 11],
        "model.layer.sharing": ["head", "none"],
    }
    write_report(synthetic(factors, seeds=8), "synthetic", tmp_path)
    assert not (tmp_path / "figures" / "relation.png").exists()  # of 40 combinations it would be a tangle
    for name in sorted({*PICTURES} - {"relation"}):
        path = tmp_path / "figures" / f"{name}.png"
        assert path.stat().st_size < 150 * 1024, name
        picture = Image.open(path).convert("RGB")
        without_key = picture.crop((0, 0, int(0.7 * picture.width), int(0.85 * picture.height)))
        pixels = np.asarray(without_key).reshape(-1, 3)
        for colour in {"effects": [BLUE], "differences": []}.get(name, [BLUE, ORANGE]):
            near = np.abs(pixels.astype(int) - colour).max(axis=1) <= 8
            assert near.sum() > 100, (name, colour)
        assert (pixels.max(axis=1) < 200).sum() > 1000, name


def test_every_row_of_the_comparison_is_there_with_its_numbers(synthetic: Maker, text_of: Render) -> None:
    store = synthetic()
    text = text_of(store)
    table = text[text.index("## Comparison") : text.index("- Test accuracy: mean over seeds")]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("| ")]
    assert rows[0][:3] == ["sharing", "dynamics", "window"]
    assert len(rows) == 14
    best, baseline = (store.study_plan.combinations[place].hash for place in (0, 11))
    assert rows[2] == [
        "spatial",
        "static",
        "3",
        "24.9 k †",
        "1.53 M †",
        "1.12 k",
        f"[97.0 ± 0.5 %](#trials-of-{best})",
        "10",
        "+5.9 (+5.4 to +6.3)",
        "0.021",
        "better",
    ]
    assert rows[13] == [
        "",
        "",
        "5",
        "33.6 k",
        "2.79 M",
        "989",
        f"[91.1 ± 0.6 %](#trials-of-{baseline})",
        "10",
        "–",
        "–",
        "baseline",
    ]
    assert f'<a id="trials-of-{best}"></a>spatial · static · 3' in text
    assert "† differs by more than 5 % from the baseline" in text


def test_the_question_the_expectation_and_the_sources_are_told(synthetic: Maker, text_of: Render) -> None:
    text = text_of(synthetic())
    assert "> Which axis should the weights be shared over?" in text
    assert "as the study file states it: Sharing over channels needs dynamic weights." in text
    assert "| test       |    360 |               36 | 9999888877776666" in text
    assert "0123456789abcdef0123456789abcdef01234567" in text
    assert "Mixed environments" not in text
    assert "model.layer.window: varied" in text
    assert "What was expected" not in text_of(synthetic(expects=""))


def test_failures_exclusions_aliases_and_leftovers_are_listed(synthetic: Maker, text_of: Render) -> None:
    store = synthetic(seeds=5).without_results([6], TrialStatus.FAILED).with_trial(6, attempts=2)
    store = store.with_trial(9, scores={Split.TEST: {"accuracy": math.nan}})
    first, *others = store.study_plan.combinations
    first = first.model_copy(update={"aliases": ({**first.choice, "model.layer.window": "5"},)})
    rule = Exclusion(rule={"model.layer.sharing": "head", "model.layer.window": "5"}, removed=3)
    plan = store.study_plan.model_copy(update={"combinations": (first, *others), "exclusions": (rule,)})
    text = text_of(type(store)(plan, store.records, further=4))
    name = store.records[6].name
    assert f"Diverged: loss is nan at epoch 3, step 7, lr 0.002 | db/runs/synthetic/{name}/002/log.txt |" in text
    assert "`model.layer.sharing` = `head`, `model.layer.window` = `5`: 3 choices removed" in text
    assert "`spatial · static · 3` is also `spatial · static · 5`" in text
    assert "4 further trials of this study" in text
    assert "complete, but without a finite objective" in text
    assert "not finite" in text
    assert "61 attempts at these trials; 1 of them repeated" in text
    assert "3 of 5" in text


def test_mixed_environments_and_data_are_flagged(synthetic: Maker, text_of: Render) -> None:
    store = synthetic()
    machine = store.records[0].environment
    other = machine.model_copy(update={"hardware": {**machine.hardware, "threads": 2}, "is_clean": False})
    moved = {**store.records[0].splits, Split.TEST: SplitRecord(images=9, images_per_class=(4, 5), fingerprint="f0")}
    text = text_of(store.with_trial(17, environment=other, splits=moved))
    confounds = text[text.index("## Confounds") : text.index("## Every number")]
    assert "differing in state of the code, threads; 1 trial on other hardware than most (‖)." in confounds
    assert "**Different images**" in confounds
    assert text.count(" ‖") == 2, "the row, and what the mark means"
    assert "**Mixed environments**: 2, differing in state of the code, threads." in text
    assert "environment 2 (1 trials)" in text
    assert "Not all trials were scored on the same images" in text


def test_an_unfinished_study_says_what_is_missing(synthetic: Maker, text_of: Render) -> None:
    store = synthetic(seeds=5).without_results([i for i in range(60) if i % 5 > 1])
    text = text_of(store)
    assert "The study is unfinished: of 60 planned trials 24 are complete (36 not run)." in text
    assert "2 of 5" in text
    assert "**Missing seeds**: `spatial · static · 3`, " in text
    assert text.count("not run") >= 36


def test_a_study_without_results_has_a_page_and_no_pictures(synthetic: Maker, tmp_path: Path) -> None:
    factors = {"model.layer.window": [3, 5]}
    write_report(synthetic(factors, seeds=1), "synthetic", tmp_path)
    assert {name.split("/")[0] for name in contents(tmp_path)} == {*PAGES, "figures", "tables"}
    text = written(synthetic(factors, seeds=1).without_results(range(2)), tmp_path)
    assert "There is no result yet." in text
    assert set(contents(tmp_path)) == {*PAGES, *(f"tables/{name}" for name in TABLES)}
    assert "figures/" not in text
    assert "Learning curves" not in text


@pytest.mark.parametrize("factors", [{"model.layer.window": [3, 5]}, {"model.layer.window": [3]}])
def test_the_smallest_studies_have_a_page(synthetic: Maker, tmp_path: Path, factors: dict[str, list[int]]) -> None:
    text = written(synthetic(factors, seeds=1), tmp_path)
    assert "![Every combination" in text
    assert "±" not in text[text.index("## Answer") : text.index("- Test accuracy: mean")]


def test_more_combinations_than_panels_can_hold_have_no_curves(synthetic: Maker, tmp_path: Path) -> None:
    store = synthetic({"model.layer.heads": [1, 2, 4, 8, 16], "model.layer.window": [1, 3, 5, 7, 9, 11, 13]}, seeds=1)
    text = written(store, tmp_path)
    assert not (tmp_path / "figures" / "curves.png").exists()
    assert "Not drawn: validation accuracy was not recorded, or 35 combinations do not fit" in text


def test_a_picture_is_linked_only_where_there_is_one(synthetic: Maker, tmp_path: Path) -> None:
    for windows in ([3, 5, 7], [3]):
        text = written(synthetic({"model.layer.window": windows}, seeds=2), tmp_path)
        linked = {line.split("(")[1].rstrip(")") for line in text.splitlines() if line.startswith("![")}
        assert linked == {name for name in contents(tmp_path) if name.endswith(".png")}


def test_the_summary_has_the_best_first_and_the_missing_last(synthetic: Maker) -> None:
    lines = summary_lines(synthetic().without_results(range(10, 20), TrialStatus.FAILED), "synthetic")
    assert lines[0].split() == ["combination", "test", "accuracy", "seeds", "difference", "(pp)", "verdict"]
    assert lines[1].startswith("spatial · static · 3     97.0 ± 0.5 %")
    assert lines[12].startswith("spatial · static · 5     –")
    assert lines[12].endswith("no data")
    assert lines[14] == "The study is unfinished: of 120 planned trials 110 are complete (10 failed)."
    less = summary_lines(synthetic(objective={"metric": "loss", "split": "test", "direction": "minimize"}), "synthetic")
    assert less[1].startswith("head · se · 5")


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = "{'matplotlib', 'pandas', 'jinja2', 'scipy', 'numpy', 'torch', 'sqlalchemy'}"
    source = f"import sys, ablate.reporting; print(sorted({heavy} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", source], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"
