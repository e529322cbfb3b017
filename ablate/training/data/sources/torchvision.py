"""Data sets of torchvision, by the names of its classes.

CIFAR's files are pickles, which torchvision reads after it has compared them with the checksums of their publisher.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torchvision
from filelock import FileLock

from ablate.errors import DataError
from ablate.specs import DataSpec, Split
from ablate.specs.datasets import TORCHVISION
from ablate.training.data.pool import PixelPool, Source
from ablate.training.data.sources.arrays import as_labels, as_pixels
from ablate.training.data.sources.content import hash_arrays
from ablate.training.data.sources.files import ImageFile, create_file_source
from ablate.training.data.sources.mnist import IN_IDX_FILES, has_idx_files, read_idx_parts
from ablate.training.data.sources.places import VARIABLE, root_of

IN_ARRAYS = ("CIFAR10", "CIFAR100", "SVHN", "STL10", "USPS")
BY_TRAIN = ("MNIST", "FashionMNIST", "KMNIST", "CIFAR10", "CIFAR100", "USPS")
"""Those whose parts are asked for by `train`, rather than by `split`."""

SPLIT_WORDS = {
    Split.TRAIN: {},
    Split.VALIDATION: {"Country211": "valid"},
    Split.TEST: {"Imagenette": "val"},
}
"""Where a part goes by another name than train, val or test. Imagenette is tested on what it calls validation."""

USUAL_WORDS = {Split.TRAIN: "train", Split.VALIDATION: "val", Split.TEST: "test"}


def read_torchvision(spec: DataSpec) -> Source:
    """The published parts of a data set, from its files below the root, which are fetched if `download` allows it.

    Raises: DataError for missing or damaged files, or other images than those published.
    """
    name, root = spec.place, root_of(spec)
    if name in IN_IDX_FILES:
        if spec.download and not has_idx_files(spec, root):
            for options in _part_options(spec).values():
                _fetch(spec, root, options)
        return _create_array_source(spec, root, read_idx_parts(spec, root))
    opened = {split: _open(spec, root, options) for split, options in _part_options(spec).items()}
    if name in IN_ARRAYS:
        arrays = {
            split: (each.data, each.targets if name in BY_TRAIN else each.labels) for split, each in opened.items()
        }
        return _create_array_source(spec, root, arrays)
    files = {split: _list_files(root, each) for split, each in opened.items()}
    _check_counts(spec, root, {split: len(of) for split, of in files.items()})
    return create_file_source(root, files, spec.facts.channels)


def _part_options(spec: DataSpec) -> dict[Split, dict[str, Any]]:
    """What torchvision is asked for each part that is published."""
    known, name = TORCHVISION[spec.place], spec.place
    if not known.test:
        return {Split.TRAIN: {}}
    parts = [Split.TRAIN, *([Split.VALIDATION] if known.validation else []), Split.TEST]
    if name in BY_TRAIN:
        return {split: {"train": split is Split.TRAIN} for split in parts}
    return {split: {"split": SPLIT_WORDS[split].get(name, USUAL_WORDS[split])} for split in parts}


def _open(spec: DataSpec, root: Path, options: Mapping[str, Any]) -> Any:
    """One part, as torchvision gives it; of images in files their paths instead."""
    given = dict(options) if spec.place in IN_ARRAYS else {**options, "loader": _path_itself}
    try:
        return _class(spec)(root=root, download=False, **given)
    except (RuntimeError, OSError) as error:
        if spec.download:
            return _fetch(spec, root, given)
        raise DataError(
            f"{root}: {spec.name} is not there, or damaged ({_one_line(error)}): put its files there (or "
            f"name another place in data.root or {VARIABLE}), or set data.download: true"
        ) from error


def _fetch(spec: DataSpec, root: Path, options: Mapping[str, Any]) -> Any:
    """As `_open`, from the publisher; one process of all at a time."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / f".{spec.place}.lock"):
            return _class(spec)(root=root, download=True, **options)
    except (RuntimeError, OSError, ValueError) as error:
        raise DataError(
            f"{root}: {spec.name} cannot be fetched ({_one_line(error)}): try again later, or put its files there"
        ) from error


def _class(spec: DataSpec) -> Callable[..., Any]:
    dataset: Callable[..., Any] = getattr(torchvision.datasets, spec.place)
    return dataset


def _path_itself(path: str | Path) -> str | Path:
    return path


def _list_files(root: Path, dataset: Any) -> list[ImageFile]:
    """The files of a part, in the order of their names: torchvision's may be that of the file system."""
    files = []
    for path, label in (dataset[index] for index in range(len(dataset))):
        try:
            files.append(ImageFile(os.path.relpath(path, root), Path(path).stat().st_size, int(label)))
        except OSError as error:
            raise DataError(f"{path}: expected an image: {error.strerror}; fetch the data set again") from error
    return sorted(files)


def _create_array_source(spec: DataSpec, root: Path, arrays: Mapping[Split, tuple[Any, Any]]) -> Source:
    parts = {}
    for split, (images, labels) in arrays.items():
        where = f"{spec.name} in {root}, {split}"
        pixels = as_pixels(images, spec.facts.channels, where)
        parts[split] = PixelPool(pixels, as_labels(labels, len(pixels), where))
    _check_counts(spec, root, {split: len(pool.labels) for split, pool in parts.items()})
    return Source(dict(parts), hash_arrays(parts))


def _check_counts(spec: DataSpec, root: Path, found: Mapping[Split, int]) -> None:
    known = TORCHVISION[spec.place]
    published = {Split.TRAIN: known.training, Split.VALIDATION: known.validation, Split.TEST: known.test}
    for split, count in found.items():
        if count != published[split]:
            raise DataError(f"{root}: {spec.name} has {published[split]} {split} images, found {count}: fetch it again")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).partition(" You can use download=True")[0].rstrip(".")
