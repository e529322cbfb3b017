"""Train one trial: the same steps for every combination, so that only the configuration differs."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

from ablate.models import build, cost
from ablate.specs import Costs, Device, Measures, MetricRecord, Split, SplitRecord, TrialSpec
from ablate.training.data import Supply, open_splits
from ablate.training.device import create_accelerator
from ablate.training.energy import EnergyMeter, find_energy_meter
from ablate.training.evaluation import EVALUATION_BATCH, evaluate
from ablate.training.learner import Learner
from ablate.training.measures import measure
from ablate.training.memory import MemoryMeter
from ablate.training.pace import Pace
from ablate.training.processes import ALONE, Processes
from ablate.training.progress import Stopwatch
from ablate.training.shelf import Shelf
from ablate.training.shortage import give_back, is_out_of_memory
from ablate.training.stopping import IsStopping, Stopped, never
from ablate.training.streams import Stream, default_generators, kept_generators

LOGGER = logging.getLogger(__name__)


class Journal(Protocol):
    """Where metrics go as they come."""

    def append(self, record: MetricRecord) -> None:
        """Keep one record; it is on its way to the disk when this returns."""


@dataclass(frozen=True)
class Outcome:
    """What a completed training leaves besides its metrics.

    `training_seconds` excludes evaluation, and counts what earlier attempts spent on the steps that were kept.
    `peak_memory_bytes` is what this attempt took by itself, wherever it went on from, with its data, model, evaluation
    and checkpoints, as `MemoryMeter` counts; None where the system does not tell. Of several processes it is that of
    the first: each holds the same data and model, and their shares of a batch differ by one image at most.
    Inference is timed by the first alone.
    """

    costs: Costs
    splits: dict[Split, SplitRecord]
    training_seconds: float
    peak_memory_bytes: int | None
    measures: Measures = field(default_factory=Measures)


def train(
    spec: TrialSpec,
    journal: Journal,
    *,
    device: Device = Device.CPU,
    threads: int = 1,
    processes: Processes = ALONE,
    shelf: Shelf | None = None,
    is_stopping: IsStopping = never,
    is_alone: bool = False,
) -> Outcome:
    """Train and evaluate one trial: train and validation metrics after every epoch, test once at the end.

    Every draw comes from a named stream of `spec.seed`; the same seed, configuration, processor, thread count and
    package versions give the same bits, however often the training was broken off and taken up from `shelf`.

    Where this is one of several `processes`, all of them call this alike; the first one's `journal` and `is_stopping`
    count, and it alone writes to its `shelf`. `is_alone`: as in `JobSpec`; only then is energy counted.

    Raises `Diverged` when the loss is no longer finite, `DataError` or `RefusedLayer` for what cannot be built, and
    `Stopped` once `is_stopping`, with a checkpoint on the shelf.
    """
    configuration, recipe = spec.configuration, spec.configuration.training
    accelerator = create_accelerator(device, recipe.precision, threads, processes)
    meter = MemoryMeter(device)
    splits = open_splits(configuration.data, recipe.augmentation, accelerator.device, processes)
    facts = configuration.data.facts
    with default_generators(spec.seed, Stream.INIT):
        model = build(configuration.model, facts)
    costs = cost(model, facts.height, facts.width)
    steps_per_epoch = math.ceil(len(splits.supplies[Split.TRAIN]) / recipe.batch_size)
    learner = Learner(model, recipe, accelerator, spec.seed, steps_per_epoch, processes)
    energy = find_energy_meter(device, threads=threads, processes=processes.count, is_alone=is_alone)
    _Course(learner, splits.supplies, journal, shelf, is_stopping, energy).run()
    peak, images = meter.peak(), len(splits.supplies[Split.TRAIN])
    measures = measure(learner, (facts.channels, facts.height, facts.width), images, energy)
    return Outcome(costs, splits.records, learner.progress.seconds, peak.memory_bytes if peak else None, measures)


class Decision(IntEnum):
    """What to do between two steps."""

    GO_ON = 0
    SAVE = 1
    STOP = 2


class _Course:
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
