"""RandAugment as timm's notation says it: which operations each image gets, and how strong.

Cubuk et al., "RandAugment: Practical automated data augmentation with a reduced search space" (arXiv:1909.13719).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

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
class Scale:
    """What an operation is called with at a part 0..1 of the strongest magnitude: `start + slope * part`.

    `slope * part` has a random sign, or is a whole number, where that is said.
    """

    start: float = 0
    slope: float = 0
    is_signed: bool = False
    is_whole: bool = False


FACTOR = Scale(0.1, 1.8)
SCALES = {
    Operation.AUTO_CONTRAST: Scale(),
    Operation.EQUALIZE: Scale(),
    Operation.INVERT: Scale(),
    Operation.ROTATE: Scale(slope=30, is_signed=True),  # degrees
    Operation.POSTERIZE: Scale(slope=4, is_whole=True),  # bits that are kept
    Operation.SOLARIZE: Scale(slope=256, is_whole=True),  # from which value on it is inverted
    Operation.SOLARIZE_ADD: Scale(slope=110, is_whole=True),
    Operation.COLOR: FACTOR,
    Operation.CONTRAST: FACTOR,
    Operation.BRIGHTNESS: FACTOR,
    Operation.SHARPNESS: FACTOR,
    Operation.SHEAR_X: Scale(slope=0.3, is_signed=True),
    Operation.SHEAR_Y: Scale(slope=0.3, is_signed=True),
    Operation.TRANSLATE_X: Scale(slope=0.45, is_signed=True),  # of the width
    Operation.TRANSLATE_Y: Scale(slope=0.45, is_signed=True),  # of the height
}
"""timm's numbers."""

FACTOR_AWAY_FROM_ONE = Scale(1, 0.9, is_signed=True)
INCREASING_SCALES = SCALES | {
    Operation.POSTERIZE: Scale(4, -4, is_whole=True),
    Operation.SOLARIZE: Scale(256, -256, is_whole=True),
    Operation.COLOR: FACTOR_AWAY_FROM_ONE,
    Operation.CONTRAST: FACTOR_AWAY_FROM_ONE,
    Operation.BRIGHTNESS: FACTOR_AWAY_FROM_ONE,
    Operation.SHARPNESS: FACTOR_AWAY_FROM_ONE,
}
"""timm's numbers where a greater magnitude is always a stronger change (`inc1`)."""


@dataclass(frozen=True)
class Layer:
    """One operation for each image: whether it is carried out, and what it is called with."""

    operations: Int[ndarray, " images"]
    arguments: Float[ndarray, " images"]
    applied: Bool[ndarray, " images"]


@dataclass(frozen=True)
class Policy:
    """`layers` operations one after another, of magnitude 0 to 10 with a deviation between images."""

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
        operations = rng.integers(0, len(Operation), shape)
        applied = rng.random(shape) < PROBABILITY
        signs = np.where(rng.random(shape) < 0.5, -1, 1)
        parts = self._magnitudes(rng, shape).clip(0, STRONGEST) / STRONGEST
        scales = INCREASING_SCALES if self.increasing else SCALES
        drawn = (operations, arguments(operations, parts, signs, scales), applied)
        return [Layer(*(share.own(part[:, number]) for part in drawn)) for number in range(self.layers)]

    def _magnitudes(self, rng: np.random.Generator, shape: tuple[int, int]) -> Float[ndarray, "images layers"]:
        if self.deviation > UNIFORM_ABOVE:
            return rng.random(shape) * self.magnitude
        return self.magnitude + self.deviation * rng.standard_normal(shape)


def arguments(
    operations: Int[ndarray, "*shape"],
    parts: Float[ndarray, "*shape"],
    signs: Int[ndarray, "*shape"],
    scales: dict[Operation, Scale],
) -> Float[ndarray, "*shape"]:
    """What each operation is called with, at `parts` of the strongest magnitude."""
    chosen = [scales[operation] for operation in Operation]
    start, slope, is_signed, is_whole = (
        np.array([getattr(scale, name) for scale in chosen])[operations]
        for name in ("start", "slope", "is_signed", "is_whole")
    )
    steps = slope * parts
    steps = np.where(is_whole, np.trunc(steps), steps)
    return np.asarray(start + np.where(is_signed, signs * steps, steps))
