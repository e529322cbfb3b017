"""From a data set's name to what feeds a training: read, split, and held in memory or read as it goes."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ablate.specs import AugmentationSpec, DataSpec, Split, SplitRecord
from ablate.training.augmentation import Augmenter
from ablate.training.data.holding import hold, is_held
from ablate.training.data.sources import read_source
from ablate.training.data.splits import describe, split_source
from ablate.training.data.streamed import stream
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
    augmentation, device = augmentation or AugmentationSpec(), device or torch.device("cpu")
    source = read_source(spec)
    selections = split_source(source, spec)
    facts = spec.facts
    augmenter = Augmenter(augmentation, facts.classes)
    if is_held(spec, selections, augmentation.crop):
        supplies = hold(selections, facts, augmenter, device, processes)
    else:
        supplies = stream(selections, spec, augmenter, device, processes)
    return Splits(supplies, {split: describe(selection, facts.classes) for split, selection in selections.items()})
