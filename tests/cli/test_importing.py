"""`ablate import`, as a user types it."""

import re
import shlex
from pathlib import Path

import pytest
from shell import ablate

from ablate.cli.importing import choose_objective, import_to_report
from ablate.errors import InputError
from ablate.importing import Request
from ablate.specs import Direction

DOCUMENT = (Path(__file__).parent.parent.parent / "docs" / "importing.md").read_text()
TABLE, CONSOLE = re.findall(r"^```\w*\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)[:2]
STUDY = """\
name: mine
question: Which one?
factors: {model.layer.sharing: [spatial, head]}
baseline: {model.layer.sharing: head}
seeds: 2
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """Where the example of the documentation was run."""
    place = tmp_path_factory.mktemp("workspace")
    (place / "runs.csv").write_text(TABLE)
    return place


@pytest.fixture(scope="module")
def imported(workspace):
    command = CONSOLE.splitlines()[0].removeprefix("$ ablate ")
    return ablate(*shlex.split(command), cwd=workspace)


def test_the_documented_example_runs_as_it_is_shown(workspace, imported):
    assert (imported.returncode, imported.stderr) == (0, "")
    assert imported.stdout.splitlines() == CONSOLE.splitlines()[1:]
    report = (workspace / "reports" / "mine" / "report.md").read_text()
    assert "imported from the table `runs.csv`" in report
    assert "|           | 0.1  |" in report
    assert (workspace / "reports" / "mine" / "figures" / "combinations.png").exists()


def test_status_and_export_know_an_imported_study(workspace, imported):
    status = ablate("status", "mine", cwd=workspace)
    assert status.returncode == 1
    assert "failed: sgd · 0.1 · seed 2: Imported: crashed, says row 10" in status.stdout
    exported = ablate("export", "mine", "--optuna", "sqlite:///optuna.db", cwd=workspace)
    assert exported.returncode == 0, exported.stderr
    assert exported.stdout.startswith("mine: 12 trials, 12 new\n")


@pytest.mark.parametrize("command", [["run"], ["retry", "--failed"]], ids=" ".join)
def test_nothing_is_run_for_an_imported_study(workspace, imported, command):
    (workspace / "study.yaml").write_text(STUDY)
    before = ablate("status", "mine", cwd=workspace).stdout
    refused = ablate(*command, "study.yaml", "--mlflow", "off", cwd=workspace)
    assert refused.returncode == 2
    assert refused.stderr == (
        "error: study mine was imported from runs.csv, so nothing can be run for it: "
        "run the file under another --name\n"
    )
    assert ablate("status", "mine", cwd=workspace).stdout == before


def test_bad_input_is_one_line_and_leaves_nothing(workspace):
    refused = ablate("import", "none.csv", "--name", "other", "--factor", "lr", "--seed", "seed", cwd=workspace)
    assert refused.returncode == 2
    assert refused.stderr == (
        "error: expected exactly one of --maximize COLUMN and --minimize COLUMN: the number to compare by\n"
    )
    assert not (workspace / "reports" / "other").exists()


def test_both_ways_at_once_are_refused():
    assert choose_objective(None, "loss") == ("loss", Direction.MINIMIZE)
    with pytest.raises(InputError, match="expected exactly one of --maximize"):
        choose_objective("acc", "loss")


@pytest.mark.parametrize(
    ("file", "mlflow", "experiment", "message"),
    [
        (None, None, None, "expected a CSV or Parquet file, or --mlflow URI --experiment NAME"),
        ("runs.csv", "x", "y", "expected a CSV or Parquet file, or --mlflow URI --experiment NAME"),
        (None, "x", None, "--mlflow: which experiment. add --experiment NAME"),
        ("runs.csv", None, "y", "--experiment y: is MLflow's"),
        ("none.csv", None, None, "none.csv: there is no such file"),
    ],
)
def test_a_source_that_is_not_one_is_refused_before_there_is_a_database(tmp_path, file, mlflow, experiment, message):
    request = Request("mine", ("lr",), "seed", "acc", Direction.MAXIMIZE)
    with pytest.raises(InputError, match=message):
        import_to_report(file and Path(file), mlflow, experiment, request, tmp_path, None, is_reporting=False)
    assert list(tmp_path.iterdir()) == []
