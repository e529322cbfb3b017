"""MNIST and its successors from the files as they are distributed, which torchvision reads only when unpacked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ablate.errors import DataError
from ablate.specs import DataSpec, Split
from ablate.training.data.sources.idx import read_idx
from ablate.training.data.sources.places import VARIABLE

IN_IDX_FILES = ("MNIST", "FashionMNIST", "KMNIST")

DEBIAN = {"FashionMNIST": Path("/usr/share/datasets/fashion-mnist")}
"""Where a package of Debian puts them (`dataset-fashion-mnist`)."""

STEMS = {Split.TRAIN: "train", Split.TEST: "t10k"}
FILES = {split: (f"{stem}-images-idx3-ubyte", f"{stem}-labels-idx1-ubyte") for split, stem in STEMS.items()}
"""Images and labels of each part."""

IMAGE_AXES, LABEL_AXES = 3, 1

Part = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def has_idx_files(spec: DataSpec, root: Path) -> bool:
    """Whether there is a folder with all of the files."""
    return any(_find_files(folder) for folder in _folders(spec, root))


def read_idx_parts(spec: DataSpec, root: Path) -> dict[Split, Part]:
    """Images [images, height, width] and labels of each part, from the first folder that holds them all.

    Raises: DataError where there is none, or a file is damaged.
    """
    folders = _folders(spec, root)
    files = next((found for found in map(_find_files, folders) if found), None)
    if not files:
        names = ", ".join(name for pair in FILES.values() for name in pair)
        raise DataError(
            f"{' or '.join(str(each.absolute()) for each in folders)}: {spec.name} is not there: put {names} (.gz or "
            f"unpacked) there, name another place in data.root or {VARIABLE}, or set data.download: true"
        )
    return {split: _read_part(*pair) for split, pair in files.items()}


def _folders(spec: DataSpec, root: Path) -> list[Path]:
    """Where the files may lie; a place that is named by `root` is the only one.

    In the root itself nothing says whose they are: MNIST and its successors have the same names.
    """
    name = spec.place
    own = [root / name / "raw", root / name]
    if spec.root is not None:
        return [*own, root]
    return [*own, *([DEBIAN[name]] if name in DEBIAN else [])]


def _find_files(folder: Path) -> dict[Split, tuple[Path, Path]]:
    """Images and labels of each part in a folder, or nothing if one is missing."""
    found = {}
    for split, names in FILES.items():
        images, labels = (_find(folder, name) for name in names)
        if images is None or labels is None:
            return {}
        found[split] = (images, labels)
    return found


def _find(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


def _read_part(images: Path, labels: Path) -> Part:
    pixels, classes = read_idx(images, IMAGE_AXES), read_idx(labels, LABEL_AXES)
    if len(pixels) != len(classes):
        raise DataError(f"{images}: holds {len(pixels)} images, {labels} {len(classes)} labels; fetch them again")
    return pixels, classes
