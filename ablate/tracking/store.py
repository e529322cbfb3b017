"""The door to the tracking database: every query, each answered with values, each write one transaction."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

from ablate.errors import TrackingError
from ablate.specs import MetricRecord, Plan, Split, StudySpec, TrialResult, TrialSpec
from ablate.tracking import (
    artifacts,
    attempts,
    environments,
    imports,
    mirroring,
    originals,
    planned,
    plans,
    progress,
    removal,
    reports,
    results,
    tables,
    trials,
)
from ablate.tracking.access import Access
from ablate.tracking.claims import Claims, ReportRecord
from ablate.tracking.records import (
    Artifact,
    AttemptRecord,
    CodeRecord,
    FailedTrial,
    ForeignTrial,
    Imported,
    MirroredStudyRecord,
    MirrorTask,
    OriginalRecord,
    TrialRecord,
    TrialStatus,
)

if TYPE_CHECKING:
    import pandas as pd


class Store(Access):
    """Every query of the tracking database.

    Every write is idempotent: done twice it changes nothing. `Access` says how it is opened, and how long a call is
    tried.

    Raises:
        TrackingError: from every method, if the database cannot be used, or a study, trial or attempt is unknown.
    """

    # Plans

    def record_plan(self, plan: Plan) -> bool:
        """Make the plan the current one; answers whether it was another, or none, before.

        What it no longer holds is kept, and no longer counts as planned.
        """
        return self._write(lambda session: plans.record(session, plan))

    def record_trial(self, study: str, spec: TrialSpec) -> None:
        """Enter a tuning trial, or what tuning found for a replicate; nothing if that is known.

        A trial that is over keeps the configuration that its numbers come from.

        Raises:
            TrackingError: the trial is of another study.
        """
        if spec.study != study:
            raise TrackingError(f"trial {spec.name} is of study {spec.study}, and was to be recorded in {study}")
        self._write(lambda session: plans.record_trial(session, spec))

    def record_import(self, plan: Plan, found: Sequence[ForeignTrial]) -> Imported:
        """Enter runs that were made elsewhere, all or none; what is known already stays as it is.

        Raises:
            TrackingError: what is known of the study contradicts it, as `imports.record` says.
        """
        return self._write(lambda session: imports.record(session, plan, found))

    def plan(self, study_name: str) -> Plan:
        """The current plan of a study, equal to the one that was recorded."""
        return self._read(lambda session: planned.read_plan(session, study_name))

    def spec(self, study_name: str) -> StudySpec:
        """The study as it was last planned, without its combinations."""
        return self._read(lambda session: planned.read_spec(session, study_name))

    def study_names(self) -> tuple[str, ...]:
        """The studies that were ever planned, sorted."""
        return self._read(lambda session: tuple(sorted(session.scalars(select(tables.Study.name)))))

    # Attempts

    def begin_attempt(
        self,
        study: str,
        trial_name: str,
        number: int,
        executor: str,
        threads: int,
        gpus: tuple[int, ...],
        started: float,
    ) -> None:
        """Record that an attempt runs since `started` (seconds since 1970); its trial is then running."""
        self._write(
            lambda session: attempts.begin(session, study, trial_name, number, executor, threads, gpus, started)
        )

    def ingest(self, study: str, trial_name: str, number: int, records: Sequence[MetricRecord], offset: int) -> None:
        """Add the records of a journal up to byte `offset`; nothing if it was read that far already."""
        self._write(lambda session: attempts.ingest(session, study, trial_name, number, records, offset))

    def finish_attempt(
        self, study: str, result: TrialResult, found: Sequence[Artifact] = (), *, is_final: bool = True
    ) -> None:
        """Record an attempt's own word on how it ended, and the files `found` that it left.

        The trial accepts its first complete attempt for ever, and none that a later attempt has followed. Unless
        `is_final`, a failure leaves the trial planned.
        """
        self._write(lambda session: attempts.finish(session, study, result, found, is_final=is_final))

    def end_attempt(
        self,
        study: str,
        trial_name: str,
        number: int,
        status: attempts.Interrupted,
        reason: str,
        ended: float,
        found: Sequence[Artifact] = (),
    ) -> None:
        """Record that an attempt was lost or stopped without a result, so that its trial is to be run again, or pruned.

        A tuning trial that was pruned is over. `found` are the files that the attempt left.
        """
        self._write(lambda session: attempts.end(session, study, trial_name, number, status, reason, ended, found))

    def reset_failed(self, study: str) -> int:
        """Plan the failed trials anew; answers how many there were."""
        return self._write(lambda session: attempts.reset_failed(session, study))

    def artifacts(self, study: str, trial_name: str, number: int) -> tuple[Artifact, ...]:
        """The files that an attempt had left when it ended; checkpoints only of trials that are not over."""
        return self._read(lambda session: artifacts.read(session, study, trial_name, number))

    def record_code_diff(self, diff: str, text: str, *, is_cut: bool) -> None:
        """Keep what the code has beyond its commit, under the digest that environments know it by."""
        self._write(lambda session: environments.record_diff(session, diff, text, is_cut=is_cut))

    # Reports

    def record_report(self, study: str, claims: Claims, written: float, version: str) -> bool:
        """Keep what a report claims, `written` (seconds since 1970) by a version of the program; answers if it is new.

        A report of the same content is known, and nothing is written, not even asked of a database to read alone.
        """
        if self._read(lambda session: reports.is_known(session, study, claims.digest)):
            return False
        return self._write(lambda session: reports.record(session, study, claims, written, version))

    def reports(self, study: str) -> tuple[ReportRecord, ...]:
        """What was claimed of a study, the oldest first."""
        return self._read(lambda session: reports.read(session, study))

    # Results

    def trials(self, study: str) -> tuple[TrialRecord, ...]:
        """The trials of the current plan, by the position of their combination and by seed: replicates only."""
        return self._read(lambda session: trials.replicates(session, study))

    def tuning_trials(self, study: str) -> tuple[TrialRecord, ...]:
        """The tuning trials begun for the current plan, by the position of their combination and by number."""
        return self._read(lambda session: trials.tuning_trials(session, study))

    def tuning_curves(self, study: str) -> dict[str, tuple[MetricRecord, ...]]:
        """By the name of a tuning trial: what its accepted attempt recorded, or else its newest."""
        return self._read(lambda session: results.tuning_curves(session, study))

    def codes(self, study: str) -> tuple[CodeRecord, ...]:
        """The code that complete trials of the current plan (tuning trials too) ran with, the most used first."""
        return self._read(lambda session: results.codes(session, study))

    def attempts(self, study: str, *, open_only: bool = False) -> tuple[AttemptRecord, ...]:
        """All attempts, or those that run, also of trials outside the current plan."""
        return self._read(lambda session: results.attempts(session, study, open_only=open_only))

    def closed_attempts(self, study: str) -> frozenset[tuple[str, int]]:
        """Trial and number of every attempt that has ended."""
        return self._read(lambda session: results.closed_attempts(session, study))

    def progress(self, study: str) -> dict[TrialStatus, int]:
        """How many trials of the current plan there are in every status: replicates only."""
        return self._read(lambda session: progress.replicates(session, study))

    def progress_by_combination(self, study: str, *, is_tuning: bool = False) -> dict[str, dict[TrialStatus, int]]:
        """The same by the hash of the combination, or how far its tuning is; a combination without trials is absent."""
        return self._read(lambda session: progress.by_combination(session, study, is_tuning=is_tuning))

    def progress_by_study(self) -> dict[str, dict[TrialStatus, int]]:
        """As `progress`, of every study that was ever planned, by name, sorted."""
        return self._read(progress.by_study)

    def tuning_progress(self, study: str) -> dict[TrialStatus, int]:
        """How many of the tuning trials begun for the current plan there are in every status."""
        return self._read(lambda session: progress.tuning_trials(session, study))

    def failed_trials(self, study: str) -> tuple[FailedTrial, ...]:
        """The trials of the current plan that failed, tuning trials first, by the position of their combination."""
        return self._read(lambda session: progress.failed(session, study))

    def unplanned_trials(self, study: str) -> int:
        """How many complete trials are kept that the current plan does not ask for."""
        return self._read(lambda session: progress.unplanned(session, study))

    def curves(self, study: str, *, split: Split | None = None, metric: str | None = None) -> pd.DataFrame:
        """The metrics of the accepted attempts: columns combination, seed, split, step, metric, value.

        Of one split or one metric alone where it is named, which is quicker than all.
        """
        from ablate.tracking import curves  # arrays are slow to load, and most commands need none

        return self._read(lambda session: curves.read(session, study, split, metric))

    def metric_records(self, study: str, trial_name: str, number: int, from_step: int = 0) -> tuple[MetricRecord, ...]:
        """What an attempt recorded from a step on, in the order of time."""
        return self._read(lambda session: results.metric_records(session, study, trial_name, number, from_step))

    def trial_names(self) -> tuple[tuple[str, str], ...]:
        """Study and name of every trial, tuning trials and those outside the current plans too, sorted."""
        return self._read(originals.names)

    def original(self, study: str, trial_name: str) -> OriginalRecord:
        """A trial that is over, with all that another run of it can be compared with.

        Raises:
            TrackingError: it was imported, it is not over, or this version cannot read its configuration.
        """
        return self._read(lambda session: originals.read(session, study, trial_name))

    # The mirror; `destination` tells one MLflow from another

    def mirror_tasks(self, study: str, destination: str) -> tuple[MirrorTask, ...]:
        """The trials whose run is missing or behind."""
        return self._read(lambda session: mirroring.tasks(session, study, destination, time.time()))

    def mirrored_study(self, study: str, destination: str) -> MirroredStudyRecord | None:
        """What was mirrored of the study as a whole, or None."""
        return self._read(lambda session: mirroring.study_record(session, study, destination))

    def record_mirrored_study(self, study: str, destination: str, record: MirroredStudyRecord) -> None:
        """Remember what was mirrored of the study as a whole."""
        self._write(lambda session: mirroring.record_study(session, study, destination, record))

    def record_mirrored_trial(self, study: str, destination: str, task: MirrorTask, run: str, step: int) -> None:
        """Remember that a run shows what its task asked for, with metrics up to `step`."""
        self._write(lambda session: mirroring.record_trial(session, study, destination, task, run, step))

    def forget_mirror(self, study: str, destination: str) -> None:
        """Forget what was mirrored, because the MLflow no longer has it."""
        self._write(lambda session: mirroring.forget(session, study, destination))

    # Making a study anew

    def size(self, study: str) -> removal.Size:
        """How many rows there are of the study, of every plan that it had."""
        return self._read(lambda session: removal.size(session, study))

    def mirror_state(self, study: str) -> removal.MirrorState:
        """What MLflow was told of the study, by names, to be remembered of its new rows."""
        return self._read(lambda session: removal.read_mirror(session, study))

    def restore_mirror(self, study: str, state: removal.MirrorState) -> None:
        """Remember of the study's new rows what MLflow was told of the old ones."""
        self._write(lambda session: removal.write_mirror(session, study, state))

    def remove_study(self, study: str) -> None:
        """Delete every row of the study."""
        self._write(lambda session: removal.remove(session, study))
