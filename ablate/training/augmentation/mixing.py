"""Mixup and CutMix: each image is combined with its neighbour, and its label with its neighbour's.

Zhang et al. (arXiv:1710.09412), Yun et al. (arXiv:1905.04899). One draw for a batch, as in timm's `Mixup`; there the
partner of the first image is the last, here the images at 2i and 2i + 1 are partners, so that a process needs none of
another's. The order of the images is random, so partners are as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ablate.specs import AugmentationSpec
from ablate.training.augmentation.share import Part, Share

Pixels = Float[Tensor, "images channels height width"]


@dataclass(frozen=True)
class Mix:
    """How a batch is mixed: each image keeps the part `kept` of itself, everywhere or, with a box, outside it."""

    kept: float
    box: tuple[slice, slice] | None


def draw_mix(spec: AugmentationSpec, share: Share, size: tuple[int, int]) -> Mix:
    """The mix of one batch: kept ~ Beta(alpha, alpha); of a box that reaches over the border, what is inside counts."""
    rng = share.rng(Part.MIXING)
    is_cut = spec.cutmix > 0 and (spec.mixup == 0 or rng.random() < 0.5)
    alpha = spec.cutmix if is_cut else spec.mixup
    kept = float(rng.beta(alpha, alpha))
    if not is_cut:
        return Mix(kept, None)
    side = math.sqrt(1 - kept)
    rows, columns = (_stretch(int(rng.integers(length)), int(length * side), length) for length in size)
    cut = (rows.stop - rows.start) * (columns.stop - columns.start)
    return Mix(1 - cut / (size[0] * size[1]), (rows, columns))


def mix_pixels(pixels: Pixels, mix: Mix) -> Pixels:
    """Each image with its neighbour mixed in; a last one without neighbour stays."""
    partners = _partners(pixels)
    if mix.box is None:
        # One rounding to each step: a fused one would round some elements otherwise, depending on where they are.
        return (pixels * mix.kept).add_(pixels.index_select(0, partners).mul_(1 - mix.kept))
    rows, columns = mix.box
    mixed = pixels.clone()
    mixed[:, :, rows, columns] = pixels[:, :, rows, columns].index_select(0, partners)
    return mixed


def mix_labels(labels: Int[Tensor, " images"], classes: int, mix: Mix) -> Float[Tensor, "images classes"]:
    """Shares of the classes, not smoothed."""
    own = torch.nn.functional.one_hot(labels, classes).float()
    return (own * mix.kept).add_(own.index_select(0, _partners(labels)).mul_(1 - mix.kept))


def _partners(images: Tensor) -> Int[Tensor, " images"]:
    """Of the image at each position; a last one without neighbour is its own."""
    return (torch.arange(len(images), device=images.device) ^ 1).clamp_(max=len(images) - 1)


def _stretch(middle: int, length: int, size: int) -> slice:
    return slice(max(0, middle - length // 2), min(size, middle + (length + 1) // 2))
