"""Images read at positions between their pixels."""

from __future__ import annotations

from jaxtyping import Float, UInt8
from torch import Tensor, nn, stack


def sample(
    pixels: UInt8[Tensor, "images channels height width"],
    x: Float[Tensor, "images _ width"],
    y: Float[Tensor, "images height _"],
    fill: Float[Tensor, "#channels 1 1"],
) -> UInt8[Tensor, "images channels height width"]:
    """Bilinear values at (x, y), in pixels from the image's corner: the centre of its first pixel is (0.5, 0.5).

    Outside the image there is `fill`.
    """
    height, width = pixels.shape[-2:]
    size = (len(pixels), height, width)
    grid = stack((x.expand(size) * (2 / width) - 1, y.expand(size) * (2 / height) - 1), dim=-1)
    above = nn.functional.grid_sample(pixels - fill, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return above.add_(fill).round_().byte()
