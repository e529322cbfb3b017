"""RandAugment as timm's notation says it: which operations each image gets, and how strong.

Cubuk et al., "RandAugment: Practical automated data augmentation with a reduced search space" (arXiv:1909.13719).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import assert_never

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray
from numpy.typing import NDArray

from ablate.training.augmentation.share import Part, Share

STRONGEST = 10.0
PROBABILITY = 0.5
"""Of an operation that was drawn to be carried out, as in timm."""
UNIFORM_ABOVE = 100.0
"""A deviation beyond it means that the magnitude is uniform from 0 on, as in timm."""


class Operation(IntEnum):
    """One change of an image; timm's fifteen."""

    AUTO_CONTRAST = 0
    EQUALIZE = 1
    INVERT = 2
    ROTATE = 3
    POSTERIZE = 4
    SOLARIZE = 5
    SOLARIZE_ADD = 6
    COLOR = 7
    CONTRAST = 8
    BRIGHTNESS = 9
    SHARPNESS = 10
    SHEAR_X = 11
    SHEAR_Y = 12
    TRANSLATE_X = 13
    TRANSLATE_Y = 14


@dataclass(frozen=True)
class Layer:
    """One operation for each image: whether it is carried out, and with which argument."""

    operations: Int[ndarray, " images"]
    arguments: Float[ndarray, " images"]
    applied: Bool[ndarray, " images"]


@dataclass(frozen=True)
class Policy:
    """`layers` operations one after another, of magnitude 0 to 10 with a deviation between images.

    With `increasing` a greater magnitude is always a stronger change.
    """

    magnitude: float
    layers: int = 2
    deviation: float = 0.0
    increasing: bool = False

    @classmethod
    def parse(cls, notation: str) -> Policy:
        """From timm's notation: `rand-m9-n2-mstd0.5-inc1`."""
        words = dict(re.findall(r"-(mstd|inc|m|n)([\d.]+)", notation))
        return cls(
            magnitude=float(words["m"]),
            layers=int(words.get("n", 2)),
            deviation=float(words.get("mstd", 0)),
            increasing=words.get("inc") == "1",
        )

    def draw(self, share: Share) -> list[Layer]:
        """What each image of `share` gets."""
        rng, shape = share.rng(Part.RANDOM_AUGMENT), (share.total, self.layers)
        operations = share.own(rng.integers(0, len(Operation), shape))
        applied, signs = share.own(rng.random(shape)) < PROBABILITY, np.where(share.own(rng.random(shape)) < 0.5, -1, 1)
        if self.deviation > UNIFORM_ABOVE:
            levels = share.own(rng.random(shape)) * self.magnitude
        else:
            levels = self.magnitude + self.deviation * share.own(rng.standard_normal(shape))
        parts = levels.clip(0, STRONGEST) / STRONGEST
        arguments = np.zeros(parts.shape)
        for operation in Operation:
            chosen = operations == operation
            arguments[chosen] = argument(operation, parts[chosen], signs[chosen], increasing=self.increasing)
        return [Layer(operations[:, n], arguments[:, n], applied[:, n]) for n in range(self.layers)]


def argument(
    operation: Operation, part: NDArray[np.float64], sign: NDArray[np.int64], *, increasing: bool
) -> NDArray[np.float64]:
    """What `operation` is called with: degrees, bits kept, a threshold, a factor, a slope, a part of the width.

    `part` is the magnitude, of the strongest; the numbers are timm's.
    """
    match operation:
        case Operation.AUTO_CONTRAST | Operation.EQUALIZE | Operation.INVERT:
            return np.zeros(len(part))
        case Operation.ROTATE:
            return sign * part * 30
        case Operation.POSTERIZE:
            return 4 - np.floor(part * 4) if increasing else np.floor(part * 4)
        case Operation.SOLARIZE:
            return 256 - np.floor(part * 256) if increasing else np.floor(part * 256)
        case Operation.SOLARIZE_ADD:
            return np.floor(part * 110)
        case Operation.COLOR | Operation.CONTRAST | Operation.BRIGHTNESS | Operation.SHARPNESS:
            return np.maximum(0.1, 1 + sign * part * 0.9) if increasing else 0.1 + part * 1.8
        case Operation.SHEAR_X | Operation.SHEAR_Y:
            return sign * part * 0.3
        case Operation.TRANSLATE_X | Operation.TRANSLATE_Y:
            return sign * part * 0.45
        case _:
            assert_never(operation)
