"""What an earlier run left: its journals are read to their end, the living are adopted, the dead are given up."""

from __future__ import annotations

import time
from collections.abc import Mapping

from ablate.jobs.journal import find_attempts, read_spec
from ablate.orchestrate.attempt import LiveAttempt
from ablate.specs import TrialSpec
from ablate.tracking.records import AttemptRecord, AttemptStatus
from ablate.tracking.store import Store
from ablate.workspace import Workspace

Key = tuple[str, int]

LOST = "its process is gone and left no result"


def recover(store: Store, workspace: Workspace, study: str, trials: Mapping[str, TrialSpec]) -> list[LiveAttempt]:
    """Make the store agree with the journals; returns the attempts whose jobs are still alive.

    The journals decide: an attempt that the store has never heard of is entered, so a database that was deleted is
    made anew for the trials of the plan.
    """
    known = {(record.trial, record.number): record for record in store.attempts(study)}
    found = _find(workspace, study, trials)
    for key, attempt in found.items():
        if key not in known:
            _enter(store, attempt)
    for key, record in known.items():
        if record.status is AttemptStatus.RUNNING and key not in found and record.trial in trials:
            store.end_attempt(study, *key, AttemptStatus.LOST, "its directory is gone", time.time())
    to_settle = [attempt for key, attempt in found.items() if _is_open(known.get(key))]
    return [
        attempt for attempt in to_settle if not settle(attempt, store, known.get((attempt.trial.name, attempt.number)))
    ]


def settle(attempt: LiveAttempt, store: Store, record: AttemptRecord | None) -> bool:
    """Close an attempt that has ended, by its result or by its death; False if its job is alive."""
    attempt.offset = record.offset if record else 0
    if attempt.finish(store) is not None or attempt.give_up(store, AttemptStatus.LOST, LOST, time.time()):
        return True
    return attempt.finish(store) is not None  # the result may have come between the two looks


def _find(workspace: Workspace, study: str, trials: Mapping[str, TrialSpec]) -> dict[Key, LiveAttempt]:
    attempts = {}
    for directory in find_attempts(workspace.study_runs(study)):
        key = directory.parent.name, int(directory.name)
        if key[0] in trials:
            attempts[key] = LiveAttempt(trials[key[0]], key[1], directory)
    return attempts


def _enter(store: Store, attempt: LiveAttempt) -> None:
    spec = read_spec(attempt.directory)
    started = (attempt.directory / "spec.json").stat().st_mtime
    store.begin_attempt(
        attempt.trial.study,
        attempt.trial.name,
        attempt.number,
        "journal",
        spec.threads,
        spec.gpus,
        started,
    )


def _is_open(record: AttemptRecord | None) -> bool:
    return record is None or record.status is AttemptStatus.RUNNING
