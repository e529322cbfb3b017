"""An MLflow experiment as a table; one real store serves all tests, since making it takes seconds."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from pathlib import Path

import pytest
from mlflow import MlflowClient

from ablate.errors import InputError, TrackingError
from ablate.importing import Request, import_runs, reading_experiment
from ablate.specs import Direction, SourceKind
from ablate.tracking.mlflow_reach import SETTINGS
from ablate.tracking.records import TrialStatus

pytestmark = pytest.mark.filterwarnings(
    # MLflow 3.17 with SQLAlchemy 2.1
    "ignore:The ``noload`` loader strategy is deprecated:sqlalchemy.exc.SADeprecationWarning"
)

WANTED = Request(
    name="mine",
    factors=("optimizer",),
    seed="seed",
    objective="metrics.loss",
    direction=Direction.MINIMIZE,
    baseline=("optimizer=adam",),
)
STARTED = 1_800_000_000_000
ENDINGS = {("sgd", 1): "FAILED", ("sgd", 2): "KILLED", ("sgd", 3): None}


@pytest.fixture(scope="module")
def mlflow_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    os.environ.update(SETTINGS)
    path = tmp_path_factory.mktemp("mlflow") / "ml.db"
    client = MlflowClient(f"sqlite:///{path}")
    experiment = client.create_experiment("losses")
    client.delete_experiment(client.create_experiment("deleted"))
    client.create_experiment("empty")
    for optimizer in ("adam", "sgd"):
        for seed in range(4):
            run = client.create_run(
                experiment, STARTED + seed + 10 * (optimizer == "sgd"), {"loss": "a tag"}, f"{optimizer}-{seed}"
            ).info.run_id
            client.log_param(run, "optimizer", optimizer)
            client.log_param(run, "seed", seed)
            for step, value in ((0, 2.0), (5, 1.0 + seed / 10), (5, 0.5 + seed / 10)):
                client.log_metric(run, "loss", value, timestamp=STARTED + 10 * step + int(value < 1.0), step=step)
            ending = ENDINGS.get((optimizer, seed), "FINISHED")
            if ending is not None:
                client.set_terminated(run, ending, STARTED + 60_000)
    client.create_run(experiment, STARTED + 99, run_name="parent")
    gone = client.create_run(experiment, STARTED, run_name="gone").info.run_id
    client.log_param(gone, "optimizer", "adam")
    client.delete_run(gone)
    return path


def test_params_tags_metrics_and_the_status_are_columns(mlflow_store):
    with reading_experiment(f"sqlite:///{mlflow_store}", "losses") as sheet:
        assert sheet.columns == ("optimizer", "seed", "tags.loss", "metrics.loss", "status")
        assert (sheet.kind, sheet.place, sheet.experiment) == (SourceKind.MLFLOW, "ml.db", "losses")
        first = sheet.runs[0]
        assert first.cells == {
            "optimizer": "adam", "seed": "0", "tags.loss": "a tag", "metrics.loss": "0.5", "status": "FINISHED",
        }  # fmt: skip
        assert (first.place, first.started, first.ended) == ("run adam-0", STARTED / 1000, STARTED / 1000 + 60)
        assert "run gone" not in [run.place for run in sheet.runs]


def test_an_experiment_becomes_a_study_with_its_curves(mlflow_store, store):
    uri = f"sqlite:///{mlflow_store}"
    with reading_experiment(uri, "losses") as sheet:
        account = import_runs(sheet, WANTED, store)
    assert {status: count for status, count in store.progress("mine").items() if count} == {
        TrialStatus.COMPLETE: 5,
        TrialStatus.FAILED: 2,
        TrialStatus.RUNNING: 1,
    }
    assert account.skipped == {"without any of optimizer, seed and metrics.loss": 1}
    curves = store.curves("mine")
    assert list(curves[curves["seed"] == 3]["step"]) == [0, 5]
    assert list(curves[curves["seed"] == 3]["value"]) == [2.0, 0.8]
    attempt = store.attempts("mine")[0]
    assert (attempt.started, attempt.ended) == (STARTED / 1000, STARTED / 1000 + 60)
    with reading_experiment(uri, "losses") as sheet:
        assert import_runs(sheet, WANTED, store).entered.added == 0


def test_reading_changes_nothing_where_it_reads(mlflow_store):
    connection = sqlite3.connect(mlflow_store)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    before = hashlib.sha256(mlflow_store.read_bytes()).hexdigest()
    with reading_experiment(f"sqlite:///{mlflow_store}", "losses"):
        pass
    assert hashlib.sha256(mlflow_store.read_bytes()).hexdigest() == before


@pytest.mark.parametrize(
    ("experiment", "message"),
    [
        ("loses", r"MLflow at .*ml.db has none of that name: did you mean losses\?"),
        ("zzz", "has none of that name: there is Default, empty, losses"),
        ("deleted", "--experiment deleted: deleted at .*ml.db; restore it first"),
        ("empty", "--experiment empty: MLflow at .*ml.db has no run in it"),
    ],
)
def test_an_experiment_that_is_not_to_be_had_is_said(mlflow_store, experiment, message):
    with pytest.raises(InputError, match=message), reading_experiment(f"sqlite:///{mlflow_store}", experiment):
        pass


def contents(folder):
    """Without what SQLite puts beside a database while it is read."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith(("-shm", "-wal"))}


def test_a_place_without_mlflow_is_refused_and_left_as_it_is(tmp_path, store):
    (tmp_path / "text.db").write_text("no database, whatever it is called" * 100)
    store.close()
    for uri, message in (
        (f"sqlite:///{tmp_path / 'none.db'}", "--mlflow: there is no file"),
        (f"sqlite:///{tmp_path / 'text.db'}", "is not a SQLite database"),
        (f"sqlite:///{tmp_path / 'ablate.db'}", "is not a database of MLflow: it has no table of experiments"),
        (str(tmp_path), "expected MLflow's directory"),
        (str(tmp_path / "text.db"), "a file: give a database of MLflow as sqlite:///"),
        ("nothing://x", "--mlflow nothing://x: not an address that can be read"),
    ):
        before = contents(tmp_path)
        with pytest.raises(InputError, match=message), reading_experiment(uri, "losses"):
            pass
        assert contents(tmp_path) == before


def test_a_server_that_is_away_is_said_soon_and_without_its_password():
    started = time.monotonic()
    with (
        pytest.raises(TrackingError, match=r"MLflow at http://127\.0\.0\.1:9 cannot be read") as caught,
        reading_experiment("http://me:secret@127.0.0.1:9", "losses"),
    ):
        pass
    assert "secret" not in str(caught.value)
    assert time.monotonic() - started < 30
