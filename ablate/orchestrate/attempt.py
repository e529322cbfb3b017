"""An attempt that is under way, and the bookkeeping of its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ablate.jobs import lease
from ablate.jobs.journal import read_metrics, read_result
from ablate.specs import MetricRecord, Objective, Split, TrialResult, TrialSpec
from ablate.tracking.records import AttemptStatus
from ablate.tracking.store import Store

Ending = Literal[AttemptStatus.LOST, AttemptStatus.STOPPED]


@dataclass
class LiveAttempt:
    """An attempt whose journal is still being read, and the place up to which it has been."""

    trial: TrialSpec
    number: int
    directory: Path
    offset: int = 0
    scores: dict[tuple[Split, str], float] = field(default_factory=dict)

    def ingest(self, store: Store) -> list[MetricRecord]:
        """Bring new lines of the journal into the store; doing it twice changes nothing."""
        read = read_metrics(self.directory, self.offset)
        if read.records:
            store.ingest(self.trial.study, self.trial.name, self.number, read.records, read.offset)
            self.offset = read.offset
            for record in read.records:
                self.scores |= {(record.split, name): value for name, value in record.values.items()}
        return read.records

    def finish(self, store: Store) -> TrialResult | None:
        """Take the result in, if there is one, with all metrics that came before it."""
        result = read_result(self.directory)
        if result is not None:
            self.ingest(store)
            store.finish_attempt(self.trial.study, result)
        return result

    def give_up(self, store: Store, status: Ending, reason: str, now: float) -> bool:
        """Bar the attempt and close it in the store; False if a living job holds it, or it has a result after all."""
        if not lease.abandon(self.directory):
            return False
        self.ingest(store)
        store.end_attempt(self.trial.study, self.trial.name, self.number, status, reason, now)
        return True

    def score(self, objective: Objective) -> float | None:
        """The objective's last value, once its split has been evaluated."""
        return self.scores.get((objective.split, objective.metric.value))
