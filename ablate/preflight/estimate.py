"""How long a study will take, from the steps that were probed."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ablate.specs import Configuration, Device, Plan, Split
from ablate.specs.probe import Check, Probe
from ablate.tracking.records import TrialRecord, TrialStatus


class Estimate(NamedTuple):
    """What is left of a study: trials, seconds until the last has ended, and hours of its GPUs or cores in use."""

    trials: int
    wall_seconds: float
    device_hours: float
    device: Device


def count_remaining(plan: Plan, records: Iterable[TrialRecord]) -> Counter[str]:
    """How many trials a run would do of each combination (by hash): seeds and tuning, but for what is over."""
    tries = plan.study.tune.trials if plan.study.tune else 0
    remaining = Counter({item.hash: len(plan.study.seeds) + tries for item in plan.combinations})
    over = (TrialStatus.COMPLETE, TrialStatus.FAILED, TrialStatus.PRUNED)
    for record in records:
        if record.status in over and record.combination in remaining:
            is_planned = record.tuning <= tries if record.tuning else record.seed in plan.study.seeds
            remaining[record.combination] -= is_planned
    return remaining


def trial_seconds(configuration: Configuration, probe: Probe) -> float:
    """Start-up, every step, validation after every epoch, and one test."""
    epochs = configuration.training.epochs
    validation, test = _evaluated(configuration, probe)
    images = epochs * validation + test
    return (
        probe.startup_seconds
        + epochs * probe.steps_per_epoch * probe.seconds_per_step
        + images * probe.seconds_per_image
    )


def _evaluated(configuration: Configuration, probe: Probe) -> tuple[int, int]:
    """Images for validation and for testing: as counted by the probe, else as known of the data set, else none."""
    if probe.images is not None:
        return probe.images[Split.VALIDATION], probe.images[Split.TEST]
    facts = configuration.data.facts
    return facts.validation_images or 0, facts.test_images or 0


def estimate(plan: Plan, check: Check, remaining: Mapping[str, int]) -> Estimate:
    """The remaining trials of each combination (by hash) over the slots, each slot taking the next as it is free.

    A trial keeps the devices of its slot for as long as it runs, whatever it uses of them. Combinations that cannot
    be run count nothing.
    """
    seconds = [
        trial_seconds(combination.resolved, checked.probe)
        for combination, checked in zip(plan.combinations, check.combinations, strict=True)
        if checked.probe is not None
        for _ in range(remaining[combination.hash])
    ]
    free = [0.0] * check.slots
    for length in seconds:
        heapq.heapreplace(free, free[0] + length)
    units = check.machine.gpus / check.slots if check.machine.device is Device.CUDA else check.threads
    return Estimate(len(seconds), max(free), sum(seconds) * units / 3600, check.machine.device)
