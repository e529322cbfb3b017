"""What one forward pass of a configuration costs: counted without weights, or timed."""

from __future__ import annotations

import statistics
import time

import torch

from ablate.models import build, cost
from ablate.specs import Configuration, Costs, Device
from ablate.training.device import create_accelerator, synchronize

LATENCY_IMAGES = 64
"""Batch size of the forward passes whose seconds are the cost `latency`."""

WARM_UP_PASSES, LEAST_PASSES, MOST_PASSES = 3, 10, 200
LATENCY_SECONDS = 1.0
"""For how long passes are timed, unless the least number takes longer."""


def count_costs(configuration: Configuration) -> Costs:
    """Parameters and multiply-accumulates; the weights are never drawn nor given memory.

    Raises `InputError` for what cannot be built.
    """
    facts = configuration.data.facts
    with torch.device("meta"):
        return cost(build(configuration.model, facts), facts.height, facts.width)


@torch.inference_mode()
def measure_latency(configuration: Configuration, *, device: Device = Device.CPU, threads: int = 1) -> float:
    """Median seconds of a forward pass of `LATENCY_IMAGES` images at the training's precision, without gradients.

    Raises `InputError` for what cannot be built.
    """
    accelerator = create_accelerator(device, configuration.training.precision, threads)
    facts = configuration.data.facts
    model = build(configuration.model, facts).eval().to(accelerator.device)
    shape = (LATENCY_IMAGES, facts.channels, facts.height, facts.width)
    images = torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(accelerator.device)
    seconds: list[float] = []
    deadline = float("inf")
    while len(seconds) < LEAST_PASSES + WARM_UP_PASSES or (
        len(seconds) < MOST_PASSES + WARM_UP_PASSES and time.perf_counter() < deadline
    ):
        started = time.perf_counter()
        with accelerator.autocast():
            model(images)
        synchronize(device)
        seconds.append(time.perf_counter() - started)
        if len(seconds) == WARM_UP_PASSES:
            deadline = time.perf_counter() + LATENCY_SECONDS
    return statistics.median(seconds[WARM_UP_PASSES:])
