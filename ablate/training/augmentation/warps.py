"""Rotation, shear and shift: straight lines stay straight."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from numpy import ndarray
from torch import Tensor

from ablate.training.augmentation.policy import Operation
from ablate.training.augmentation.sampling import sample
from ablate.training.augmentation.share import sent

Pixels = UInt8[Tensor, "images channels height width"]

WARPS = (
    Operation.ROTATE,
    Operation.SHEAR_X,
    Operation.SHEAR_Y,
    Operation.TRANSLATE_X,
    Operation.TRANSLATE_Y,
)


def warp(
    pixels: Pixels,
    operations: Int[ndarray, " images"],
    arguments: Float[ndarray, " images"],
    fill: Float[Tensor, "#channels 1 1"],
) -> Pixels:
    """Each image as its operation says; `fill` where nothing of it is left."""
    height, width = pixels.shape[-2:]
    matrices = sent(_matrices(operations, arguments, height, width).astype(np.float32), pixels.device)
    u = torch.arange(width, device=pixels.device) + 0.5
    v = torch.arange(height, device=pixels.device)[:, None] + 0.5
    # Written out rather than as a product of matrices, which may round otherwise for another number of images.
    x, y = (
        row[:, 0, None, None] * u + (row[:, 1, None, None] * v + row[:, 2, None, None]) for row in matrices.unbind(1)
    )
    return sample(pixels, x, y, fill)


def _matrices(
    operations: Int[ndarray, " images"], arguments: Float[ndarray, " images"], height: int, width: int
) -> Float[ndarray, "images 2 3"]:
    """Where a pixel at (u, v), from the corner, is taken from: x = m00 u + m01 v + m02, y = m10 u + m11 v + m12."""
    matrices = np.tile(np.eye(2, 3), (len(operations), 1, 1))
    for operation in np.unique(operations):
        chosen = operations == operation
        given = arguments[chosen]
        match operation:
            case Operation.ROTATE:
                matrices[chosen] = _rotations(np.radians(given), height, width)
            case Operation.SHEAR_X:
                matrices[chosen, 0, 1] = given
            case Operation.SHEAR_Y:
                matrices[chosen, 1, 0] = given
            case Operation.TRANSLATE_X:
                matrices[chosen, 0, 2] = given * width
            case _:
                matrices[chosen, 1, 2] = given * height
    return matrices


def _rotations(angle: Float[ndarray, " images"], height: int, width: int) -> Float[ndarray, "images 2 3"]:
    """Counter-clockwise about the middle, in radians."""
    cos, sin, x, y = np.cos(angle), np.sin(angle), width / 2, height / 2
    rows = [[cos, -sin, x - cos * x + sin * y], [sin, cos, y - sin * x - cos * y]]
    return np.moveaxis(np.array(rows), -1, 0)
