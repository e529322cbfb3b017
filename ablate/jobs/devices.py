"""Sharing a machine's GPUs and CPU threads out among jobs that run side by side.

What a study says outright is done or refused; only `auto` is decided here.
"""

from __future__ import annotations

import math
from pathlib import Path

from ablate.errors import InputError
from ablate.jobs.cores import usable_cores
from ablate.jobs.executor import Slot
from ablate.specs import Resources

__all__ = ["left_idle", "share_out", "usable_cores", "visible_names", "write_gpu_count"]


def share_out(resources: Resources, gpus: int, cores: int, trials_per_gpu: int = 1) -> tuple[Slot, ...]:
    """One slot for every trial that runs side by side, on `gpus` visible GPUs and `cores` CPU cores.

    `gpus_per_trial`: 0 computes on the CPU, one slot a core; a fraction shares each GPU, 0.5 between two; a whole
    number gives each slot as many GPUs of its own. `auto` gives each of `trials_per_gpu` slots a share of every GPU,
    or computes on the CPU where there is none. Fewer `workers` take the first slots, which lie on different GPUs.
    More `workers` share the GPUs in turn if `gpus_per_trial` is `auto`.

    The CPU threads are divided among all processes. They depend on the number of slots alone, not on how many trials
    are left, since the last bits of a sum depend on them; nor on OMP_NUM_THREADS, which differs between shells.

    `processes` train one trial together: with `gpus_per_trial: auto` it has as many GPUs, without GPUs it has the CPU.

    Raises `InputError` if the study asks for more GPUs than there are, or for another number of processes than of GPUs.
    """
    groups = _groups(resources, gpus, trials_per_gpu)
    each = 1 if resources.processes == "auto" else resources.processes
    if groups is None:
        groups = [()] * (max(1, cores // each) if resources.workers == "auto" else resources.workers)
    counts = [len(group) or each for group in groups]
    share = cores // sum(counts)
    return tuple(
        Slot(group, _threads(resources, count, share), count) for group, count in zip(groups, counts, strict=True)
    )


def left_idle(slots: tuple[Slot, ...], gpus: int) -> tuple[int, ...]:
    """The GPUs that no slot uses, though some slot uses one: worth telling the user."""
    used = {gpu for slot in slots for gpu in slot.gpus}
    return tuple(gpu for gpu in range(gpus) if gpu not in used) if used else ()


def visible_names(gpus: tuple[int, ...], visible: str | None) -> str:
    """CUDA_VISIBLE_DEVICES for a job on `gpus`, the indices being places in the present value `visible`.

    That may hold indices, UUIDs or MIG names; None: it is not set, and places are indices.
    """
    names = [str(gpu) for gpu in gpus] if visible is None else [visible.split(",")[gpu].strip() for gpu in gpus]
    return ",".join(names)


def write_gpu_count(directory: Path) -> None:
    """Write the number of visible GPUs into the file `gpus`; imports torch, so it is for a process of its own."""
    from ablate.training.device import gpu_count

    (directory / "gpus").write_text(str(gpu_count()))


def _groups(resources: Resources, gpus: int, trials_per_gpu: int) -> list[tuple[int, ...]] | None:
    """The GPUs of every slot, or None for the CPU."""
    asked, workers = resources.gpus_per_trial, resources.workers
    if asked == 0 or (asked == "auto" and gpus == 0):
        return None
    if resources.processes != "auto":
        if asked == "auto" and resources.processes > 1:
            asked = resources.processes
        elif asked != "auto" and resources.processes != math.ceil(asked):
            raise InputError(
                f"resources.processes is {resources.processes}, and gpus_per_trial {asked:g}: each process has a GPU "
                "of its own, so leave one of them out"
            )
    if asked == "auto":
        room = gpus * trials_per_gpu if workers == "auto" else workers
        return [(place % gpus,) for place in range(room)]
    if gpus == 0:
        raise InputError(
            f"resources.gpus_per_trial is {asked:g}, and no GPU is visible here: set it to 0 or auto, or check the "
            "driver and CUDA_VISIBLE_DEVICES"
        )
    groups = _shares(asked, gpus) if asked < 1 else _disjoint(asked, gpus)
    if workers == "auto":
        return groups
    if workers > len(groups):
        raise InputError(
            f"resources.workers is {workers}, but with gpus_per_trial {asked:g} there is room for {len(groups)} on "
            f"the {gpus} visible GPU{'s' if gpus > 1 else ''}: lower workers, or set gpus_per_trial to auto or to a "
            f"fraction such as {_fraction_for(workers, gpus):g}"
        )
    return groups[:workers]


def _fraction_for(workers: int, gpus: int) -> float:
    """Of a GPU, in thousandths rounded down, so that so many workers have room."""
    return 1000 // math.ceil(workers / gpus) / 1000


def _shares(fraction: float, gpus: int) -> list[tuple[int, ...]]:
    """As many slots on every GPU as the fraction fits into it; the first ones on different GPUs."""
    each = int(1 / fraction + 1e-9)
    return [(place % gpus,) for place in range(gpus * each)]


def _disjoint(asked: float, gpus: int) -> list[tuple[int, ...]]:
    """Slots with several neighbouring GPUs of their own; what is left over is used by none."""
    size = int(asked)
    if size != asked:
        raise InputError(f"resources.gpus_per_trial is {asked:g}: expected a whole number, or a fraction below 1")
    if size > gpus:
        raise InputError(
            f"resources.gpus_per_trial is {size}, and {gpus} GPU{'s are' if gpus > 1 else ' is'} visible here: lower "
            "it, or check CUDA_VISIBLE_DEVICES"
        )
    return [tuple(range(first, first + size)) for first in range(0, gpus - size + 1, size)]


def _threads(resources: Resources, processes: int, share: int) -> int:
    """Of each process of a slot."""
    if resources.threads_per_trial == "auto":
        return max(1, share)
    return max(1, resources.threads_per_trial // processes)
