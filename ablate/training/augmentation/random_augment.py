"""RandAugment of a whole batch: images that drew operations of one kind are changed together."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int, UInt8
from numpy import ndarray
from torch import Tensor

from ablate.training.augmentation.filters import change_color, change_sharpness
from ablate.training.augmentation.policy import Layer, Operation, Policy
from ablate.training.augmentation.share import Share, sent
from ablate.training.augmentation.tones import TONES, change_tones
from ablate.training.augmentation.warps import WARPS, warp

Pixels = UInt8[Tensor, "images channels height width"]

KINDS = (TONES, WARPS, (Operation.COLOR,), (Operation.SHARPNESS,))


def random_augment(pixels: Pixels, policy: Policy, fill: Float[Tensor, "#channels 1 1"], share: Share) -> Pixels:
    """Each image changed by the operations that `policy` draws for it."""
    for layer in policy.draw(share):
        pixels = apply_layer(pixels, layer, fill)
    return pixels


def apply_layer(pixels: Pixels, layer: Layer, fill: Float[Tensor, "#channels 1 1"]) -> Pixels:
    """Each image changed by its one operation."""
    changed = pixels.clone()
    for kind in KINDS:
        chosen = np.flatnonzero(layer.applied & np.isin(layer.operations, kind))
        if len(chosen):
            rows = sent(chosen, pixels.device)
            some = pixels.index_select(0, rows)
            changed.index_copy_(0, rows, _carry_out(some, layer.operations[chosen], layer.arguments[chosen], fill))
    return changed


def _carry_out(
    pixels: Pixels,
    operations: Int[ndarray, " images"],
    arguments: Float[ndarray, " images"],
    fill: Float[Tensor, "#channels 1 1"],
) -> Pixels:
    """Operations of one kind."""
    operation = Operation(operations[0])
    if operation in TONES:
        return change_tones(pixels, operations, arguments)
    if operation in WARPS:
        return warp(pixels, operations, arguments, fill)
    factor = sent(arguments.astype(np.float32), pixels.device)[:, None, None, None]
    return change_color(pixels, factor) if operation is Operation.COLOR else change_sharpness(pixels, factor)
