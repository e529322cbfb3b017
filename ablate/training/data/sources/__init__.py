"""Where images come from: one module for each kind of data set that a study file can name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ablate.errors import DataError
from ablate.specs import DataSpec, Split
from ablate.training.data.pool import Source
from ablate.training.data.sources.digits import read_digits
from ablate.training.data.sources.folder import read_folder
from ablate.training.data.sources.hf import read_hf
from ablate.training.data.sources.python import read_python
from ablate.training.data.sources.torchvision import read_torchvision
from ablate.training.data.sources.webdataset import read_webdataset

__all__ = ["read_source"]

READERS: dict[str, Callable[[DataSpec], Source]] = {
    "digits": read_digits,
    "torchvision": read_torchvision,
    "folder": read_folder,
    "hf": read_hf,
    "webdataset": read_webdataset,
    "python": read_python,
}


def read_source(spec: DataSpec) -> Source:
    """The data set that `spec` names, with what it says of classes found true.

    Raises:
        DataError: it is unknown, missing, damaged, of another layout, or not what was said; one line, with the path.
    """
    reason = spec.refusal()
    if reason is not None:
        raise DataError(reason)
    source = READERS[spec.kind](spec)
    _check_labels(source, spec)
    return source


def _check_labels(source: Source, spec: DataSpec) -> None:
    classes = spec.facts.classes
    for split, pool in source.parts.items():
        labels = pool.labels
        if not len(labels):
            raise DataError(f"{spec.name}: the part for {split} holds no image")
        if labels.min() < 0 or labels.max() >= classes:
            strange = labels.min() if labels.min() < 0 else labels.max()
            raise DataError(
                f"{spec.name}: the part for {split} holds label {strange}, expected 0 to {classes - 1}: data.classes "
                f"is {classes}"
            )
    empty = np.flatnonzero(np.bincount(source.parts[Split.TRAIN].labels, minlength=classes) == 0)
    if len(empty):
        raise DataError(
            f"{spec.name}: class {empty[0]} has no image to train on, data.classes is {classes}: make them agree"
        )
