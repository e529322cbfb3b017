"""Random erasing: a rectangle of noise in some of the images (Zhong et al., arXiv:1708.04896)."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ablate.training.augmentation.boxes import DRAWS, TRIES, fit_boxes
from ablate.training.augmentation.share import Part, Share, sent

AREA, ASPECT = (0.02, 1 / 3), (0.3, 1 / 0.3)

Pixels = Float[Tensor, "images channels height width"]


def erase(pixels: Pixels, probability: float, share: Share) -> Pixels:
    """Standardised images, some with a rectangle of normal noise: timm's mode `pixel`, that of DeiT and Swin."""
    height, width = pixels.shape[-2:]
    rng = share.rng(Part.ERASING)
    is_chosen = rng.random(share.total) < probability
    draws = rng.random((share.total, TRIES, DRAWS))
    boxes = fit_boxes(draws, (height, width), AREA, ASPECT, largest=(height - 1, width - 1))
    erased = np.flatnonzero(is_chosen & boxes.found)
    first, end = np.searchsorted(erased, (share.first, share.first + share.count))
    if first == end:
        return pixels
    own = erased[first:end]
    rows = _within(boxes.top[own], boxes.height[own], height)
    columns = _within(boxes.left[own], boxes.width[own], width)
    inside = sent(rows[:, None, :, None] & columns[:, None, None, :], pixels.device)
    noise = torch.randn(
        (len(erased), *pixels.shape[1:]),
        generator=share.device_generator(Part.NOISE, pixels.device),
        device=pixels.device,
        dtype=pixels.dtype,
    )[first:end]
    places = sent(own - share.first, pixels.device)
    return pixels.index_copy(0, places, torch.where(inside, noise, pixels.index_select(0, places)))


def _within(start: NDArray[np.int64], length: NDArray[np.int64], size: int) -> NDArray[np.bool_]:
    places = np.arange(size)
    return (places >= start[:, None]) & (places < (start + length)[:, None])
