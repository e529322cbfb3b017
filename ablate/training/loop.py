"""Train one trial: the same steps for every combination, so that only the configuration differs."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch

from ablate.models import build, cost
from ablate.specs import Costs, Device, MetricRecord, Split, SplitRecord, TrialSpec
from ablate.training.data import Images, load_splits
from ablate.training.device import create_accelerator
from ablate.training.evaluation import evaluate
from ablate.training.learner import Learner
from ablate.training.pace import Pace
from ablate.training.progress import Stopwatch
from ablate.training.shelf import Shelf
from ablate.training.stopping import IsStopping, Stopped, never
from ablate.training.streams import Stream, default_generators, generator, kept_generators


class Journal(Protocol):
    """Where metrics go as they come."""

    def append(self, record: MetricRecord) -> None:
        """Keep one record; it is on its way to the disk when this returns."""


@dataclass(frozen=True)
class Outcome:
    """What a completed training leaves besides its metrics.

    `training_seconds` excludes evaluation, and counts what earlier attempts spent on the steps that were kept.
    """

    costs: Costs
    splits: dict[Split, SplitRecord]
    training_seconds: float


def train(
    spec: TrialSpec,
    journal: Journal,
    *,
    device: Device = Device.CPU,
    threads: int = 1,
    shelf: Shelf | None = None,
    is_stopping: IsStopping = never,
) -> Outcome:
    """Train and evaluate one trial: train and validation metrics after every epoch, test once at the end.

    Every draw comes from a named stream of `spec.seed`; the same seed, configuration, processor, thread count and
    package versions give the same bits, however often the training was broken off and taken up from `shelf`.

    Raises `Diverged` when the loss is no longer finite, `DataError` or `RefusedLayer` for what cannot be built, and
    `Stopped` once `is_stopping`, with a checkpoint on the shelf.
    """
    configuration, recipe = spec.configuration, spec.configuration.training
    accelerator = create_accelerator(device, recipe.precision, threads)
    splits = load_splits(configuration.data)
    images = {split: part.to(accelerator.device) for split, part in splits.images.items()}
    facts = configuration.data.facts
    with default_generators(spec.seed, Stream.INIT):
        model = build(configuration.model, facts)
    costs = cost(model, facts.height, facts.width)
    steps_per_epoch = math.ceil(len(images[Split.TRAIN]) / recipe.batch_size)
    learner = Learner(model, recipe, accelerator, spec.seed, steps_per_epoch)
    _Course(learner, images, journal, shelf, is_stopping).run()
    return Outcome(costs, splits.records, learner.progress.seconds)


class _Course:
    """The epochs of one training, with their metrics and checkpoints."""

    def __init__(
        self,
        learner: Learner,
        images: dict[Split, Images],
        journal: Journal,
        shelf: Shelf | None,
        is_stopping: IsStopping,
    ) -> None:
        self.learner, self.images, self.journal = learner, images, journal
        self.shelf, self.is_stopping = shelf, is_stopping
        if shelf is not None and (checkpoint := shelf.take_up()) is not None:
            learner.restore(checkpoint)
            for record in learner.progress.records:
                journal.append(record)
        self.progress = learner.progress
        self.stopwatch = Stopwatch(self.progress)
        self.pace = Pace(learner.payload_bytes())
        self.shelved = self.progress.place

    def run(self) -> None:
        """Go on to the end."""
        try:
            while self.progress.epoch < self.learner.recipe.epochs:
                self._run_epoch()
            self._record(self.progress.epoch, Split.TEST, self._evaluate)
        except KeyboardInterrupt:
            if self.learner.is_whole and self.pace.is_cheap:
                self._put_checkpoint()
            raise

    def _run_epoch(self) -> None:
        epoch = self.progress.epoch + 1
        self._train()
        self._record(epoch, Split.TRAIN, lambda _: self.progress.tally.means())
        self._record(epoch, Split.VALIDATION, self._evaluate)
        self.learner.end_epoch()
        if self.pace.is_due(within_epoch=False):
            self._put_checkpoint()

    def _train(self) -> None:
        """The rest of a pass over the training images; accuracy and loss (unsmoothed) are of each batch as seen."""
        learner, images, size = self.learner, self.images[Split.TRAIN], self.learner.recipe.batch_size
        learner.model.train()
        order = torch.randperm(len(images), generator=generator(learner.seed, Stream.DATA_ORDER, self.progress.epoch))
        self.stopwatch.start()
        with kept_generators():
            for batch in images.batches(size, order[self.progress.batches * size :]):
                self._pause_if_asked()
                learner.take_step(batch)
        learner.check_finite()
        self.stopwatch.stop()

    def _pause_if_asked(self) -> None:
        self._leave_if_asked()
        if self.pace.is_due(within_epoch=True):
            self.stopwatch.stop()
            self._put_checkpoint()
            self.stopwatch.start()

    def _leave_if_asked(self) -> None:
        if self.is_stopping():
            self._put_checkpoint()
            raise Stopped(f"stopped as asked after step {self.progress.step}")

    def _evaluate(self, split: Split) -> dict[str, float]:
        return evaluate(self.learner.model, self.images[split], self.learner.accelerator, self._leave_if_asked)

    def _record(self, epoch: int, split: Split, measure: Callable[[Split], dict[str, float]]) -> None:
        """Measure and keep it, unless that was done before the checkpoint that this goes on from."""
        if self.progress.has(epoch, split):
            return
        record = MetricRecord(step=epoch, split=split, time=time.time(), values=measure(split))
        self.progress.records.append(record)
        self.journal.append(record)

    def _put_checkpoint(self) -> None:
        """Shelve a checkpoint, unless the last one is of this very place."""
        self.stopwatch.stop()
        checkpoint = self.learner.checkpoint()
        if self.shelf is not None and self.progress.place != self.shelved:
            with self.pace.writing():
                self.shelf.put(checkpoint)
            self.shelved = self.progress.place
