"""The parts that a source comes in, by the names that folders, shards and dictionaries give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from ablate.errors import DataError
from ablate.specs import Split

PART_NAMES = {
    "train": Split.TRAIN,
    "training": Split.TRAIN,
    "val": Split.VALIDATION,
    "valid": Split.VALIDATION,
    "validation": Split.VALIDATION,
    "test": Split.TEST,
}

T = TypeVar("T")


def arrange_parts(named: Mapping[str, T], where: str) -> dict[Split, T]:
    """What goes by a part's name, by the split that it is; other names are left out.

    Validation images without test images are the test images, as papers report on ImageNet: validation is then held
    out of the training images. A split is never looked at by two names.

    Raises: DataError where two names mean one split, or there is nothing to train on.
    """
    parts: dict[Split, T] = {}
    names: dict[Split, str] = {}
    for name, part in named.items():
        split = PART_NAMES.get(name)
        if split is None:
            continue
        if split in parts:
            raise DataError(f"{where}: {names[split]} and {name} both hold the {split} images: keep one of them")
        parts[split], names[split] = part, name
    if Split.TRAIN not in parts:
        raise DataError(
            f"{where}: expected train, val or test, found {', '.join(named) or 'nothing'}: train is missing"
        )
    if Split.TEST not in parts and Split.VALIDATION in parts:
        parts[Split.TEST] = parts.pop(Split.VALIDATION)
    return parts
