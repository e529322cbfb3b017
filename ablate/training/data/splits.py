"""Which image of a source belongs to which split: a function of the source and the spec, never of a trial's seed."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ablate.errors import DataError
from ablate.specs import DataSpec, Split, SplitRecord
from ablate.specs.datasets import Counts, split_counts
from ablate.training.data.pool import Pool, Source


class Selection(NamedTuple):
    """The images of one split: a part of the source, and rows of it."""

    pool: Pool
    rows: NDArray[np.int64]


def split_source(source: Source, spec: DataSpec) -> dict[Split, Selection]:
    """The three splits of a source: its own parts, and what is held out of the training images where one is missing.

    Raises: DataError where fewer images than asked for are left to train on, or none of a class.
    """
    parts = source.parts
    labels = parts[Split.TRAIN].labels
    rows = split_indices(labels, spec, frozenset(parts))
    if spec.training_images == "all":
        _check_classes(labels, rows[Split.TRAIN], spec)
    return {
        split: Selection(parts[Split.TRAIN], rows[split])
        if split in rows
        else Selection(parts[split], np.arange(len(parts[split].labels)))
        for split in (Split.TEST, Split.VALIDATION, Split.TRAIN)
    }


def split_indices(
    labels: NDArray[np.int64], spec: DataSpec, parts: frozenset[Split] = frozenset({Split.TRAIN})
) -> dict[Split, NDArray[np.int64]]:
    """Which of the training images each split holds that is not among the source's `parts`, and which are trained on.

    Every split is stratified, and smaller training sets are parts of larger ones: all are consecutive runs of one
    order in which any beginning holds the classes in proportion.
    """
    order = _stratified_order(labels, np.random.default_rng(spec.split_seed))
    counts = _counts(len(labels), spec, parts)
    test = counts.test if Split.TEST not in parts else 0
    validation = test + (counts.validation if Split.VALIDATION not in parts else 0)
    rows = {Split.TEST: order[:test], Split.VALIDATION: order[test:validation], Split.TRAIN: order[validation:]}
    left, classes = len(rows[Split.TRAIN]), spec.facts.classes
    count = left if spec.training_images == "all" else spec.training_images
    if not classes <= count <= left:
        raise DataError(
            f"{spec.name}: {left} of its {len(labels)} images are left to train on, in {classes} classes, "
            f"data.training_images is {spec.training_images}: {_remedy(left, classes)}"
        )
    rows[Split.TRAIN] = rows[Split.TRAIN][:count]
    return {split: indices for split, indices in rows.items() if split is Split.TRAIN or split not in parts}


def describe(selection: Selection, classes: int, content: str | None = None) -> SplitRecord:
    """What the database keeps of a split; `content` is the source's fingerprint, where that can change."""
    rows, labels = selection.rows, selection.pool.labels
    counts = np.bincount(labels[rows], minlength=classes)
    fingerprint = hashlib.sha256(np.sort(rows).astype("<i8").tobytes()).hexdigest()
    return SplitRecord(
        images=len(rows),
        images_per_class=tuple(int(count) for count in counts),
        fingerprint=fingerprint[:16],
        content=content,
    )


def _counts(images: int, spec: DataSpec, parts: frozenset[Split]) -> Counts:
    """How many of the `images` of the training part each split takes; of a split that is a part, any number."""
    facts = spec.facts
    if parts == {Split.TRAIN} and facts.training_images and facts.validation_images and facts.test_images:
        return Counts(facts.training_images, facts.validation_images, facts.test_images)
    return split_counts(images, int(Split.VALIDATION in parts), int(Split.TEST in parts), spec.validation)


def _check_classes(labels: NDArray[np.int64], rows: NDArray[np.int64], spec: DataSpec) -> None:
    left = np.bincount(labels[rows], minlength=spec.facts.classes)
    if not left.all():
        empty = int(np.argmin(left))
        raise DataError(
            f"{spec.name}: class {empty} has {np.count_nonzero(labels == empty)} images, and none is left to train on "
            "once others are held out: give more of it, or another data.split_seed"
        )


def _remedy(left: int, classes: int) -> str:
    if left < classes:
        return "give more images, or hold out fewer (data.validation)"
    return f"give {classes} to {left}, or all"


def _stratified_order(labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """All indices; each class is shuffled, and its k-th of n images stands at (k + u) / n, u uniform in 0..1."""
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        place[members] = (np.arange(len(members)) + rng.random()) / len(members)
    return np.argsort(place, kind="stable")
