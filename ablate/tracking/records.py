"""What the store answers with: plain frozen values, never rows."""

from __future__ import annotations

from enum import StrEnum

from ablate.specs import Costs, Environment, Failure, Split, SplitRecord
from ablate.specs.value import Value


class TrialStatus(StrEnum):
    """Where a planned trial stands."""

    PLANNED = "planned"
    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"


class AttemptStatus(StrEnum):
    """How an attempt stands or ended. `lost`: its process died without a result. `stopped`: by request."""

    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"
    LOST = "lost"
    STOPPED = "stopped"


class AttemptRecord(Value):
    """One attempt, with the place up to which its journal has been read."""

    trial: str
    number: int
    status: AttemptStatus
    executor: str
    threads: int
    gpu: int | None
    offset: int
    started: float
    ended: float | None
    reason: str | None
    """One line: why it failed, was lost or stopped."""


class TrialRecord(Value):
    """One planned trial of the current plan, with what its accepted attempt found.

    Fields after `status` are None (or empty) unless the trial is complete; `failure` is set if it failed.
    `scores` holds the metrics at the last recorded step of each split of the accepted attempt.
    """

    name: str
    combination: str
    """The combination's configuration hash."""
    seed: int
    status: TrialStatus
    attempts: int
    accepted_attempt: int | None = None
    scores: dict[Split, dict[str, float]] = {}
    costs: Costs | None = None
    training_seconds: float | None = None
    splits: dict[Split, SplitRecord] = {}
    environment: Environment | None = None
    failure: Failure | None = None


class MirroredStudyRecord(Value):
    """What an MLflow was told of a study as a whole."""

    experiment: str
    note_digest: str | None
    report_digest: str | None


class MirrorTask(Value):
    """A trial whose run in MLflow is missing or behind: what the run is to show, and how far it is.

    The attempt is the accepted one, or else the newest. `run` is the run to continue, written up to `step`, or None
    to make one; `stale_run` is one that shows another attempt or other levels and has to go. `state` is what to
    record once the run is up to date.
    """

    trial: str
    seed: int
    combination: str
    label: str
    choice: dict[str, str]
    """Level labels by the factors' short names."""
    is_planned: bool
    trial_status: TrialStatus
    attempt: AttemptRecord
    costs: Costs | None
    training_seconds: float | None
    commit: str | None
    state: str
    run: str | None
    step: int
    stale_run: str | None
