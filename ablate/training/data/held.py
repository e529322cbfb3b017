"""Images and labels, split once into train, validation and test, and served in batches from memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor

from ablate.errors import DataError
from ablate.specs import DatasetName, DataSpec, Split, SplitRecord


@dataclass(frozen=True)
class Images:
    """One split, on one device; pixels are standardised by the training split's mean and deviation."""

    pixels: Float[Tensor, "images channels height width"]
    labels: Int[Tensor, " images"]

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: torch.device) -> Images:
        """The same images on `device`."""
        return Images(self.pixels.to(device), self.labels.to(device))

    def batches(self, size: int, order: Int[Tensor, " images"] | None = None) -> Iterator[Images]:
        """Batches of `size` (the last may be smaller) of the images in `order`, or of all as stored."""
        for start in range(0, len(self) if order is None else len(order), size):
            rows = slice(start, start + size) if order is None else order[start : start + size].to(self.labels.device)
            yield Images(self.pixels[rows], self.labels[rows])


@dataclass(frozen=True)
class Splits:
    """The three parts of a data set, and which images each holds."""

    images: dict[Split, Images]
    records: dict[Split, SplitRecord]


def load_splits(spec: DataSpec) -> Splits:
    """Read the data set and split it as `spec` asks.

    Raises `DataError` if the data set cannot give the images asked for.
    """
    reason = spec.refusal()
    if reason is not None:
        raise DataError(reason)
    pixels, labels = _read(spec.name)
    indices = split_indices(labels, spec)
    train = pixels[indices[Split.TRAIN]]
    standardised = (pixels - train.mean()) / train.std()
    images = {
        split: Images(torch.from_numpy(standardised[rows]), torch.from_numpy(labels[rows]))
        for split, rows in indices.items()
    }
    records = {split: _record(rows, labels, spec.facts.classes) for split, rows in indices.items()}
    return Splits(images, records)


def split_indices(labels: NDArray[np.int64], spec: DataSpec) -> dict[Split, NDArray[np.int64]]:
    """Which images each split holds: a function of `spec` alone, not of a trial's seed.

    Every split is stratified, and smaller training sets are parts of larger ones: all are consecutive runs of one
    order in which any beginning holds the classes in proportion.
    """
    order = _stratified_order(labels, np.random.default_rng(spec.split_seed))
    facts = spec.facts
    test, validation = facts.test_images, facts.test_images + facts.validation_images
    return {
        Split.TEST: order[:test],
        Split.VALIDATION: order[test:validation],
        Split.TRAIN: order[validation : validation + spec.training_count],
    }


def _stratified_order(labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """All indices; each class is shuffled, and its k-th of n images stands at (k + u) / n, u uniform in 0..1."""
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        place[members] = (np.arange(len(members)) + rng.random()) / len(members)
    return np.argsort(place, kind="stable")


def _read(name: DatasetName) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Pixels [images, channels, height, width] in 0..1 and labels of the whole data set."""
    match name:
        case DatasetName.DIGITS:
            from sklearn.datasets import load_digits

            digits = load_digits()
            return digits.images[:, None].astype(np.float32) / 16, digits.target.astype(np.int64)
        case _:
            assert_never(name)


def _record(rows: NDArray[np.int64], labels: NDArray[np.int64], classes: int) -> SplitRecord:
    counts = np.bincount(labels[rows], minlength=classes)
    fingerprint = hashlib.sha256(np.sort(rows).astype("<i8").tobytes()).hexdigest()
    return SplitRecord(
        images=len(rows), images_per_class=tuple(int(count) for count in counts), fingerprint=fingerprint[:16]
    )
