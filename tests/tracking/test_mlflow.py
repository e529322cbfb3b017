"""MLflow shows what the database holds: once, truly, and again after anything that went wrong."""

from __future__ import annotations

import json
import math
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from ablate.errors import TrackingError
from ablate.specs import Columns, MetricRecord, Plan, Range, Source, SourceKind, Split, TrialResult, TrialSpec, Tune
from ablate.tracking import mlflow_reach
from ablate.tracking.mirrored_files import MOST_BYTES
from ablate.tracking.mlflow import Mirror
from ablate.tracking.mlflow_page import ui_command
from ablate.tracking.records import AttemptStatus, ForeignAttempt, ForeignMetric, ForeignTrial
from ablate.tracking.store import Store
from ablate.workspace import Workspace

STUDY = "windows"
STARTED = 1_800_000_000.25


pytestmark = pytest.mark.filterwarnings(
    # MLflow 3.17 with SQLAlchemy 2.1
    "ignore:The ``noload`` loader strategy is deprecated:sqlalchemy.exc.SADeprecationWarning"
)

MAKE_TABLES = """
import sys
from ablate.tracking.mlflow_reach import Reach
with Reach(sys.argv[1]).use() as client:
    client.search_experiments()
"""


class EmptyMlflow(NamedTuple):
    """A database of MLflow with its tables and no study, and what was printed when it was made."""

    path: Path
    printed: str


@pytest.fixture(scope="module")
def empty_mlflow(tmp_path_factory: pytest.TempPathFactory) -> EmptyMlflow:
    """Made once: it takes seconds, copying it does not."""
    folder = tmp_path_factory.mktemp("mlflow")
    done = subprocess.run(
        [sys.executable, "-c", MAKE_TABLES, f"sqlite:///{folder / 'mlflow.db'}"],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=200,
        check=True,
    )
    return EmptyMlflow(folder / "mlflow.db", done.stdout + done.stderr)


@pytest.fixture
def mlflow_url(empty_mlflow: EmptyMlflow, tmp_path: Path) -> str:
    (tmp_path / "db").mkdir(exist_ok=True)
    return f"sqlite:///{shutil.copy(empty_mlflow.path, tmp_path / 'db' / 'mlflow.db')}"


@pytest.fixture
def client(mlflow_url: str) -> MlflowClient:
    return MlflowClient(mlflow_url)


@pytest.fixture
def mirror(store: Store, mlflow_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    monkeypatch.setattr(mlflow_reach, "RETRY_AFTER_SECONDS", 0.0)
    monkeypatch.setattr(mlflow_reach, "PATIENCE_SHARE", math.inf)
    return Mirror(store, mlflow_url, Workspace(tmp_path))


def begin(store: Store, trial: str, number: int = 1) -> None:
    store.begin_attempt(STUDY, trial, number, "local", threads=2, gpus=(), started=STARTED)


def complete(store: Store, trial: str, records: tuple[MetricRecord, ...], result: TrialResult) -> None:
    begin(store, trial, result.attempt)
    store.ingest(STUDY, trial, result.attempt, records, offset=700)
    store.finish_attempt(STUDY, result)


def runs(client: MlflowClient) -> list[Run]:
    experiment = client.get_experiment_by_name(STUDY)
    assert experiment is not None
    return [run for run in client.search_runs([experiment.experiment_id]) if "ablate.trial" in run.data.tags]


def points(client: MlflowClient, run: Run, key: str) -> list[tuple[int, float, int]]:
    return [(m.step, m.value, m.timestamp) for m in client.get_metric_history(run.info.run_id, key)]


def test_a_complete_trial_is_one_run_with_its_levels_curves_costs_and_times(
    mirror: Mirror,
    store: Store,
    client: MlflowClient,
    trial: str,
    records: tuple[MetricRecord, ...],
    make_result: Callable[..., TrialResult],
) -> None:
    complete(store, trial, records, make_result(trial))
    assert mirror.sync(STUDY) == 1
    (run,) = runs(client)
    assert run.info.run_name == "3 · 7 epochs · seed 0"
    assert run.data.params == {"window": "3", "epochs": "7 epochs", "seed": "0"}
    assert run.data.tags["combination"] == "3 · 7 epochs"
    assert (run.data.tags["ablate.trial"], run.data.tags["ablate.attempt"]) == (trial, "1")
    assert run.data.tags["mlflow.source.git.commit"] == "abc"
    assert (run.info.status, run.info.start_time, run.info.end_time) == (
        "FINISHED",
        1_800_000_000_250,
        1_800_000_009_750,
    )
    assert points(client, run, "validation/accuracy") == [
        (r.step, r.values["accuracy"], round(r.time * 1000)) for r in records if r.split is Split.VALIDATION
    ]
    last = run.data.metrics
    assert (last["test/accuracy"], last["parameters"], last["macs"]) == (0.29, 4_321, 98_765_432_109)
    assert (last["training_seconds"], last["peak_memory_bytes"]) == (8.125, 5_000_000_000)
    assert (last["inference_latency_seconds"], last["energy_joules"], last["memory_halvings"]) == (0.0625, 812.5, 2)
    assert {"energy_source", "has_batch_norm"}.isdisjoint(last), "they are no numbers"
    experiment = client.get_experiment_by_name(STUDY)
    assert experiment is not None
    assert experiment.tags["mlflow.note.content"] == "Does a wider window help?\n\nExpected: A little."
    assert experiment.tags["mlflow.experimentKind"] == "custom_model_development"


def test_a_run_grows_with_its_attempt_and_holds_every_point_once(
    mirror: Mirror,
    store: Store,
    client: MlflowClient,
    trial: str,
    records: tuple[MetricRecord, ...],
    make_result: Callable[..., TrialResult],
) -> None:
    begin(store, trial)
    for end in (1, 3, 6):
        store.ingest(STUDY, trial, 1, records[:end], offset=end)
        assert mirror.sync(STUDY) == 1
        assert mirror.sync(STUDY) == 0
        assert runs(client)[0].info.status == "RUNNING"
    store.finish_attempt(STUDY, make_result(trial))
    assert mirror.sync(STUDY) == 1
    (run,) = runs(client)
    assert run.info.status == "FINISHED"
    assert [step for step, _, _ in points(client, run, "train/loss")] == [1, 2, 3]
    assert [step for step, _, _ in points(client, run, "validation/loss")] == [1, 2, 3]


def test_an_attempt_that_has_just_begun_gets_a_run_once_it_has_something_to_show_or_takes_its_time(
    mirror: Mirror, store: Store, client: MlflowClient, records: tuple[MetricRecord, ...]
) -> None:
    quick, slow = (record.name for record in store.trials(STUDY)[:2])
    store.begin_attempt(STUDY, quick, 1, "local", threads=2, gpus=(), started=time.time())
    assert mirror.sync(STUDY) == 0
    store.begin_attempt(STUDY, slow, 1, "local", threads=2, gpus=(), started=time.time() - 3.0)
    assert mirror.sync(STUDY) == 1
    store.ingest(STUDY, quick, 1, records[:1], offset=1)
    assert mirror.sync(STUDY) == 1
    assert sorted(run.data.tags["ablate.trial"] for run in runs(client)) == sorted([quick, slow])


@pytest.mark.parametrize(("status", "shown"), [(AttemptStatus.LOST, "KILLED"), (AttemptStatus.STOPPED, "KILLED")])
def test_an_interrupted_attempt_is_shown_as_killed_and_gives_way_to_the_next(
    mirror: Mirror,
    store: Store,
    client: MlflowClient,
    trial: str,
    records: tuple[MetricRecord, ...],
    make_result: Callable[..., TrialResult],
    status: AttemptStatus,
    shown: str,
) -> None:
    begin(store, trial)
    store.ingest(STUDY, trial, 1, records[:4], offset=400)
    mirror.sync(STUDY)
    store.end_attempt(STUDY, trial, 1, status, "no sign of life", ended=STARTED + 3)  # type: ignore[arg-type]
    mirror.sync(STUDY)
    (run,) = runs(client)
    assert (run.info.status, run.data.tags["ablate.reason"]) == (shown, "no sign of life")
    complete(store, trial, records, make_result(trial, 2))
    mirror.sync(STUDY)
    (run,) = runs(client)
    assert (run.info.status, run.data.tags["ablate.attempt"]) == ("FINISHED", "2")
    assert len(points(client, run, "train/loss")) == 3


def test_failures_are_shown_as_failed(
    mirror: Mirror, store: Store, client: MlflowClient, trial: str, make_result: Callable[..., TrialResult]
) -> None:
    other = store.trials(STUDY)[5].name
    begin(store, trial)
    store.finish_attempt(STUDY, make_result(trial, status="failed"))
    begin(store, other)
    store.finish_attempt(STUDY, make_result(other, status="failed"))
    assert mirror.sync(STUDY) == 2
    assert {run.data.tags["ablate.trial"]: run.info.status for run in runs(client)} == {
        trial: "FAILED",
        other: "FAILED",
    }


def test_tuning_trials_are_told_from_replicates_and_show_what_they_tried(
    mirror: Mirror,
    store: Store,
    client: MlflowClient,
    plan: Plan,
    records: tuple[MetricRecord, ...],
    make_result: Callable[..., TrialResult],
) -> None:
    tune = Tune(settings={"training.learning_rate": Range(low=1e-4, high=1e-2)}, trials=2)
    combination = plan.combinations[0]
    training = combination.configuration.training.model_copy(update={"learning_rate": 0.007})
    store.record_plan(plan.model_copy(update={"study": plan.study.model_copy(update={"tune": tune})}))
    replicate = TrialSpec(
        study=STUDY,
        configuration=combination.configuration.model_copy(update={"training": training}),
        seed=4,
        combination=combination.hash,
    )
    tries = [replicate.model_copy(update={"tuning": number, "seed": 0}) for number in (1, 2)]
    for spec in (*tries, replicate):
        store.record_trial(STUDY, spec)
    begin(store, tries[0].name)
    store.end_attempt(STUDY, tries[0].name, 1, AttemptStatus.PRUNED, "worse than the median", ended=STARTED + 5)
    for spec in (tries[1], replicate):
        complete(store, spec.name, records, make_result(spec.name))
    assert mirror.sync(STUDY) == 3
    shown = {run.info.run_name: run for run in runs(client)}
    assert shown.keys() == {
        "3 · 7 epochs · tuning 1",
        "3 · 7 epochs · tuning 2",
        "3 · 7 epochs · seed 4",
    }
    assert shown["3 · 7 epochs · tuning 1"].info.status == "KILLED"
    assert shown["3 · 7 epochs · tuning 2"].data.params["training.learning_rate"] == "0.007"
    assert shown["3 · 7 epochs · seed 4"].data.params == {
        "window": "3",
        "epochs": "7 epochs",
        "training.learning_rate": "0.007",
        "seed": "4",
    }
    experiment = client.get_experiment_by_name(STUDY)
    assert experiment is not None
    found = client.search_runs([experiment.experiment_id], "tags.kind = 'replicate'")
    assert [run.data.tags["combination"] for run in found] == ["3 · 7 epochs"]
    groups = sorted(run.data.tags["combination"] for run in runs(client))
    assert groups == ["3 · 7 epochs", "3 · 7 epochs · tuning", "3 · 7 epochs · tuning"]
    assert mirror.sync(STUDY) == 0


def test_a_rebuilt_database_finds_the_runs_that_are_there(
    mirror: Mirror,
    store: Store,
    client: MlflowClient,
    plan: Plan,
    trial: str,
    mlflow_url: str,
    tmp_path: Path,
    records: tuple[MetricRecord, ...],
    make_result: Callable[..., TrialResult],
) -> None:
    complete(store, trial, records, make_result(trial))
    mirror.sync(STUDY)
    before = runs(client)
    with Store.open(f"sqlite:///{tmp_path / 'rebuilt.db'}") as rebuilt:
        rebuilt.record_plan(plan)
        complete(rebuilt, trial, records, make_result(trial))
        assert Mirror(rebuilt, mlflow_url, Workspace(tmp_path)).sync(STUDY) == 1
    assert [run.info.run_id for run in runs(client)] == [run.info.run_id for run in before]
    assert len(points(client, before[0], "train/loss")) == 3


def test_a_deleted_mlflow_is_filled_again(
    mirror: Mirror,
    store: Store,
    trial: str,
    empty_mlflow: EmptyMlflow,
    mlflow_url: str,
    tmp_path: Path,
    records: tuple[MetricRecord, ...],
    make_result: Callable[..., TrialResult],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    complete(store, trial, records, make_result(trial))
    mirror.sync(STUDY)
    assert mirror.sync(STUDY) == 0
    path = Path(mlflow_url.removeprefix("sqlite:///"))
    path.unlink()
    fresh = MlflowClient(f"sqlite:///{shutil.copy(empty_mlflow.path, tmp_path / 'fresh.db')}")
    monkeypatch.setattr(mirror._reach, "_connect", lambda: fresh)  # making the tables anew takes seconds
    assert mirror.sync(STUDY) == 1
    assert len(runs(fresh)) == 1


def test_a_server_that_lost_everything_is_filled_again_when_there_is_news(
    mirror: Mirror,
    store: Store,
    trial: str,
    empty_mlflow: EmptyMlflow,
    tmp_path: Path,
    records: tuple[MetricRecord, ...],
    make_result: Callable[..., TrialResult],
) -> None:
    complete(store, trial, records, make_result(trial))
    mirror.sync(STUDY)
    begin(store, store.trials(STUDY)[2].name)
    # Its first study has the same id as before.
    fresh = MlflowClient(f"sqlite:///{shutil.copy(empty_mlflow.path, tmp_path / 'fresh.db')}")
    mirror._reach._client = fresh
    mirror.sync(STUDY)
    assert sorted(run.info.status for run in runs(fresh)) == ["FINISHED", "RUNNING"]


def test_a_run_or_study_deleted_by_hand_comes_back_when_there_is_news(
    mirror: Mirror,
    store: Store,
    client: MlflowClient,
    trial: str,
    records: tuple[MetricRecord, ...],
    make_result: Callable[..., TrialResult],
) -> None:
    begin(store, trial)
    mirror.sync(STUDY)
    client.delete_run(runs(client)[0].info.run_id)
    experiment = client.get_experiment_by_name(STUDY)
    assert experiment is not None
    client.delete_experiment(experiment.experiment_id)
    store.ingest(STUDY, trial, 1, records, offset=700)
    store.finish_attempt(STUDY, make_result(trial))
    mirror.sync(STUDY)
    (run,) = runs(client)
    assert len(points(client, run, "train/loss")) == 3


def test_a_server_that_goes_away_at_any_call_costs_nothing(
    mirror: Mirror,
    store: Store,
    client: MlflowClient,
    records: tuple[MetricRecord, ...],
    make_result: Callable[..., TrialResult],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for record in store.trials(STUDY)[:3]:
        complete(store, record.name, records, make_result(record.name))
    calls = {"left": 0}

    def failing(name: str) -> Callable[..., object]:
        original = getattr(MlflowClient, name)

        def call(self: MlflowClient, *arguments: object, **options: object) -> object:
            answer = original(self, *arguments, **options)  # done, but the answer is lost on the way
            calls["left"] -= 1
            if calls["left"] < 0:
                raise MlflowException("API request to http://ann:secret@host/api failed")
            return answer

        return call

    for name in ("create_experiment", "create_run", "log_batch", "set_terminated"):
        monkeypatch.setattr(MlflowClient, name, failing(name))
    said = []
    for allowed in range(20):
        calls["left"] = allowed
        try:
            mirror.sync(STUDY)
            break
        except TrackingError as error:
            said.append(str(error))
    assert len(said) > 3
    assert "secret" not in "".join(said)
    assert [run.info.status for run in runs(client)] == ["FINISHED"] * 3
    assert all(len(points(client, run, "train/loss")) == 3 for run in runs(client))


def test_a_server_that_is_away_is_said_so_quickly_and_then_at_once(
    store: Store, trial: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in mlflow_reach.SETTINGS:  # so that what the mirror sets is undone after the test
        monkeypatch.setenv(name, mlflow_reach.SETTINGS[name])
        monkeypatch.delenv(name)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        port = taken.getsockname()[1]
        mirror = Mirror(store, f"http://ann:secret@127.0.0.1:{port}", Workspace(tmp_path))
        begin(store, trial)
        for limit in (20, 0.5):
            clock = time.perf_counter()
            with pytest.raises(
                TrackingError, match=rf"MLflow at http://127\.0\.0\.1:{port} cannot be written to"
            ) as caught:
                mirror.sync(STUDY)
            assert "secret" not in str(caught.value)
            assert time.perf_counter() - clock < limit


def test_a_long_curve_goes_over_in_batches(mirror: Mirror, store: Store, client: MlflowClient, trial: str) -> None:
    begin(store, trial)
    lines = [MetricRecord(step=s, split=Split.TRAIN, time=STARTED + s, values={"loss": 1 / s}) for s in range(1, 2_346)]
    store.ingest(STUDY, trial, 1, lines, offset=9)
    mirror.sync(STUDY)
    (run,) = runs(client)
    assert run.data.metrics["train/loss"] == 1 / 2_345
    assert len(client.get_metric_history(run.info.run_id, "train/loss")) == 2_345


def test_what_a_job_sampled_of_its_machine_is_shown_while_it_runs_and_once(
    mirror: Mirror,
    store: Store,
    client: MlflowClient,
    trial: str,
    records: tuple[MetricRecord, ...],
    make_result: Callable[..., TrialResult],
    mlflow_url: str,
    tmp_path: Path,
) -> None:
    place = Workspace(tmp_path)
    file = place.attempt_directory(STUDY, trial, 1) / "system.jsonl"
    file.parent.mkdir(parents=True)
    lines = [
        f'{{"step":{n},"time":{STARTED + 5 * n},"values":{{"process_memory_usage_megabytes":{100 + n},"odd@":1.5}}}}\n'
        for n in range(1_200)
    ]
    begin(store, trial)
    store.ingest(STUDY, trial, 1, records[:2], offset=100)
    file.write_text("".join(lines[:2]) + lines[2][:30], encoding="utf-8")  # its third is being written
    mirror.sync(STUDY)
    (run,) = runs(client)
    memory = "system/process_memory_usage_megabytes"
    wanted = [(n, 100.0 + n, round((STARTED + 5 * n) * 1000)) for n in range(1_200)]
    assert sorted(points(client, run, memory)) == wanted[:2]
    file.write_text("".join(lines[:3]) + 'no JSON\n{"step":-1}\n' + "".join(lines[3:]), encoding="utf-8")
    store.ingest(STUDY, trial, 1, records[2:], offset=700)
    mirror.sync(STUDY)
    assert sorted(points(client, run, memory)) == wanted
    store.finish_attempt(STUDY, make_result(trial))
    Mirror(store, mlflow_url, place).sync(STUDY)  # one that does not know what was sent
    (run,) = runs(client)
    assert sorted(points(client, run, memory)) == wanted
    assert len(points(client, run, "system/odd_")) == 1_200
    assert run.info.status == "FINISHED"


def test_names_that_mlflow_refuses_are_spelt_otherwise(
    mirror: Mirror, store: Store, client: MlflowClient, plan: Plan, trial: str
) -> None:
    factor = plan.study.factors[0]
    odd = factor.model_copy(update={"name": "window@first=last"})
    study = plan.study.model_copy(update={"factors": (odd, plan.study.factors[1])})
    combinations = tuple(
        c.model_copy(
            update={
                "choice": {odd.name: c.choice[factor.name], "training.epochs": c.choice["training.epochs"]},
                "aliases": (),
            }
        )
        for c in plan.combinations
    )
    store.record_plan(plan.model_copy(update={"study": study, "combinations": combinations}))
    begin(store, trial)
    mirror.sync(STUDY)
    assert runs(client)[0].data.params["window_first_last"] == "3"


def test_a_report_and_its_figures_are_artifacts_and_brought_up_to_date(
    mirror: Mirror, client: MlflowClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "report"
    (report / "figures").mkdir(parents=True)
    (report / "report.md").write_text("first")
    (report / "figures" / "effects.png").write_bytes(b"\x89PNG")
    mirror.log_report(STUDY, report)
    experiment = client.get_experiment_by_name(STUDY)
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    assert (run.info.run_name, run.info.status) == ("report", "FINISHED")
    assert [f.path for f in client.list_artifacts(run.info.run_id)] == ["figures", "report.md"]
    (report / "report.md").write_text("second")
    mirror.log_report(STUDY, report)
    assert len(client.search_runs([experiment.experiment_id])) == 1
    assert Path(client.download_artifacts(run.info.run_id, "report.md")).read_text() == "second"
    monkeypatch.setattr(mirror, "_reaching", None)
    mirror.log_report(STUDY, report)  # unchanged: MLflow is not asked


def test_a_run_keeps_its_specification_the_end_of_its_log_and_the_images_it_worked_on(
    mirror: Mirror,
    store: Store,
    client: MlflowClient,
    trial: str,
    tmp_path: Path,
    records: tuple[MetricRecord, ...],
    make_result: Callable[..., TrialResult],
) -> None:
    journal = Workspace(tmp_path).attempt_directory(STUDY, trial, 1)
    journal.mkdir(parents=True)
    (journal / "spec.json").write_text('{"seed": 0}')
    (journal / "checkpoint.pt").write_text("large")
    begin(store, trial)
    mirror.sync(STUDY)
    assert client.list_artifacts(runs(client)[0].info.run_id) == []
    (journal / "log.txt").write_text("".join(f"line {number}\n" for number in range(50_000)))
    complete(store, trial, records, make_result(trial))
    mirror.sync(STUDY)
    (run,) = runs(client)
    assert [f.path for f in client.list_artifacts(run.info.run_id)] == ["log.txt", "spec.json"]
    lines = Path(client.download_artifacts(run.info.run_id, "log.txt")).read_text().splitlines()
    assert lines[0].startswith("[the first ")
    assert lines[-1] == "line 49999"
    size = (journal / "log.txt").stat().st_size
    assert f"bytes of {size:,} are left out]" in lines[0]
    assert Path(client.download_artifacts(run.info.run_id, "log.txt")).stat().st_size < MOST_BYTES + 100
    seen = {one.tags[0].value: one.dataset for one in run.inputs.dataset_inputs}
    assert {context: (data.name, data.digest) for context, data in seen.items()} == {
        "train": ("digits", "f"),
        "test": ("digits", "g"),
    }
    assert json.loads(seen["train"].profile) == {"images": 30, "images_per_class": [10, 20]}


def test_the_text_above_the_runs_says_how_the_study_stands_and_is_written_when_it_changes(
    mirror: Mirror, client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror.describe(STUDY, "| combination | mean |")
    experiment = client.get_experiment_by_name(STUDY)
    assert experiment is not None
    note = experiment.tags["mlflow.note.content"]
    assert note == "Does a wider window help?\n\nExpected: A little.\n\n| combination | mean |"
    mirror.describe(STUDY, "row\n" * 5_000)
    again = client.get_experiment_by_name(STUDY)
    assert again is not None
    assert len(again.tags["mlflow.note.content"]) <= 5_000
    assert again.tags["mlflow.note.content"].endswith("row\n…")
    monkeypatch.setattr(mirror, "_reaching", None)
    mirror.describe(STUDY, "row\n" * 5_000)  # unchanged: MLflow is not asked


def test_imported_runs_are_shown_without_times_that_nobody_knows_and_by_names_that_mlflow_takes(
    mirror: Mirror, store: Store, client: MlflowClient, plan: Plan
) -> None:
    columns = Columns(seed="seed")
    study = plan.study.model_copy(
        update={
            "base": None,
            "name": "foreign",
            "source": Source(kind=SourceKind.CSV, place="runs.csv", columns=columns),
        }
    )
    numbers = tuple(
        ForeignMetric(name=key, step=0, value=value)
        for key, value in (("loss=best", 1.0), ("loss@best", 2.0), ("../x", 3.0), ("größe", math.nan))
    )
    attempt = ForeignAttempt(status=AttemptStatus.COMPLETE, metrics=numbers)
    store.record_import(
        plan.model_copy(update={"study": study}),
        [ForeignTrial(combination=plan.combinations[0].hash, seed=0, attempts=(attempt,))],
    )
    assert mirror.sync("foreign") == 1
    experiment = client.get_experiment_by_name("foreign")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    assert (run.info.status, run.info.start_time, run.info.end_time) == ("FINISHED", 1, 1)
    found = run.data.metrics
    assert (found["loss_best"], found["loss_best_2"], found["___x"]) == (1.0, 2.0, 3.0)
    assert math.isnan(found["größe"])
    assert client.list_artifacts(run.info.run_id) == []
    assert mirror.sync("foreign") == 0


def test_mlflow_is_silent_when_it_makes_its_tables_and_leaves_nothing_beside_them(empty_mlflow: EmptyMlflow) -> None:
    assert empty_mlflow.printed == ""
    assert [path.name for path in empty_mlflow.path.parent.iterdir()] == ["mlflow.db"]


def test_a_mirror_that_is_up_to_date_does_not_load_mlflow(
    mirror: Mirror,
    url: str,
    store: Store,
    trial: str,
    records: tuple[MetricRecord, ...],
    make_result: Callable[..., TrialResult],
    mlflow_url: str,
) -> None:
    complete(store, trial, records, make_result(trial))
    assert mirror.sync(STUDY) == 1
    script = (
        "import sys; from pathlib import Path; from ablate.tracking.store import Store; "
        "from ablate.tracking.mlflow import Mirror; from ablate.workspace import Workspace; "
        "store = Store.open(sys.argv[1]); count = Mirror(store, sys.argv[2], Workspace(Path())).sync('windows'); "
        "sys.exit(10 * count + ('mlflow' in sys.modules))"
    )
    arguments = [sys.executable, "-c", script, url, mlflow_url]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_page_is_started_on_the_loopback_alone_and_its_store_is_no_argument(tmp_path: Path) -> None:
    command = ui_command("postgresql://ann:secret@host/mlflow", tmp_path, 5_432)
    assert "secret" not in " ".join(command.arguments)
    assert command.arguments[command.arguments.index("--host") + 1] == "127.0.0.1"
    assert command.arguments[command.arguments.index("--port") + 1] == "5432"
    assert command.environment["MLFLOW_BACKEND_STORE_URI"] == "postgresql://ann:secret@host/mlflow"
    assert command.environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"
    with pytest.raises(TrackingError, match=r"runs at http://host:5000 already: open that address"):
        ui_command("http://ann:secret@host:5000", tmp_path, 5_432)
