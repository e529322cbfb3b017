"""Sharing a machine's GPUs and CPU threads out among jobs that run side by side."""

from __future__ import annotations

import os

from ablate.errors import InputError
from ablate.jobs.executor import Slot
from ablate.specs import Resources


def share_out(resources: Resources, gpus: int, cores: int) -> tuple[Slot, ...]:
    """One slot a GPU where there are GPUs, else one a core; the CPU threads are divided among them.

    With more workers than GPUs the GPUs are shared in turn. The threads of a slot depend on the number of slots
    alone, not on how many trials are left, since the last bits of a sum depend on them.

    Raises `InputError` if a GPU is asked for and there is none.
    """
    wants_gpu = gpus > 0 if resources.gpus_per_trial == "auto" else resources.gpus_per_trial > 0
    if wants_gpu and gpus == 0:
        raise InputError(
            "resources.gpus_per_trial is 1, and no GPU is visible here: set it to 0 or auto, or check the driver and "
            "CUDA_VISIBLE_DEVICES"
        )
    workers = (gpus if wants_gpu else cores) if resources.workers == "auto" else resources.workers
    threads = max(1, cores // workers) if resources.threads_per_trial == "auto" else resources.threads_per_trial
    return tuple(Slot((number % gpus,) if wants_gpu else (), threads) for number in range(workers))


def usable_cores() -> int:
    """Number of CPU cores that this process may use."""
    return len(os.sched_getaffinity(0))
