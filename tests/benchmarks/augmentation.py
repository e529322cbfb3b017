"""Images held in memory and augmented in batches, beside a loader that augments them one by one as timm does.

Both do the same to random images, standardisation included, and give batches of 128 on the CPU. Rounds of the two
alternate; a ratio is the median over the rounds of our images per second to the loader's.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from timm.data.auto_augment import rand_augment_transform
from timm.data.mixup import Mixup
from timm.data.random_erasing import RandomErasing
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from ablate.specs import AugmentationSpec
from ablate.training.augmentation import Augmenter
from ablate.training.data.held import HeldSupply
from ablate.training.data.standard import Standard
from ablate.training.processes import ALONE

BATCH, IMAGES, CLASSES = 128, 2_560, 10
MEAN, DEVIATION, GREY = 0.5, 0.25, 128
RANDOM_AUGMENT = "rand-m7-mstd0.5-inc1"
"""Not of magnitude 9 or 10: at 10 timm has Pillow keep 0 bits of an image, which it refuses."""
SIZES = {"28×28 grey": (28, 28), "32×32 RGB": (32, 32, 3)}
CASES = {
    "nothing": AugmentationSpec(),
    "padded crop, flip": AugmentationSpec(crop="pad", flip=0.5),
    "resized crop, flip": AugmentationSpec(crop="resized", flip=0.5),
    "RandAugment": AugmentationSpec(random_augment=RANDOM_AUGMENT),
    "erasing": AugmentationSpec(erasing=0.25),
    "mixup, cutmix": AugmentationSpec(mixup=0.8, cutmix=1.0),
    "padded crop, flip, erasing": AugmentationSpec(crop="pad", flip=0.5, erasing=0.25),
    "all, padded crop": AugmentationSpec(
        crop="pad", flip=0.5, random_augment=RANDOM_AUGMENT, erasing=0.25, mixup=0.8, cutmix=1.0
    ),
}


@dataclass
class OneByOne(Dataset[tuple[Tensor, int]]):
    """Images as torchvision's data sets give them: each made a Pillow image, then transformed."""

    images: NDArray[np.uint8]
    labels: list[int]
    transform: Callable[[Any], Tensor] | None

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(Image.fromarray(self.images[index])), self.labels[index]


class Loaded:
    """A loader with timm's transforms, and its mixing of batches."""

    def __init__(self, images: NDArray[np.uint8], labels: list[int], spec: AugmentationSpec, workers: int) -> None:
        self._loader = DataLoader(
            OneByOne(images, labels, transform_of(spec, images.shape[1:])),
            BATCH,
            shuffle=True,
            num_workers=workers,
            persistent_workers=workers > 0,
        )
        self._mix = Mixup(spec.mixup, spec.cutmix, label_smoothing=0, num_classes=CLASSES) if spec.is_mixing else None

    def batches(self) -> Iterable[Any]:
        """One pass."""
        for pixels, labels in self._loader:
            yield self._mix(pixels, labels) if self._mix else (pixels, labels)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each case, size and number of workers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1, help="of the process that takes the batches")
    parser.add_argument("--case", choices=CASES, help="only this one")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    sys.stdout.write(f"{'images':<12}{'what is done':<28}{'workers':>8}{'ours/s':>10}{'loader/s':>10}{'ratio':>8}\n")
    for size_name, shape in SIZES.items():
        rng = np.random.default_rng(0)
        images = rng.integers(0, 256, (IMAGES, *shape), dtype=np.uint8)
        labels = rng.integers(0, CLASSES, IMAGES)
        for name, spec in CASES.items():
            if options.case in (None, name):
                for workers in (0, 2):
                    found = _compare(
                        _held(images, labels, spec), Loaded(images, labels.tolist(), spec, workers), options
                    )
                    sys.stdout.write(f"{size_name:<12}{name:<28}{workers:>8}" + found)
                    sys.stdout.flush()


def _compare(ours: HeldSupply, theirs: Loaded, options: argparse.Namespace) -> str:
    rounds = [
        (_speed(ours.training_batches(BATCH, 0, number)), _speed(theirs.batches()))
        for number in range(options.rounds + 1)
    ]
    rounds = rounds[1:]  # in the first one the workers start
    ours_speed, their_speed = (statistics.median(speeds) for speeds in zip(*rounds, strict=True))
    ratio = statistics.median(our / their for our, their in rounds)
    return f"{ours_speed:>10,.0f}{their_speed:>10,.0f}{ratio:>8.1f}\n"


def _speed(batches: Iterable[Any]) -> float:
    began = time.perf_counter()
    for _ in batches:
        pass
    return IMAGES / (time.perf_counter() - began)


def _held(images: NDArray[np.uint8], labels: NDArray[np.int64], spec: AugmentationSpec) -> HeldSupply:
    pixels = torch.from_numpy(images).view(*images.shape[:3], -1).permute(0, 3, 1, 2).contiguous()
    channels = pixels.shape[1]
    standard = Standard((MEAN,) * channels, (DEVIATION,) * channels)
    return HeldSupply(pixels, torch.from_numpy(labels), standard, Augmenter(spec, CLASSES), ALONE, pixels.device)


def transform_of(spec: AugmentationSpec, shape: tuple[int, ...]) -> Callable[[Any], Tensor]:
    """The same of one image, by timm and those of torchvision's transforms that timm uses."""
    size, channels = shape[:2], shape[2] if len(shape) == 3 else 1
    steps: list[Any] = []
    match spec.crop.value:
        case "pad":
            steps.append(transforms.RandomCrop(size, padding=spec.padding))
        case "resized":
            steps.append(transforms.RandomResizedCrop(size))
    if spec.flip:
        steps.append(transforms.RandomHorizontalFlip(spec.flip))
    if spec.random_augment:
        steps.append(rand_augment_transform(spec.random_augment, {"img_mean": GREY if channels == 1 else (GREY,) * 3}))
    steps += [transforms.ToTensor(), transforms.Normalize([MEAN] * channels, [DEVIATION] * channels)]
    if spec.erasing:
        steps.append(RandomErasing(spec.erasing, mode="pixel", device="cpu"))
    return transforms.Compose(steps)


if __name__ == "__main__":
    main()
