"""What a training batch goes through, as its specification says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from ablate.specs import AugmentationSpec, Crop
from ablate.training.augmentation.cropping import crop_padded, crop_resized, flip
from ablate.training.augmentation.erasing import erase
from ablate.training.augmentation.mixing import draw_mix, mix_labels, mix_pixels
from ablate.training.augmentation.policy import Policy
from ablate.training.augmentation.random_augment import random_augment
from ablate.training.augmentation.share import Share

MIDDLE_GREY = (128.0,)


class Augmenter:
    """Changes batches of training images; what it draws is a function of (seed, epoch, step, position in the batch).

    A process that has images `first` and following of a batch of `total` gives of them what one process with the whole
    batch would. A specification that changes nothing gives back the tensors that it was given.
    """

    def __init__(self, spec: AugmentationSpec, classes: int, fill: Sequence[float] = MIDDLE_GREY) -> None:
        """`fill` is what rotation, shear and shift leave behind: one value in 0..255 for each channel, or for all.

        timm fills with the mean of the training images.
        """
        self.spec, self.classes = spec, classes
        self._policy = None if spec.random_augment is None else Policy.parse(spec.random_augment)
        self._fill = torch.tensor(tuple(fill), dtype=torch.float32)[:, None, None]

    def augment(
        self,
        pixels: UInt8[Tensor, "images channels height width"],
        seed: int,
        epoch: int,
        step: int,
        first: int = 0,
        total: int | None = None,
    ) -> UInt8[Tensor, "images channels height width"]:
        """Crop, flip and RandAugment, of images as they are stored."""
        share = _share(pixels, seed, epoch, step, first, total)
        pixels = self._cropped(pixels, share)
        if self.spec.flip > 0:
            pixels = flip(pixels, self.spec.flip, share)
        if self._policy is not None:
            self._fill = self._fill.to(pixels.device)
            pixels = random_augment(pixels, self._policy, self._fill, share)
        return pixels

    def finish(
        self,
        pixels: Float[Tensor, "images channels height width"],
        labels: Int[Tensor, " images"],
        seed: int,
        epoch: int,
        step: int,
        first: int = 0,
        total: int | None = None,
    ) -> tuple[Float[Tensor, "images channels height width"], Float[Tensor, "images classes"] | None]:
        """Mixing, of standardised images, and erasing; with mixing also the shares of classes, not smoothed.

        Raises:
            ValueError: images are to be mixed, and the share parts two neighbours (positions 2i and 2i + 1).
        """
        share = _share(pixels, seed, epoch, step, first, total)
        if self.spec.erasing > 0:
            pixels = erase(pixels, self.spec.erasing, share)
        if not self.spec.is_mixing:
            return pixels, None
        _check_pairs(share)
        mix = draw_mix(self.spec, share, (pixels.shape[-2], pixels.shape[-1]))
        return mix_pixels(pixels, mix), mix_labels(labels, self.classes, mix)

    def _cropped(self, pixels: Tensor, share: Share) -> Tensor:
        match self.spec.crop:
            case Crop.NONE:
                return pixels
            case Crop.PAD:
                return crop_padded(pixels, self.spec.padding, share)
            case Crop.RESIZED:
                return crop_resized(pixels, share)
            case _:
                assert_never(self.spec.crop)


def _share(pixels: Tensor, seed: int, epoch: int, step: int, first: int, total: int | None) -> Share:
    count = len(pixels)
    return Share(seed, epoch, step, first, count, first + count if total is None else total)


def _check_pairs(share: Share) -> None:
    end = share.first + share.count
    if share.first % 2 or (end % 2 and end < share.total):
        raise ValueError(
            f"expected a share of whole pairs of neighbours, for they are mixed: got positions {share.first} to {end} "
            f"of {share.total}; begin and end at even positions"
        )
