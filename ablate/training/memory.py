"""How much memory a piece of work takes at its peak."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, assert_never

import torch

from ablate.specs import Device

STATUS = Path("/proc/self/status")


class Peak(NamedTuple):
    """The most at any moment: in tensors, and as held for them by the allocator. On the CPU they are one."""

    memory_bytes: int
    reserved_bytes: int


class MemoryMeter:
    """Counts from where it is made: on a GPU what torch allocates, on the CPU by how much this process grows.

    The growth of a process is what it had not touched before: libraries that are first used count, a little.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._before = 0
        match device:
            case Device.CPU:
                self._before = _resident("VmRSS")
            case Device.CUDA:
                torch.cuda.current_device()  # starts CUDA, without which there is nothing to reset
                torch.cuda.reset_peak_memory_stats()
            case _:
                assert_never(device)

    def peak(self) -> Peak:
        """The peak since the beginning."""
        match self._device:
            case Device.CPU:
                grown = max(0, _resident("VmHWM") - self._before)
                return Peak(grown, grown)
            case Device.CUDA:
                return Peak(torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved())
            case _:
                assert_never(self._device)


def _resident(field: str) -> int:
    """Bytes of this process in memory: now (`VmRSS`), or at most so far (`VmHWM`)."""
    for line in STATUS.read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    raise OSError(f"{STATUS} has no {field}")
