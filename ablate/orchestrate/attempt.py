"""An attempt that is under way, and the bookkeeping of its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ablate.jobs import lease
from ablate.jobs.journal import METRICS, accepted_result, clear_checkpoints, lost_value, read_metrics
from ablate.orchestrate.artifacts import list_artifacts
from ablate.orchestrate.books import Books
from ablate.orchestrate.ledger import Interrupted
from ablate.specs import MetricRecord, Objective, Scored, Split, TrialResult, TrialSpec
from ablate.tracking.records import Artifact, AttemptStatus
from ablate.tracking.store import Store


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

    def ingest(self, books: Books, *, is_over: bool = False) -> list[MetricRecord]:
        """Bring new lines of the journal into the store; doing it twice changes nothing.

        A damaged line is told of once, and left out.
        """
        read = read_metrics(self.directory, self.offset, is_over=is_over)
        if read.offset > self.offset:
            books.store.ingest(self.trial.study, self.trial.name, self.number, read.records, read.offset)
            self.offset = read.offset
            self._note(read.records)
        for damaged in read.damaged:
            books.warn(f"{damaged}; the line is left out")
        return read.records

    def recall(self, store: Store) -> tuple[MetricRecord, ...]:
        """What an earlier run brought into the store of this attempt."""
        records = store.metric_records(self.trial.study, self.trial.name, self.number)
        self._note(records)
        return records

    def result(self) -> TrialResult | None:
        """The job's own word on how it ended, or None while there is none that counts."""
        return accepted_result(self.directory)

    def finish(self, books: Books, result: TrialResult, *, is_final: bool) -> str | None:
        """Take the result in, with all metrics that came before it; `is_final`: a failure decides the trial.

        Answers why it cannot count, None if it does: an attempt whose objective stood on a damaged line is lost, since
        the value before it is not what was found. Its trial is to be run again.
        """
        self.ingest(books, is_over=True)
        reason = lost_objective(self.directory, self.trial, result, books.objective)
        if reason is not None:
            self._end(books, AttemptStatus.LOST, reason, result.ended)
            return reason
        books.finish_attempt(result, self.offset, self.artifacts(), is_final=is_final)
        if is_final:
            clear_checkpoints(self.directory.parent)
        return None

    def give_up(self, books: Books, status: Interrupted, reason: str, now: float) -> bool:
        """Bar the attempt and close it in the store; False if a living job holds it, or it has a result after all.

        A pruned attempt is closed whatever it has: the verdict came before.
        """
        is_pruned = status is AttemptStatus.PRUNED
        if not lease.abandon(self.directory, reason, lease.Ending(status.value), force=is_pruned) and not is_pruned:
            return False
        self.close(books, status, reason, now)
        if is_pruned:
            clear_checkpoints(self.directory.parent)
        return True

    def close(self, books: Books, status: Interrupted, reason: str, now: float) -> None:
        """Record an attempt that is barred, with all that it left."""
        self.ingest(books)
        self._end(books, status, reason, now)

    def artifacts(self) -> tuple[Artifact, ...]:
        """The files that it left, by their place in the workspace."""
        return list_artifacts(self.directory, self.trial.study, self.trial.name, self.number)

    def judged(self, record: MetricRecord, objective: Objective) -> float | None:
        """The number that a pruner judges a tuning trial by, if this record holds it."""
        is_judged = self.trial.tuning > 0 and record.split is Split.VALIDATION
        return record.values.get(objective.metric) if is_judged else None

    def score(self, objective: Objective) -> float | None:
        """The objective's last value, once its split has been evaluated; of a tuning trial on validation images."""
        return self.scores.get((_split(self.trial, objective), objective.metric))

    def _end(self, books: Books, status: Interrupted, reason: str, ended: float) -> None:
        books.end_attempt(self.trial.name, self.number, status, reason, ended, self.offset, self.artifacts())

    def _note(self, records: list[MetricRecord] | tuple[MetricRecord, ...]) -> None:
        for record in records:
            self.scores |= {(record.split, name): value for name, value in record.values.items()}


def lost_objective(
    directory: Path, trial: TrialSpec, result: TrialResult, objective: Objective, up_to: int | None = None
) -> str | None:
    """Why a result cannot count although it is complete: its objective may have stood on a line that is damaged."""
    split = _split(trial, objective)
    if result.status != "complete" or not lost_value(directory, split, objective.metric, up_to):
        return None
    return f"{METRICS} is damaged where {split} {objective.metric} may have stood, so its result cannot count"


def scored(trial: TrialSpec, objective: Objective) -> Scored | None:
    """What a program has to report of the trial; the built-in training measures whatever is asked for."""
    if trial.configuration.program is None:
        return None
    return Scored(metric=str(objective.metric), split=_split(trial, objective))


def _split(trial: TrialSpec, objective: Objective) -> Split:
    """Where the objective is looked for: a tuning trial is judged on validation images."""
    return Split.VALIDATION if trial.tuning else objective.split
