"""MLflow as a mirror of the tracking database; imported only when there is something to say.

One experiment per study; flat runs, one per trial, with a param per factor, the seed, and a tag for the combination.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ablate.specs import StudySpec
from ablate.tracking.connection import shown
from ablate.tracking.lookup import digest
from ablate.tracking.mirrored_files import collect
from ablate.tracking.mirrored_run import (
    ATTEMPT,
    NOTE,
    ROLE,
    TRIAL,
    beginning,
    datasets,
    ending,
    labels,
    milliseconds,
    note,
    numbers,
    params,
    run_name,
    status,
    tags,
)
from ablate.tracking.mirrored_samples import read_samples
from ablate.tracking.mlflow_reach import Reach
from ablate.tracking.records import MirroredStudyRecord, MirrorTask
from ablate.tracking.store import Store
from ablate.workspace import Workspace

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment, Run

BATCH = 1_000
"""The most metrics that one call may hold."""


class Mirror:
    """Keeps one MLflow, at `tracking_uri`, up to date with the store and the journals of a workspace.

    Files go to the workspace where the store of MLflow is a database; a server has a place of its own. One thread at a
    time, of one process at a time for a study, may write: two that see a run missing would both make it.
    """

    def __init__(self, store: Store, tracking_uri: str, workspace: Workspace) -> None:
        self._store, self._workspace, self._reach = store, workspace, Reach(tracking_uri)
        self._destination = digest(shown(tracking_uri))
        self._found: dict[str, dict[str, Run]] = {}
        self._sampled: dict[str, int] = {}

    def sync(self, study: str, is_over: Callable[[], bool] = lambda: False) -> int:
        """Bring the study's runs up to date and answer how many were behind; with none, MLflow is not even loaded.

        Ends between two runs once `is_over`.

        Raises:
            TrackingError: MLflow cannot be written to. Nothing is lost: the next call brings it over. Calls shortly
                after one that failed fail at once.
        """
        known = self._known(study)
        tasks = self._store.mirror_tasks(study, self._destination)
        if not tasks and known is not None:
            return 0
        with self._reaching(study) as client:
            experiment, has_forgotten = self._experiment(client, self._store.spec(study), known)
            if has_forgotten:
                tasks = self._store.mirror_tasks(study, self._destination)
            for task in tasks:
                if is_over():
                    break
                self._mirror(client, experiment, study, task)
        return len(tasks)

    def describe(self, study: str, text: str) -> None:
        """Put the study's question, and `text` (Markdown) on how it stands, above its runs; nothing if they are there.

        Raises:
            TrackingError: as for `sync`.
        """
        known, spec = self._known(study), self._store.spec(study)
        wanted = digest(note(spec, text))
        if known is not None and known.note_digest == wanted:
            return
        with self._reaching(study) as client:
            experiment, _ = self._experiment(client, spec, known)
            client.set_experiment_tag(experiment, NOTE, note(spec, text))
            self._remember(study, experiment, note_digest=wanted)

    def has_report(self, study: str, directory: Path) -> bool:
        """Whether MLflow was given the files of a report as they are now."""
        known = self._known(study)
        return known is not None and known.report_digest == _contents(directory)

    def log_report(self, study: str, directory: Path) -> None:
        """Put the files of a report on the study's run `report`; nothing if they are there already.

        Raises:
            TrackingError: as for `sync`.
        """
        if self.has_report(study, directory):
            return
        contents = _contents(directory)
        with self._reaching(study) as client:
            experiment, _ = self._experiment(client, self._store.spec(study), self._known(study))
            runs = client.search_runs([experiment], f"tags.`{ROLE}` = 'report'", max_results=1)
            now = milliseconds(time.time())
            run = runs[0] if runs else client.create_run(experiment, now, {ROLE: "report"}, run_name="report")
            client.log_artifacts(run.info.run_id, str(directory))
            client.set_terminated(run.info.run_id, "FINISHED", now)
            self._remember(study, experiment, report_digest=contents)

    def experiment(self, study: str) -> str | None:
        """The id of the study's experiment, or None where it was never mirrored."""
        known = self._known(study)
        return known.experiment if known is not None else None

    def look_again(self) -> None:
        """Let the next call try to reach MLflow, however short a time ago the last one failed."""
        self._reach.look_again()

    def _known(self, study: str) -> MirroredStudyRecord | None:
        """What this MLflow was told of the study; forgotten first where its file was deleted."""
        known = self._store.mirrored_study(study, self._destination)
        if known is None or self._reach.file is None or self._reach.file.exists():
            return known
        self._store.forget_mirror(study, self._destination)
        self._reach.start_anew()
        self._found = {}
        return None

    @contextmanager
    def _reaching(self, study: str) -> Iterator[MlflowClient]:
        is_done = False
        try:
            with self._reach.use() as client:
                yield client
                is_done = True
        finally:
            if not is_done:  # a run may have been made that was not recorded: look again
                self._found.pop(study, None)

    def _experiment(self, client: MlflowClient, spec: StudySpec, known: MirroredStudyRecord | None) -> tuple[str, bool]:
        """The id of the study's experiment, made, restored or labelled as needed; and whether it is not the `known`
        one, so that what had been mirrored was forgotten."""
        wanted = labels()
        found: Experiment | None = client.get_experiment_by_name(spec.name)
        if found is None:
            folder = self._workspace.mlflow_artifacts / spec.name
            place = None if self._reach.is_server else folder.resolve().as_uri()
            first = {**wanted, NOTE: note(spec)}
            experiment = client.create_experiment(spec.name, artifact_location=place, tags=first)
        else:
            experiment = found.experiment_id
            if found.lifecycle_stage == "deleted":
                client.restore_experiment(experiment)
            for key, value in wanted.items():
                if found.tags.get(key) != value:
                    client.set_experiment_tag(experiment, key, value)
        has_forgotten = known is not None and (found is None or known.experiment != experiment)
        if has_forgotten:  # another MLflow than before
            self._store.forget_mirror(spec.name, self._destination)
            self._found.pop(spec.name, None)
        self._remember(spec.name, experiment)
        return experiment, has_forgotten

    def _remember(
        self, study: str, experiment: str, *, note_digest: str | None = None, report_digest: str | None = None
    ) -> None:
        known = self._store.mirrored_study(study, self._destination)
        record = MirroredStudyRecord(
            experiment=experiment,
            note_digest=note_digest or (known and known.note_digest),
            report_digest=report_digest or (known and known.report_digest),
        )
        if record != known:
            self._store.record_mirrored_study(study, self._destination, record)

    def _mirror(self, client: MlflowClient, experiment: str, study: str, task: MirrorTask) -> None:
        from mlflow.entities import Metric, Param, RunTag

        run, step = self._run_to_continue(client, experiment, study, task)
        if run is None:
            run = client.create_run(experiment, beginning(task), tags(task), run_name=run_name(task)).info.run_id
        records = self._store.metric_records(study, task.trial, task.attempt.number, from_step=step)
        levels = [Param(*item) for item in params(task).items()]
        words = [RunTag(*item) for item in tags(task).items()]
        metrics = [Metric(*number) for number in numbers(task, records)]
        samples, offset = read_samples(self._attempt(study, task), self._sampled.get(run, 0))
        metrics += [Metric(*number) for number in samples]
        first = BATCH - len(levels) - len(words)
        client.log_batch(run, metrics[:first], levels, words, synchronous=True)
        for place in range(first, len(metrics), BATCH):
            client.log_batch(run, metrics[place : place + BATCH], synchronous=True)
        self._sampled[run] = offset  # forgotten with this process: what comes twice, MLflow keeps once
        ended = status(task)
        if ended is not None:
            self._attach(client, run, study, task)
            client.set_terminated(run, ended, ending(task))
        step = max((record.step for record in records), default=step)
        self._store.record_mirrored_trial(study, self._destination, task, run, step)

    def _attach(self, client: MlflowClient, run: str, study: str, task: MirrorTask) -> None:
        """The data that the attempt worked on, and the files that it left."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        inputs = [
            DatasetInput(Dataset(**found.fields), [InputTag("mlflow.data.context", found.context)])
            for found in datasets(task)
        ]
        if inputs:
            client.log_inputs(run, inputs)
        with TemporaryDirectory(prefix="ablate-mirror-") as folder:
            if collect(self._attempt(study, task), Path(folder)):
                client.log_artifacts(run, folder)

    def _attempt(self, study: str, task: MirrorTask) -> Path:
        return self._workspace.attempt_directory(study, task.trial, task.attempt.number)

    def _run_to_continue(
        self, client: MlflowClient, experiment: str, study: str, task: MirrorTask
    ) -> tuple[str | None, int]:
        """The run that shows the task's attempt and the step up to which it does; runs that show another go."""
        if task.run is not None and _is_active(client, task.run):
            return task.run, task.step
        if task.stale_run is not None and _is_active(client, task.stale_run):
            client.delete_run(task.stale_run)
        # A run that our database knows nothing of: it was rebuilt, or a call broke off after making the run.
        run = self._runs_by_trial(client, experiment, study).pop(task.trial, None)
        if run is None or run.info.run_id in (task.run, task.stale_run):
            return None, 0
        if run.data.tags.get(ATTEMPT) == str(task.attempt.number) and run.data.tags.get("combination") == task.label:
            return run.info.run_id, 0
        client.delete_run(run.info.run_id)
        return None, 0

    def _runs_by_trial(self, client: MlflowClient, experiment: str, study: str) -> dict[str, Run]:
        """The runs that were there when this mirror first looked (or last failed), by trial."""
        if study not in self._found:
            runs: list[Run] = []
            token: str | None = ""
            while token is not None:
                page = client.search_runs([experiment], max_results=BATCH, page_token=token or None)
                runs += page
                token = page.token or None
            self._found[study] = {run.data.tags[TRIAL]: run for run in runs if TRIAL in run.data.tags}
        return self._found[study]


def _is_active(client: MlflowClient, run: str) -> bool:
    """Whether the run is there; someone may have deleted it by hand."""
    from mlflow.exceptions import MlflowException

    try:
        return bool(client.get_run(run).info.lifecycle_stage == "active")
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return False
        raise


def _contents(directory: Path) -> str:
    """A digest of the names and bytes of all files in a directory."""
    total = hashlib.sha256()
    for path in sorted(path for path in directory.rglob("*") if path.is_file()):
        data = path.read_bytes()
        total.update(f"{path.relative_to(directory).as_posix()}\0{len(data)}\0".encode() + data)
    return total.hexdigest()
