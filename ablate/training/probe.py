"""A few training steps of one configuration: what they take in time and memory, and all that a study could see of them.

They are the first steps of the training itself, but that the last is taken at its highest learning rate, where weight
decay and the like act in full: warm-up would hide them.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import secrets
import statistics
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from ablate.errors import Diverged
from ablate.models import build, cost
from ablate.specs import Configuration, Device, Split, TrainingSpec
from ablate.specs.probe import Probe
from ablate.training.data import Batch, Supply, open_splits
from ablate.training.device import create_accelerator, synchronize
from ablate.training.evaluation import EVALUATION_BATCH, evaluate
from ablate.training.learner import Learner
from ablate.training.memory import MemoryMeter
from ablate.training.recipe import create_optimizer, create_schedule
from ablate.training.streams import Stream, default_generators, kept_generators

STEPS = 5
"""Steps whose outcome is compared between combinations."""

LEAST_TIMED, MOST_TIMED, TIMED_SECONDS = 3, 20, 1.0
"""How many further steps are timed: at least, at most, and for how long."""

COURSE_POINTS = 1000
"""At how many places of the training its learning rate is looked at."""


def probe(
    configuration: Configuration, seed: int, *, device: Device = Device.CPU, threads: int = 1, processes: int = 1
) -> Probe:
    """Build, train for a few steps, evaluate; of several `processes` the share of one.

    Raises `Diverged` if a loss or gradient is not finite, `InputError` for what cannot be built.
    """
    meter, started = MemoryMeter(device), time.perf_counter()
    recipe, facts = configuration.training, configuration.data.facts
    accelerator = create_accelerator(device, recipe.precision, threads)
    splits = open_splits(configuration.data, recipe.augmentation, accelerator.device)
    train, validation = splits.supplies[Split.TRAIN], splits.supplies[Split.VALIDATION]
    with default_generators(seed, Stream.INIT):
        model = build(configuration.model, facts)
    costs = cost(model, facts.height, facts.width)
    learner = Learner(model, recipe, accelerator, seed, math.ceil(len(train) / recipe.batch_size))
    batches = _batches(train, math.ceil(recipe.batch_size / processes), seed)
    ready = time.perf_counter()
    with kept_generators():
        seen, first_seconds = _watch(learner, batches, validation)
        seconds = _median_seconds(lambda: learner.take_step(next(batches)), device)
    evaluation = _median_seconds(
        lambda: evaluate(learner.evaluated_model, validation, accelerator, lambda: None), device
    )
    peak = meter.peak()
    seen += [str(costs.parameters), *(record.fingerprint for record in splits.records.values())]
    return Probe(
        costs=costs,
        images={split: len(supply) for split, supply in splits.supplies.items()},
        steps=STEPS,
        steps_per_epoch=learner.steps_per_epoch,
        seconds_per_step=seconds,
        seconds_per_image=evaluation / len(validation),
        startup_seconds=ready - started + max(0.0, first_seconds - seconds),
        memory_bytes=peak.memory_bytes if peak else None,
        reserved_bytes=peak.reserved_bytes if peak else None,
        fingerprint=_digest(seen),
    )


def learning_rates(recipe: TrainingSpec, steps_per_epoch: int) -> dict[int, float]:
    """The course of the learning rate: its value at steps (from 0) that are spread evenly over the whole training."""
    recipe = recipe.model_copy(update={"layer_decay": None})  # which leaves the head's rate as it is
    optimizer = create_optimizer(nn.Linear(1, 1), recipe)
    schedule = create_schedule(optimizer, recipe, steps_per_epoch)
    last = steps_per_epoch * recipe.epochs - 1
    rates = {}
    for step in sorted({round(point * last / COURSE_POINTS) for point in range(COURSE_POINTS + 1)}):
        schedule.step_update(step)
        rates[step] = float(optimizer.param_groups[0]["lr"])
    return rates


def _watch(learner: Learner, batches: Iterator[Batch], validation: Supply) -> tuple[list[str], float]:
    """All that can be seen of `STEPS` steps, and the seconds of the first. Raises `Diverged`."""
    course = learning_rates(learner.recipe, learner.steps_per_epoch)
    learner.model.train()
    started = time.perf_counter()
    losses = [_watched_step(learner, next(batches))]
    first_seconds = time.perf_counter() - started
    losses += [_watched_step(learner, next(batches)) for _ in range(STEPS - 3)]
    learner.progress.step = max(course, key=course.__getitem__) - 1  # the step after the next has the highest rate
    losses.append(_watched_step(learner, next(batches)))
    learner.take_step(next(batches))
    logits = _logits(learner, validation)
    learner.model.train()
    return [repr((learner.steps_per_epoch, learner.recipe.epochs)), repr(course), repr(losses), logits], first_seconds


def _watched_step(learner: Learner, batch: Batch) -> float | None:
    """One step and its loss. Raises `Diverged` if that or a gradient is not finite."""
    learner.take_step(batch)
    learner.check_finite()
    gradients = [parameter.grad for parameter in learner.model.parameters() if parameter.grad is not None]
    if not bool(torch.stack([gradient.isfinite().all() for gradient in gradients]).all()):
        raise Diverged(
            f"a gradient is not finite in step {learner.progress.step}, though the loss is: lower "
            "training.learning_rate, or compute in float32 (training.precision: no)"
        )
    return learner.progress.last_finite_loss


@torch.inference_mode()
def _logits(learner: Learner, supply: Supply) -> str:
    """What the model says of a batch, to the bit; what is no longer finite is equal to nothing else."""
    model = learner.evaluated_model.eval()
    with learner.accelerator.autocast():
        logits: Tensor = model(next(supply.evaluation_batches(EVALUATION_BATCH)).pixels)
    return logits.float().cpu().numpy().tobytes().hex() if bool(logits.isfinite().all()) else secrets.token_hex()


def _median_seconds(act: Callable[[], object], device: Device) -> float:
    seconds: list[float] = []
    while len(seconds) < LEAST_TIMED or (len(seconds) < MOST_TIMED and sum(seconds) < TIMED_SECONDS):
        started = time.perf_counter()
        act()
        synchronize(device)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def _batches(supply: Supply, size: int, seed: int) -> Iterator[Batch]:
    """Batches in the order of the training, epoch after epoch."""
    for epoch in itertools.count():
        yield from supply.training_batches(size, seed, epoch)


def _digest(parts: list[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
