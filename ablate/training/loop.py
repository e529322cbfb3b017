"""Train one trial: the same steps for every combination, so that only the configuration differs."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Protocol

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from timm.scheduler.scheduler import Scheduler
from torch import Tensor, nn
from torch.optim import Optimizer

from ablate.errors import Diverged
from ablate.models import build, cost
from ablate.specs import Costs, Device, MetricRecord, Split, SplitRecord, TrainingSpec, TrialSpec
from ablate.training.data import Images, load_splits
from ablate.training.device import create_accelerator
from ablate.training.recipe import create_optimizer, create_schedule
from ablate.training.streams import Stream, default_generators, generator

EVALUATION_BATCH = 512


class Journal(Protocol):
    """Where metrics go as they come."""

    def append(self, record: MetricRecord) -> None:
        """Keep one record; it is on its way to the disk when this returns."""


@dataclass(frozen=True)
class Outcome:
    """What a completed training leaves besides its metrics; `training_seconds` excludes evaluation."""

    costs: Costs
    splits: dict[Split, SplitRecord]
    training_seconds: float


def train(spec: TrialSpec, journal: Journal, *, device: Device = Device.CPU, threads: int = 1) -> Outcome:
    """Train and evaluate one trial: train and validation metrics after every epoch, test once at the end.

    Every draw comes from a named stream of `spec.seed`; the same seed, configuration, processor, thread count and
    package versions give the same bits.

    Raises `Diverged` when the loss is no longer finite, `DataError` or `RefusedLayer` for what cannot be built.
    """
    configuration, recipe = spec.configuration, spec.configuration.training
    accelerator = create_accelerator(device, recipe.precision, threads)
    splits = load_splits(configuration.data)
    images = {split: part.to(accelerator.device) for split, part in splits.images.items()}
    facts = configuration.data.facts
    with default_generators(spec.seed, Stream.INIT):
        model = build(configuration.model, facts)
    costs = cost(model, facts.height, facts.width)
    training = _Training.start(model, recipe, accelerator, spec.seed, images[Split.TRAIN])
    seconds = 0.0
    for epoch in range(recipe.epochs):
        started = time.perf_counter()
        journal.append(_record(epoch + 1, Split.TRAIN, training.run_epoch(epoch)))
        seconds += time.perf_counter() - started
        journal.append(_record(epoch + 1, Split.VALIDATION, training.evaluate(images[Split.VALIDATION])))
    journal.append(_record(recipe.epochs, Split.TEST, training.evaluate(images[Split.TEST])))
    return Outcome(costs, splits.records, seconds)


@dataclass
class _Tally:
    """Sums over images, kept on the device so that no step waits for a number to come back."""

    images: int = 0
    loss: Tensor | float = 0.0
    correct: Tensor | float = 0.0

    def add(self, logits: Tensor, labels: Tensor) -> None:
        logits = logits.detach().float()
        self.images += len(labels)
        self.loss = self.loss + F.cross_entropy(logits, labels, reduction="sum")
        self.correct = self.correct + (logits.argmax(dim=1) == labels).sum()

    def means(self) -> dict[str, float]:
        return {"accuracy": float(self.correct) / self.images, "loss": float(self.loss) / self.images}


@dataclass
class _Training:
    """A model with its optimizer and schedule, at a step."""

    model: nn.Module
    optimizer: Optimizer
    schedule: Scheduler
    recipe: TrainingSpec
    accelerator: Accelerator
    seed: int
    images: Images
    step: int = field(default=0)

    @classmethod
    def start(
        cls, model: nn.Module, recipe: TrainingSpec, accelerator: Accelerator, seed: int, images: Images
    ) -> _Training:
        optimizer = create_optimizer(model, recipe)
        steps_per_epoch = math.ceil(len(images) / recipe.batch_size)
        schedule = create_schedule(optimizer, recipe, steps_per_epoch)
        model, optimizer = accelerator.prepare(model, optimizer)
        return cls(model, optimizer, schedule, recipe, accelerator, seed, images)

    def run_epoch(self, epoch: int) -> dict[str, float]:
        """One pass over the training images; accuracy and loss (unsmoothed) are of each batch as it was seen."""
        self.model.train()
        order = torch.randperm(len(self.images), generator=generator(self.seed, Stream.DATA_ORDER, epoch))
        tally, losses, first_step = _Tally(), [], self.step + 1
        with default_generators(self.seed, Stream.DROPOUT, epoch):
            for batch in self.images.batches(self.recipe.batch_size, order):
                logits, loss = self._take_step(batch)
                tally.add(logits, batch.labels)
                losses.append(loss)
        self._check_finite(torch.stack(losses), epoch, first_step)
        return tally.means()

    def _take_step(self, batch: Images) -> tuple[Tensor, Tensor]:
        with self.accelerator.autocast():
            logits: Tensor = self.model(batch.pixels)
        loss = F.cross_entropy(logits.float(), batch.labels, label_smoothing=self.recipe.label_smoothing)
        self.optimizer.zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        if self.recipe.gradient_clip is not None:
            self.accelerator.clip_grad_norm_(self.model.parameters(), self.recipe.gradient_clip)
        self.optimizer.step()
        self.step += 1
        self.schedule.step_update(self.step)
        return logits, loss.detach()

    def _check_finite(self, losses: Tensor, epoch: int, first_step: int) -> None:
        """Look at an epoch's losses at once: to read each as it comes would make a GPU wait at every step."""
        bad = (~losses.isfinite()).nonzero()
        if len(bad):
            place = int(bad[0])
            raise Diverged(
                f"the training loss is {losses[place].item()} in epoch {epoch + 1}, step {first_step + place} "
                f"(peak learning rate {self.recipe.learning_rate:g}): lower training.learning_rate, or set "
                "training.gradient_clip"
            )

    @torch.inference_mode()
    def evaluate(self, images: Images) -> dict[str, float]:
        """Accuracy (a fraction) and cross-entropy (nats), unsmoothed, over all of `images`."""
        self.model.eval()
        tally = _Tally()
        for batch in images.batches(EVALUATION_BATCH):
            with self.accelerator.autocast():
                logits = self.model(batch.pixels)
            tally.add(logits, batch.labels)
        return tally.means()


def _record(step: int, split: Split, values: dict[str, float]) -> MetricRecord:
    return MetricRecord(step=step, split=split, time=time.time(), values=values)
