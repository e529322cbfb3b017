"""What the store answers with: plain frozen values, never rows."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, JsonValue

from ablate.specs import (
    Configuration,
    Costs,
    Environment,
    Failure,
    Measures,
    MetricRecord,
    Resumption,
    Split,
    SplitRecord,
    TrialSpec,
)
from ablate.specs.value import Value


class TrialStatus(StrEnum):
    """Where a planned trial stands. `pruned`: a tuning trial that was cut short because others do better."""

    PLANNED = "planned"
    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"
    PRUNED = "pruned"


class AttemptStatus(StrEnum):
    """How an attempt stands or ended. `lost`: its process died without a result. `stopped`: by request.

    `pruned`: ended early, because the tuning trial does worse than others did.
    """

    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"
    LOST = "lost"
    STOPPED = "stopped"
    PRUNED = "pruned"


class ArtifactKind(StrEnum):
    """What a file is that an attempt left: part of its journal, the mark of one that was given up, or another."""

    SPEC = "spec"
    METRICS = "metrics"
    RESULT = "result"
    LOG = "log"
    CHECKPOINT = "checkpoint"
    MARK = "mark"
    OTHER = "other"


class Artifact(Value):
    """A file that an attempt left; `path` from the workspace on, with slashes.

    `sha256` is None for checkpoints, and where reading the file would take long.
    """

    path: str
    kind: ArtifactKind
    bytes: int
    sha256: str | None


class AttemptRecord(Value):
    """One attempt, with the place up to which its journal has been read."""

    trial: str
    number: int
    status: AttemptStatus
    executor: str
    threads: int
    gpus: tuple[int, ...]
    offset: int
    started: float
    ended: float | None
    reason: str | None
    """One line: why it failed, was lost, stopped or pruned, or why its result does not count."""
    tuning: int = 0
    """The number of the tuning trial that it is of; 0 for a replicate's."""
    resumed: Resumption | None = None
    is_infrastructure: bool = False
    """Whether it failed by the machine, so that another attempt may succeed."""


class TrialRecord(Value):
    """One planned trial of the current plan, with what its accepted attempt found.

    Fields after `configuration` are None (or empty) unless the trial is complete; `failure` is set if it failed.
    `scores` holds the metrics at the last recorded step of each split of the accepted attempt, or, of a pruned
    tuning trial, of the attempt that was cut short.
    """

    name: str
    combination: str
    """The combination's configuration hash."""
    seed: int
    status: TrialStatus
    attempts: int
    tuning: int = 0
    """From 1: the number of a tuning trial among its combination's. 0: a replicate."""
    configuration: Configuration | None = None
    """A tuning trial's own, or what tuning found for a replicate; None: that of the combination."""
    accepted_attempt: int | None = None
    scores: dict[Split, dict[str, float]] = {}
    costs: Costs | None = None
    training_seconds: float | None = None
    peak_memory_bytes: int | None = None
    measures: Measures = Measures()
    splits: dict[Split, SplitRecord] = {}
    environment: Environment | None = None
    failure: Failure | None = None


class FailedTrial(Value):
    """A trial of the current plan that failed, and why; fields as in `TrialRecord`."""

    combination: str
    seed: int
    tuning: int
    failure: Failure


class OriginalRecord(Value):
    """A trial that is over, planned or not, with all that another run of it can be compared with.

    The attempt is the accepted one, of a pruned trial the one that was cut short, of a failed one the last that failed.
    Where the attempt was cut short, `environment`, `costs` and `splits` are not known.
    """

    trial: TrialSpec
    label: str
    """The combination's."""
    status: Literal[TrialStatus.COMPLETE, TrialStatus.FAILED, TrialStatus.PRUNED]
    attempt: AttemptRecord
    records: tuple[MetricRecord, ...]
    costs: Costs | None = None
    splits: dict[Split, SplitRecord] = {}
    environment: Environment | None = None
    failure: Failure | None = None


class CodeRecord(Value):
    """Code that complete trials of the current plan ran with, and how many; fields as in `Environment`."""

    code: str | None
    commit: str | None
    is_clean: bool | None
    diff: str | None
    version: str | None
    """Of this package."""
    trials: int


class ForeignMetric(Value):
    """One number of a run that was made elsewhere; `time` in seconds since 1970, None where it is not known."""

    name: str
    step: Annotated[int, Field(ge=0)]
    value: float
    time: float | None = None


class ForeignAttempt(Value):
    """A run that was made elsewhere, as far as its source tells of it: None is unknown.

    `reason` says in a line why it failed. Times are seconds since 1970.
    """

    status: Literal[AttemptStatus.RUNNING, AttemptStatus.COMPLETE, AttemptStatus.FAILED]
    started: float | None = None
    ended: float | None = None
    reason: str | None = None
    costs: Costs | None = None
    training_seconds: float | None = None
    metrics: tuple[ForeignMetric, ...] = ()


class ForeignTrial(Value):
    """A trial that was run elsewhere: its attempts, the failed ones first."""

    combination: str
    """The combination's hash."""
    seed: int
    attempts: Annotated[tuple[ForeignAttempt, ...], Field(min_length=1)]

    @property
    def name(self) -> str:
        """As `TrialSpec.name`."""
        return f"{self.combination}-s{self.seed}"


class Imported(NamedTuple):
    """What an import changed: trials that are new or went on, and trials that stay as they were."""

    added: int
    known: int


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
    tuning: int
    combination: str
    label: str
    """The combination's, followed by what sets tuning trials apart, so that replicates are grouped among themselves."""
    choice: dict[str, str]
    """Level labels by the factors' short names."""
    tuned: dict[str, str]
    """Values that tuning tried or found, by dotted path."""
    is_planned: bool
    trial_status: TrialStatus
    attempt: AttemptRecord
    costs: Costs | None
    training_seconds: float | None
    peak_memory_bytes: int | None
    measures: Measures
    commit: str | None
    data: dict[str, JsonValue]
    """The data section of the configuration; empty where the runs were imported."""
    splits: dict[Split, SplitRecord]
    """Which images the attempt worked on, once it has ended."""
    state: str
    run: str | None
    step: int
    stale_run: str | None
