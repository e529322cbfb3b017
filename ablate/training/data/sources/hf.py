"""Data sets of Hugging Face's `datasets`: saved on disk, in its cache, or fetched where that is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ablate.errors import DataError
from ablate.specs import DataSpec, Split
from ablate.training.data.decoding import decode_image
from ablate.training.data.pool import Pool, Source
from ablate.training.data.sources.arrays import as_labels
from ablate.training.data.sources.content import hash_sample
from ablate.training.data.sources.parts import arrange_parts
from ablate.training.data.sources.places import place_of

UNLABELLED = -1
"""What the class of an image is where the publisher keeps it back."""


@dataclass(frozen=True)
class HubPool:
    """Images in a column of a data set that is mapped from disk, undecoded."""

    dataset: Any
    column: str
    labels: NDArray[np.int64]
    channels: int
    where: str

    def image(self, index: int) -> Image.Image:
        """See `ImagePool`."""
        encoded = self.dataset[index][self.column]
        content = encoded["bytes"] or Path(encoded["path"])
        return decode_image(content, f"{self.where}, image {index}", self.channels)


def read_hf(spec: DataSpec) -> Source:
    """The parts of a data set; image and class are found by the types of its columns.

    Raises: DataError where it is not there, or has no such columns.
    """
    datasets = _import(spec)
    opened = _open(datasets, spec)
    named = dict(opened) if isinstance(opened, dict) else {"train": opened}
    pools = {name: _pool(datasets, part, spec, f"{spec.name}, {name}") for name, part in named.items()}
    labelled = {name: pool for name, pool in pools.items() if not (pool.labels == UNLABELLED).all()}
    parts: dict[Split, Pool] = dict(arrange_parts(labelled, spec.name))
    return Source(parts, hash_sample(parts))


def _import(spec: DataSpec) -> ModuleType:
    try:
        import datasets
    except ImportError as error:
        raise DataError(f"{spec.name}: needs the package datasets: pip install 'ablate-studies[hf]'") from error
    module: ModuleType = datasets
    return module


def _open(datasets: ModuleType, spec: DataSpec) -> Any:
    """From the folder of that name if there is one, else by name from the cache, which `root` may place."""
    folder = place_of(spec, spec.place)
    name, _, variant = spec.place.partition(":")
    cache = None if spec.root is None else str(place_of(spec, ""))
    try:
        if folder.is_dir():
            return datasets.load_from_disk(str(folder))
        with _network(datasets, is_allowed=spec.download):
            return datasets.load_dataset(name, variant or None, cache_dir=cache)
    except (OSError, ValueError, datasets.exceptions.DatasetsError) as error:
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
        if folder.is_dir():
            raise DataError(f"{folder}: expected what save_to_disk of datasets has written: {reason}") from error
        remedy = "try again later" if spec.download else "set data.download: true"
        raise DataError(
            f"{folder}: there is no such folder, nor is {spec.name} in {cache or 'the cache of datasets'} "
            f"({reason}): save it there with save_to_disk, or {remedy}"
        ) from error


@contextmanager
def _network(datasets: ModuleType, *, is_allowed: bool) -> Iterator[None]:
    """Both libraries read HF_HUB_OFFLINE when they are imported, which is over: so their settings are set."""
    from huggingface_hub import constants

    settings: tuple[Any, ...] = (constants, datasets.config)
    before = [each.HF_HUB_OFFLINE for each in settings]
    try:
        if not is_allowed:
            for each in settings:
                each.HF_HUB_OFFLINE = True
        yield
    finally:
        for each, value in zip(settings, before, strict=True):
            each.HF_HUB_OFFLINE = value


def _pool(datasets: ModuleType, part: Any, spec: DataSpec, where: str) -> HubPool:
    features = part.features
    images = [name for name, feature in features.items() if isinstance(feature, datasets.Image)]
    classes = [name for name, feature in features.items() if isinstance(feature, datasets.ClassLabel)]
    if len(classes) > 1:  # such as coarse and fine ones
        classes = [name for name in classes if features[name].num_classes == spec.facts.classes]
    if len(images) != 1 or len(classes) != 1:
        raise DataError(
            f"{where}: expected one column of images and one of {spec.facts.classes} classes, found "
            f"{', '.join(f'{name} ({type(feature).__name__})' for name, feature in features.items())}: rename and cast "
            "its columns, and save it with save_to_disk"
        )
    labels = as_labels(part[classes[0]][:], len(part), where)
    undecoded = part.select_columns(images).cast_column(images[0], datasets.Image(decode=False))
    return HubPool(undecoded, images[0], labels, spec.facts.channels, where)
