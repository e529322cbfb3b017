"""An attempt that is under way, and the bookkeeping of its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ablate.jobs import lease
from ablate.jobs.journal import accepted_result, clear_checkpoints, read_metrics
from ablate.orchestrate.artifacts import list_artifacts
from ablate.specs import MetricRecord, Objective, Split, TrialResult, TrialSpec
from ablate.tracking.records import Artifact, AttemptStatus
from ablate.tracking.store import Store
from ablate.workspace import Workspace

Ending = Literal[AttemptStatus.LOST, AttemptStatus.STOPPED, AttemptStatus.PRUNED]


@dataclass
class LiveAttempt:
    """An attempt whose journal is still being read, and the place up to which it has been.

    `pruned_at` is the step after which the study's pruner gave the trial up, None while it has not.
    """

    trial: TrialSpec
    number: int
    directory: Path
    offset: int = 0
    pruned_at: int | None = None
    scores: dict[tuple[Split, str], float] = field(default_factory=dict)

    def ingest(self, store: Store) -> list[MetricRecord]:
        """Bring new lines of the journal into the store; doing it twice changes nothing."""
        read = read_metrics(self.directory, self.offset)
        if read.records:
            store.ingest(self.trial.study, self.trial.name, self.number, read.records, read.offset)
            self.offset = read.offset
            self._note(read.records)
        return read.records

    def recall(self, store: Store) -> tuple[MetricRecord, ...]:
        """What an earlier run brought into the store of this attempt."""
        records = store.metric_records(self.trial.study, self.trial.name, self.number)
        self._note(records)
        return records

    def result(self) -> TrialResult | None:
        """The job's own word on how it ended, or None while there is none that counts."""
        return accepted_result(self.directory)

    def finish(self, store: Store, result: TrialResult, *, is_final: bool) -> None:
        """Take the result in, with all metrics that came before it; `is_final`: a failure decides the trial."""
        self.ingest(store)
        store.finish_attempt(self.trial.study, result, self.artifacts(), is_final=is_final)
        if is_final:
            clear_checkpoints(self.directory.parent)

    def give_up(self, store: Store, status: Ending, reason: str, now: float) -> bool:
        """Bar the attempt and close it in the store; False if a living job holds it, or it has a result after all.

        A pruned attempt is closed whatever it has: the verdict came before.
        """
        is_pruned = status is AttemptStatus.PRUNED
        if not lease.abandon(self.directory, reason, lease.Ending(status.value), force=is_pruned) and not is_pruned:
            return False
        self.close(store, status, reason, now)
        if is_pruned:
            clear_checkpoints(self.directory.parent)
        return True

    def close(self, store: Store, status: Ending, reason: str, now: float) -> None:
        """Record an attempt that is barred, with all that it left."""
        self.ingest(store)
        name, study = self.trial.name, self.trial.study
        store.end_attempt(study, name, self.number, status, reason, now, self.artifacts())

    def artifacts(self) -> tuple[Artifact, ...]:
        """The files that it left, by their place in the workspace."""
        place = Workspace(Path()).attempt_directory(self.trial.study, self.trial.name, self.number)
        return list_artifacts(self.directory, place)

    def judged(self, record: MetricRecord, objective: Objective) -> float | None:
        """The number that a pruner judges a tuning trial by, if this record holds it."""
        is_judged = self.trial.tuning > 0 and record.split is Split.VALIDATION
        return record.values.get(objective.metric) if is_judged else None

    def score(self, objective: Objective) -> float | None:
        """The objective's last value, once its split has been evaluated; of a tuning trial on validation images."""
        split = Split.VALIDATION if self.trial.tuning else objective.split
        return self.scores.get((split, objective.metric))

    def _note(self, records: list[MetricRecord] | tuple[MetricRecord, ...]) -> None:
        for record in records:
            self.scores |= {(record.split, name): value for name, value in record.values.items()}
