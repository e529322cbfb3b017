"""What a training took, apart from memory: put together once, when it is over.

Timing inference takes time: never more than a fiftieth of what the training took, so that short trainings have none.
"""

from __future__ import annotations

import logging
import statistics
from typing import NamedTuple

import torch
from accelerate import Accelerator
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ablate.specs import Measures
from ablate.training.energy import EnergyMeter
from ablate.training.progress import Progress
from ablate.training.streams import kept_generators
from ablate.training.timing import random_images, time_passes

INFERENCE_BATCH = 64

LEAST_PASSES = 5

MOST_SHARE, MOST_SECONDS = 0.02, 1.0
"""What timing inference may take: of the training's seconds, and in all."""

LEAST_TRAINING_SECONDS = 2.0
"""Of a shorter training inference is not timed: a few passes would be felt."""


class MicroBatch(NamedTuple):
    """Images that go through the model at once in each process, how many were to, and how often that was halved."""

    size: int
    planned: int
    halvings: int = 0


def measure(
    model: nn.Module,
    image_shape: tuple[int, int, int],
    accelerator: Accelerator,
    progress: Progress,
    training_images: int,
    micro_batch: MicroBatch,
    energy: EnergyMeter | None = None,
    *,
    channels_last: bool = False,
) -> Measures:
    """All that can be told of a training that has come to its end, `training_images` an epoch.

    `model` is plain, shared among no processes; `image_shape` is channels, height and width. Draws from no stream, and
    leaves weights and buffers as they are. `energy` is who counted for `progress`.
    """
    epoch = statistics.median(progress.epoch_seconds) if progress.epoch_seconds else None
    latency, batch = _time_inference(model, image_shape, accelerator, progress.seconds, channels_last=channels_last)
    is_counted = energy is not None and progress.joules is not None
    return Measures(
        training_images_per_second=training_images / epoch if epoch else None,
        seconds_per_epoch=epoch,
        inference_batch=None if batch is None else INFERENCE_BATCH,
        inference_latency_seconds=latency,
        inference_images_per_second=None if batch is None else INFERENCE_BATCH / batch,
        energy_joules=progress.joules if is_counted else None,
        energy_source=energy.source if energy is not None and is_counted else None,
        micro_batch=micro_batch.size,
        micro_batch_planned=micro_batch.planned,
        memory_halvings=micro_batch.halvings,
        has_batch_norm=has_batch_norm(model),
    )


def has_batch_norm(model: nn.Module) -> bool:
    """Whether any layer normalises by the statistics of a batch."""
    return any(isinstance(module, _BatchNorm) for module in model.modules())


def _time_inference(
    model: nn.Module,
    image_shape: tuple[int, int, int],
    accelerator: Accelerator,
    training_seconds: float,
    *,
    channels_last: bool,
) -> tuple[float | None, float | None]:
    """Median seconds of one image, and of a batch; None of what cannot be told within the bounds."""
    if training_seconds < LEAST_TRAINING_SECONDS:
        return None, None
    bound = min(MOST_SECONDS, MOST_SHARE * training_seconds)
    plain: nn.Module = getattr(model, "_orig_mod", model)  # torch.compile would compile anew for either shape
    was_training = plain.training
    try:
        plain.eval()
        with kept_generators():
            found = [
                _time_batch(plain, count, image_shape, accelerator, bound * share, channels_last=channels_last)
                for count, share in ((1, 0.25), (INFERENCE_BATCH, 0.75))
            ]
    finally:
        plain.train(was_training)
    return found[0], found[1]


def _time_batch(
    model: nn.Module,
    count: int,
    image_shape: tuple[int, int, int],
    accelerator: Accelerator,
    seconds: float,
    *,
    channels_last: bool,
) -> float | None:
    """A model that refuses such a batch, or the memory for it, leaves the trial as it is: it has its numbers."""
    layout = torch.channels_last if channels_last else torch.contiguous_format
    try:
        images = random_images(count, *image_shape).to(accelerator.device, memory_format=layout)
        found = time_passes(model, images, accelerator, seconds=seconds, least=LEAST_PASSES, at_most=seconds)
    except RuntimeError as error:  # torch's, and its OutOfMemoryError
        logging.getLogger(__name__).warning("inference of %d images was not timed: %s", count, error)
        return None
    return statistics.median(found) if found else None
