"""What a training took, apart from memory: put together once, when it is over.

Timing inference takes time: never more than a fiftieth of what the training took, so that short trainings have none.
"""

from __future__ import annotations

import logging
import math
import statistics

import torch
from accelerate import Accelerator
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ablate.specs import Measures
from ablate.training.energy import EnergyMeter
from ablate.training.learner import Learner
from ablate.training.streams import kept_generators
from ablate.training.timing import random_images, time_passes

INFERENCE_BATCH = 64

LEAST_PASSES = 3

MOST_SHARE, MOST_SECONDS = 0.02, 1.0
"""What timing inference may take: of the training's seconds, and in all."""

LEAST_TRAINING_SECONDS = 2.0
"""Of a shorter training inference is not timed: a few passes would be felt."""


def measure(
    learner: Learner, image_shape: tuple[int, int, int], training_images: int, energy: EnergyMeter | None
) -> Measures:
    """All that can be told of a training that has come to its end, by `training_images` images an epoch.

    `image_shape` is channels, height and width. Draws from no stream, and leaves weights and buffers as they are.
    `energy` is who counted for the learner's progress. Of several processes only the first times inference.
    """
    progress, recipe, processes = learner.progress, learner.recipe, learner.processes
    epoch = statistics.median(progress.epoch_seconds) if progress.epoch_seconds else None
    latency, batch = None, None
    if processes.is_first and progress.seconds >= LEAST_TRAINING_SECONDS:
        bound = min(MOST_SECONDS, MOST_SHARE * progress.seconds)
        layout = torch.channels_last if recipe.channels_last else torch.contiguous_format
        latency, batch = time_inference(learner.evaluated_model, image_shape, learner.accelerator, bound, layout)
    share = math.ceil(recipe.batch_size / processes.count)
    is_counted = energy is not None and progress.joules is not None
    return Measures(
        training_images_per_second=training_images / epoch if epoch else None,
        seconds_per_epoch=epoch,
        inference_batch=None if batch is None else INFERENCE_BATCH,
        inference_latency_seconds=latency,
        inference_images_per_second=None if batch is None else INFERENCE_BATCH / batch,
        energy_joules=progress.joules if is_counted else None,
        energy_source=energy.source if energy is not None and is_counted else None,
        micro_batch=min(learner.micro_batch_size or share, share),
        micro_batch_planned=min(recipe.micro_batch_size or share, share),
        memory_halvings=progress.memory_halvings,
        has_batch_norm=has_batch_norm(learner.plain_model),
    )


def has_batch_norm(model: nn.Module) -> bool:
    """Whether any layer normalises by the statistics of a batch."""
    return any(isinstance(module, _BatchNorm) for module in model.modules())


def time_inference(
    model: nn.Module,
    image_shape: tuple[int, int, int],
    accelerator: Accelerator,
    seconds: float,
    layout: torch.memory_format = torch.contiguous_format,
) -> tuple[float | None, float | None]:
    """Median seconds of a pass of one image, and of `INFERENCE_BATCH`; None of what cannot be told in `seconds`.

    The larger batch, which takes longer, has most of them. Afterwards the model learns or not as before.
    """
    was_training = model.training
    try:
        model.eval()
        with kept_generators():
            found = [
                _time_batch(model, count, image_shape, accelerator, seconds * share, layout)
                for count, share in ((1, 0.25), (INFERENCE_BATCH, 0.75))
            ]
    finally:
        model.train(was_training)
    return found[0], found[1]


def _time_batch(
    model: nn.Module,
    count: int,
    image_shape: tuple[int, int, int],
    accelerator: Accelerator,
    seconds: float,
    layout: torch.memory_format,
) -> float | None:
    """A model that refuses such a batch, or the memory for it, leaves the trial as it is: it has its numbers."""
    try:
        images = random_images(count, *image_shape).to(accelerator.device, memory_format=layout)
        found = time_passes(model, images, accelerator, seconds=seconds, least=LEAST_PASSES, at_most=seconds)
    except RuntimeError as error:  # torch's, and its OutOfMemoryError
        logging.getLogger(__name__).warning("inference of %d images was not timed: %s", count, error)
        return None
    return statistics.median(found) if found else None
