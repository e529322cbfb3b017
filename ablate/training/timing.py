"""How long one forward pass takes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from ablate.specs import Device
from ablate.training.device import synchronize

WARM_UP_PASSES, MOST_PASSES = 2, 200


def random_images(count: int, channels: int, height: int, width: int) -> Tensor:
    """Noise of its own generator, on the CPU: what a pass takes does not depend on what is seen."""
    return torch.randn((count, channels, height, width), generator=torch.Generator().manual_seed(0))


def time_passes(
    model: nn.Module,
    images: Tensor,
    accelerator: Accelerator,
    *,
    seconds: float,
    least: int,
    at_most: float = math.inf,
) -> list[float]:
    """Seconds of single forward passes without gradients at the accelerator's precision, after some that warm up.

    Passes are timed for `seconds`, and `least` of them in any case; but all together take `at_most` so many seconds,
    as far as the first ones tell: there are none where not even the least number fits.
    """
    device = Device.CUDA if accelerator.device.type == "cuda" else Device.CPU

    def forward() -> None:
        with accelerator.autocast():
            model(images)
        synchronize(device)

    with torch.inference_mode():
        return _timed_passes(forward, seconds, least, at_most)


def _timed_passes(act: Callable[[], None], seconds: float, least: int, at_most: float) -> list[float]:
    began = time.perf_counter()
    last = 0.0
    for _ in range(WARM_UP_PASSES):
        last = _timed(act)
        if time.perf_counter() - began > at_most:
            return []
    if time.perf_counter() - began + last * least > at_most:
        return []
    deadline = min(time.perf_counter() + seconds, began + at_most)
    found: list[float] = []
    while len(found) < least or (len(found) < MOST_PASSES and time.perf_counter() < deadline):
        found.append(_timed(act))
    return found


def _timed(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
