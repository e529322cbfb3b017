"""Pixels on the scale that models expect: mean 0 and deviation 1 over the training images."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Float, UInt8
from numpy.typing import NDArray
from torch import Tensor

CHUNK = 4096
"""Images whose sums are taken at once: their squares as doubles would else take eight times the data's memory."""


@dataclass(frozen=True)
class Standard:
    """Mean and standard deviation of each channel, in 0..1."""

    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    @property
    def levels(self) -> tuple[float, ...]:
        """The mean in 0..255."""
        return tuple(255 * mean for mean in self.mean)

    def apply(
        self, pixels: UInt8[Tensor, "images channels height width"]
    ) -> Float[Tensor, "images channels height width"]:
        """(x / 255 - mean) / deviation, as float32."""
        factors, offsets = _terms(self, pixels.device)
        return torch.addcmul(offsets, pixels.float(), factors)


@cache
def _terms(standard: Standard, device: torch.device) -> tuple[Tensor, Tensor]:
    """What bytes are multiplied by and what is added, once for all: a copy for each batch would halt a device."""
    scale = [1 / (255 * deviation) for deviation in standard.deviation]
    shift = [-mean / deviation for mean, deviation in zip(standard.mean, standard.deviation, strict=True)]
    with torch.inference_mode(mode=False):  # it may be an evaluation that asks first
        factors, offsets = (torch.tensor(each, device=device).view(1, -1, 1, 1) for each in (scale, shift))
    return factors, offsets


def measure(pixels: NDArray[np.uint8] | NDArray[np.float32]) -> Standard:
    """Of images of bytes [images, channels, height, width]; a channel that never varies keeps deviation 1.

    The sums are of whole numbers, so they do not depend on the order.
    """
    channels = pixels.shape[1]
    total, squares = np.zeros(channels), np.zeros(channels)
    for start in range(0, len(pixels), CHUNK):
        values = pixels[start : start + CHUNK].astype(np.float64)
        total += values.sum(axis=(0, 2, 3))
        squares += (values**2).sum(axis=(0, 2, 3))
    count = pixels.size / channels
    mean = total / count
    variance = np.maximum(squares / count - mean**2, 0)
    deviation = np.where(variance > 0, np.sqrt(variance), 255)
    return Standard(tuple((mean / 255).tolist()), tuple((deviation / 255).tolist()))
