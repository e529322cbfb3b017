"""One's own data set: a function that returns its parts."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ablate.errors import DataError
from ablate.specs import DataSpec, Split
from ablate.training.data.decoding import convert_image
from ablate.training.data.pool import PixelPool, Pool, Source
from ablate.training.data.sources.arrays import as_labels, as_pixels
from ablate.training.data.sources.content import hash_arrays, hash_sample
from ablate.training.data.sources.parts import arrange_parts

LABELS = ("targets", "labels")
"""Attributes of a data set that say the classes of all its images, so that none has to be decoded for it."""


@dataclass(frozen=True)
class DatasetPool:
    """Images that a data set in the manner of PyTorch gives one by one."""

    dataset: Any
    labels: NDArray[np.int64]
    channels: int
    where: str

    def image(self, index: int) -> Image.Image:
        """See `ImagePool`."""
        where = f"{self.where}, image {index}"
        image = _item(self.dataset, index, where)[0]
        if isinstance(image, Image.Image):
            try:
                return convert_image(image, self.channels)
            except (OSError, SyntaxError, ValueError) as error:
                raise DataError(f"{where}: does not decode: {error}; repair it, or leave it out") from error
        pixels = as_pixels(np.asarray(image)[None], self.channels, where)
        return PixelPool(pixels, self.labels[:1]).image(0)


def read_python(spec: DataSpec) -> Source:
    """The parts that the function returns: of each (images, labels), or a data set in the manner of PyTorch.

    Raises: DataError where the function is missing or returns something else; what it raises itself passes, with the
    traceback that its author needs.
    """
    returned = _call(spec)
    expected = "expected a dict of train, validation and test, each (images, labels) or a data set"
    if not isinstance(returned, Mapping):
        raise DataError(f"{spec.name}: {expected}, it returned {type(returned).__name__}")
    named = {str(name): part for name, part in returned.items()}
    parts: dict[Split, Pool] = {}
    for split, part in arrange_parts(named, spec.name).items():
        parts[split] = _read_part(part, spec, f"{spec.name}, {split}", expected)
    if all(isinstance(pool, PixelPool) for pool in parts.values()):
        return Source(parts, hash_arrays({split: pool for split, pool in parts.items() if isinstance(pool, PixelPool)}))
    return Source(parts, hash_sample(parts))


def _call(spec: DataSpec) -> object:
    module, _, name = spec.place.partition(":")
    started_in = str(Path.cwd())
    if started_in not in sys.path:
        sys.path.append(started_in)
    try:
        function: Callable[[], object] = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise DataError(
            f"{spec.name}: cannot be imported: {error}; install it, or start ablate in the folder that holds it"
        ) from error
    return function()


def _read_part(part: object, spec: DataSpec, where: str, expected: str) -> Pool:
    channels = spec.facts.channels
    if isinstance(part, tuple) and len(part) == 2:
        pixels = as_pixels(part[0], channels, where)
        return PixelPool(pixels, as_labels(part[1], len(pixels), where))
    if hasattr(part, "__len__") and hasattr(part, "__getitem__") and not isinstance(part, (str, bytes, Mapping, list)):
        return DatasetPool(part, _read_labels(part, where), channels, where)
    raise DataError(f"{where}: {expected}, found {type(part).__name__}")


def _read_labels(dataset: Any, where: str) -> NDArray[np.int64]:
    count = len(dataset)
    said = next((getattr(dataset, name) for name in LABELS if hasattr(dataset, name)), None)
    if said is None:
        said = [int(_item(dataset, index, f"{where}, image {index}")[1]) for index in range(count)]
    return as_labels(said, count, where)


def _item(dataset: Any, index: int, where: str) -> Any:
    item = dataset[index]
    if not isinstance(item, tuple | list) or len(item) != 2:
        raise DataError(f"{where}: expected (image, label), found {type(item).__name__}")
    return item
