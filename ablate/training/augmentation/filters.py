"""Colour and sharpness: changes that look at the other channels, or at the neighbours, of a value."""

from __future__ import annotations

from jaxtyping import Float, UInt8
from torch import Tensor, int16

from ablate.training.augmentation.tones import blended, grey

Pixels = UInt8[Tensor, "images channels height width"]


def change_color(pixels: Pixels, factor: Float[Tensor, "images 1 1 1"]) -> Pixels:
    """Between the grey image (0), the image (1) and stronger colours; an image without colours stays."""
    return blended(pixels.float(), grey(pixels), factor) if pixels.shape[1] == 3 else pixels


def change_sharpness(pixels: Pixels, factor: Float[Tensor, "images 1 1 1"]) -> Pixels:
    """Between the image smoothed by 3 × 3 values (0), the image (1) and a sharper one; its border stays."""
    height, width = pixels.shape[-2:]
    if min(height, width) < 3:
        return pixels
    values = pixels.to(int16)
    # Of whole numbers, so that the sum does not depend on the order that a device adds in.
    rows = values[..., :-2, :] + values[..., 1:-1, :] + values[..., 2:, :]
    around = rows[..., :-2] + rows[..., 1:-1] + rows[..., 2:]
    inner = values[..., 1:-1, 1:-1]
    smooth = ((around + 4 * inner).float() / 13).round_()
    changed = pixels.clone()
    changed[..., 1:-1, 1:-1] = blended(inner.float(), smooth, factor)
    return changed
