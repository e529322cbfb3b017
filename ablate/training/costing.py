"""What one forward pass of a configuration costs: counted without weights, or timed."""

from __future__ import annotations

import statistics

import torch

from ablate.models import build, cost
from ablate.specs import Configuration, Costs, Device
from ablate.training.device import create_accelerator
from ablate.training.timing import random_images, time_passes

LATENCY_IMAGES = 64
"""Batch size of the forward passes whose seconds are the cost `latency`."""

LEAST_PASSES = 10
LATENCY_SECONDS = 1.0
"""For how long passes are timed, unless the least number takes longer."""


def count_costs(configuration: Configuration) -> Costs:
    """Parameters and multiply-accumulates; the weights are never drawn nor given memory.

    Raises `InputError` for what cannot be built.
    """
    facts = configuration.data.facts
    with torch.device("meta"):
        return cost(build(configuration.model, facts), facts.height, facts.width)


def measure_latency(configuration: Configuration, *, device: Device = Device.CPU, threads: int = 1) -> float:
    """Median seconds of a forward pass of `LATENCY_IMAGES` images at the training's precision, without gradients.

    Raises `InputError` for what cannot be built.
    """
    accelerator = create_accelerator(device, configuration.training.precision, threads)
    facts = configuration.data.facts
    model = build(configuration.model, facts).eval().to(accelerator.device)
    images = random_images(LATENCY_IMAGES, facts.channels, facts.height, facts.width).to(accelerator.device)
    return statistics.median(time_passes(model, images, accelerator, seconds=LATENCY_SECONDS, least=LEAST_PASSES))
