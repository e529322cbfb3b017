"""How far a training has come, apart from its weights: what it needs to go on as if it had never stopped."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from ablate.specs import MetricRecord, Split
from ablate.training.tally import Tally


@dataclass
class Progress:
    """Optimizer steps and whole epochs done, batches done of the epoch under way, and what they came to.

    `seconds` were spent in training; evaluation and checkpoints are left out. `micro_batch_size` is None until memory
    ran out for the first of `memory_halvings` times.
    """

    step: int = 0
    epoch: int = 0
    batches: int = 0
    seconds: float = 0.0
    last_finite_loss: float | None = None
    micro_batch_size: int | None = None
    memory_halvings: int = 0
    tally: Tally = field(default_factory=Tally)
    records: list[MetricRecord] = field(default_factory=list)

    @property
    def place(self) -> tuple[int, int]:
        """What grows as the training goes on: steps, then metric records."""
        return self.step, len(self.records)

    def has(self, epoch: int, split: Split) -> bool:
        """Whether that split's metrics after that epoch are there already."""
        return any(record.step == epoch and record.split is split for record in self.records[-3:])

    def advance(self) -> None:
        """A step is done."""
        self.step += 1
        self.batches += 1

    def end_epoch(self) -> None:
        """The epoch under way is done, with its metrics."""
        self.epoch += 1
        self.batches, self.tally = 0, Tally()


class Stopwatch:
    """Adds the time between `start` and `stop` to a progress."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._started: float | None = None

    def start(self) -> None:
        """Count from now; nothing if it counts already."""
        if self._started is None:
            self._started = time.perf_counter()

    def stop(self) -> None:
        """Count no further; nothing if it was not counting."""
        if self._started is not None:
            self._progress.seconds += time.perf_counter() - self._started
            self._started = None
