"""What is known about data sets before a file of theirs is read: image shape, classes, and how many images."""

from __future__ import annotations

from typing import NamedTuple

TEST_FRACTION = 0.2
"""How much of a data set that comes in one piece is held out for testing."""


class DatasetFacts(NamedTuple):
    """Image shape, classes, and how many images each split can have.

    A count is None where only the files tell it.
    """

    height: int
    width: int
    channels: int
    classes: int
    training_images: int | None
    validation_images: int | None
    test_images: int | None


class KnownDataset(NamedTuple):
    """A data set as it is published: height and width (0: they vary), channels, classes, and images of each part.

    `validation` is 0 where it has no such part, `test` is 0 where it comes in one piece.
    """

    height: int
    width: int
    channels: int
    classes: int
    training: int
    validation: int
    test: int


DIGITS = DatasetFacts(8, 8, 1, 10, training_images=1077, validation_images=180, test_images=540)
"""Optical recognition of handwritten digits (Alpaydin and Kaynak, 1998), as shipped by scikit-learn: 1,797 images.

More for testing than for validation: claims rest on the test images, and one of 540 is 0.19 %.
"""

TORCHVISION = {
    "MNIST": KnownDataset(28, 28, 1, 10, 60_000, 0, 10_000),
    "FashionMNIST": KnownDataset(28, 28, 1, 10, 60_000, 0, 10_000),
    "KMNIST": KnownDataset(28, 28, 1, 10, 60_000, 0, 10_000),
    "USPS": KnownDataset(16, 16, 1, 10, 7_291, 0, 2_007),
    "CIFAR10": KnownDataset(32, 32, 3, 10, 50_000, 0, 10_000),
    "CIFAR100": KnownDataset(32, 32, 3, 100, 50_000, 0, 10_000),
    "SVHN": KnownDataset(32, 32, 3, 10, 73_257, 0, 26_032),
    "STL10": KnownDataset(96, 96, 3, 10, 5_000, 0, 8_000),
    "EuroSAT": KnownDataset(64, 64, 3, 10, 27_000, 0, 0),
    "Flowers102": KnownDataset(0, 0, 3, 102, 1_020, 1_020, 6_149),
    "Food101": KnownDataset(0, 0, 3, 101, 75_750, 0, 25_250),
    "DTD": KnownDataset(0, 0, 3, 47, 1_880, 1_880, 1_880),
    "FGVCAircraft": KnownDataset(0, 0, 3, 100, 3_334, 3_333, 3_333),
    "StanfordCars": KnownDataset(0, 0, 3, 196, 8_144, 0, 8_041),
    "Country211": KnownDataset(0, 0, 3, 211, 31_650, 10_550, 21_100),
    "Imagenette": KnownDataset(0, 0, 3, 10, 9_469, 0, 3_925),
    "RenderedSST2": KnownDataset(0, 0, 3, 2, 6_920, 872, 1_821),
    "SUN397": KnownDataset(0, 0, 3, 397, 108_754, 0, 0),
}
"""Those of torchvision whose parts and labels can be had without decoding an image, by the names of its classes."""


class Counts(NamedTuple):
    """How many images each split has, of training images at most."""

    training: int
    validation: int
    test: int


def split_counts(training: int, validation: int, test: int, fraction: float) -> Counts:
    """The splits made of published parts: `fraction` of the training images validates where no part does.

    Without a part for testing, `TEST_FRACTION` of all is held out first.
    """
    if not test:
        test = held_out(training, TEST_FRACTION)
        training -= test
    if not validation:
        validation = held_out(training, fraction)
        training -= validation
    return Counts(training, validation, test)


def held_out(images: int, fraction: float) -> int:
    """How many of `images` a fraction is: at least one."""
    return max(1, round(images * fraction))
