"""A study's ledger and journals into a database that has heard nothing of them, or only their beginning."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar, assert_never

from ablate.errors import TrackingError, WorkspaceError
from ablate.jobs import lease
from ablate.jobs.fence import MARK
from ablate.jobs.journal import SPEC, accepted_result, list_attempts, read_metrics, read_result, read_spec
from ablate.jobs.lines import Damaged
from ablate.orchestrate.artifacts import list_artifacts
from ablate.orchestrate.attempt import lost_objective
from ablate.orchestrate.books import enter_attempt
from ablate.orchestrate.ledger import ENTRY, Begun, Ended, Entry, Finished, Interrupted, Ledger, Planned, Retried
from ablate.orchestrate.recovery import ENDINGS, UNHEARD_OF, is_decisive, planned_names
from ablate.specs import JobSpec, Objective, TrialResult
from ablate.tracking.records import Artifact, AttemptRecord, AttemptStatus
from ablate.tracking.store import Store
from ablate.workspace import Workspace

Value = TypeVar("Value", JobSpec, TrialResult)
Attempt = tuple[str, int]


class Replay:
    """Does what the entries of one study's ledger say that was done, in their order; the jobs' journals are only read.

    `damaged` are the lines that were left out, and `unreadable` says of each attempt, or plan, why it is not as it was.
    """

    def __init__(self, store: Store, workspace: Workspace, study: str, ledger: Ledger) -> None:
        self.damaged: list[Damaged] = []
        self.unreadable: list[str] = []
        self._store, self._workspace, self._study, self._ledger = store, workspace, study, ledger
        self._jobs: dict[Attempt, JobSpec] = {}
        self._objective: Objective | None = None

    def follow(self, entries: Sequence[Entry], on_entry: Callable[[int], None] = lambda _done: None) -> None:
        """Do what the entries say, each of which may have been done before; `on_entry` hears how many were done."""
        for done, entry in enumerate(entries, 1):
            self._do(entry)
            on_entry(done)

    def read_on(self) -> None:
        """Enter what the ledger does not tell, as journals show it: attempts it never heard of, and the ends of others.

        What runs, or died without a word, stays open: the next run of the study judges it, and goes on.
        """
        is_planned = planned_names(self._store.plan(self._study))
        known = {(record.trial, record.number): record.status for record in self._store.attempts(self._study)}
        for trial, numbers in list_attempts(self._workspace.study_runs(self._study)).items():
            for key in ((trial, number) for number in numbers):
                if not is_planned(trial):
                    continue
                if key not in known and (job := self._job(key)) is not None:
                    enter_attempt(self._store, self._study, job, UNHEARD_OF, _changed(self._directory(key) / SPEC))
                    known[key] = AttemptStatus.RUNNING
                if known.get(key) is AttemptStatus.RUNNING:
                    self._read_end(key)

    def _do(self, entry: Entry) -> None:
        match entry:
            case Planned():
                self._plan(entry)
            case Begun():
                self._begin(entry)
            case Finished():
                self._finish((entry.trial, entry.attempt), entry.offset, is_final=entry.is_final)
            case Ended():
                key = (entry.trial, entry.attempt)
                self._end(key, entry.status, entry.reason, entry.ended, up_to=entry.offset)
            case Retried():
                self._store.reset_failed(self._study)
            case _:
                assert_never(entry)

    def _plan(self, entry: Planned) -> None:
        try:
            plan = self._ledger.plan(entry.digest)
            self._store.record_plan(plan)
        except (WorkspaceError, TrackingError) as error:
            self.unreadable.append(f"{error}; what only this plan holds is left out")
            return
        self._objective = plan.study.objective

    def _judged_by(self) -> Objective | None:
        """The objective of the plan that stands at this entry, which may have been recorded before the first.

        None where no plan up to here could be read: then no attempt could be entered, which was said.
        """
        if self._objective is None and self._study in self._store.study_names():
            self._objective = self._store.spec(self._study).objective
        return self._objective

    def _begin(self, entry: Begun) -> None:
        """Enter the attempt by its `spec.json`; without it, if a plan knows the trial, by what the ledger says."""
        job = self._job((entry.trial, entry.attempt))
        try:
            if job is not None:
                enter_attempt(self._store, self._study, job, entry.executor, entry.started)
            else:
                self._store.begin_attempt(
                    self._study, entry.trial, entry.attempt, entry.executor, entry.threads, entry.gpus, entry.started
                )
        except TrackingError as error:
            self.unreadable.append(f"{self._directory((entry.trial, entry.attempt))}: left out: {error}")

    def _finish(self, key: Attempt, offset: int | None, *, is_final: bool) -> None:
        """Take a result in as `LiveAttempt.finish` does; one that cannot be read, or cannot count, is a loss."""
        directory, job, objective = self._directory(key), self._job(key), self._judged_by()
        if objective is None:
            return
        result = self._read(directory, read_result)
        if result is None or job is None:
            reason = "its journal cannot be read"
            self.unreadable.append(f"{directory}: {reason}, and it had a result: its trial is to be run again")
            self._end(key, AttemptStatus.LOST, reason, _changed(directory), up_to=offset)
            return
        lost = lost_objective(directory, job.trial, result, objective, offset)
        if lost is not None:
            self._end(key, AttemptStatus.LOST, lost, result.ended, up_to=offset, is_over=True)
            return
        if self._ingest(key, offset, is_over=True):
            self._store.finish_attempt(self._study, result, self._left(key), is_final=is_final)

    def _end(
        self,
        key: Attempt,
        status: Interrupted,
        reason: str,
        ended: float,
        *,
        up_to: int | None = None,
        is_over: bool = False,
    ) -> None:
        if self._ingest(key, up_to, is_over=is_over):
            self._store.end_attempt(self._study, *key, status, reason, ended, self._left(key))

    def _left(self, key: Attempt) -> tuple[Artifact, ...]:
        return list_artifacts(self._directory(key), self._study, *key)

    def _read_end(self, key: Attempt) -> None:
        directory = self._directory(key)
        if (mark := lease.abandonment(directory)) is not None:
            self._end(key, ENDINGS[mark.status], mark.reason, _changed(directory / MARK))
        elif (result := self._read(directory, accepted_result)) is not None:
            self._finish(key, None, is_final=is_decisive(result))
        else:
            self._ingest(key, None)

    def _ingest(self, key: Attempt, up_to: int | None, *, is_over: bool = False) -> bool:
        """Enter the attempt's metrics; False if the database does not know the attempt, which was said before."""
        read = read_metrics(self._directory(key), up_to=up_to, is_over=is_over)
        try:
            self._store.ingest(self._study, *key, read.records, read.offset)
        except TrackingError:
            return False
        self.damaged += read.damaged
        return True

    def _job(self, key: Attempt) -> JobSpec | None:
        """What the attempt was to do; None, which is said once, if that cannot be read."""
        if key not in self._jobs and (job := self._read(self._directory(key), read_spec)) is not None:
            self._jobs[key] = job
        return self._jobs.get(key)

    def _read(self, directory: Path, reader: Callable[[Path], Value | None]) -> Value | None:
        try:
            return reader(directory)
        except WorkspaceError as error:
            if str(error) not in self.unreadable:
                self.unreadable.append(str(error))
            return None

    def _directory(self, key: Attempt) -> Path:
        return self._workspace.attempt_directory(self._study, *key)


def catch_up(store: Store, workspace: Workspace, study: str, ledger: Ledger, warn: Callable[[str], None]) -> bool:
    """Do what the ledger says and a kill kept from the database, which may also be new; answers whether that was any.

    The database holds what the first lines of the ledger say, up to some line: the last that it is seen to know. What
    follows that one is done; where it was done already, doing it again changes nothing. A study that was begun before
    there were ledgers is given one from the database.
    """
    entries, damaged = ledger.read()
    if not entries and study in store.study_names():
        ledger.begin(store.plan(study), _history(store.attempts(study)))
        return False
    rest = entries[_known_lines(store, study, entries) :]
    for line in damaged:
        warn(f"{line}; the line is left out")
    if not rest:
        return False

    def make_up(whole: Store) -> Replay:
        replay = Replay(whole, workspace, study, ledger)
        replay.follow(rest)
        return replay

    replay = store.together(make_up)
    for said in (*replay.unreadable, *(f"{line}; the line is left out" for line in replay.damaged)):
        warn(said)
    return any(not isinstance(entry, Planned) for entry in rest)


def _history(attempts: Sequence[AttemptRecord]) -> list[Entry]:
    """What a ledger would have said of a study that was begun before there were ledgers."""
    told: list[tuple[float, Entry]] = []
    for found in attempts:
        key = {"trial": found.trial, "attempt": found.number}
        resources = {"executor": found.executor, "threads": found.threads, "gpus": found.gpus}
        told.append(
            (found.started, ENTRY.validate_python({"kind": "begin", **key, **resources, "started": found.started}))
        )
        ended = found.ended if found.ended is not None else found.started
        match found.status:
            case AttemptStatus.RUNNING:
                continue
            case AttemptStatus.COMPLETE | AttemptStatus.FAILED:
                how = {"kind": "finish", "is_final": not found.is_infrastructure}
            case AttemptStatus.LOST | AttemptStatus.STOPPED | AttemptStatus.PRUNED:
                how = {"kind": "end", "status": found.status, "reason": found.reason or "", "ended": ended}
            case _:
                assert_never(found.status)
        told.append((ended, ENTRY.validate_python({**key, **how, "offset": found.offset})))
    return [entry for _, entry in sorted(told, key=lambda item: item[0])]


def _known_lines(store: Store, study: str, entries: Sequence[Entry]) -> int:
    if not entries or study not in store.study_names():
        return 0
    closed = store.closed_attempts(study)
    begun = closed | {(record.trial, record.number) for record in store.attempts(study, open_only=True)}
    for place in range(len(entries), 0, -1):
        entry = entries[place - 1]
        match entry:
            case Begun() if (entry.trial, entry.attempt) in begun:
                return place
            case Finished() | Ended() if (entry.trial, entry.attempt) in closed:
                return place
    return 0


def _changed(path: Path) -> float:
    """When a file was written last; now, if it is gone."""
    return path.stat().st_mtime if path.exists() else time.time()
