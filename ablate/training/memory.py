"""How much memory a piece of work takes at its peak."""

from __future__ import annotations

import contextlib
import ctypes
from pathlib import Path
from typing import NamedTuple, assert_never

import torch

from ablate.specs import Device

STATUS = Path("/proc/self/status")

CLEAR = Path("/proc/self/clear_refs")
RESET_PEAK = "5"
"""What `CLEAR` takes to bring the kernel's peak of this process down to what it holds now."""


class Peak(NamedTuple):
    """The most at any moment: in tensors, and as held for them by the allocator. On the CPU they are one."""

    memory_bytes: int
    reserved_bytes: int


class MemoryMeter:
    """Counts from where it is made: on a GPU what torch allocates, on the CPU by how much this process grows.

    Pages of files do not count: they are mostly code of libraries, which all processes share. Nor do pages that a
    process had from its parent. In a process that did other work before, what the C library keeps of that is first
    given back to the system, or the work measured would seem to need nothing.

    It asks at the beginning and at the end, and costs nothing in between.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._before: _Resident | None = None
        self._is_reset = False
        match device:
            case Device.CPU:
                _give_back_free_memory()
                self._is_reset = _reset_peak()
                self._before = _resident()
            case Device.CUDA:
                torch.cuda.current_device()  # starts CUDA, without which there is nothing to reset
                torch.cuda.reset_peak_memory_stats()
            case _:
                assert_never(device)

    def peak(self) -> Peak | None:
        """The peak since the beginning; None on the CPU where the system does not tell it."""
        match self._device:
            case Device.CPU:
                grown = self._growth()
                return None if grown is None else Peak(grown, grown)
            case Device.CUDA:
                return Peak(torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved())
            case _:
                assert_never(self._device)

    def _growth(self) -> int | None:
        """At least so much: pages of files count as if all that are there now had been at the peak."""
        before, after = self._before, _resident()
        if before is None or after is None:
            return None
        if not self._is_reset and after.most == before.most:
            return None  # the peak is that of work before this
        return max(0, after.most - before.now - max(0, after.of_files - before.of_files))


class _Resident(NamedTuple):
    """Bytes of this process in memory: now, at most so far, and how many of now are pages of files."""

    now: int
    most: int
    of_files: int


def _resident() -> _Resident | None:
    """None where the system is not Linux, or says less than Linux does."""
    try:
        lines = STATUS.read_text().splitlines()
    except OSError:
        return None
    fields = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
    try:
        return _Resident(*(int(fields[name][0]) * 1024 for name in ("VmRSS", "VmHWM", "RssFile")))
    except KeyError:
        return None


def _reset_peak() -> bool:
    """Whether the kernel took it."""
    with contextlib.suppress(OSError):
        CLEAR.write_text(RESET_PEAK)
        return True
    return False


def _give_back_free_memory() -> None:
    """What was freed but is kept for the next allocation; only the GNU C library can be asked."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
