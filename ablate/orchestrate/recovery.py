"""What an earlier run left: its journals are read to their end, the living are adopted, the dead are given up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from ablate.jobs import lease
from ablate.jobs.journal import SPEC, list_attempts, read_spec
from ablate.orchestrate.attempt import LiveAttempt
from ablate.orchestrate.books import Books
from ablate.orchestrate.ledger import Interrupted
from ablate.specs import Plan, TrialResult
from ablate.tracking.records import AttemptRecord, AttemptStatus
from ablate.workspace import Workspace

ENDINGS: dict[lease.Ending, Interrupted] = {
    lease.Ending.LOST: AttemptStatus.LOST,
    lease.Ending.STOPPED: AttemptStatus.STOPPED,
    lease.Ending.PRUNED: AttemptStatus.PRUNED,
}

UNHEARD_OF = "journal"
"""What stands for the executor of an attempt of which only its own directory tells: a kill kept it out of the books."""

LOST = "its process is gone and left no result"


class Recovered(NamedTuple):
    """The attempts that are to be gone on with, and whether any other was settled.

    `open` are those whose jobs are alive, and those of tuning trials, alive or not: how a tuning trial ended is for
    the study's pruner to say, which has to hear of its tries in their order.
    """

    open: tuple[LiveAttempt, ...]
    has_settled: bool


def recover(books: Books, workspace: Workspace, plan: Plan) -> Recovered:
    """Make the store agree with the journals.

    The journals decide: an attempt that the store has never heard of is entered.
    """
    study, store = plan.study.name, books.store
    known = {(record.trial, record.number): record for record in store.attempts(study, open_only=True)}
    closed = store.closed_attempts(study)
    is_planned = planned_names(plan)
    found = {
        (trial, number)
        for trial, numbers in list_attempts(workspace.study_runs(study)).items()
        for number in numbers
        if is_planned(trial)
    }
    left_open, has_settled = [], False
    for key in sorted(found - closed):
        attempt = _open(books, workspace, key, known.get(key))
        if settle(attempt, books):
            has_settled = True
        else:
            left_open.append(attempt)
    for key in known:
        if key not in found and is_planned(key[0]):
            books.end_attempt(*key, AttemptStatus.LOST, "its directory is gone", time.time(), known[key].offset, ())
            has_settled = True
    left_open.sort(key=lambda attempt: (attempt.trial.tuning, attempt.number))
    return Recovered(tuple(left_open), has_settled)


def settle(attempt: LiveAttempt, books: Books) -> bool:
    """Close an attempt that has ended, as its mark says, by its result, or by its death; False if it stays open."""
    if (mark := lease.abandonment(attempt.directory)) is not None:
        attempt.close(books, ENDINGS[mark.status], mark.reason, time.time())
        return True
    if attempt.trial.tuning:
        return False
    if _take_result(attempt, books) or attempt.give_up(books, AttemptStatus.LOST, LOST, time.time()):
        return True
    return _take_result(attempt, books)  # the result may have come between the two looks


def planned_names(plan: Plan) -> Callable[[str], bool]:
    """Whether a trial of that name, replicate or tuning, belongs to the plan."""
    replicates = {f"{combination.hash}-s{seed}" for combination in plan.combinations for seed in plan.study.seeds}
    tries = range(1, plan.study.tune.trials + 1) if plan.study.tune else ()
    tuning = {f"{combination.hash}-t{number}" for combination in plan.combinations for number in tries}
    return (replicates | tuning).__contains__


def is_decisive(result: TrialResult) -> bool:
    """Whether a result that no run awaited decides its trial: a later run has attempts of its own for a machine's."""
    return result.failure is None or not result.failure.is_infrastructure


def _take_result(attempt: LiveAttempt, books: Books) -> bool:
    result = attempt.result()
    if result is None:
        return False
    attempt.finish(books, result, is_final=is_decisive(result))
    return True


def _open(books: Books, workspace: Workspace, key: tuple[str, int], record: AttemptRecord | None) -> LiveAttempt:
    """The attempt as its journal describes it, entered into the books where they have never heard of it."""
    directory = workspace.attempt_directory(books.study, *key)
    job = read_spec(directory)
    if record is None:
        books.begin_attempt(job, UNHEARD_OF, (directory / SPEC).stat().st_mtime)
    return LiveAttempt(job.trial, key[1], directory, offset=record.offset if record else 0)
