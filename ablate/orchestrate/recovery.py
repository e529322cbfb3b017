"""What an earlier run left: its journals are read to their end, the living are adopted, the dead are given up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from ablate.jobs import lease
from ablate.jobs.journal import list_attempts, read_spec
from ablate.orchestrate.attempt import Ending, LiveAttempt
from ablate.specs import Plan
from ablate.tracking.records import AttemptRecord, AttemptStatus
from ablate.tracking.store import Store
from ablate.workspace import Workspace

ENDINGS: dict[lease.Ending, Ending] = {
    lease.Ending.LOST: AttemptStatus.LOST,
    lease.Ending.STOPPED: AttemptStatus.STOPPED,
    lease.Ending.PRUNED: AttemptStatus.PRUNED,
}

LOST = "its process is gone and left no result"


class Recovered(NamedTuple):
    """The attempts that are to be gone on with, and whether any other was settled.

    `open` are those whose jobs are alive, and those of tuning trials, alive or not: how a tuning trial ended is for
    the study's pruner to say, which has to hear of its tries in their order.
    """

    open: tuple[LiveAttempt, ...]
    has_settled: bool


def recover(store: Store, workspace: Workspace, plan: Plan) -> Recovered:
    """Make the store agree with the journals.

    The journals decide: an attempt that the store has never heard of is entered, so a database that was deleted is
    made anew for the trials of the plan.
    """
    study, is_planned = plan.study.name, _planned(plan)
    known = {(record.trial, record.number): record for record in store.attempts(study, open_only=True)}
    closed = store.closed_attempts(study)
    found = {
        (trial, number)
        for trial, numbers in list_attempts(workspace.study_runs(study)).items()
        for number in numbers
        if is_planned(trial)
    }
    left_open, has_settled = [], False
    for key in sorted(found - closed):
        attempt = _open(store, workspace, study, key, known.get(key))
        if settle(attempt, store):
            has_settled = True
        else:
            left_open.append(attempt)
    for key in known:
        if key not in found and is_planned(key[0]):
            store.end_attempt(study, *key, AttemptStatus.LOST, "its directory is gone", time.time())
            has_settled = True
    left_open.sort(key=lambda attempt: (attempt.trial.tuning, attempt.number))
    return Recovered(tuple(left_open), has_settled)


def settle(attempt: LiveAttempt, store: Store) -> bool:
    """Close an attempt that has ended, as its mark says, by its result, or by its death; False if it stays open."""
    if (mark := lease.abandonment(attempt.directory)) is not None:
        attempt.close(store, ENDINGS[mark.status], mark.reason, time.time())
        return True
    if attempt.trial.tuning:
        return False
    if _take_result(attempt, store) or attempt.give_up(store, AttemptStatus.LOST, LOST, time.time()):
        return True
    return _take_result(attempt, store)  # the result may have come between the two looks


def _take_result(attempt: LiveAttempt, store: Store) -> bool:
    result = attempt.result()
    if result is None:
        return False
    # The machine's failures of an earlier run do not decide a trial: this run has attempts of its own.
    is_final = result.failure is None or not result.failure.is_infrastructure
    attempt.finish(store, result, is_final=is_final)
    return True


def _open(
    store: Store, workspace: Workspace, study: str, key: tuple[str, int], record: AttemptRecord | None
) -> LiveAttempt:
    """The attempt as its journal describes it, entered into the store where that has never heard of it."""
    directory = workspace.attempt_directory(study, *key)
    spec = read_spec(directory)
    store.record_trial(study, spec.trial)
    if record is None:
        started = (directory / "spec.json").stat().st_mtime
        store.begin_attempt(study, *key, "journal", spec.threads, spec.gpus, started)
    return LiveAttempt(spec.trial, key[1], directory, offset=record.offset if record else 0)


def _planned(plan: Plan) -> Callable[[str], bool]:
    """Whether a trial of that name, replicate or tuning, belongs to the plan."""
    replicates = {f"{combination.hash}-s{seed}" for combination in plan.combinations for seed in plan.study.seeds}
    tries = range(1, plan.study.tune.trials + 1) if plan.study.tune else ()
    tuning = {f"{combination.hash}-t{number}" for combination in plan.combinations for number in tries}
    return (replicates | tuning).__contains__
