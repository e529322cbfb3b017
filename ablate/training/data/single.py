"""Random changes of one image, by Pillow, for images that are read as they are needed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, assert_never

import numpy as np
import torch
from PIL import Image
from timm.data.auto_augment import RandAugment, posterize, rand_augment_transform
from timm.data.transforms import RandomResizedCropAndInterpolation
from torchvision.transforms import RandomCrop, RandomHorizontalFlip

from ablate.specs import AugmentationSpec, Crop
from ablate.training.data.decoding import fit_image
from ablate.training.data.standard import Standard

EVALUATED_SHARE = 0.875
"""Models that learned from crops of random size are shown the middle of an image, as is usual: things are larger there.

(Touvron et al., "Fixing the train-test resolution discrepancy", arXiv:1906.06423)
"""

Change = Callable[[Image.Image], Image.Image]


class Changes:
    """What an image goes through before it is a model's `height` x `width`, by timm's and torchvision's transforms.

    Mixing and erasing are not among it: they are done to batches.
    """

    def __init__(self, spec: AugmentationSpec, height: int, width: int, standard: Standard) -> None:
        self._size, self._crop = (height, width), spec.crop
        self._changes: list[Change] = []
        match spec.crop:
            case Crop.RESIZED:
                self._changes.append(RandomResizedCropAndInterpolation((height, width), interpolation="bicubic"))
            case Crop.PAD:
                self._changes += [self._fit, RandomCrop((height, width), padding=spec.padding)]
            case Crop.NONE:
                self._changes.append(self._fit)
            case _:
                assert_never(spec.crop)
        if spec.flip > 0:
            self._changes.append(RandomHorizontalFlip(spec.flip))
        if spec.random_augment is not None:
            mean = [round(255 * value) for value in standard.mean]
            filling = {"img_mean": tuple(mean) if len(mean) > 1 else mean[0]}
            reach = {"translate_const": int(0.45 * min(height, width))}
            self._changes.append(_without_faults(rand_augment_transform(spec.random_augment, {**filling, **reach})))

    def draw(self, image: Image.Image) -> Image.Image:
        """The image changed at random; see `seeded`."""
        for change in self._changes:
            image = change(image)
        return image

    def leave(self, image: Image.Image) -> Image.Image:
        """The image as a model is scored on."""
        return fit_image(image, *self._size, EVALUATED_SHARE if self._crop is Crop.RESIZED else 1.0)

    def _fit(self, image: Image.Image) -> Image.Image:
        return fit_image(image, *self._size)


def _without_faults(augment: RandAugment) -> RandAugment:
    """Pillow refuses to leave 0 bits of a colour, which timm asks for at the end of the scale: that is black."""
    for operation in augment.ops:
        if operation.name.startswith("Posterize"):
            operation.aug_fn = _posterize
    return augment


def _posterize(image: Image.Image, bits: int, **options: Any) -> Image.Image:
    if bits < 1:
        return Image.new(image.mode, image.size)
    posterized: Image.Image = posterize(image, bits, **options)
    return posterized


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Within the block everything that these transforms draw from is at the start of `seed`; then as it was before."""
    before = random.getstate(), np.random.get_state(), torch.get_rng_state()
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.default_generator.manual_seed(seed)
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])
        torch.set_rng_state(before[2])
