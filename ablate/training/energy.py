"""How much energy a piece of work takes, where the hardware counts it and nothing else is on it."""

from __future__ import annotations

import contextlib
import importlib
import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, assert_never

import torch

from ablate.specs import Device, EnergySource

POWERCAP = Path("/sys/class/powercap")
"""Where Linux has the counters of processors, Intel's and AMD's alike (RAPL); mostly for root alone to read."""

KEEP_UP_SECONDS = 30.0
"""Counters of processors begin anew after minutes at full power: they are read more often than that."""


class Gauge(NamedTuple):
    """A counter that only grows: `read` says joules, or None where it cannot; it begins anew at `wraps_at`."""

    read: Callable[[], float | None]
    wraps_at: float | None = None


class EnergyMeter:
    """Adds up what its gauges count between `start` and `stop`; one of them that fails makes the whole unknown."""

    def __init__(
        self, source: EnergySource, gauges: Sequence[Gauge], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.source = source
        self._gauges, self._clock = gauges, clock
        self._joules: float | None = 0.0
        self._last: list[float | None] = []
        self._looked = 0.0

    def start(self) -> None:
        """Count from now."""
        self._joules = 0.0
        self._look()

    def keep_up(self) -> None:
        """Look whether a counter has begun anew, if that may be; to be called often, and costs nothing."""
        if self._clock() - self._looked >= KEEP_UP_SECONDS:
            self._add()

    def stop(self) -> float | None:
        """Joules since the start."""
        self._add()
        return self._joules

    def _look(self) -> None:
        self._looked = self._clock()
        self._last = [gauge.read() for gauge in self._gauges]

    def _add(self) -> None:
        before = self._last
        self._look()
        for gauge, earlier, later in zip(self._gauges, before, self._last, strict=True):
            grown = _growth(earlier, later, gauge.wraps_at)
            self._joules = None if grown is None or self._joules is None else self._joules + grown


def find_energy_meter(device: Device, *, threads: int, processes: int = 1, is_alone: bool) -> EnergyMeter | None:
    """What counts for a job: of its GPUs NVML, of a whole machine the processor's packages; None where nothing does.

    Both count whoever computes there, so there is none for a job that is not alone: with others on its GPUs, or on
    the CPU with fewer `threads` in its `processes` than the machine has cores.
    """
    if not is_alone:
        return None
    match device:
        case Device.CUDA:
            source, gauges = EnergySource.NVML, gpu_gauges(processes)
        case Device.CPU:
            is_whole = threads * processes >= (os.cpu_count() or 1)
            source, gauges = EnergySource.RAPL, processor_gauges() if is_whole else []
        case _:
            assert_never(device)
    return EnergyMeter(source, gauges) if gauges else None


def gpu_gauges(processes: int) -> list[Gauge]:
    """One for each GPU of the job; none without the package `nvidia-ml-py`, and where the driver does not count.

    Parts of a GPU have no counter of their own.
    """
    try:
        nvml = importlib.import_module("pynvml")
    except ImportError:
        return []
    places = range(processes) if processes > 1 else [torch.cuda.current_device()]
    try:
        nvml.nvmlInit()
        handles = [
            nvml.nvmlDeviceGetHandleByUUID(f"GPU-{torch.cuda.get_device_properties(place).uuid}") for place in places
        ]
    except nvml.NVMLError:
        return []
    gauges = [Gauge(partial(_gpu_joules, nvml, handle)) for handle in handles]
    return gauges if all(gauge.read() is not None for gauge in gauges) else []


def processor_gauges(powercap: Path = POWERCAP) -> list[Gauge]:
    """One for each processor package; none where one of them cannot be read."""
    gauges = []
    for zone in sorted(powercap.glob("intel-rapl:*")):
        if (_text(zone / "name") or "").startswith("package"):
            wraps_at = _microjoules(zone / "max_energy_range_uj")
            gauges.append(Gauge(partial(_microjoules, zone / "energy_uj"), wraps_at))
    return gauges if all(gauge.read() is not None for gauge in gauges) else []


def _gpu_joules(nvml: Any, handle: object) -> float | None:
    """None also where a second process computes there, of whoever's."""
    with contextlib.suppress(nvml.NVMLError):
        if len(nvml.nvmlDeviceGetComputeRunningProcesses(handle)) > 1:
            return None
    try:
        return float(nvml.nvmlDeviceGetTotalEnergyConsumption(handle)) / 1e3
    except nvml.NVMLError:
        return None


def _growth(earlier: float | None, later: float | None, wraps_at: float | None) -> float | None:
    if earlier is None or later is None:
        return None
    if later >= earlier:
        return later - earlier
    return None if wraps_at is None else later - earlier + wraps_at


def _microjoules(file: Path) -> float | None:
    text = _text(file)
    return int(text) / 1e6 if text is not None and text.isdecimal() else None


def _text(file: Path) -> str | None:
    try:
        return file.read_text().strip()
    except OSError:
        return None
