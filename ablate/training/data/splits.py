"""Which image of a source belongs to which split: a function of the source and the spec, never of a trial's seed."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ablate.specs import DataSpec, Split, SplitRecord
from ablate.training.data.pool import Pool, Source


class Selection(NamedTuple):
    """The images of one split: a part of the source, and rows of it."""

    pool: Pool
    rows: NDArray[np.int64]


def split_source(source: Source, spec: DataSpec) -> dict[Split, Selection]:
    """The three splits of a source."""
    whole = source.parts[Split.TRAIN]
    return {split: Selection(whole, rows) for split, rows in split_indices(whole.labels, spec).items()}


def split_indices(labels: NDArray[np.int64], spec: DataSpec) -> dict[Split, NDArray[np.int64]]:
    """Which images each split of a set in one piece holds.

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


def describe(selection: Selection, classes: int) -> SplitRecord:
    """What the database keeps of a split."""
    rows, labels = selection.rows, selection.pool.labels
    counts = np.bincount(labels[rows], minlength=classes)
    fingerprint = hashlib.sha256(np.sort(rows).astype("<i8").tobytes()).hexdigest()
    return SplitRecord(
        images=len(rows), images_per_class=tuple(int(count) for count in counts), fingerprint=fingerprint[:16]
    )


def _stratified_order(labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """All indices; each class is shuffled, and its k-th of n images stands at (k + u) / n, u uniform in 0..1."""
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        place[members] = (np.arange(len(members)) + rng.random()) / len(members)
    return np.argsort(place, kind="stable")
