"""Rotation, shear and shift: straight lines stay straight."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from numpy import ndarray
from numpy.typing import NDArray
from torch import Tensor

from ablate.training.augmentation.policy import Operation
from ablate.training.augmentation.sampling import sample
from ablate.training.augmentation.share import sent

Pixels = UInt8[Tensor, "images channels height width"]
Arguments = NDArray[np.float64]
Changes = NDArray[np.float64]


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
    matrices = np.empty((len(operations), 2, 3))
    matrices[:] = np.eye(2, 3)
    for operation, change in WARPS.items():
        chosen = np.flatnonzero(operations == operation)
        if len(chosen):
            matrices[chosen] += change(arguments[chosen], height, width)
    return matrices


def _rotated(degrees: Arguments, height: int, width: int) -> Changes:
    """Counter-clockwise about the middle."""
    angle, x, y = np.radians(degrees), width / 2, height / 2
    cos, sin = np.cos(angle), np.sin(angle)
    rows = [[cos - 1, -sin, x - cos * x + sin * y], [sin, cos - 1, y - sin * x - cos * y]]
    return np.moveaxis(np.array(rows), -1, 0)


def _only(row: int, column: int) -> NDArray[np.float64]:
    change = np.zeros((2, 3))
    change[row, column] = 1
    return change


WARPS: dict[Operation, Callable[[Arguments, int, int], Changes]] = {
    Operation.ROTATE: _rotated,
    Operation.SHEAR_X: lambda slope, _, __: slope[:, None, None] * _only(0, 1),
    Operation.SHEAR_Y: lambda slope, _, __: slope[:, None, None] * _only(1, 0),
    Operation.TRANSLATE_X: lambda part, _, width: (part * width)[:, None, None] * _only(0, 2),
    Operation.TRANSLATE_Y: lambda part, height, _: (part * height)[:, None, None] * _only(1, 2),
}
"""What is added to the matrix that changes nothing."""
