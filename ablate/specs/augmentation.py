"""What is done to training images before the model sees them, as a value."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from ablate.specs.value import Value

Probability = Annotated[float, Field(ge=0, le=1)]
Alpha = Annotated[float, Field(ge=0, le=100)]


class Crop(StrEnum):
    """How a part of the image is taken: none, a shifted window of the padded image, or a part of random size."""

    NONE = "none"
    PAD = "pad"
    RESIZED = "resized"


class AugmentationSpec(Value):
    """Random changes of the training images; every default changes nothing.

    `padding` is in pixels on each side, zeros before standardisation. `flip` and `erasing` are probabilities of one
    image. `random_augment` is timm's notation of RandAugment (`rand-m9-mstd0.5-inc1`). `mixup` and `cutmix` are the
    alpha of their Beta distributions; with both, each batch draws one of them.

    Sources: RandAugment (arXiv:1909.13719), random erasing (1708.04896), mixup (1710.09412), CutMix (1905.04899).
    """

    crop: Crop = Crop.NONE
    padding: Annotated[int, Field(ge=1)] = 4
    flip: Probability = 0.0
    random_augment: Annotated[str, Field(pattern=r"^rand-m\d+(\.\d+)?(-(n\d+|mstd\d+(\.\d+)?|inc[01]))*$")] | None = (
        None
    )
    erasing: Probability = 0.0
    mixup: Alpha = 0.0
    cutmix: Alpha = 0.0

    @property
    def is_mixing(self) -> bool:
        """Whether images of a batch are combined, so that labels are shares of two classes."""
        return self.mixup > 0 or self.cutmix > 0

    @property
    def is_identity(self) -> bool:
        """Whether the images are seen as they are."""
        return self == AugmentationSpec(padding=self.padding)
