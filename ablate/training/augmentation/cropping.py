"""Crops and mirror images, each image its own."""

from __future__ import annotations

import torch
from jaxtyping import UInt8
from torch import Tensor

from ablate.training.augmentation.boxes import DRAWS, TRIES, Boxes, fit_boxes
from ablate.training.augmentation.sampling import sample
from ablate.training.augmentation.share import Part, Share, sent

Pixels = UInt8[Tensor, "images channels height width"]

AREA, ASPECT = (0.08, 1.0), (3 / 4, 4 / 3)
"""Of a crop of random size, as Inception's (arXiv:1409.4842)."""


def crop_padded(pixels: Pixels, padding: int, share: Share) -> Pixels:
    """A window of the image's size, anywhere in the image with `padding` zeros on each side."""
    images, channels, height, width = pixels.shape
    draws = share.own(share.rng(Part.CROP).integers(0, 2 * padding + 1, (share.total, 2)))
    padded = torch.nn.functional.pad(pixels, (padding,) * 4).contiguous()
    rows, columns = padded.shape[-2:]
    corners = sent(draws[:, 0] * columns + draws[:, 1], pixels.device)
    # Every run of `width` pixels is a row of one overlapping view: its rows are copied whole, ten times as quick as
    # indexing by row and column.
    runs = padded.as_strided((padded.numel() - width + 1, width), (1, 1))
    maps = torch.arange(images * channels, device=pixels.device).view(images, channels, 1) * (rows * columns)
    lines = torch.arange(height, device=pixels.device) * columns
    starts = maps + lines + corners[:, None, None]
    return runs.index_select(0, starts.view(-1)).view(pixels.shape)


def crop_resized(pixels: Pixels, share: Share) -> Pixels:
    """A part of random size and place, bilinearly resized to the image's size."""
    height, width = pixels.shape[-2:]
    draws = share.own(share.rng(Part.CROP).random((share.total, TRIES, DRAWS)))
    boxes = fit_boxes(draws, (height, width), AREA, ASPECT, largest=(height, width))
    return resize_boxes(pixels, _whole_where_none_fits(boxes, height, width))


def resize_boxes(pixels: Pixels, boxes: Boxes) -> Pixels:
    """Each image's box, resized to the image's size; what is outside the box does not matter to it."""
    device, (height, width) = pixels.device, pixels.shape[-2:]
    y = _positions(sent(boxes.top, device), sent(boxes.height, device), height)[:, :, None]
    x = _positions(sent(boxes.left, device), sent(boxes.width, device), width)[:, None, :]
    return sample(pixels, x, y, torch.zeros((1, 1, 1), device=device))


def flip(pixels: Pixels, probability: float, share: Share) -> Pixels:
    """Left and right exchanged in some of the images."""
    chosen = share.own(share.rng(Part.FLIP).random(share.total)) < probability
    rows = sent(chosen.nonzero()[0], pixels.device)
    return pixels.index_copy(0, rows, pixels.index_select(0, rows).flip(-1))


def _positions(start: Tensor, length: Tensor, size: int) -> Tensor:
    centres = torch.arange(size, device=start.device) + 0.5
    low, high = start[:, None] + 0.5, start[:, None] + length[:, None] - 0.5
    return (start[:, None] + centres * (length[:, None] / size)).clamp(low, high)


def _whole_where_none_fits(boxes: Boxes, height: int, width: int) -> Boxes:
    """In place of a box that did not fit: the middle of the image, as much of it as has a ratio in `ASPECT`."""
    kept_height = min(height, round(width / ASPECT[0]))
    kept_width = min(width, round(height * ASPECT[1]))
    whole = ((height - kept_height) // 2, (width - kept_width) // 2, kept_height, kept_width)
    parts = (boxes.top, boxes.left, boxes.height, boxes.width)
    for part, value in zip(parts, whole, strict=True):
        part[~boxes.found] = value
    return boxes
