"""MLflow as a mirror of the tracking database; its only home, and imported only when there is something to say.

One experiment per study; flat runs, one per trial, with a param per factor, the seed, and a tag for the combination.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ablate.errors import TrackingError
from ablate.specs import StudySpec
from ablate.tracking.connection import shown
from ablate.tracking.lookup import digest
from ablate.tracking.mirrored_run import (
    ATTEMPT,
    ROLE,
    TRIAL,
    milliseconds,
    note,
    numbers,
    params,
    run_name,
    status,
    tags,
)
from ablate.tracking.records import MirroredStudyRecord, MirrorTask
from ablate.tracking.refusals import censored
from ablate.tracking.store import Store

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment, Run

SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    # A server that is away is met again later: by default one call would wait for four minutes.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "3",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
}
"""Set before MLflow is imported, unless the user has set them."""

RETRY_AFTER_SECONDS = 30.0
"""How long a server that was away is left alone."""

BATCH = 1_000
"""The most metrics that one call may hold."""


class Command(NamedTuple):
    """A program to start: its arguments, and what to add to the environment."""

    arguments: list[str]
    environment: dict[str, str]


class Mirror:
    """Keeps one MLflow, at `tracking_uri`, up to date with the store; `artifacts` is where it keeps files.

    Files go to `artifacts` where the store of MLflow is a database; a server has a place of its own.
    """

    def __init__(self, store: Store, tracking_uri: str, artifacts: Path) -> None:
        self._store, self._uri, self._artifacts = store, tracking_uri, artifacts
        self._destination = digest(shown(tracking_uri))
        self._client: MlflowClient | None = None
        self._found: dict[str, dict[str, Run]] = {}
        self._away: tuple[float, str] | None = None

    def sync(self, study: str) -> int:
        """Bring the study's runs up to date and answer how many were behind; with none, MLflow is not even loaded.

        Raises:
            TrackingError: MLflow cannot be written to. Nothing is lost: the next call brings it over. Calls shortly
                after one that failed fail at once.
        """
        known = self._known(study)
        spec = self._store.spec(study)
        tasks = self._store.mirror_tasks(study, self._destination)
        if not tasks and known is not None and known.note_digest == digest(note(spec)):
            return 0
        with self._reaching(study) as client:
            experiment, has_forgotten = self._experiment(client, spec, known)
            if has_forgotten:
                tasks = self._store.mirror_tasks(study, self._destination)
            for task in tasks:
                self._mirror(client, experiment, study, task)
        return len(tasks)

    def log_report(self, study: str, directory: Path) -> None:
        """Put the files of a report on the study's run `report`; nothing if they are there already.

        Raises:
            TrackingError: as for `sync`.
        """
        contents = _contents(directory)
        known = self._known(study)
        if known is not None and known.report_digest == contents:
            return
        with self._reaching(study) as client:
            experiment, _ = self._experiment(client, self._store.spec(study), known)
            runs = client.search_runs([experiment], f"tags.`{ROLE}` = 'report'", max_results=1)
            now = milliseconds(time.time())
            run = runs[0] if runs else client.create_run(experiment, now, {ROLE: "report"}, run_name="report")
            client.log_artifacts(run.info.run_id, str(directory))
            client.set_terminated(run.info.run_id, "FINISHED", now)
            self._remember(study, experiment, report_digest=contents)

    def _known(self, study: str) -> MirroredStudyRecord | None:
        """What this MLflow was told of the study; forgotten first where its file was deleted."""
        known = self._store.mirrored_study(study, self._destination)
        path = Path(shown(self._uri)) if self._uri.startswith("sqlite:") else None
        if known is None or path is None or path.exists():
            return known
        self._store.forget_mirror(study, self._destination)
        self._client, self._found = None, {}
        return None

    @contextmanager
    def _reaching(self, study: str) -> Iterator[MlflowClient]:
        """The client; what goes wrong with it is said in one line, and remembered for a while."""
        if self._away is not None and time.monotonic() < self._away[0]:
            raise TrackingError(self._away[1])
        for name, value in SETTINGS.items():
            os.environ.setdefault(name, value)
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        is_done = False
        try:
            if self._client is None:
                self._client = self._connected()
            yield self._client
            is_done = True
        except (MlflowException, SQLAlchemyError, OSError) as error:
            said = censored(str(error).strip().partition("\n")[0], self._uri).partition(" failed with exception")[0]
            message = (
                f"MLflow at {shown(self._uri)} cannot be written to ({said:.200}): "
                "nothing is lost, it is brought up to date as soon as it can be"
            )
            self._away = (time.monotonic() + RETRY_AFTER_SECONDS, message)
            raise TrackingError(message) from error
        finally:
            if not is_done:  # a run may have been made that was not recorded: look again
                self._found.pop(study, None)

    def _connected(self) -> MlflowClient:
        from mlflow import MlflowClient

        if self._uri.startswith("sqlite:"):
            Path(shown(self._uri)).parent.mkdir(parents=True, exist_ok=True)
        return MlflowClient(self._uri)

    def _experiment(self, client: MlflowClient, spec: StudySpec, known: MirroredStudyRecord | None) -> tuple[str, bool]:
        """The id of the study's experiment, made, restored or annotated as needed; and whether it is not the `known`
        one, so that what had been mirrored was forgotten."""
        wanted = note(spec)
        found: Experiment | None = client.get_experiment_by_name(spec.name)
        if found is None:
            place = None if self._uri.startswith("http") else (self._artifacts / spec.name).resolve().as_uri()
            experiment = client.create_experiment(spec.name, artifact_location=place, tags=wanted)
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
        self._remember(spec.name, experiment, note_digest=digest(wanted))
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
            started = milliseconds(task.attempt.started)
            run = client.create_run(experiment, started, tags(task), run_name=run_name(task)).info.run_id
        records = self._store.metric_records(study, task.trial, task.attempt.number, from_step=step)
        levels = [Param(*item) for item in params(task).items()]
        words = [RunTag(*item) for item in tags(task).items()]
        metrics = [Metric(*number) for number in numbers(task, records)]
        first = BATCH - len(levels) - len(words)
        client.log_batch(run, metrics[:first], levels, words, synchronous=True)
        for place in range(first, len(metrics), BATCH):
            client.log_batch(run, metrics[place : place + BATCH], synchronous=True)
        ended = status(task)
        if ended is not None:
            client.set_terminated(run, ended, milliseconds(task.attempt.ended or task.attempt.started))
        step = max((record.step for record in records), default=step)
        self._store.record_mirrored_trial(study, self._destination, task, run, step)

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


def ui_command(tracking_uri: str, artifacts: Path, port: int) -> Command:
    """How to start MLflow's page on 127.0.0.1; the store's URL goes by the environment, for it may hold a password.

    Raises:
        TrackingError: `tracking_uri` is a server, which shows the page itself.
    """
    if tracking_uri.startswith("http"):
        raise TrackingError(f"MLflow runs at {shown(tracking_uri)} already: open that address in a browser")
    arguments = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    return Command(
        arguments,
        {
            "MLFLOW_BACKEND_STORE_URI": tracking_uri,
            "MLFLOW_DEFAULT_ARTIFACT_ROOT": artifacts.resolve().as_uri(),
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_DISABLE_TELEMETRY": "true",
        },
    )


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
