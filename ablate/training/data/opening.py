"""From a data set's name to what feeds a training: read, split, and held in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ablate.errors import DataError
from ablate.specs import AugmentationSpec, DataSpec, Split, SplitRecord
from ablate.training.augmentation import Augmenter
from ablate.training.data.held import HeldSupply
from ablate.training.data.pool import PixelPool
from ablate.training.data.sources import read_source
from ablate.training.data.splits import Selection, describe, split_source
from ablate.training.data.standard import Standard, measure
from ablate.training.data.supply import Supply
from ablate.training.processes import ALONE, Processes


@dataclass(frozen=True)
class Splits:
    """The three parts of a data set, and which images each holds."""

    supplies: dict[Split, Supply]
    records: dict[Split, SplitRecord]


def open_splits(
    spec: DataSpec,
    augmentation: AugmentationSpec | None = None,
    device: torch.device | None = None,
    processes: Processes = ALONE,
) -> Splits:
    """Read the data set and split it as `spec` asks; training images are augmented.

    Raises `DataError` if the data set cannot be read, or cannot give the images asked for.
    """
    reason = spec.refusal()
    if reason is not None:
        raise DataError(reason)
    selections = split_source(read_source(spec), spec)
    classes = spec.facts.classes
    augmenter = Augmenter(augmentation or AugmentationSpec(), classes)
    supplies = _hold(selections, augmenter, device or torch.device("cpu"), processes)
    return Splits(supplies, {split: describe(selection, classes) for split, selection in selections.items()})


def _hold(
    selections: dict[Split, Selection], augmenter: Augmenter, device: torch.device, processes: Processes
) -> dict[Split, Supply]:
    pixels: dict[Split, NDArray[np.uint8] | NDArray[np.float32]] = {}
    for split, selection in selections.items():
        assert isinstance(selection.pool, PixelPool)
        pixels[split] = selection.pool.pixels[selection.rows]
    standard = _standardise(pixels, is_changed=not augmenter.spec.is_identity)
    labels = {split: selection.pool.labels[selection.rows] for split, selection in selections.items()}
    return {
        split: HeldSupply(
            torch.from_numpy(pixels[split]).to(device),
            torch.from_numpy(labels[split]).to(device),
            standard,
            augmenter,
            processes,
        )
        for split in selections
    }


def _standardise(pixels: dict[Split, NDArray[np.uint8] | NDArray[np.float32]], *, is_changed: bool) -> Standard | None:
    """The scale of the training images; floats that are learned from as they are get it here, once for all."""
    train = pixels[Split.TRAIN]
    if train.dtype == np.uint8:
        return measure(train)  # type: ignore[arg-type]
    if is_changed:  # augmentation works on bytes
        for split, values in pixels.items():
            pixels[split] = np.rint(values * 255).astype(np.uint8)
        return measure(pixels[Split.TRAIN])  # type: ignore[arg-type]
    mean, deviation = train.mean(), train.std()
    for split, values in pixels.items():
        pixels[split] = (values - mean) / deviation
    return None
