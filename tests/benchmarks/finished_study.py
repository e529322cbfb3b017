"""A workspace with a finished study of 10,000 trials, made without training: journals, database and mirror state."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ablate.jobs.journal import METRICS, Journal, create_attempt
from ablate.specs import Costs, Environment, JobSpec, MetricRecord, Split, SplitRecord, TrialResult, TrialSpec
from ablate.study.design import plan, trials
from ablate.study.load import load_study
from ablate.tracking import attempts, mirroring
from ablate.tracking.connection import write
from ablate.tracking.lookup import digest
from ablate.tracking.migrate import open_database
from ablate.tracking.mirrored_run import note
from ablate.tracking.records import MirroredStudyRecord, MirrorTask
from ablate.tracking.store import Store
from ablate.workspace import Workspace

Item = TypeVar("Item")

STUDY = """
name: finished
question: How long does it take to see that nothing is left to do?
training: {{epochs: {epochs}}}
factors:
  training.learning_rate: {rates}
  training.weight_decay: {decays}
  model.layer.window: [3, 5]
baseline: {{training.learning_rate: 0.001, training.weight_decay: 0.001, model.layer.window: 3}}
seeds: {seeds}
"""
SEEDS, EPOCHS = 5, 10
ENVIRONMENT = Environment(packages={"python": "3", "torch": "0"}, hardware={"device": "none"}, commit="0" * 40)


def make(root: Path, combinations: int = 2_000, seeds: int = SEEDS, epochs: int = EPOCHS) -> Path:
    """Make the workspace at `root`; answers the study's file. Nothing is synced to the disk, which only costs time.

    `combinations` is a multiple of ten.
    """
    root.mkdir(parents=True, exist_ok=True)
    os.fsync = lambda _descriptor: None  # type: ignore[assignment]
    file = root / "finished.yaml"
    rates, decays = ([round(0.001 * (n + 1), 6) for n in range(count)] for count in (5, combinations // 10))
    file.write_text(STUDY.format(rates=rates, decays=decays, seeds=seeds, epochs=epochs))
    planned, workspace = plan(load_study(file)), Workspace(root.resolve())
    engine = open_database(workspace.database_url)
    with Store(engine) as store:
        store.record_plan(planned)
        for some in _in_parts(list(enumerate(trials(planned)))):
            write(engine, functools.partial(_finish, workspace=workspace, some=some, epochs=epochs))
        _mirror(store, engine, workspace, epochs)
    directory = workspace.report_directory("finished")
    directory.mkdir(parents=True)
    (directory / "report.md").touch()
    return file


def _in_parts(items: list[Item], size: int = 500) -> Iterator[list[Item]]:
    for first in range(0, len(items), size):
        yield items[first : first + size]


def _finish(session: Session, workspace: Workspace, some: list[tuple[int, TrialSpec]], epochs: int) -> None:
    """What a job and its orchestrator would have written of these trials."""
    for number, trial in some:
        directory = workspace.attempt_directory("finished", trial.name, 1)
        create_attempt(directory, JobSpec(trial=trial, attempt=1))
        records = [_record(step, split, number) for step in range(epochs) for split in (Split.TRAIN, Split.VALIDATION)]
        records.append(_record(epochs - 1, Split.TEST, number))
        (directory / METRICS).write_text("".join(f"{record.model_dump_json()}\n" for record in records))
        Journal(directory).finish(result := result_of(trial, number))
        attempts.begin(session, "finished", trial.name, 1, "local", 1, (), float(number))
        attempts.ingest(session, "finished", trial.name, 1, records, (directory / METRICS).stat().st_size)
        attempts.finish(session, "finished", result, is_final=True)


def result_of(trial: TrialSpec, number: int) -> TrialResult:
    """How a trial that does nothing ends."""
    return TrialResult(
        trial=trial.name,
        attempt=1,
        status="complete",
        started=float(number),
        ended=number + 5.0,
        environment=ENVIRONMENT,
        costs=Costs(parameters=1_000, macs=10_000),
        splits={split: SplitRecord(images=10, images_per_class=(1,) * 10, fingerprint=split) for split in Split},
        training_seconds=4.0,
    )


def _record(epoch: int, split: Split, number: int) -> MetricRecord:
    values = {"accuracy": (number % 97 + epoch) / (100 + epoch), "loss": 1 / (epoch + 1)}
    return MetricRecord(step=epoch + 1, split=split, time=float(number), values=values)


def _mirror(store: Store, engine: Engine, workspace: Workspace, epochs: int) -> None:
    """As after a mirror that is up to date, without MLflow."""
    file = workspace.root / "db" / "mlflow.db"
    file.touch()
    destination = digest(str(file))
    told = MirroredStudyRecord(experiment="1", note_digest=digest(note(store.spec("finished"))), report_digest=None)
    store.record_mirrored_study("finished", destination, told)

    def record(session: Session, some: list[MirrorTask]) -> None:
        for task in some:
            mirroring.record_trial(session, "finished", destination, task, f"run-{task.trial}", epochs)

    for some in _in_parts(list(store.mirror_tasks("finished", destination))):
        write(engine, functools.partial(record, some=some))
