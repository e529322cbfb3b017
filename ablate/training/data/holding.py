"""Which data sets are held in memory, and how they get there."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from ablate.specs import AugmentationSpec, Crop, DatasetFacts, DataSpec, Split
from ablate.training.augmentation import Augmenter
from ablate.training.data.decoding import fit_image
from ablate.training.data.held import HeldSupply
from ablate.training.data.pool import LIMIT_BYTES, PixelPool
from ablate.training.data.splits import Selection
from ablate.training.data.standard import Standard, measure
from ablate.training.data.supply import Supply
from ablate.training.processes import Processes

Pixels: TypeAlias = NDArray[np.uint8] | NDArray[np.float32]


def is_held(spec: DataSpec, selections: Mapping[Split, Selection], crop: Crop) -> bool:
    """What the specification says, or by itself: what is in memory already, and what takes no more than `LIMIT_BYTES`.

    Crops of random size are taken of whole images, which are larger than what is held of files: those are read anew.
    """
    if spec.held != "auto":
        return spec.held
    if all(isinstance(selection.pool, PixelPool) for selection in selections.values()):
        return True
    return crop is not Crop.RESIZED and size_bytes(spec.facts, selections) <= LIMIT_BYTES


def size_bytes(facts: DatasetFacts, selections: Mapping[Split, Selection]) -> int:
    """What the images take, one byte for each channel of each pixel."""
    images = sum(len(selection.rows) for selection in selections.values())
    return images * facts.channels * facts.height * facts.width


def hold(
    selections: Mapping[Split, Selection],
    facts: DatasetFacts,
    augmentation: AugmentationSpec,
    device: torch.device,
    processes: Processes,
) -> tuple[dict[Split, Supply], Standard]:
    """All images, on the model's device if they take no more than `LIMIT_BYTES` there, and the scale they get.

    Raises `DataError` for an image that does not decode.
    """
    pixels = {split: _read(selection, facts) for split, selection in selections.items()}
    standard = _standardise(pixels, is_changed=not augmentation.is_identity)
    is_done = pixels[Split.TRAIN].dtype != np.uint8
    augmenter = Augmenter(augmentation, facts.classes, standard.levels)
    storage = device if size_bytes(facts, selections) <= LIMIT_BYTES else torch.device("cpu")
    supplies: dict[Split, Supply] = {
        split: HeldSupply(
            torch.from_numpy(pixels[split]).to(storage),
            torch.from_numpy(selection.pool.labels[selection.rows]).to(storage),
            None if is_done else standard,
            augmenter,
            processes,
            device,
        )
        for split, selection in selections.items()
    }
    return supplies, standard


def _read(selection: Selection, facts: DatasetFacts) -> Pixels:
    """Pixels [images, channels, height, width] of one split."""
    pool, rows, size = selection.pool, selection.rows, (facts.height, facts.width)
    if isinstance(pool, PixelPool) and pool.pixels.shape[2:] == size:
        return pool.pixels[rows]
    pixels = np.empty((len(rows), facts.channels, *size), dtype=np.uint8)

    def decode(place: int) -> None:
        image = np.asarray(fit_image(pool.image(int(rows[place])), *size))
        pixels[place] = image[None] if image.ndim == 2 else image.transpose(2, 0, 1)

    with ThreadPoolExecutor(torch.get_num_threads()) as threads:
        for _ in threads.map(decode, range(len(rows))):
            pass  # an error comes out here
    return pixels


def _standardise(pixels: dict[Split, Pixels], *, is_changed: bool) -> Standard:
    """The scale of the training images; floats that are learned from as they are get it here, once for all."""
    train = pixels[Split.TRAIN]
    if train.dtype == np.uint8:
        return measure(train)
    if is_changed:  # augmentation works on bytes
        for split, values in pixels.items():
            pixels[split] = np.rint(values * 255).astype(np.uint8)
        return measure(pixels[Split.TRAIN])
    mean, deviation = train.mean(), train.std()
    for split, values in pixels.items():
        pixels[split] = (values - mean) / deviation
    return Standard((float(mean),), (float(deviation),))
