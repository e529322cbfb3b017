"""Images read at positions between their pixels."""

from __future__ import annotations

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ablate.training.augmentation.rounding import to_bytes


def sample(
    pixels: UInt8[Tensor, "images channels height width"],
    x: Float[Tensor, "images _ width"],
    y: Float[Tensor, "images height _"],
    fill: Float[Tensor, "#channels 1 1"] | None = None,
) -> UInt8[Tensor, "images channels height width"]:
    """Bilinear values at (x, y), in pixels from the image's corner: the centre of its first pixel is (0.5, 0.5).

    Outside the image there is `fill`, or nothing (0). `x` and `y` may have one value for a whole column or row.
    """
    images, _, height, width = pixels.shape
    grid = torch.empty((images, height, width, 2), device=pixels.device)
    grid[..., 0] = x * (2 / width) - 1
    grid[..., 1] = y * (2 / height) - 1
    values = pixels.float()
    if fill is not None:
        values.sub_(fill)
    read = torch.nn.functional.grid_sample(values, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    if fill is not None:
        read.add_(fill)
    return to_bytes(read.round_())
