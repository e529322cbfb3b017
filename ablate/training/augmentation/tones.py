"""Changes of single values of an image: each is a table of 256 values, and all are looked up at once."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from numpy import ndarray
from torch import Tensor

from ablate.training.augmentation.policy import Operation
from ablate.training.augmentation.share import sent

Pixels = UInt8[Tensor, "images channels height width"]
Tables = UInt8[Tensor, "images channels 256"]

TONES = (
    Operation.AUTO_CONTRAST,
    Operation.EQUALIZE,
    Operation.INVERT,
    Operation.POSTERIZE,
    Operation.SOLARIZE,
    Operation.SOLARIZE_ADD,
    Operation.CONTRAST,
    Operation.BRIGHTNESS,
)


def change_tones(pixels: Pixels, operations: Int[ndarray, " images"], arguments: Float[ndarray, " images"]) -> Pixels:
    """Each image's values as its operation says."""
    images, channels = pixels.shape[:2]
    fixed = sent(_fixed_tables(operations, arguments), pixels.device)
    tables = fixed[:, None].expand(images, channels, 256).contiguous()
    for operation in (Operation.AUTO_CONTRAST, Operation.EQUALIZE, Operation.CONTRAST):
        chosen = np.flatnonzero(operations == operation)
        if len(chosen):
            rows = sent(chosen, pixels.device)
            some = pixels.index_select(0, rows)
            match operation:
                case Operation.AUTO_CONTRAST:
                    made = _stretched(some)
                case Operation.EQUALIZE:
                    made = _equalized(some)
                case _:
                    made = _contrasted(some, sent(arguments[chosen].astype(np.float32), pixels.device))
            tables.index_copy_(0, rows, made)
    return tables.gather(2, pixels.flatten(2).long()).view(pixels.shape)


def grey(pixels: Pixels) -> Float[Tensor, "images 1 height width"] | Float[Tensor, "images channels height width"]:
    """Brightness of coloured images in whole steps (ITU-R 601); images without three channels are as they are."""
    if pixels.shape[1] != 3:
        return pixels.float()
    red, green, blue = pixels.float().unbind(1)
    return torch.floor(red * 0.2989 + green * 0.587 + blue * 0.114)[:, None]


def blended(
    values: Float[Tensor, "images ..."], other: Float[Tensor, "images ..."], factor: Float[Tensor, "images ..."]
) -> UInt8[Tensor, "images ..."]:
    """`other` at factor 0, `values` at 1, further away from `other` beyond; one rounding to each step.

    A fused step would round some elements otherwise, depending on where in the batch they are.
    """
    return (values * factor + other * (1 - factor)).clamp_(0, 255).byte()


def _fixed_tables(
    operations: Int[ndarray, " images"], arguments: Float[ndarray, " images"]
) -> UInt8[ndarray, "images 256"]:
    """Of the operations that are the same for every image; of the others, values as they are."""
    values = np.arange(256)
    tables = np.tile(values.astype(np.uint8), (len(operations), 1))
    for operation in np.unique(operations):
        chosen = operations == operation
        given = arguments[chosen, None]
        match operation:
            case Operation.INVERT:
                tables[chosen] = 255 - values
            case Operation.POSTERIZE:
                tables[chosen] = values & (256 - 2 ** (8 - given.astype(np.int64)))
            case Operation.SOLARIZE:
                tables[chosen] = np.where(values >= given, 255 - values, values)
            case Operation.SOLARIZE_ADD:
                tables[chosen] = np.where(values < 128, np.minimum(255, values + given), values)
            case Operation.BRIGHTNESS:
                tables[chosen] = (values.astype(np.float32) * given.astype(np.float32)).clip(0, 255)
            case _:
                pass
    return tables


def _stretched(pixels: Pixels) -> Tables:
    """The darkest value of each channel becomes 0, the brightest 255."""
    flat = pixels.flatten(2)
    darkest, brightest = flat.amin(-1, keepdim=True).float(), flat.amax(-1, keepdim=True).float()
    is_flat = brightest == darkest
    scale = torch.where(is_flat, 1.0, (brightest - darkest) * (1 / 255))
    values = torch.arange(256, device=pixels.device, dtype=torch.float32)
    return ((values - torch.where(is_flat, 0.0, darkest)) / scale).clamp_(0, 255).byte()


def _equalized(pixels: Pixels) -> Tables:
    """Values as far apart as they are frequent: Pillow's rule, in whole numbers."""
    flat = pixels.flatten(2).long()
    counts = torch.zeros((*flat.shape[:2], 256), dtype=torch.int64, device=pixels.device)
    counts.scatter_add_(2, flat, torch.ones_like(flat))
    sums = counts.cumsum(-1)
    brightest = flat.amax(-1, keepdim=True)
    step = (flat.shape[-1] - counts.gather(2, brightest)) // 255
    below = sums - counts
    spread = ((below + step // 2) // step.clamp(min=1)).clamp_(0, 255)
    return torch.where(step == 0, torch.arange(256, device=pixels.device), spread).byte()


def _contrasted(pixels: Pixels, factor: Float[Tensor, " images"]) -> Tables:
    """Further from, or nearer to, the image's mean brightness."""
    mean = grey(pixels).flatten(1).mean(1)[:, None, None]
    values = torch.arange(256, device=pixels.device, dtype=torch.float32)
    return blended(values, mean, factor[:, None, None]).expand(-1, pixels.shape[1], 256)
