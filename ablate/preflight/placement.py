"""How many trials one GPU takes, by the memory that they were seen to need."""

from __future__ import annotations

from ablate.specs import Device, Plan
from ablate.specs.probe import Check

MARGIN = 1.25
"""A few steps do not show the peak of a whole training: fragments of memory pile up."""

CONTEXT_BYTES = 768 * 2**20
"""What CUDA and its libraries take of a GPU for each process, beside tensors."""

MOST_TRIALS = 8
"""Beyond that, trials on one GPU only wait for each other."""


def trials_per_gpu(check: Check, gpu_memory_bytes: int, cores: int) -> int:
    """How many trials fit on a GPU side by side: by the largest of them, at most one for each of the GPU's `cores`."""
    probes = [item.probe for item in check.combinations if item.probe is not None]
    reserved = max((probe.reserved_bytes for probe in probes if probe.reserved_bytes is not None), default=None)
    if reserved is None:
        return 1
    fitting = int(gpu_memory_bytes / (reserved * MARGIN + CONTEXT_BYTES))
    return max(1, min(fitting, MOST_TRIALS, cores))


def placement(plan: Plan, check: Check | None) -> int:
    """Trials per GPU for `gpus_per_trial: auto`: one unless a check has seen every combination of the plan on a GPU."""
    resources = plan.study.resources
    if resources.gpus_per_trial != "auto" or resources.processes not in ("auto", 1):
        return 1
    if check is None or check.machine.device is not Device.CUDA:
        return 1
    seen = {item.combination for item in check.combinations if item.probe is not None}
    if check.machine.gpu_memory_bytes is None or not all(item.hash in seen for item in plan.combinations):
        return 1
    return trials_per_gpu(check, check.machine.gpu_memory_bytes, check.machine.cores // check.machine.gpus)
