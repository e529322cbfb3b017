"""What Weights & Biases exports."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from ablate.errors import InputError
from ablate.importing import read_file
from ablate.specs import SourceKind

TABLE = """\
"Name","State","Notes","User","Tags","Created","Runtime","Sweep","lr","seed","test_acc"
"dry-fog-1","finished","-","me","","2024-05-01T12:00:00.000Z","90","","0.1","0","0.5"
"dry-fog-2","crashed","-","me","","2024-05-01T13:00:00.000Z","","","0.1","1",""
"""


def test_the_run_table_is_recognised_with_its_states_names_and_times(tmp_path: Path) -> None:
    (tmp_path / "wandb.csv").write_text(TABLE)
    sheet = read_file(tmp_path / "wandb.csv")
    first, second = sheet.runs
    assert (sheet.kind, sheet.state) == (SourceKind.WANDB, "State")
    assert (first.place, first.started, first.ended) == ("row 2 (dry-fog-1)", 1_714_564_800.0, 1_714_564_890.0)
    assert (second.started, second.ended) == (1_714_568_400.0, None)


def example(tmp_path: Path, *runs: tuple[object, object]) -> Path:
    """As the documentation of the public API has it."""
    frame = pd.DataFrame(
        {
            "summary": [str(summary) for summary, _ in runs],
            "config": [str(config) for _, config in runs],
            "name": [f"run-{number}" for number in range(len(runs))],
        }
    )
    path = tmp_path / "project.csv"
    frame.to_csv(path)
    return path


def test_the_examples_dictionaries_become_columns(tmp_path: Path) -> None:
    summary = {"acc": 0.25, "lr": 1e-5, "_runtime": 40.5, "_timestamp": 1000.0, "_wandb": {"runtime": 40}, "f1": None}
    config = {"lr": 0.1, "model": {"depth": 3, "act": None}, "_wandb": {"t": 1}}
    sheet = read_file(example(tmp_path, (summary, config)))
    (run,) = sheet.runs
    assert run.cells == {
        "config.lr": "0.1",
        "model.depth": "3",
        "model.act": "None",
        "acc": "0.25",
        "summary.lr": "1e-05",
        "_runtime": "40.5",
        "_timestamp": "1000.0",
        "name": "run-0",
    }
    assert (run.place, run.started, run.ended) == ("row 2 (run-0)", 959.5, 1000.0)
    assert (sheet.kind, sheet.state) == (SourceKind.WANDB, None)
    assert "f1" in sheet.columns


def test_numbers_that_are_none_are_read_as_python_writes_them(tmp_path: Path) -> None:
    (run,) = read_file(example(tmp_path, ({"a": float("nan"), "b": float("-inf")}, {"c": [1, float("inf")]}))).runs
    assert (run.cells["a"], run.cells["b"], run.cells["c"]) == ("nan", "-inf", "[1, inf]")


@pytest.mark.parametrize(
    "config", ["{__import__('os').system('true')}", "{'a': open('x')}", "{'a': " + "[" * 5000 + "}", "{1, 2}"]
)
def test_a_cell_that_is_more_than_a_dictionary_is_refused(tmp_path: Path, config: str) -> None:
    with pytest.raises(InputError, match=r"row 2: column config: expected a Python dictionary, got \{"):
        read_file(example(tmp_path, ({}, config)))


def test_a_table_of_these_names_without_dictionaries_is_a_table(tmp_path: Path) -> None:
    sheet = read_file(example(tmp_path, ({}, "small")))
    assert sheet.kind is SourceKind.CSV
