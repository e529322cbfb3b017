"""Train one trial: the same steps for every combination, so that only the configuration differs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ablate.models import build, cost
from ablate.specs import Costs, Device, Measures, Split, SplitRecord, TrialSpec
from ablate.training.course import Course, Journal
from ablate.training.data import open_splits
from ablate.training.device import create_accelerator
from ablate.training.energy import find_energy_meter
from ablate.training.learner import Learner
from ablate.training.measures import measure
from ablate.training.memory import MemoryMeter
from ablate.training.processes import ALONE, Processes
from ablate.training.shelf import Shelf
from ablate.training.stopping import IsStopping, never
from ablate.training.streams import Stream, default_generators


@dataclass(frozen=True)
class Outcome:
    """What a completed training leaves besides its metrics.

    `training_seconds` excludes evaluation, and counts what earlier attempts spent on the steps that were kept.
    `peak_memory_bytes` is what this attempt took by itself, wherever it went on from, with its data, model, evaluation
    and checkpoints, as `MemoryMeter` counts; None where the system does not tell. Of several processes it is that of
    the first: each holds the same data and model, and their shares of a batch differ by one image at most.
    Inference is timed by the first alone.
    """

    costs: Costs
    splits: dict[Split, SplitRecord]
    training_seconds: float
    peak_memory_bytes: int | None
    measures: Measures = field(default_factory=Measures)


def train(
    spec: TrialSpec,
    journal: Journal,
    *,
    device: Device = Device.CPU,
    threads: int = 1,
    processes: Processes = ALONE,
    shelf: Shelf | None = None,
    is_stopping: IsStopping = never,
    is_alone: bool = False,
) -> Outcome:
    """Train and evaluate one trial: train and validation metrics after every epoch, test once at the end.

    Every draw comes from a named stream of `spec.seed`; the same seed, configuration, processor, thread count and
    package versions give the same bits, however often the training was broken off and taken up from `shelf`.

    Where this is one of several `processes`, all of them call this alike; the first one's `journal` and `is_stopping`
    count, and it alone writes to its `shelf`. `is_alone`: as in `JobSpec`; only then is energy counted.

    Raises `Diverged` when the loss is no longer finite, `DataError` or `RefusedLayer` for what cannot be built, and
    `Stopped` once `is_stopping`, with a checkpoint on the shelf.
    """
    configuration, recipe = spec.configuration, spec.configuration.training
    accelerator = create_accelerator(device, recipe.precision, threads, processes)
    meter = MemoryMeter(device)
    splits = open_splits(configuration.data, recipe.augmentation, accelerator.device, processes)
    facts = configuration.data.facts
    with default_generators(spec.seed, Stream.INIT):
        model = build(configuration.model, facts)
    costs = cost(model, facts.height, facts.width)
    steps_per_epoch = math.ceil(len(splits.supplies[Split.TRAIN]) / recipe.batch_size)
    learner = Learner(model, recipe, accelerator, spec.seed, steps_per_epoch, processes)
    energy = find_energy_meter(device, threads=threads, processes=processes.count, is_alone=is_alone)
    Course(learner, splits.supplies, journal, shelf, is_stopping, energy).run()
    peak, images = meter.peak(), len(splits.supplies[Split.TRAIN])
    measures = measure(learner, (facts.channels, facts.height, facts.width), images, energy)
    return Outcome(costs, splits.records, learner.progress.seconds, peak.memory_bytes if peak else None, measures)
