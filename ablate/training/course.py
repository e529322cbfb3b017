"""The epochs of one training: its steps, metrics and checkpoints, and where it stops."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from enum import IntEnum
from typing import Protocol

from ablate.specs import MetricRecord, Split
from ablate.training.data import Supply
from ablate.training.energy import EnergyMeter
from ablate.training.evaluation import EVALUATION_BATCH, evaluate
from ablate.training.learner import Learner
from ablate.training.pace import Pace
from ablate.training.progress import Stopwatch
from ablate.training.shelf import Shelf
from ablate.training.shortage import give_back, is_out_of_memory
from ablate.training.stopping import IsStopping, Stopped
from ablate.training.streams import kept_generators

LOGGER = logging.getLogger(__name__)


class Journal(Protocol):
    """Where metrics go as they come."""

    def append(self, record: MetricRecord) -> None:
        """Keep one record; it is on its way to the disk when this returns."""


class Decision(IntEnum):
    """What to do between two steps."""

    GO_ON = 0
    SAVE = 1
    STOP = 2


class Course:
    """The epochs of one training, with their metrics and checkpoints."""

    def __init__(
        self,
        learner: Learner,
        supplies: dict[Split, Supply],
        journal: Journal,
        shelf: Shelf | None,
        is_stopping: IsStopping,
        energy: EnergyMeter | None,
    ) -> None:
        self.learner, self.supplies, self.journal = learner, supplies, journal
        self.shelf, self.is_stopping = shelf, is_stopping
        if shelf is not None and (checkpoint := shelf.take_up()) is not None:
            learner.restore(checkpoint)
            for record in learner.progress.records:
                self._write(record)
        learner.require_same_place()
        self.progress = learner.progress
        self.stopwatch = Stopwatch(self.progress, energy)
        self.pace = Pace(learner.payload_bytes())
        self.shelved = self.progress.place
        self.evaluation_batch = EVALUATION_BATCH

    def run(self) -> None:
        """Go on to the end."""
        try:
            while self.progress.epoch < self.learner.recipe.epochs:
                self._run_epoch()
            self._record(self.progress.epoch, Split.TEST, self._evaluate)
        except KeyboardInterrupt:
            if self.learner.is_whole and self.pace.is_cheap and self.learner.processes.count == 1:
                self._put_checkpoint()
            raise

    def _run_epoch(self) -> None:
        epoch = self.progress.epoch + 1
        self._train()
        self._record(epoch, Split.TRAIN, lambda _: self.learner.processes.total(self.progress.tally).means())
        self._record(epoch, Split.VALIDATION, self._evaluate)
        self.learner.end_epoch()
        self._attend(is_due=self.pace.is_due(within_epoch=False))

    def _train(self) -> None:
        """The rest of a pass over the training images; accuracy and loss (unsmoothed) are of each batch as seen."""
        learner, supply, progress = self.learner, self.supplies[Split.TRAIN], self.progress
        learner.model.train()
        batches = supply.training_batches(learner.recipe.batch_size, learner.seed, progress.epoch, progress.batches)
        with kept_generators():
            for _ in range(progress.batches, learner.steps_per_epoch):
                self._attend(is_due=self.pace.is_due(within_epoch=True))
                self.stopwatch.start()
                learner.take_step(next(batches))
        learner.check_finite()
        self.stopwatch.stop()

    def _attend(self, *, is_due: bool = False) -> None:
        """Stop if that is asked for, or write a checkpoint if one is due; all processes do as the first one does."""
        wish = Decision.STOP if self.is_stopping() else Decision.SAVE if is_due else Decision.GO_ON
        decision = Decision(self.learner.processes.follow_first(wish))
        if decision is not Decision.GO_ON:
            self._put_checkpoint()
        if decision is Decision.STOP:
            raise Stopped(f"stopped as asked after step {self.progress.step}")

    def _evaluate(self, split: Split) -> dict[str, float]:
        """In batches of half the size where memory runs out; several processes would have to agree on that."""
        learner = self.learner
        while True:
            model, supply, size = learner.evaluated_model, self.supplies[split], self.evaluation_batch
            try:
                return evaluate(model, supply, learner.accelerator, self._attend, learner.processes, size)
            except (RuntimeError, MemoryError) as error:
                if learner.processes.count > 1 or size == 1 or not is_out_of_memory(error):
                    raise
            self.evaluation_batch = size // 2
            LOGGER.warning("memory ran out in evaluation with %d images at once: going on with %d", size, size // 2)
            give_back()

    def _record(self, epoch: int, split: Split, measure: Callable[[Split], dict[str, float]]) -> None:
        """Measure and keep it, unless that was done before the checkpoint that this goes on from."""
        if self.progress.has(epoch, split):
            return
        record = MetricRecord(step=epoch, split=split, time=time.time(), values=measure(split))
        self.progress.records.append(record)
        self._write(record)

    def _write(self, record: MetricRecord) -> None:
        if self.learner.processes.is_first:
            self.journal.append(record)

    def _put_checkpoint(self) -> None:
        """Shelve a checkpoint, unless the last one is of this very place."""
        self.stopwatch.stop()
        checkpoint = self.learner.checkpoint()
        if self.shelf is not None and self.progress.place != self.shelved:
            with self.pace.writing():
                if self.learner.processes.is_first:
                    self.shelf.put(checkpoint)
            self.shelved = self.progress.place
