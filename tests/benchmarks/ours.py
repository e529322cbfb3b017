"""A study of trials that do nothing, run by us: fork server, journals with fsync, database and MLflow."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from idle_jobs import do_nothing

from ablate.jobs.journal import find_attempts, read_result
from ablate.jobs.local import LocalExecutor
from ablate.orchestrate import run_study
from ablate.specs import Configuration, Factor, Level, Resources, StudySpec
from ablate.study.design import plan
from ablate.tracking.mlflow import Mirror
from ablate.tracking.records import TrialStatus
from ablate.tracking.store import Store
from ablate.workspace import Workspace

FACTOR = "training.learning_rate"
MEASURED = "measured"


class Measured(NamedTuple):
    """Seconds per trial, from the end of the first to the last row in MLflow; and seconds until then, once per run.

    `idle` is the part of the slots' time, from the first job's start to the last one's end, in which none ran.
    """

    per_trial: float
    once: float
    idle: float


class Listener:
    """Hears when the first trial ended."""

    def __init__(self) -> None:
        self.first: float | None = None

    def on_end(self, *_: object) -> None:
        """An attempt has ended."""
        self.first = self.first or time.perf_counter()

    def _hear(self, *_: object) -> None: ...

    on_plan = on_start = on_metrics = on_idle = on_warning = _hear


def measure(folder: Path, trials: int, workers: int, job: Callable[[Path], None] = do_nothing) -> Measured:
    """Run `trials` trials in a new workspace, after a study that makes the databases and loads MLflow."""
    workspace = Workspace(folder.resolve())
    with Store.open(workspace.database_url) as store:
        mirror = Mirror(store, workspace.mlflow_url, workspace)
        began = time.perf_counter()
        once = _run(workspace, store, mirror, _study("first", 1, 1), do_nothing) - began
        study = _study(MEASURED, trials, workers)
        first = _run(workspace, store, mirror, study, job)
        seconds = time.perf_counter() - first
        if store.progress(MEASURED)[TrialStatus.COMPLETE] != trials or mirror.sync(MEASURED):
            raise RuntimeError("not every trial is complete, or in MLflow")
    return Measured(seconds / (trials - 1), once, _idle(workspace, workers))


def _run(workspace: Workspace, store: Store, mirror: Mirror, study: StudySpec, job: Callable[[Path], None]) -> float:
    """Answers when the first trial ended."""
    listener, planned = Listener(), plan(study)

    def create_executor() -> LocalExecutor:
        return LocalExecutor(study.resources, carry_out=job)

    run_study(planned, store, workspace, create_executor, listener, lambda: mirror.sync(study.name))
    if listener.first is None:
        raise RuntimeError("nothing ran")
    return listener.first


def _study(name: str, trials: int, workers: int) -> StudySpec:
    seeds = next(number for number in (5, 4, 2, 1) if trials % number == 0)
    levels = tuple(Level(label=str(n), settings={FACTOR: 0.001 * (n + 1)}) for n in range(trials // seeds))
    return StudySpec(
        name=name,
        question="What does a trial cost that does nothing?",
        base=Configuration(),
        factors=(Factor(name=FACTOR, levels=levels),),
        baseline={FACTOR: "0"},
        seeds=tuple(range(seeds)),
        resources=Resources(workers=workers, threads_per_trial=1, gpus_per_trial=0),
    )


def _idle(workspace: Workspace, workers: int) -> float:
    """From the jobs' own words: the sum of their times against the time of all slots."""
    found = [read_result(path) for path in find_attempts(workspace.study_runs(MEASURED))]
    results = [result for result in found if result is not None]
    span = max(result.ended for result in results) - min(result.started for result in results)
    return 1 - sum(result.ended - result.started for result in results) / (workers * span)
