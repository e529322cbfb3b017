"""Changes of single values of an image: each is a table of 256 values, and all are looked up at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from numpy import ndarray
from torch import Tensor

from ablate.training.augmentation.policy import Operation
from ablate.training.augmentation.rounding import blend, to_bytes
from ablate.training.augmentation.share import sent

Pixels = UInt8[Tensor, "images channels height width"]
Tables = UInt8[Tensor, "images channels 256"]
Factors = Float[Tensor, "images 1 1"]

VALUES = np.arange(256)


def change_tones(pixels: Pixels, operations: Int[ndarray, " images"], arguments: Float[ndarray, " images"]) -> Pixels:
    """Each image's values as its operation says."""
    images, channels = pixels.shape[:2]
    fixed = sent(_fixed_tables(operations, arguments), pixels.device)
    tables = fixed[:, None].expand(images, channels, 256).contiguous()
    for operation, tables_of in SEEN.items():
        chosen = np.flatnonzero(operations == operation)
        if len(chosen):
            rows = sent(chosen, pixels.device)
            factors = sent(arguments[chosen].astype(np.float32), pixels.device)[:, None, None]
            tables.index_copy_(0, rows, tables_of(pixels.index_select(0, rows), factors))
    return tables.gather(2, pixels.flatten(2).long()).view(pixels.shape)


def grey(pixels: Pixels) -> Float[Tensor, "images _ height width"]:
    """Brightness of coloured images in whole steps (ITU-R 601); images without three channels are as they are."""
    if pixels.shape[1] != 3:
        return pixels.float()
    red, green, blue = pixels.float().unbind(1)
    return torch.floor(red * 0.2989 + green * 0.587 + blue * 0.114)[:, None]


def _fixed_tables(
    operations: Int[ndarray, " images"], arguments: Float[ndarray, " images"]
) -> UInt8[ndarray, "images 256"]:
    """Of the operations that are the same for every image; of the others, values as they are."""
    tables = np.empty((len(operations), 256), np.uint8)
    tables[:] = VALUES
    for operation, table in FIXED.items():
        chosen = np.flatnonzero(operations == operation)
        if len(chosen):
            tables[chosen] = table(arguments[chosen, None])
    return tables


def _stretched(pixels: Pixels, _: Factors) -> Tables:
    """The darkest value of each channel becomes 0, the brightest 255."""
    flat = pixels.flatten(2)
    darkest, brightest = flat.amin(-1, keepdim=True).float(), flat.amax(-1, keepdim=True).float()
    scale = (brightest - darkest) * (1 / 255)
    values = _values(pixels)
    stretched = torch.where(scale == 0, values, (values - darkest) / scale)
    return to_bytes(stretched.clamp_(0, 255))


def _equalized(pixels: Pixels, _: Factors) -> Tables:
    """Values as far apart as they are frequent: Pillow's rule, in whole numbers."""
    flat = pixels.flatten(2).long()
    counts = torch.zeros((*flat.shape[:2], 256), dtype=torch.int64, device=pixels.device)
    counts.scatter_add_(2, flat, torch.ones_like(flat))
    below = counts.cumsum(-1) - counts
    brightest = flat.amax(-1, keepdim=True)
    step = below.gather(2, brightest) // 255
    spread = ((below + step // 2) // step.clamp(min=1)).clamp_(0, 255)
    return torch.where(step == 0, _values(pixels).long(), spread).byte()


def _contrasted(pixels: Pixels, factor: Factors) -> Tables:
    """Further from, or nearer to, the image's mean brightness."""
    mean = grey(pixels).flatten(1).mean(1)[:, None, None]
    return blend(_values(pixels), mean, factor).expand(-1, pixels.shape[1], 256)


def _values(pixels: Pixels) -> Float[Tensor, " 256"]:
    return torch.arange(256, device=pixels.device, dtype=torch.float32)


FIXED: dict[Operation, Callable[[Float[ndarray, "images 1"]], ndarray]] = {
    Operation.INVERT: lambda _: 255 - VALUES,
    Operation.POSTERIZE: lambda bits: VALUES & (256 - 2 ** (8 - bits.astype(np.int64))),
    Operation.SOLARIZE: lambda threshold: np.where(threshold <= VALUES, 255 - VALUES, VALUES),
    Operation.SOLARIZE_ADD: lambda added: np.where(VALUES < 128, np.minimum(255, VALUES + added), VALUES),
    Operation.BRIGHTNESS: lambda factor: (VALUES.astype(np.float32) * factor.astype(np.float32)).clip(0, 255),
}
"""Tables that are the same for every image, by the operation's argument."""

SEEN: dict[Operation, Callable[[Pixels, Factors], Tables]] = {
    Operation.AUTO_CONTRAST: _stretched,
    Operation.EQUALIZE: _equalized,
    Operation.CONTRAST: _contrasted,
}
"""Tables that depend on what is in the image."""

TONES = (*FIXED, *SEEN)
