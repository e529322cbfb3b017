"""What `make bench-training` trains: two models, each with and without augmentation, on images of noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ablate.specs import (
    AugmentationSpec,
    Configuration,
    Connectivity,
    DataSpec,
    LayerSpec,
    ModelSpec,
    Precision,
    TrainingSpec,
    TrialSpec,
)

CLASSES, IMAGES, EVALUATED = 10, 60_000, 100
Part = tuple[NDArray[np.uint8], NDArray[np.int64]]


@dataclass(frozen=True)
class Setting:
    """A training, and how many of its steps are taken at a turn."""

    name: str
    trial: TrialSpec
    steps: int


def grey_8() -> dict[str, Part]:
    """Images of the digits' size."""
    return _noise(8)


def grey_28() -> dict[str, Part]:
    """As many images as Fashion-MNIST has, of that size."""
    return _noise(28)


def settings(precision: Precision) -> list[Setting]:
    """All of them."""
    digits = ModelSpec(widths=(32, 64), depths=(2, 2), layer=LayerSpec(window=3, heads=4))
    block = LayerSpec(connectivity=Connectivity.BLOCK, shift=True, window=7, heads=4)
    fashion = ModelSpec(widths=(32, 64), depths=(1, 1), patch_size=2, drop_path=0.1, layer=block)
    plain = AugmentationSpec()
    little = AugmentationSpec(crop="pad", padding=1, flip=0.5, erasing=0.25)
    usual = AugmentationSpec(crop="pad", padding=4, flip=0.5, erasing=0.25)
    found = []
    for name, model, size, batch, changed, steps in (
        ("8×8, batch 64", digits, 8, 64, little, 10),
        ("28×28, batch 128", fashion, 28, 128, usual, 10),
    ):
        for said, augmentation in (("as they are", plain), ("crop, flip, erasing", changed)):
            recipe = TrainingSpec(
                batch_size=batch, gradient_clip=5.0, epochs=5, precision=precision, augmentation=augmentation
            )
            data = DataSpec(
                name=f"python:settings:grey_{size}", image_size=size, channels=1, classes=CLASSES, held=True
            )
            configuration = Configuration(model=model, data=data, training=recipe)
            trial = TrialSpec(study="bench-training", configuration=configuration, seed=0)
            found.append(Setting(f"{name}, {said}", trial, steps))
    return found


def _noise(size: int) -> dict[str, Part]:
    rng = np.random.default_rng(0)
    counts = {"train": IMAGES, "validation": EVALUATED, "test": EVALUATED}
    return {
        name: (
            rng.integers(0, 256, (count, size, size), dtype=np.uint8),
            rng.permutation(np.arange(count) % CLASSES),
        )
        for name, count in counts.items()
    }
