"""From a data set's name to what feeds a training: read, split, and held in memory or read as it goes."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import torch

from ablate.specs import AugmentationSpec, DataSpec, Split, SplitRecord
from ablate.specs.data import DIGITS_NAME
from ablate.training.data.holding import hold, is_held
from ablate.training.data.sources import read_source
from ablate.training.data.splits import describe, split_source
from ablate.training.data.standard import Standard
from ablate.training.data.streamed import stream
from ablate.training.data.supply import Supply
from ablate.training.processes import ALONE, Processes

LOGGER = logging.getLogger(__name__)


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
    if is_held(spec, selections, augmentation.crop):
        supplies, standard = hold(selections, facts, augmentation, device, processes)
    else:
        supplies, standard = stream(selections, spec, augmentation, device, processes)
    content = None if spec.kind == DIGITS_NAME else source.fingerprint  # digits come with scikit-learn's version
    records = {split: describe(selection, facts.classes, content) for split, selection in selections.items()}
    _say(spec, records, standard, content)
    return Splits(supplies, records)


def _say(spec: DataSpec, records: dict[Split, SplitRecord], standard: Standard, content: str | None) -> None:
    """One line in the job's log about the images that it works on."""
    facts = spec.facts
    counts = " / ".join(f"{records[split].images:,}" for split in (Split.TRAIN, Split.VALIDATION, Split.TEST))
    mean, deviation = (", ".join(f"{value:.4f}" for value in each) for each in (standard.mean, standard.deviation))
    LOGGER.info(
        "data %s: %s images to train / validate / test, %d x %d x %d, %d classes, mean %s, deviation %s%s",
        spec.name,
        counts,
        facts.height,
        facts.width,
        facts.channels,
        facts.classes,
        mean,
        deviation,
        "" if content is None else f", fingerprint {content}",
    )
